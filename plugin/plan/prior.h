/* SPDX-License-Identifier: MIT */
/* prior.h: how common shares of every size are, learnt from all choices.
 *
 * What a vote of 7 in 10 says about the true share depends on how often true
 * shares are large. The votes of every option of every slot of a kind, found
 * or not, are a sample of that: the distribution of true shares that makes
 * them most likely (nonparametric maximum likelihood on a grid, with a little
 * weight for a uniform one) is the prior under which "P(share >= 0.6)" is
 * right as often as it says. Choosing the most voted option afterwards biases
 * nothing, because the prior has seen the others, too.
 * Pure. Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_PLAN_PRIOR_H
#define REVERIE_PLUGIN_PLAN_PRIOR_H

#include "base/base.h"

enum {
    PRIOR_VOTERS_MAX = 256,
    PRIOR_PSEUDO_VOTES = 5 /* weight of the uniform prior, in options */
};

struct prior;

struct prior *prior_new(void) MUST_CHECK;
void prior_free(struct prior *prior);

/* ${x} of ${n} principals chose an option. x <= n; beyond PRIOR_VOTERS_MAX
 * voters it is left out. */
void prior_add(struct prior *prior, uint32_t n, uint32_t x);

/* How many were added. */
uint32_t prior_options(const struct prior *prior);

/* To be called once, after the last prior_add and before the first
 * prior_above: a fixed number of steps, in a fixed order; none, if ${before}
 * (fitted, or NULL) was of the same votes. */
void prior_fit(struct prior *prior, const struct prior *before);

/* P(share >= ${share}) after ${x} of ${n}; ${share} is rounded to a fiftieth.
 * x <= n. */
double prior_above(const struct prior *prior, uint32_t n, uint32_t x,
                   double share);

/* The share that the true one is below with ${probability} after ${x} of ${n},
 * as if shares were spread evenly between those of the grid. x <= n. */
double prior_bound(const struct prior *prior, uint32_t n, uint32_t x,
                   double probability);

#endif
