/* SPDX-License-Identifier: MIT */
/* partition.h: how well one grouping of things agrees with another.
 *
 * The figures of log parsing as its literature defines them: a thing is
 * grouped right if its group is, as a set, one of the true groups. Pure.
 * Threads: any. */
#ifndef REVERIE_AGENTS_SIM_LAB_TRACES_PARTITION_H
#define REVERIE_AGENTS_SIM_LAB_TRACES_PARTITION_H

#include "base/base.h"

struct partition {
    size_t things;
    size_t groups;            /* that were made */
    size_t classes;           /* that there are */
    double grouping_accuracy; /* share of things that are grouped right */
    double group_f1;          /* FGA: of groups, by number */
    double purity;            /* share of things in their group's main class */
    double rand_index;        /* adjusted for chance (Hubert and Arabie 1985) */
};

/* Thing i is in group ${groups}[i] and of class ${classes}[i]. */
struct partition partition_compare(const uint64_t *groups,
                                   const uint64_t *classes, size_t count);

/* FTA: F1 of the groups whose things are all of the class that has the group's
 * own name; names are hashes of template texts. */
double partition_named_f1(const uint64_t *names, const uint64_t *classes,
                          size_t count);

#endif
