/* SPDX-License-Identifier: MIT */
#include "plugin/detect/mistakes/fix/citing.h"

#include <string.h>

static bool was_told(const struct citing *citing, const struct sighting *seen)
{
    return citing->exposures &&
           exposures_told(citing->exposures, citing->finding, seen->view);
}

/* What ${rule} asks to be done first, or NULL with *out_fits where it asks for
 * nothing; it does not fit where that call is not remembered. */
static const struct remedy_call *
deed_of(const struct trial *trial, const struct rule *rule, bool *out_fits)
{
    const struct remedy_call *deed = NULL;
    *out_fits = true;
    for (uint32_t i = 0; i < rule->count; i++) {
        uint64_t feature = rule->features[i];
        if (delta_sign_of(feature) == DELTA_DEED) {
            deed = remedy_deed(trial->remedy,
                               feature & ~(uint64_t)DELTA_SIGN_MASK);
            *out_fits &= deed != NULL;
        }
    }
    return deed;
}

static bool may_cite(const struct trial *trial, const struct rule *rule,
                     const struct citing *citing)
{
    bool fits = trial->remedy != NULL && rule_follows(trial, rule);
    const struct remedy_call *deed = fits ? deed_of(trial, rule, &fits) : NULL;
    return fits && !was_told(citing, trial->remedy->call.seen) &&
           (!deed || !was_told(citing, deed->seen));
}

static int64_t time_of(const struct trial *trial)
{
    const struct sighting *seen = trial->remedy->call.seen;
    return seen->has_occurred ? seen->occurred_us : 0;
}

/* Of the first trials of each principal, the earliest that is not cited yet
 * and shares no causal root with those that are. */
struct choice {
    const struct trial *trials[FIX_CITED_PEOPLE];
    uint32_t count;
};

static bool is_chosen(const struct choice *choice, const struct trial *trial)
{
    const struct sighting *seen = trial->remedy->call.seen;
    for (uint32_t i = 0; i < choice->count; i++) {
        const struct trial *other = choice->trials[i];
        const struct sighting *its = other->remedy->call.seen;
        if (other->person == trial->person ||
            memcmp(its->root, seen->root, sizeof(its->root)) == 0) {
            return true;
        }
    }
    return false;
}

static const struct trial *earliest(const struct trials *trials,
                                    const struct rule *rule,
                                    const struct citing *citing,
                                    const struct choice *choice)
{
    const struct trial *best = NULL;
    for (uint32_t i = 0; i < trials->count; i++) {
        const struct trial *trial = &trials->items[i];
        if (may_cite(trial, rule, citing) && !is_chosen(choice, trial) &&
            (!best || time_of(trial) < time_of(best))) {
            best = trial;
        }
    }
    return best;
}

static void cite(const struct remedy_call *call, struct fix_figures *out)
{
    for (uint32_t i = 0; i < out->cited_count; i++) {
        if (out->cited[i].seen->seq == call->seen->seq) {
            return;
        }
    }
    out->cited[out->cited_count++] =
        (struct fix_citation){call->seen, call->result_seq};
}

void fix_cite(const struct trials *trials, const struct rule *rule,
              const struct citing *citing, struct fix_figures *out)
{
    struct choice choice = {.count = 0};
    const struct trial *trial = earliest(trials, rule, citing, &choice);
    while (trial && choice.count < FIX_CITED_PEOPLE) {
        bool fits = false;
        const struct remedy_call *deed = deed_of(trial, rule, &fits);
        choice.trials[choice.count++] = trial;
        if (deed) {
            cite(deed, out);
        }
        cite(&trial->remedy->call, out);
        trial = earliest(trials, rule, citing, &choice);
    }
}
