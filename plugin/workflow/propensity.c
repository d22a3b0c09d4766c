/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/propensity.h"

#include <assert.h>
#include <stdlib.h>

enum {
    ROUNDS = 8, /* of fitting */
    TIMES_ALL = PROPENSITY_TIMES_MAX + 1
};

/* ---- who and when -------------------------------------------------------- */

struct moment {
    int64_t at_us;
    uint32_t session;
};

static int compare_moments(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    return (x->session > y->session) - (x->session < y->session);
}

static void sort_by_time(const struct window_list *sessions,
                         struct session_principals *out)
{
    struct moment *moments =
        mem_new_array((size_t)sessions->count + 1, sizeof(*moments));
    for (uint32_t i = 0; i < sessions->count; i++) {
        if (sessions->items[i]->has_time) {
            moments[out->timed++] =
                (struct moment){sessions->items[i]->first_us, i};
        }
    }
    if (out->timed > 0) {
        qsort(moments, out->timed, sizeof(*moments), compare_moments);
    }
    for (uint32_t i = 0; i < out->timed; i++) {
        out->by_time[i] = moments[i].session;
    }
    free(moments);
}

void session_principals_make(const struct window_list *sessions,
                             struct session_principals *out)
{
    size_t room = (size_t)sessions->count + 1;
    *out = (struct session_principals){
        .of = mem_new_array(room, sizeof(*out->of)),
        .by_time = mem_new_array(room, sizeof(*out->by_time))};
    for (uint32_t i = 0; i < sessions->count; i++) {
        bool is_new = i == 0 || sessions->items[i]->principal_hash !=
                                    sessions->items[i - 1]->principal_hash;
        out->count += is_new;
        out->of[i] = out->count - 1;
    }
    sort_by_time(sessions, out);
}

void session_principals_fini(struct session_principals *principals)
{
    free(principals->of);
    free(principals->by_time);
    *principals = (struct session_principals){0};
}

/* ---- scores -------------------------------------------------------------- */

/* The sessions of one principal in one part of the time. */
struct cell {
    uint32_t principal;
    uint32_t time;
    uint32_t all;
    uint32_t with;
    double score;
};

/* What it takes to follow a pattern. */
struct fit {
    const struct window_list *sessions;
    const struct session_principals *principals;
    uint8_t *time_of;   /* of each session; 0: it has none */
    struct cell *cells; /* by principal and time; then those with sessions */
    uint32_t cell_count;
    double *habits; /* of principals */
    double tides[TIMES_ALL];
};

static uint32_t within(uint32_t value, uint32_t most)
{
    value = value > 0 ? value : 1;
    return value < most ? value : most;
}

/* Parts of as many compared sessions each; equal times are in one. */
static void cut_time(struct fit *fit, const bool *is_compared,
                     struct propensity *out)
{
    const struct session_principals *principals = fit->principals;
    uint32_t timed = 0;
    for (uint32_t i = 0; i < principals->timed; i++) {
        timed += is_compared[principals->by_time[i]];
    }
    out->times = within(timed / PROPENSITY_TIME_SESSIONS, PROPENSITY_TIMES_MAX);
    uint32_t rank = 0;
    uint32_t part = 0;
    int64_t last_us = 0;
    for (uint32_t i = 0; i < principals->timed; i++) {
        uint32_t at = principals->by_time[i];
        if (!is_compared[at]) {
            continue;
        }
        int64_t at_us = fit->sessions->items[at]->first_us;
        if (rank == 0 || at_us != last_us) {
            part = (uint32_t)((uint64_t)rank * out->times / timed);
        }
        fit->time_of[at] = (uint8_t)(part + 1);
        last_us = at_us;
        rank++;
    }
}

static struct cell *cell_of(const struct fit *fit, uint32_t session)
{
    return &fit->cells[(size_t)fit->principals->of[session] * TIMES_ALL +
                       fit->time_of[session]];
}

static void count_cells(struct fit *fit, const struct pattern *pattern,
                        const bool *is_compared, struct propensity *out)
{
    for (uint32_t i = 0; i < fit->sessions->count; i++) {
        if (is_compared[i]) {
            struct cell *cell = cell_of(fit, i);
            cell->principal = fit->principals->of[i];
            cell->time = fit->time_of[i];
            cell->all++;
            cell->with += pattern_has(pattern, i);
            out->compared++;
        }
    }
    uint32_t all = fit->principals->count * TIMES_ALL;
    for (uint32_t c = 0; c < all; c++) {
        if (fit->cells[c].all > 0) {
            fit->cells[fit->cell_count++] = fit->cells[c];
        }
    }
}

struct mean {
    double sum;
    uint32_t count;
};

static double mean_of(const struct mean *mean)
{
    return mean->count > 0 ? mean->sum / mean->count : 0;
}

/* What habits leave to the times. */
static void fit_tides(struct fit *fit)
{
    struct mean means[TIMES_ALL] = {{0, 0}};
    for (uint32_t c = 0; c < fit->cell_count; c++) {
        const struct cell *cell = &fit->cells[c];
        struct mean *mean = &means[cell->time];
        mean->sum += cell->with - cell->all * fit->habits[cell->principal];
        mean->count += cell->all;
    }
    for (uint32_t t = 0; t < TIMES_ALL; t++) {
        fit->tides[t] = mean_of(&means[t]);
    }
}

