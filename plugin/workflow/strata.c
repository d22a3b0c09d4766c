/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/strata.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEFT_MAX = 2
};

void session_principals_make(const struct window_list *sessions,
                             struct session_principals *out)
{
    *out = (struct session_principals){
        .of = mem_new_array((size_t)sessions->count + 1, sizeof(*out->of))};
    for (uint32_t i = 0; i < sessions->count; i++) {
        bool is_new = i == 0 || sessions->items[i]->principal_hash !=
                                    sessions->items[i - 1]->principal_hash;
        out->count += is_new;
        out->of[i] = out->count - 1;
    }
}

void session_principals_fini(struct session_principals *principals)
{
    free(principals->of);
    *principals = (struct session_principals){0};
}

static bool is_in(const uint64_t *set, uint32_t at)
{
    return set && (set[at / 64] >> (at % 64) & 1) != 0;
}

/* ---- classes of principals ----------------------------------------------- */

/* How often a principal follows the pattern. */
struct habit {
    uint32_t principal;
    uint32_t with;
    uint32_t all;
};

static int compare_habits(const void *a, const void *b)
{
    const struct habit *x = a;
    const struct habit *y = b;
    uint64_t left = (uint64_t)x->with * y->all;
    uint64_t right = (uint64_t)y->with * x->all;
    if (left != right) {
        return left < right ? -1 : 1;
    }
    return (x->principal > y->principal) - (x->principal < y->principal);
}

static uint32_t within(uint32_t value, uint32_t most)
{
    value = value > 0 ? value : 1;
    return value < most ? value : most;
}

/* Whom strata are made of. */
struct sorting {
    const struct window_list *sessions;
    const struct session_principals *principals;
    struct habit *habits; /* of those that are compared, rarest first */
    uint32_t habit_count;
    uint32_t compared;
    uint8_t *class_of; /* of each principal */
};

static void count_habits(struct sorting *sorting, const struct pattern *pattern,
                         const struct strata *strata)
{
    struct habit *habits = sorting->habits;
    for (uint32_t i = 0; i < sorting->sessions->count; i++) {
        if (strata->of[i] != STRATA_NONE) {
            struct habit *habit = &habits[sorting->principals->of[i]];
            habit->principal = sorting->principals->of[i];
            habit->all++;
            habit->with += pattern_has(pattern, i);
            sorting->compared++;
        }
    }
    for (uint32_t p = 0; p < sorting->principals->count; p++) {
        if (habits[p].all > 0) {
            habits[sorting->habit_count++] = habits[p];
        }
    }
    if (sorting->habit_count > 0) {
        qsort(habits, sorting->habit_count, sizeof(*habits), compare_habits);
    }
}

/* Classes of as many sessions each as whole principals allow. */
static void class_principals(struct sorting *sorting, uint32_t classes)
{
    uint64_t before = 0;
    for (uint32_t h = 0; h < sorting->habit_count; h++) {
        const struct habit *habit = &sorting->habits[h];
        uint64_t middle = 2 * before + habit->all;
        assert(sorting->compared > 0); /* a habit is of compared sessions */
        sorting->class_of[habit->principal] =
            (uint8_t)(middle * classes / (2 * (uint64_t)sorting->compared));
        before += habit->all;
    }
}

/* ---- lengths ------------------------------------------------------------- */

static int compare_lengths(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Puts the sessions of one class, of[i] being the class until now, into their
 * strata. ${lengths} has room for all of them. */
static void split_class(const struct window_list *sessions, uint32_t class,
                        uint32_t *lengths, const uint16_t *class_of,
                        struct strata *out)
{
    uint32_t cuts[STRATA_LENGTHS_MAX] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < sessions->count; i++) {
        if (class_of[i] == class) {
            lengths[count++] = sessions->items[i]->symbol_count;
        }
    }
    if (count == 0) {
        return;
    }
    qsort(lengths, count, sizeof(*lengths), compare_lengths);
    for (uint32_t q = 1; q < out->lengths; q++) {
        cuts[q - 1] = lengths[(uint64_t)count * q / out->lengths];
    }
    for (uint32_t i = 0; i < sessions->count; i++) {
        uint32_t part = 0;
        for (uint32_t q = 0; q + 1 < out->lengths; q++) {
            part += sessions->items[i]->symbol_count > cuts[q];
        }
        if (class_of[i] == class) {
            out->of[i] = (uint16_t)(class * out->lengths + part);
        }
    }
}

static void split_all(const struct sorting *sorting, struct strata *out)
{
    size_t room = (size_t)sorting->sessions->count + 1;
    uint32_t *lengths = mem_new_array(room, sizeof(*lengths));
    uint16_t *class_of = mem_new_array(room, sizeof(*class_of));
    for (uint32_t i = 0; i < sorting->sessions->count; i++) {
        class_of[i] = out->of[i] == STRATA_NONE
                          ? STRATA_NONE
                          : sorting->class_of[sorting->principals->of[i]];
    }
    for (uint32_t class = 0; class < out->classes; class ++) {
        split_class(sorting->sessions, class, lengths, class_of, out);
    }
    free(lengths);
    free(class_of);
}

void strata_make(const struct window_list *sessions,
                 const struct session_principals *principals,
                 const struct pattern *pattern, const uint64_t *told,
                 struct strata *out)
{
    struct sorting sorting = {
        .sessions = sessions,
        .principals = principals,
        .habits = mem_new_array((size_t)principals->count + 1,
                                sizeof(*sorting.habits)),
        .class_of = mem_new_array((size_t)principals->count + 1, 1),
    };
    *out = (struct strata){
        .of = mem_new_array((size_t)sessions->count + 1, sizeof(*out->of))};
    for (uint32_t i = 0; i < sessions->count; i++) {
        bool is_compared = sessions->items[i]->outcome != OUTCOME_UNKNOWN &&
                           pattern_reached(pattern, i) && !is_in(told, i);
        out->of[i] = is_compared ? 0 : STRATA_NONE;
    }
    count_habits(&sorting, pattern, out);
    uint32_t most = within(sorting.habit_count, STRATA_CLASSES_MAX);
    out->classes = within(sorting.compared / STRATA_CLASS_SESSIONS, most);
    out->lengths = within(sorting.compared / (out->classes * STRATA_SESSIONS),
                          STRATA_LENGTHS_MAX);
    out->count = out->classes * out->lengths;
    class_principals(&sorting, out->classes);
    split_all(&sorting, out);
    free(sorting.habits);
    free(sorting.class_of);
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
