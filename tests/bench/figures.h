/* SPDX-License-Identifier: MIT */
/* figures.h: medians with their spread, the way every bench prints them.
 * Threads: one. */
#ifndef REVERIE_TESTS_BENCH_FIGURES_H
#define REVERIE_TESTS_BENCH_FIGURES_H

#include <stddef.h>
#include <stdint.h>

enum {
    FIGURES_MAX = 64
};

/* Values of one figure over the runs. */
struct figure {
    double values[FIGURES_MAX];
    size_t count;
};

void figure_add(struct figure *figure, double value);
double figure_min(const struct figure *figure);
double figure_median(const struct figure *figure);
double figure_max(const struct figure *figure);

/* "name   median  (min .. max)  unit" on stdout. */
void figure_print(const char *name, const struct figure *figure,
                  const char *unit);

/* Ratios a/b run by run, so that a machine whose speed drifts counts once. */
struct figure figure_ratio(const struct figure *a, const struct figure *b);

/* The ${percent}-th percentile; sorts ${values}. 0 for none. */
double percentile(double *values, size_t count, double percent);

#endif
