/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/variant.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

static const double share_optional_min = 0.2;
static const double share_optional_max = 0.5;
static const double protected_loss = 0.1;

enum {
    FAILURES_MIN = 3,
    VARIANT_NAME_MAX = 512
};

static bool is_step_of(const struct pattern *pattern, uint16_t symbol)
{
    for (uint32_t i = 0; i < pattern->length; i++) {
        if (pattern->symbols[i] / 2 == symbol / 2) {
            return true;
        }
    }
    return false;
}

struct variant variant_of(const struct session *session,
                          const struct pattern *pattern)
{
    struct variant variant = {.length = 0};
    for (uint32_t i = 0;
         i < session->symbol_count && variant.length < VARIANT_LENGTH_MAX;
         i++) {
        uint16_t symbol = session->symbols[i];
        bool is_repeat =
            variant.length > 0 && variant.symbols[variant.length - 1] == symbol;
        if (is_step_of(pattern, symbol) && !is_repeat) {
            variant.symbols[variant.length++] = symbol;
        }
    }
    return variant;
}

void variant_name(const uint16_t *symbols, uint32_t length,
                  const struct alphabet *alphabet, struct buf *out)
{
    for (uint32_t i = 0; i < length; i++) {
        buf_add_text(out, i > 0 ? " > " : "");
        buf_add(out, alphabet_name(alphabet, symbols[i] / 2U));
        buf_add_text(out, symbols[i] & 1U ? "!" : "");
    }
}

static struct bytes variant_key(const struct variant *variant)
{
    return bytes_of(variant->symbols, variant->length * sizeof(uint16_t));
}

static void count_variants(const struct strata *strata,
                           const struct window_list *sessions,
                           const struct pattern *pattern, struct map *counts)
{
    for (uint32_t i = 0; i < sessions->count; i++) {
        if (strata->of[i] == STRATA_NONE || pattern_has(pattern, i)) {
            continue;
        }
        struct variant variant = variant_of(sessions->items[i], pattern);
        struct variant_count *count = map_get(counts, variant_key(&variant));
        if (variant.length > 0 && !count) {
            count = mem_new(sizeof(*count));
            count->variant = variant;
            enum err err = map_put(counts, variant_key(&variant), count);
            assert(err == ERR_OK); /* as large as the list */
        }
        if (count) {
            count->sessions++;
            count->good += sessions->items[i]->outcome == OUTCOME_SUCCESS;
        }
    }
}

static int compare_names(const struct variant *a, const struct variant *b,
                         const struct alphabet *alphabet)
{
    struct buf x;
    struct buf y;
    buf_init(&x, VARIANT_NAME_MAX);
    buf_init(&y, VARIANT_NAME_MAX);
    variant_name(a->symbols, a->length, alphabet, &x);
    variant_name(b->symbols, b->length, alphabet, &y);
    int order = bytes_compare(buf_bytes(&x), buf_bytes(&y));
    buf_fini(&x);
    buf_fini(&y);
    return order;
}

bool variant_failing(const struct strata *strata,
                     const struct window_list *sessions,
                     const struct pattern *pattern,
                     const struct alphabet *alphabet, struct variant_count *out)
{
    struct map *counts = map_new((size_t)sessions->count + 1, free);
    struct variant_count best = {.sessions = 0};
    size_t cursor = 0;
    void *value = NULL;
    count_variants(strata, sessions, pattern, counts);
    while (map_next(counts, &cursor, NULL, &value)) {
        const struct variant_count *count = value;
        uint32_t failed = count->sessions - count->good;
        uint32_t most = best.sessions - best.good;
        if (failed > most ||
            (failed == most && failed > 0 &&
             compare_names(&count->variant, &best.variant, alphabet) < 0)) {
            best = *count;
        }
    }
    map_free(counts);
    if (best.sessions - best.good < FAILURES_MIN) {
        return false;
    }
    *out = best;
    return true;
}

/* ---- over time ----------------------------------------------------------- */

struct span {
    int64_t from_us;
    int64_t length_us;
};

static struct span span_of(const struct window_list *sessions)
{
    struct span span = {.length_us = 0};
    bool is_first = true;
    int64_t to_us = 0;
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct session *session = sessions->items[i];
        if (!session->has_time) {
            continue;
        }
        if (is_first || session->first_us < span.from_us) {
            span.from_us = session->first_us;
        }
        if (is_first || session->first_us > to_us) {
            to_us = session->first_us;
        }
        is_first = false;
    }
    span.length_us = is_first ? 0 : to_us - span.from_us + 1;
    return span;
}

/* Sessions of one principal in one bucket. */
struct ballot {
    uint32_t with;
    uint32_t without;
};

