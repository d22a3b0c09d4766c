/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/strata.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEFT_MAX = 2
};

static bool is_in(const uint64_t *set, uint32_t at)
{
    return set && (set[at / 64] >> (at % 64) & 1) != 0;
}

static uint32_t within(uint32_t value, uint32_t most)
{
    value = value > 0 ? value : 1;
    return value < most ? value : most;
}

/* ---- lengths ------------------------------------------------------------- */

static int compare_lengths(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Steps until it took the last step of the pattern for the last time. What it
 * did afterwards cannot be part of the pattern, and follows from how it went:
 * who fails tries on. */
static uint32_t length_of(const struct session *session,
                          const struct pattern *pattern)
{
    uint32_t last = pattern->symbols[pattern->length - 1] / 2U;
    uint32_t length = session->symbol_count;
    while (length > 0 && session->symbols[length - 1] / 2U != last) {
        length--;
    }
    return length;
}

/* Puts the sessions of one class into their strata. ${sorted} has room for the
 * lengths of all of them. */
static void split_class(const uint32_t *length_of_each, uint32_t sessions,
                        uint32_t class, uint32_t *sorted,
                        const uint8_t *class_of, struct strata *out)
{
    uint32_t cuts[STRATA_LENGTHS_MAX] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < sessions; i++) {
        if (class_of[i] == class) {
            sorted[count++] = length_of_each[i];
        }
    }
    if (count == 0) {
        return;
    }
    qsort(sorted, count, sizeof(*sorted), compare_lengths);
    for (uint32_t q = 1; q < out->lengths; q++) {
        cuts[q - 1] = sorted[(uint64_t)count * q / out->lengths];
    }
    for (uint32_t i = 0; i < sessions; i++) {
        uint32_t part = 0;
        if (class_of[i] != class) {
            continue;
        }
        for (uint32_t q = 0; q + 1 < out->lengths; q++) {
            part += length_of_each[i] > cuts[q];
        }
        out->of[i] = (uint16_t)(class * out->lengths + part);
    }
}

void strata_make(const struct window_list *sessions,
                 const struct session_principals *principals,
                 const struct pattern *pattern, const uint64_t *told,
                 struct strata *out)
{
    size_t room = (size_t)sessions->count + 1;
    bool *is_compared = mem_new_array(room, sizeof(*is_compared));
    uint32_t *lengths = mem_new_array(2 * room, sizeof(*lengths));
    struct propensity propensity;
    *out = (struct strata){.of = mem_new_array(room, sizeof(*out->of))};
    for (uint32_t i = 0; i < sessions->count; i++) {
        is_compared[i] = sessions->items[i]->outcome != OUTCOME_UNKNOWN &&
                         pattern_reached(pattern, i) && !is_in(told, i);
        lengths[i] =
            is_compared[i] ? length_of(sessions->items[i], pattern) : 0;
        out->of[i] = STRATA_NONE;
    }
    propensity_make(sessions, principals, pattern, is_compared, &propensity);
    out->times = propensity.times;
    out->classes = propensity.classes;
    out->lengths =
        within(propensity.compared / (out->classes * STRATA_SESSIONS),
               STRATA_LENGTHS_MAX);
    out->count = out->classes * out->lengths;
    for (uint32_t class = 0; class < out->classes; class ++) {
        split_class(lengths, sessions->count, class, lengths + room,
                    propensity.class_of, out);
    }
    propensity_fini(&propensity);
    free(is_compared);
    free(lengths);
}

void strata_fini(struct strata *strata)
{
    free(strata->of);
    *strata = (struct strata){0};
}

/* ---- counting ------------------------------------------------------------ */

static void count_row(struct contrast_row *row, bool has, bool is_good)
{
    if (has) {
        row->with++;
        row->with_good += is_good;
    } else {
        row->without++;
        row->without_good += is_good;
    }
}

void strata_count(const struct strata *strata,
                  const struct window_list *sessions,
                  const struct pattern *pattern, struct contrast_row *out_rows)
{
    memset(out_rows, 0, strata->count * sizeof(*out_rows));
    for (uint32_t i = 0; i < sessions->count; i++) {
        if (strata->of[i] != STRATA_NONE) {
            count_row(&out_rows[strata->of[i]], pattern_has(pattern, i),
                      sessions->items[i]->outcome == OUTCOME_SUCCESS);
        }
    }
}

/* Marks the principal with most good sessions that have it; of equals the
 * first: principals are in order of their hashes. */
static void leave_strongest(const struct session_principals *principals,
                            const uint32_t *good, bool *is_left)
{
    uint32_t strongest = 0;
    for (uint32_t p = 0; p < principals->count; p++) {
        if (is_left[strongest] || (!is_left[p] && good[p] > good[strongest])) {
            strongest = p;
        }
    }
    is_left[strongest] = true;
}

double strata_robust_log_e(const struct strata *strata,
                           const struct window_list *sessions,
                           const struct session_principals *principals,
                           const struct pattern *pattern, uint32_t *out_left)
{
    struct contrast_row rows[CONTRAST_ROWS_MAX] = {{0}};
    size_t room = (size_t)principals->count + 1;
    uint32_t *good = mem_new_array(room, sizeof(*good));
    bool *is_left = mem_new_array(room, sizeof(*is_left));
    uint32_t supporters = 0;
    for (uint32_t i = 0; i < sessions->count; i++) {
        bool counts = strata->of[i] != STRATA_NONE &&
                      sessions->items[i]->outcome == OUTCOME_SUCCESS &&
                      pattern_has(pattern, i);
        supporters += counts && good[principals->of[i]] == 0;
        good[principals->of[i]] += counts;
    }
    uint32_t left = supporters > 0 ? (supporters - 1) / 3 : 0;
    left = left < LEFT_MAX ? left : LEFT_MAX;
    for (uint32_t i = 0; i < left; i++) {
        leave_strongest(principals, good, is_left);
    }
    for (uint32_t i = 0; i < sessions->count; i++) {
        if (strata->of[i] != STRATA_NONE && !is_left[principals->of[i]]) {
            count_row(&rows[strata->of[i]], pattern_has(pattern, i),
                      sessions->items[i]->outcome == OUTCOME_SUCCESS);
        }
    }
    free(good);
    free(is_left);
    *out_left = left;
    return contrast_log_e(rows, strata->count);
}
