/* SPDX-License-Identifier: MIT */
#include "plugin/plan/decide.h"

#include <math.h>
#include <stdlib.h>

#include "memory/stats.h"

/* A preference that was tested. */
struct test {
    struct candidate *candidate;
    double robust_log_e; /* without f of its supporters */
};

uint32_t decide_rejections(const double *log_e, uint32_t count, uint32_t family,
                           double alpha)
{
    uint32_t rejected = 0;
    for (uint32_t r = 1; r <= count; r++) {
        if (log_e[r - 1] >= log(family) - log(alpha) - log(r)) {
            rejected = r;
        }
    }
    return rejected;
}

static enum reason reason_of(enum stats_lack lack)
{
    switch (lack) {
    case STATS_LACK_NOTHING:
        return REASON_PROPOSED;
    case STATS_LACK_PRINCIPALS:
        return REASON_TOO_FEW_PRINCIPALS;
    case STATS_LACK_SESSIONS:
        return REASON_TOO_FEW_SESSIONS;
    case STATS_LACK_DAYS:
        return REASON_TOO_FEW_DAYS;
    case STATS_LACK_SHARE:
        return REASON_LOW_SHARE;
    case STATS_LACK_LIFT:
        return REASON_LOW_LIFT;
    case STATS_LACK_POSTERIOR:
        return REASON_LOW_POSTERIOR;
    case STATS_LACK_SIGNIFICANCE:
        return REASON_NOT_SIGNIFICANT;
    case STATS_LACK_ROBUSTNESS:
        return REASON_NOT_ROBUST;
    }
    return REASON_NOT_SIGNIFICANT;
}

/* ---- preferences --------------------------------------------------------- */

static bool is_tested(const struct candidate *candidate)
{
    return candidate->kind == FINDING_KIND_PREFERENCE &&
           candidate->reason == REASON_UNDECIDED &&
           candidate->preference.voters >= DECIDE_TESTED_MIN;
}

static double robust_log_e(const struct candidate *candidate,
                           enum stats_tier tier)
{
    const struct preference_figures *votes = &candidate->preference;
    uint32_t margin = stats_margin(votes->voters, tier);
    if (votes->supporters < margin) {
        return -INFINITY;
    }
    return stats_log_e(votes->voters - margin, votes->supporters - margin,
                       votes->baseline);
}

static int compare_tests(const void *a, const void *b)
{
    const struct test *x = a;
    const struct test *y = b;
    int order = (x->robust_log_e < y->robust_log_e) -
                (x->robust_log_e > y->robust_log_e);
    return order
               ? order
               : bytes_compare(bytes_of(x->candidate->finding, FINDING_BYTES),
                               bytes_of(y->candidate->finding, FINDING_BYTES));
}

static struct stats_votes votes_of(const struct candidate *candidate)
{
    const struct preference_figures *figures = &candidate->preference;
    return (struct stats_votes){
        .principals = figures->voters,
        .principals_for = figures->supporters,
        .days = candidate->counts.days,
        .no_time = candidate->counts.no_time,
        .has_baseline = true,
        .baseline = figures->baseline,
        .alpha = candidate->alpha,
        .family = candidate->family,
        .rank = candidate->rank,
    };
}

/* What the principals choose by now must not have left the option. */
static bool has_moved_on(const struct candidate *candidate)
{
    const struct preference_figures *figures = &candidate->preference;
    return stats_share(figures->now_voters, figures->now_supporters) <
           DECIDE_NOW_SHARE_MIN;
}

static void judge(struct candidate *candidate, enum stats_tier tier)
{
    const struct stats_votes votes = votes_of(candidate);
    enum reason reason = reason_of(stats_preference_lack(&votes, tier));
    if (reason == REASON_PROPOSED && has_moved_on(candidate)) {
        reason = REASON_MOVED_ON;
    }
    candidate->reason = reason;
    if (reason == REASON_PROPOSED) {
        candidate->tier = tier == STATS_TIER_AUTO ? TIER_AUTO : TIER_PROPOSAL;
    }
}

/* One test of one family at one tier. Without a baseline, or with few voters,
 * the auto tier is out of reach, whatever the e-value says. */
static void test_family(struct test *tests, uint32_t count, uint32_t family,
                        enum stats_tier tier)
{
    double alpha =
        tier == STATS_TIER_AUTO ? DECIDE_ALPHA_AUTO : DECIDE_ALPHA_PROPOSAL;
    double *log_e = mem_new_array(count, sizeof(*log_e));
    for (uint32_t i = 0; i < count; i++) {
        tests[i].robust_log_e = robust_log_e(tests[i].candidate, tier);
    }
    qsort(tests, count, sizeof(*tests), compare_tests);
    for (uint32_t i = 0; i < count; i++) {
        log_e[i] = tests[i].robust_log_e;
    }
    uint32_t rejected = decide_rejections(log_e, count, family, alpha);
    free(log_e);
    for (uint32_t i = 0; i < count; i++) {
        struct candidate *candidate = tests[i].candidate;
        bool may_auto = candidate->preference.source != BASELINE_NONE &&
                        candidate->preference.voters >= DECIDE_AUTO_VOTERS_MIN;
        if (candidate->tier == TIER_AUTO ||
            (tier == STATS_TIER_AUTO && !may_auto)) {
            continue;
        }
        candidate->alpha = alpha;
        candidate->family = family;
        candidate->rank = rejected ? rejected : 1;
        judge(candidate, tier);
    }
}

