/* SPDX-License-Identifier: MIT */
#include "tests/bench/figures.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return (*left > *right) - (*left < *right);
}

void figure_add(struct figure *figure, double value)
{
    assert(figure->count < FIGURES_MAX);
    figure->values[figure->count++] = value;
}

double percentile(double *values, size_t count, double percent)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof(*values), compare);
    size_t at = (size_t)(percent / 100 * (double)(count - 1) + .5);
    return values[at < count ? at : count - 1];
}

static double sorted_at(const struct figure *figure, double percent)
{
    struct figure copy = *figure;
    return percentile(copy.values, copy.count, percent);
}

double figure_min(const struct figure *figure)
{
    return sorted_at(figure, 0);
}

double figure_median(const struct figure *figure)
{
    return sorted_at(figure, 50);
}

double figure_max(const struct figure *figure)
{
    return sorted_at(figure, 100);
}

void figure_print(const char *name, const struct figure *figure,
                  const char *unit)
{
    printf("%-44s %12.5g  (%.5g .. %.5g)  %s\n", name, figure_median(figure),
           figure_min(figure), figure_max(figure), unit);
    fflush(stdout);
}

struct figure figure_ratio(const struct figure *a, const struct figure *b)
{
    struct figure ratio = {.count = 0};
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        figure_add(&ratio, a->values[i] / b->values[i]);
    }
    return ratio;
}
