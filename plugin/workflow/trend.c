/* SPDX-License-Identifier: MIT */
#include "plugin/workflow/trend.h"

#include <math.h>
#include <stdlib.h>

static const double share_most = 0.6;
static const double share_rival = 0.25;
static const double p_trend = 0.05;
static const double log_e_change = 2.995732273553991; /* log 20 */

enum {
    PAIRS_MAX = TREND_BUCKETS * (TREND_BUCKETS - 1) / 2
};

const char *trend_label_name(enum trend_label label)
{
    static const char *const names[] = {
        [TREND_UNKNOWN] = "unknown",         [TREND_CONVERGING] = "converging",
        [TREND_ESTABLISHED] = "established", [TREND_CONTESTED] = "contested",
        [TREND_DIVERGING] = "diverging",     [TREND_RARE] = "rare",
    };
    assert((size_t)label < ARRAY_LEN(names));
    return names[label];
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare_reals);
    return count % 2 ? values[count / 2]
                     : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* What groups of equal values take off the variance of S. */
static double tie_loss(const double *shares, size_t count)
{
    double loss = 0;
    for (size_t i = 0; i < count; i++) {
        double equal = 0;
        bool is_first = true;
        for (size_t j = 0; j < count; j++) {
            equal += shares[j] == shares[i];
            is_first &= j >= i || shares[j] != shares[i];
        }
        loss += is_first ? equal * (equal - 1) * (2 * equal + 5) : 0;
    }
    return loss;
}

/* Mann and Kendall's S with its one-sided p (normal, with continuity and ties),
 * and Sen's slope. Gives S. */
static double mann_kendall(const double *shares, size_t count,
                           struct trend *out)
{
    double slopes[PAIRS_MAX];
    size_t pairs = 0;
    double s = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            s += (shares[j] > shares[i]) - (shares[j] < shares[i]);
            slopes[pairs++] = (shares[j] - shares[i]) / (double)(j - i);
        }
    }
    double n = (double)count;
    double variance =
        (n * (n - 1) * (2 * n + 5) - tie_loss(shares, count)) / 18;
    double z = variance > 0 ? fmax(0, fabs(s) - 1) / sqrt(variance) : 0;
    out->p = erfc(z / sqrt(2)) / 2;
    out->slope = median(slopes, pairs);
    return s;
}

static double log_beta(double a, double b)
{
    int sign = 0;
    return lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign);
}

/* Two shares against one, each with a uniform prior. */
static double log_change(const struct trend_bucket *a,
                         const struct trend_bucket *b)
{
    double x = a->votes_for;
    double y = b->votes_for;
    double n = a->votes;
    double m = b->votes;
    return log_beta(1 + x, 1 + n - x) + log_beta(1 + y, 1 + m - y) -
           log_beta(1 + x + y, 1 + n + m - x - y);
}

static enum trend_label label_of(const struct trend *trend, double s,
                                 const struct trend_bucket *last)
{
    bool is_trend = trend->p <= p_trend && trend->log_e >= log_e_change;
    double rival = (double)last->rival / last->votes;
    if (is_trend && s < 0) {
        return TREND_DIVERGING;
    }
    if (trend->last >= share_most) {
        return is_trend ? TREND_CONVERGING : TREND_ESTABLISHED;
    }
    return trend->last > share_rival && rival > share_rival ? TREND_CONTESTED
                                                            : TREND_RARE;
}

struct trend trend_of(const struct trend_bucket *buckets, size_t count)
{
    struct trend trend = {.p = 1};
    double shares[TREND_BUCKETS];
    struct trend_bucket halves[2] = {{0}};
    struct trend_bucket last = {0};
    assert(count <= TREND_BUCKETS);
    for (size_t i = 0; i < count; i++) {
        struct trend_bucket *half = &halves[i >= count / 2];
        if (buckets[i].votes >= TREND_VOTES_MIN) {
            shares[trend.buckets++] =
                (double)buckets[i].votes_for / buckets[i].votes;
            half->votes += buckets[i].votes;
            half->votes_for += buckets[i].votes_for;
            last = buckets[i];
        }
    }
    if (trend.buckets < TREND_BUCKETS_MIN) {
        return trend;
    }
    trend.first = shares[0];
    trend.last = shares[trend.buckets - 1];
    double s = mann_kendall(shares, trend.buckets, &trend);
    trend.log_e = log_change(&halves[0], &halves[1]);
    trend.label = label_of(&trend, s, &last);
    return trend;
}
