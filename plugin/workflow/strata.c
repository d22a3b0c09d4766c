/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/strata.h"

#include <stdlib.h>
#include <string.h>

enum {
    QUARTILES = 4,
    LEFT_MAX = 2
};

static int compare_lengths(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool is_judged(const struct session *session)
{
    return session->outcome != OUTCOME_UNKNOWN;
}

static void number_principals(const struct window_list *sessions,
                              struct strata *out)
{
    for (uint32_t i = 0; i < sessions->count; i++) {
        bool is_new = i == 0 || sessions->items[i]->principal_hash !=
                                    sessions->items[i - 1]->principal_hash;
        out->principals += is_new;
        out->principal[i] = out->principals - 1;
    }
}

/* The three lengths above which a session is in the next quartile. */
static void find_cuts(const struct window_list *sessions, struct strata *out,
                      uint32_t cuts[QUARTILES - 1])
{
    uint32_t *lengths =
        mem_new_array((size_t)sessions->count + 1, sizeof(*lengths));
    for (uint32_t i = 0; i < sessions->count; i++) {
        if (is_judged(sessions->items[i])) {
            lengths[out->judged++] = sessions->items[i]->symbol_count;
        }
    }
    if (out->judged > 0) {
        qsort(lengths, out->judged, sizeof(*lengths), compare_lengths);
    }
    for (uint32_t q = 1; q < QUARTILES; q++) {
        cuts[q - 1] = lengths[(uint64_t)out->judged * q / QUARTILES];
    }
    free(lengths);
}

void strata_make(const struct window_list *sessions, struct strata *out)
{
    *out = (struct strata){0};
    out->of = mem_new_array((size_t)sessions->count + 1, sizeof(*out->of));
    out->principal =
        mem_new_array((size_t)sessions->count + 1, sizeof(*out->principal));
    number_principals(sessions, out);
    uint32_t cuts[QUARTILES - 1];
    find_cuts(sessions, out, cuts);
    out->by_principal = out->judged >= STRATA_SESSIONS_EACH * out->principals &&
                        out->principals * QUARTILES <= CONTRAST_ROWS_MAX;
    out->count = QUARTILES * (out->by_principal ? out->principals : 1);
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct session *session = sessions->items[i];
        uint32_t quartile = 0;
        for (uint32_t q = 0; q < QUARTILES - 1; q++) {
            quartile += session->symbol_count > cuts[q];
        }
        uint32_t group = out->by_principal ? out->principal[i] : 0;
        out->of[i] = is_judged(session)
                         ? (uint16_t)(group * QUARTILES + quartile)
                         : STRATA_NONE;
    }
}

void strata_fini(struct strata *strata)
{
    free(strata->of);
    free(strata->principal);
    *strata = (struct strata){0};
}

static bool is_in(const uint64_t *set, uint32_t at)
{
    return set && (set[at / 64] >> (at % 64) & 1) != 0;
}

void strata_count(const struct strata *strata,
                  const struct window_list *sessions,
                  const struct pattern *pattern, const uint64_t *told,
                  const bool *is_left, struct contrast_row *out_rows)
{
    memset(out_rows, 0, strata->count * sizeof(*out_rows));
    for (uint32_t i = 0; i < sessions->count; i++) {
        if (strata->of[i] == STRATA_NONE || is_in(told, i) ||
            !pattern_reached(pattern, i) ||
            (is_left && is_left[strata->principal[i]])) {
            continue;
        }
        struct contrast_row *row = &out_rows[strata->of[i]];
        bool is_good = sessions->items[i]->outcome == OUTCOME_SUCCESS;
        if (pattern_has(pattern, i)) {
            row->with++;
            row->with_good += is_good;
        } else {
            row->without++;
            row->without_good += is_good;
        }
    }
}

/* Marks the principal with most good sessions that have it; of equals the
 * first: principals are in order of their hashes. */
static void leave_strongest(const struct strata *strata, const uint32_t *good,
                            bool *is_left)
{
    uint32_t strongest = 0;
    for (uint32_t p = 0; p < strata->principals; p++) {
        if (is_left[strongest] || (!is_left[p] && good[p] > good[strongest])) {
            strongest = p;
        }
    }
    is_left[strongest] = true;
}

double strata_robust_log_e(const struct strata *strata,
                           const struct window_list *sessions,
                           const struct pattern *pattern, const uint64_t *told,
                           uint32_t *out_left)
{
    struct contrast_row rows[CONTRAST_ROWS_MAX];
    size_t principals = (size_t)strata->principals + 1;
    uint32_t *good = mem_new_array(principals, sizeof(*good));
    bool *is_left = mem_new_array(principals, sizeof(*is_left));
    uint32_t supporters = 0;
    for (uint32_t i = 0; i < sessions->count; i++) {
        bool counts = strata->of[i] != STRATA_NONE && !is_in(told, i) &&
                      sessions->items[i]->outcome == OUTCOME_SUCCESS &&
                      pattern_has(pattern, i);
        supporters += counts && good[strata->principal[i]] == 0;
        good[strata->principal[i]] += counts;
    }
    uint32_t left = supporters > 0 ? (supporters - 1) / 3 : 0;
    left = left < LEFT_MAX ? left : LEFT_MAX;
    for (uint32_t i = 0; i < left; i++) {
        leave_strongest(strata, good, is_left);
    }
    strata_count(strata, sessions, pattern, told, is_left, rows);
    free(good);
    free(is_left);
    *out_left = left;
    return contrast_log_e(rows, strata->count);
}