/* The preferences of one team: items[0..count). */
static void decide_preferences(struct candidate *items, size_t count)
{
    struct test *tests = mem_new_array(count, sizeof(*tests));
    uint32_t tested = 0;
    uint32_t family = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_tested(&items[i])) {
            const struct preference_figures *votes = &items[i].preference;
            items[i].log_e =
                stats_log_e(votes->voters, votes->supporters, votes->baseline);
            items[i].posterior =
                stats_posterior(votes->voters, votes->supporters);
            tests[tested++].candidate = &items[i];
            family += votes->options;
        } else if (items[i].kind == FINDING_KIND_PREFERENCE &&
                   items[i].reason == REASON_UNDECIDED) {
            items[i].reason = REASON_TOO_FEW_PRINCIPALS;
        }
    }
    if (tested > 0) {
        test_family(tests, tested, family, STATS_TIER_AUTO);
        test_family(tests, tested, family, STATS_TIER_PROPOSAL);
    }
    free(tests);
}

/* ---- directives and mistakes --------------------------------------------- */

static void decide_directive(struct candidate *candidate)
{
    bool is_team = candidate->directive.by_owner ||
                   candidate->counts.principals >= DECIDE_DIRECTIVE_USERS;
    candidate->reason = is_team ? REASON_PROPOSED : REASON_ONE_PRINCIPAL;
    candidate->tier = is_team ? TIER_PROPOSAL : TIER_NONE;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool equal_folded(struct bytes a, struct bytes b)
{
    for (size_t i = 0; a.len == b.len && i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return a.len == b.len;
}

/* "Use X" against "do not use X". */
static bool contradicts(const struct candidate *a, const struct candidate *b)
{
    return b->kind == FINDING_KIND_DIRECTIVE && b->tier != TIER_NONE &&
           a->directive.said.verb == b->directive.said.verb &&
           a->directive.said.polarity != b->directive.said.polarity &&
           equal_folded(a->option, b->option);
}

/* An owner before people, more people before fewer. */
static bool outranks(const struct candidate *a, const struct candidate *b)
{
    if (a->directive.by_owner != b->directive.by_owner) {
        return a->directive.by_owner;
    }
    return a->counts.principals > b->counts.principals;
}

/* Whether a directive that excludes items[index] is at least as strong. */
static bool is_outdone(const struct candidate *items, size_t count,
                       size_t index)
{
    for (size_t i = 0; i < count; i++) {
        if (contradicts(&items[index], &items[i]) &&
            !outranks(&items[index], &items[i])) {
            return true;
        }
    }
    return false;
}

/* Of two directives of a team that exclude each other the weaker goes; of
 * equals both do. */
static void settle_directives(struct candidate *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].kind == FINDING_KIND_DIRECTIVE &&
            items[i].tier != TIER_NONE && is_outdone(items, count, i)) {
            items[i].reason = REASON_CONTRADICTED;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].reason == REASON_CONTRADICTED) {
            items[i].tier = TIER_NONE;
        }
    }
}

static void decide_mistake(struct candidate *candidate)
{
    const struct stats_mistake seen = {
        .principals = candidate->counts.principals,
        .sessions = candidate->counts.sessions,
        .days = candidate->counts.days,
        .no_time = candidate->counts.no_time,
    };
    candidate->reason =
        reason_of(stats_mistake_lack(&seen, STATS_TIER_PROPOSAL));
    if (candidate->reason == REASON_PROPOSED) {
        bool is_auto =
            stats_mistake_lack(&seen, STATS_TIER_AUTO) == STATS_LACK_NOTHING;
        candidate->tier = is_auto ? TIER_AUTO : TIER_PROPOSAL;
    } else if (candidate->counts.principals == 1) {
        candidate->reason = REASON_ONE_PRINCIPAL;
    }
}

static void decide_other(struct candidate *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].reason != REASON_UNDECIDED) {
            continue;
        }
        if (items[i].kind == FINDING_KIND_DIRECTIVE) {
            decide_directive(&items[i]);
        } else if (items[i].kind == FINDING_KIND_MISTAKE) {
            decide_mistake(&items[i]);
        }
    }
}

void decide(struct candidates *list)
{
    size_t from = 0;
    while (from < list->count) {
        struct candidate *items = list->items + from;
        size_t count = 1;
        while (from + count < list->count && items[count].team == items->team) {
            count++;
        }
        decide_preferences(items, count);
        decide_other(items, count);
        settle_directives(items, count);
        from += count;
    }
}