static void cast(struct ballot *ballots, struct trend_bucket *buckets)
{
    for (size_t b = 0; b < TREND_BUCKETS; b++) {
        if (ballots[b].with + ballots[b].without > 0) {
            bool is_for = ballots[b].with >= ballots[b].without;
            buckets[b].votes++;
            buckets[b].votes_for += is_for;
            buckets[b].rival += !is_for;
        }
        ballots[b] = (struct ballot){0, 0};
    }
}

static bool is_told(const uint64_t *told, uint32_t at)
{
    return told && (told[at / 64] >> (at % 64) & 1) != 0;
}

struct trend variant_trend(const struct session_principals *principals,
                           const struct window_list *sessions,
                           const struct pattern *pattern, const uint64_t *told)
{
    struct trend_bucket buckets[TREND_BUCKETS] = {{0}};
    struct ballot ballots[TREND_BUCKETS] = {{0}};
    struct span span = span_of(sessions);
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct session *session = sessions->items[i];
        if (i > 0 && principals->of[i] != principals->of[i - 1]) {
            cast(ballots, buckets);
        }
        if (!session->has_time || is_told(told, i)) {
            continue;
        }
        double part =
            (double)(session->first_us - span.from_us) / (double)span.length_us;
        size_t bucket = (size_t)(part * TREND_BUCKETS);
        bucket = bucket < TREND_BUCKETS ? bucket : TREND_BUCKETS - 1;
        if (pattern_has(pattern, i)) {
            ballots[bucket].with++;
        } else if (pattern_reached(pattern, i)) {
            ballots[bucket].without++;
        }
    }
    cast(ballots, buckets);
    return trend_of(buckets, TREND_BUCKETS);
}

/* ---- protected steps ----------------------------------------------------- */

struct presence {
    uint32_t sessions;
    uint32_t *having; /* sessions with the step, by step */
};

static void count_presence(const struct session *session,
                           const struct alphabet *alphabet,
                           struct presence *presence, uint32_t *last,
                           uint32_t mark)
{
    presence->sessions++;
    for (uint32_t i = 0; i < session->symbol_count; i++) {
        uint32_t step = session->symbols[i] / 2U;
        if (last[step] != mark &&
            alphabet_traits(alphabet, step) & STEP_PROTECTED) {
            presence->having[step]++;
        }
        last[step] = mark;
    }
}

static double share_of(const struct presence *presence, uint32_t step)
{
    return presence->sessions
               ? (double)presence->having[step] / presence->sessions
               : 0;
}

uint32_t variant_lowers(const struct window_list *sessions,
                        const struct pattern *pattern,
                        const struct alphabet *alphabet)
{
    uint32_t steps = alphabet_size(alphabet);
    uint32_t *last = mem_new_array(steps, sizeof(*last));
    struct presence with = {0, mem_new_array(steps, sizeof(uint32_t))};
    struct presence without = {0, mem_new_array(steps, sizeof(uint32_t))};
    for (uint32_t i = 0; i < sessions->count; i++) {
        count_presence(sessions->items[i], alphabet,
                       pattern_has(pattern, i) ? &with : &without, last, i + 1);
    }
    uint32_t lowered = 0;
    double most = protected_loss;
    for (uint32_t s = 1; s < steps; s++) {
        double loss = share_of(&without, s) - share_of(&with, s);
        bool is_worse = loss > most ||
                        (lowered > 0 && loss == most &&
                         bytes_compare(alphabet_name(alphabet, s),
                                       alphabet_name(alphabet, lowered)) < 0);
        if (is_worse) {
            lowered = s;
            most = loss;
        }
    }
    free(last);
    free(with.having);
    free(without.having);
    return lowered;
}

/* ---- optional steps ------------------------------------------------------ */

/* Whether ${longer} is ${pattern} with one step more; where it stands. */
static bool adds_one(const struct pattern *pattern,
                     const struct pattern *longer, uint32_t *out_after)
{
    if (longer->length != pattern->length + 1) {
        return false;
    }
    uint32_t at = 0;
    while (at < pattern->length &&
           pattern->symbols[at] == longer->symbols[at]) {
        at++;
    }
    size_t rest = (pattern->length - at) * sizeof(uint16_t);
    *out_after = at;
    /* One step before the first, or behind the last, is another workflow. */
    return at > 0 && at < pattern->length &&
           memcmp(pattern->symbols + at, longer->symbols + at + 1, rest) == 0;
}

uint32_t variant_options(const struct patterns *patterns,
                         const struct pattern *pattern,
                         struct variant_option out[OPTIONAL_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < patterns->count && count < OPTIONAL_MAX; i++) {
        const struct pattern *longer = &patterns->items[i];
        double share = (double)longer->sessions / pattern->sessions;
        uint32_t after = 0;
        /* Patterns are in an order of their own: the widest first. */
        if (share >= share_optional_min && share < share_optional_max &&
            adds_one(pattern, longer, &after)) {
            out[count++] = (struct variant_option){
                .after = after,
                .symbol = longer->symbols[after],
                .share = share,
            };
        }
    }
    return count;
}
