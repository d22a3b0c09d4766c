/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of two that share so many sessions only the better one is handed on. */
static const double alike_most = 0.5;
/* A longer one is preferred if its evidence is hardly weaker. */
static const double log_e_slack = 1.5;
static const double alike_longer = 0.7;

static uint64_t *told_set(struct workflows *all,
                          const struct workflow_exposure *exposure,
                          const struct pattern *pattern)
{
    if (!exposure->is_published ||
        !exposure->is_published(exposure->context, pattern)) {
        return NULL;
    }
    uint64_t *set = mem_new_array(all->patterns.words, sizeof(*set));
    for (uint32_t i = 0; i < all->sessions.count; i++) {
        if (exposure->is_told(exposure->context, pattern,
                              all->sessions.items[i])) {
            set[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
    return set;
}

static void workflow_fini(struct workflow *workflow)
{
    strata_fini(&workflow->strata);
    free(workflow->told);
}

/* Tests one pattern; false if it cannot be tested. */
static bool test(struct workflows *all,
                 const struct workflow_exposure *exposure,
                 const struct pattern *pattern, struct workflow *out)
{
    struct contrast_row rows[CONTRAST_ROWS_MAX];
    *out = (struct workflow){.pattern = pattern,
                             .told = told_set(all, exposure, pattern)};
    strata_make(&all->sessions, &all->principals, pattern, out->told,
                &out->strata);
    strata_count(&out->strata, &all->sessions, pattern, rows);
    out->total = contrast_sum(rows, out->strata.count);
    if (out->total.with < WORKFLOW_TESTABLE ||
        out->total.without < WORKFLOW_TESTABLE) {
        workflow_fini(out);
        return false;
    }
    out->uplift = contrast_uplift(rows, out->strata.count);
    out->odds = contrast_odds(rows, out->strata.count);
    out->log_e = contrast_log_e(rows, out->strata.count);
    return true;
}

/* The patterns of a kind are one hypothesis, "none of them helps": the mean of
 * their e-values is one. Gives how many kinds there are. */
static uint32_t pool_kinds(struct workflows *all)
{
    uint32_t kinds = all->patterns.kinds;
    double *most = mem_new_array((size_t)kinds + 1, sizeof(*most));
    double *sum = mem_new_array((size_t)kinds + 1, sizeof(*sum));
    uint32_t *count = mem_new_array((size_t)kinds + 1, sizeof(*count));
    uint32_t tested = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        const struct workflow *it = &all->items[i];
        uint32_t k = it->pattern->kind;
        most[k] = count[k] > 0 ? fmax(most[k], it->log_e) : it->log_e;
        tested += count[k] == 0;
        count[k]++;
    }
    for (uint32_t i = 0; i < all->count; i++) {
        uint32_t k = all->items[i].pattern->kind;
        sum[k] += exp(all->items[i].log_e - most[k]);
    }
    for (uint32_t i = 0; i < all->count; i++) {
        uint32_t k = all->items[i].pattern->kind;
        all->items[i].kind_log_e = most[k] + log(sum[k] / count[k]);
    }
    free(most);
    free(sum);
    free(count);
    return tested;
}

static int compare_workflows(const void *a, const void *b)
{
    const struct workflow *x = a;
    const struct workflow *y = b;
    if (x->log_e != y->log_e) {
        return x->log_e > y->log_e ? -1 : 1;
    }
    return (x->pattern->label > y->pattern->label) -
           (x->pattern->label < y->pattern->label);
}

static bool says_the_same(const struct workflow *a, const struct workflow *b,
                          uint32_t words)
{
    const struct pattern *x = a->pattern;
    const struct pattern *y = b->pattern;
    bool same_ends = x->symbols[0] == y->symbols[0] &&
                     x->symbols[x->length - 1] == y->symbols[y->length - 1];
    return same_ends || pattern_is_part(x, y) || pattern_is_part(y, x) ||
           pattern_likeness(x, y, words) >= alike_most;
}

/* Brings the longest that contains items[at] on hardly weaker evidence to its
 * place; the others move down by one. */
static void prefer_longer(struct workflows *all, uint32_t at)
{
    struct workflow *items = all->items;
    uint32_t best = at;
    for (uint32_t i = at + 1; i < all->count; i++) {
        if (items[i].log_e < items[at].log_e - log_e_slack) {
            break;
        }
        if (items[i].pattern->length > items[best].pattern->length &&
            pattern_is_part(items[at].pattern, items[i].pattern) &&
            pattern_likeness(items[at].pattern, items[i].pattern,
                             all->patterns.words) >= alike_longer) {
            best = i;
        }
    }
    struct workflow chosen = items[best];
    memmove(&items[at + 1], &items[at], (best - at) * sizeof(*items));
    items[at] = chosen;
}

/* Best first; of those that say the same the best stays, and at most
 * WORKFLOWS_MAX of them. */
static void keep_best(struct workflows *all)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        bool is_room = kept < WORKFLOWS_MAX && all->items[i].log_e > 0;
        if (is_room) {
            prefer_longer(all, i);
        }
        for (uint32_t k = 0; is_room && k < kept; k++) {
            is_room = !says_the_same(&all->items[k], &all->items[i],
                                     all->patterns.words);
        }
        if (is_room) {
            all->items[kept++] = all->items[i];
        } else {
            workflow_fini(&all->items[i]);
        }
    }
    all->count = kept;
}

void workflows_find(const struct window *window, uint32_t team,
                    const struct alphabet *alphabet,
                    const struct nominations *nominations, uint64_t team_hash,
                    const struct workflow_exposure *exposure,
                    struct workflows *out)
{
    *out = (struct workflows){0};
    window_list(window, team, &out->sessions);
    struct pattern_source source = {.sessions = &out->sessions,
                                    .alphabet = alphabet,
                                    .nominations = nominations,
                                    .team_hash = team_hash};
    patterns_find(&source, &out->patterns);
    session_principals_make(&out->sessions, &out->principals);
    out->items =
        mem_new_array((size_t)out->patterns.count + 1, sizeof(*out->items));
    for (uint32_t i = 0; i < out->patterns.count; i++) {
        struct workflow *workflow = &out->items[out->count];
        out->count += test(out, exposure, &out->patterns.items[i], workflow);
    }
    out->tested = pool_kinds(out);
    if (out->count > 0) {
        qsort(out->items, out->count, sizeof(*out->items), compare_workflows);
    }
    keep_best(out);
    for (uint32_t i = 0; i < out->count; i++) {
        struct workflow *workflow = &out->items[i];
        workflow->robust_log_e = strata_robust_log_e(
            &workflow->strata, &out->sessions, &out->principals,
            workflow->pattern, &workflow->left);
    }
}

void workflows_fini(struct workflows *workflows)
{
    for (uint32_t i = 0; i < workflows->count; i++) {
        workflow_fini(&workflows->items[i]);
    }
    free(workflows->items);
    session_principals_fini(&workflows->principals);
    patterns_fini(&workflows->patterns);
    window_list_fini(&workflows->sessions);
}
