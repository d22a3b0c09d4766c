/* SPDX-License-Identifier: MIT */
#include "plugin/plan/prior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GRID = 50, /* shares .01, .03, ... .99 */
    STEPS = 100,
    ROW = PRIOR_VOTERS_MAX + 1
};

struct prior {
    uint32_t *counts; /* options with x of n votes, at n * ROW + x */
    uint32_t options;
    double weight[GRID];
    double log_share[GRID];
    double log_rest[GRID]; /* of 1 - share */
};

struct prior *prior_new(void)
{
    struct prior *prior = mem_new(sizeof(*prior));
    prior->counts = mem_new_array((size_t)ROW * ROW, sizeof(*prior->counts));
    for (int j = 0; j < GRID; j++) {
        double share = (j + 0.5) / GRID;
        prior->weight[j] = 1.0 / GRID;
        prior->log_share[j] = log(share);
        prior->log_rest[j] = log1p(-share);
    }
    return prior;
}

void prior_free(struct prior *prior)
{
    if (prior) {
        free(prior->counts);
        free(prior);
    }
}

void prior_add(struct prior *prior, uint32_t n, uint32_t x)
{
    assert(x <= n);
    if (n <= PRIOR_VOTERS_MAX) {
        prior->counts[(size_t)n * ROW + x]++;
        prior->options++;
    }
}

uint32_t prior_options(const struct prior *prior)
{
    return prior->options;
}

/* Likelihoods of the grid after ${x} of ${n}, the largest 1. */
static void likelihoods(const struct prior *prior, uint32_t n, uint32_t x,
                        double *out)
{
    double top = -INFINITY;
    for (int j = 0; j < GRID; j++) {
        out[j] = x * prior->log_share[j] + (double)(n - x) * prior->log_rest[j];
        top = out[j] > top ? out[j] : top;
    }
    for (int j = 0; j < GRID; j++) {
        out[j] = exp(out[j] - top);
    }
}

/* Turns likelihoods into posterior weights, adding up to 1. */
static void weigh(const struct prior *prior, const double *likelihood,
                  double *out)
{
    double sum = 0;
    for (int j = 0; j < GRID; j++) {
        out[j] = prior->weight[j] * likelihood[j];
        sum += out[j];
    }
    for (int j = 0; j < GRID; j++) {
        out[j] /= sum;
    }
}

/* Options with one outcome of a vote. */
struct outcome {
    uint32_t count;
    double likelihood[GRID];
};

/* One step of expectation and maximisation. */
static void step(struct prior *prior, const struct outcome *outcomes,
                 size_t count)
{
    double next[GRID];
    double part[GRID];
    for (int j = 0; j < GRID; j++) {
        next[j] = (double)PRIOR_PSEUDO_VOTES / GRID;
    }
    for (size_t i = 0; i < count; i++) {
        weigh(prior, outcomes[i].likelihood, part);
        for (int j = 0; j < GRID; j++) {
            next[j] += outcomes[i].count * part[j];
        }
    }
    for (int j = 0; j < GRID; j++) {
        prior->weight[j] = next[j] / (prior->options + PRIOR_PSEUDO_VOTES);
    }
}

static bool is_of_same(const struct prior *a, const struct prior *b)
{
    return a->options == b->options &&
           memcmp(a->counts, b->counts,
                  (size_t)ROW * ROW * sizeof(*a->counts)) == 0;
}

void prior_fit(struct prior *prior, const struct prior *before)
{
    if (before && is_of_same(prior, before)) {
        memcpy(prior->weight, before->weight, sizeof(prior->weight));
        return;
    }
    size_t count = 0;
    size_t capacity = 0;
    struct outcome *outcomes = NULL;
    for (uint32_t at = 0; at < ROW * ROW; at++) {
        if (prior->counts[at] == 0) {
            continue;
        }
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            outcomes = mem_grow(outcomes, capacity * sizeof(*outcomes));
        }
        outcomes[count].count = prior->counts[at];
        likelihoods(prior, at / ROW, at % ROW, outcomes[count].likelihood);
        count++;
    }
    for (int i = 0; i < STEPS && count > 0; i++) {
        step(prior, outcomes, count);
    }
    free(outcomes);
}

double prior_above(const struct prior *prior, uint32_t n, uint32_t x,
                   double share)
{
    assert(x <= n);
    double likelihood[GRID];
    double part[GRID];
    double above = 0;
    likelihoods(prior, n, x, likelihood);
    weigh(prior, likelihood, part);
    for (int j = (int)lround(share * GRID); j < GRID; j++) {
        above += part[j];
    }
    return above < 1 ? above : 1;
}

double prior_bound(const struct prior *prior, uint32_t n, uint32_t x,
                   double probability)
{
    assert(x <= n && probability > 0 && probability < 1);
    double likelihood[GRID];
    double part[GRID];
    double below = 0;
    int j = 0;
    likelihoods(prior, n, x, likelihood);
    weigh(prior, likelihood, part);
    while (j + 1 < GRID && below + part[j] < probability) {
        below += part[j++];
    }
    return (j + (probability - below) / part[j]) / GRID;
}
