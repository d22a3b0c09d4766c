/* SPDX-License-Identifier: MIT */
/* trend.h: do more and more principals do it?
 *
 * Votes per bucket of time, one per principal, and what they say: the trend
 * (Mann-Kendall, Sen's slope) for display, an e-value for before against after,
 * and a label.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_WORKFLOW_TREND_H
#define REVERIE_PLUGIN_WORKFLOW_TREND_H

#include "base/base.h"

enum {
    TREND_BUCKETS = 8,
    TREND_BUCKETS_MIN = 5, /* with votes, or there is no label */
    TREND_VOTES_MIN = 3    /* of a bucket that counts */
};

enum trend_label {
    TREND_UNKNOWN, /* too few buckets, or no times */
    TREND_CONVERGING,
    TREND_ESTABLISHED,
    TREND_CONTESTED,
    TREND_DIVERGING,
    TREND_RARE /* few do it, and that does not change */
};

/* "unknown", "converging", ... */
const char *trend_label_name(enum trend_label label);

struct trend_bucket {
    uint32_t votes;
    uint32_t votes_for;
    uint32_t rival; /* votes for the most frequent other way */
};

struct trend {
    enum trend_label label;
    uint32_t buckets; /* that count */
    double first;     /* share in the first and last of them */
    double last;
    double p;     /* of Mann-Kendall, one-sided in the direction of change */
    double slope; /* Sen's, share per bucket */
    double log_e; /* the two halves differ */
};

/* Reads ${buckets} in order of time; those with too few votes are skipped. */
struct trend trend_of(const struct trend_bucket *buckets, size_t count);

#endif
