/* SPDX-License-Identifier: MIT */
/* two_by_two.h: whether one way of doing it works better than another.
 *
 * Trials of two kinds, with what is being looked at and without, each worked
 * or not. The e-value decides; the other figures are for ranking and for
 * people. Knows no messages and no log.
 * Pure: the same arguments give the same bits. Threads: any. */
#ifndef REVERIE_MEMORY_TWO_BY_TWO_H
#define REVERIE_MEMORY_TWO_BY_TWO_H

#include "base/base.h"

struct two_by_two {
    uint32_t with; /* trials */
    uint32_t with_worked;
    uint32_t without;
    uint32_t without_worked;
};

/* Natural logarithm of the e-value for "with works more often than without":
 * how likely the table is among those with its margins under a mixture of
 * fifteen odds ratios from 1.6 to 55, over how likely it is under none
 * (Fisher's noncentral and central hypergeometric distributions). Whatever the
 * common rate, its expectation given the margins is 1 while both rates are
 * equal; it does not depend on the order of the trials. One look at a table:
 * the products of looks at parts of it are e-values, the largest of many is
 * none. Sums over the successes: at most some 100,000 trials are sensible. */
double two_by_two_log_e(const struct two_by_two *table);

/* Logarithm of the odds ratio with one half added to every cell (Haldane 1956,
 * Anscombe 1956). */
double two_by_two_log_odds(const struct two_by_two *table);

/* One-sided mid-p of Fisher's exact test (Lancaster 1961): of tables with
 * these margins, how likely are more successes with, and half of as many. */
double two_by_two_mid_p(const struct two_by_two *table);

/* Ochiai's coefficient of "with" and "worked" (Abreu et al. 2006 for locating
 * faults): with_worked / sqrt(all worked * all with); 0 to 1. */
double two_by_two_ochiai(const struct two_by_two *table);

#endif