/* What the times leave to habits; cells of a principal stand together. */
static void fit_habits(struct fit *fit)
{
    struct mean mean = {0, 0};
    for (uint32_t c = 0; c < fit->cell_count; c++) {
        const struct cell *cell = &fit->cells[c];
        if (c > 0 && cell->principal != cell[-1].principal) {
            mean = (struct mean){0, 0};
        }
        mean.sum += cell->with - cell->all * fit->tides[cell->time];
        mean.count += cell->all;
        fit->habits[cell->principal] = mean_of(&mean);
    }
}

/* What chance alone makes of the tides is taken from them (positive-part
 * James-Stein): where they are no larger, who decides alone. */
static void shrink_tides(struct fit *fit, const struct propensity *out)
{
    double spread = 0; /* of sessions around the habits */
    double seen = 0;   /* of parts of the time */
    uint32_t count = out->compared;
    for (uint32_t c = 0; c < fit->cell_count; c++) {
        const struct cell *cell = &fit->cells[c];
        double habit = fit->habits[cell->principal];
        double tide = fit->tides[cell->time];
        spread += cell->with * (1 - 2 * habit) + cell->all * habit * habit;
        seen += cell->all * tide * tide;
    }
    double by_chance = count > 0 ? spread / count * out->times : 0;
    double kept = seen > by_chance ? 1 - by_chance / seen : 0;
    for (uint32_t t = 0; t < TIMES_ALL; t++) {
        fit->tides[t] *= kept;
    }
}

static int compare_cells(const void *a, const void *b)
{
    const struct cell *x = a;
    const struct cell *y = b;
    if (x->score != y->score) {
        return x->score < y->score ? -1 : 1;
    }
    if (x->principal != y->principal) {
        return x->principal < y->principal ? -1 : 1;
    }
    return (x->time > y->time) - (x->time < y->time);
}

/* Least likely first. */
static void score_cells(struct fit *fit, const struct propensity *out)
{
    for (int round = 0; round < ROUNDS; round++) {
        fit_habits(fit);
        fit_tides(fit);
    }
    shrink_tides(fit, out);
    for (uint32_t c = 0; c < fit->cell_count; c++) {
        struct cell *cell = &fit->cells[c];
        cell->score = fit->habits[cell->principal] + fit->tides[cell->time];
    }
    if (fit->cell_count > 0) {
        qsort(fit->cells, fit->cell_count, sizeof(*fit->cells), compare_cells);
    }
}

/* ---- classes ------------------------------------------------------------- */

/* Classes of as many sessions each as whole cells allow. */
static void class_sessions(const struct fit *fit, const bool *is_compared,
                           struct propensity *out)
{
    uint8_t *class_of_cell =
        mem_new_array((size_t)fit->principals->count * TIMES_ALL + 1, 1);
    uint32_t most = within(fit->cell_count, PROPENSITY_CLASSES_MAX);
    uint64_t before = 0;
    out->classes = within(out->compared / PROPENSITY_CLASS_SESSIONS, most);
    for (uint32_t c = 0; c < fit->cell_count; c++) {
        const struct cell *cell = &fit->cells[c];
        uint64_t middle = 2 * before + cell->all;
        assert(out->compared > 0); /* a cell is of compared sessions */
        class_of_cell[(size_t)cell->principal * TIMES_ALL + cell->time] =
            (uint8_t)(middle * out->classes / (2 * (uint64_t)out->compared));
        before += cell->all;
    }
    for (uint32_t i = 0; i < fit->sessions->count; i++) {
        size_t cell =
            (size_t)fit->principals->of[i] * TIMES_ALL + fit->time_of[i];
        out->class_of[i] =
            is_compared[i] ? class_of_cell[cell] : PROPENSITY_NONE;
    }
    free(class_of_cell);
}

void propensity_make(const struct window_list *sessions,
                     const struct session_principals *principals,
                     const struct pattern *pattern, const bool *is_compared,
                     struct propensity *out)
{
    size_t room = (size_t)sessions->count + 1;
    size_t people = (size_t)principals->count + 1;
    struct fit fit = {
        .sessions = sessions,
        .principals = principals,
        .time_of = mem_new_array(room, 1),
        .cells = mem_new_array(people * TIMES_ALL, sizeof(*fit.cells)),
        .habits = mem_new_array(people, sizeof(*fit.habits)),
    };
    *out = (struct propensity){.class_of = mem_new_array(room, 1)};
    cut_time(&fit, is_compared, out);
    count_cells(&fit, pattern, is_compared, out);
    score_cells(&fit, out);
    class_sessions(&fit, is_compared, out);
    free(fit.time_of);
    free(fit.cells);
    free(fit.habits);
}

void propensity_fini(struct propensity *propensity)
{
    free(propensity->class_of);
    *propensity = (struct propensity){0};
}
