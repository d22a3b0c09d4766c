/* SPDX-License-Identifier: MIT */
/* likeness.h: how alike the members of a cluster choose.
 *
 * Principals that run one configuration (cluster.h) may be one mind or many:
 * clones agree at every slot, colleagues who share a prompt at few. For each
 * cluster of a team: at every slot, how much more often two members agree than
 * two principals outside do, (observed - expected) / (1 - expected); the
 * median over the slots is the intra-class correlation. The median, because
 * what a team agrees on is a minority of slots and what clones agree on is
 * not. Ten slots' worth of the default 0.1 stand in where little is known.
 * Pure. Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_LIKENESS_H
#define REVERIE_PLUGIN_DETECT_LIKENESS_H

#include "plugin/detect/standing.h"

#define LIKENESS_DEFAULT 0.1

enum {
    LIKENESS_DEFAULT_SLOTS = 10,
    LIKENESS_SLOTS_MAX = 1024, /* of one cluster; the rest is not looked at */
    LIKENESS_VOTERS_MIN = 10   /* outside, for an expectation */
};

struct likeness;

struct likeness *likeness_new(void) MUST_CHECK;
void likeness_free(struct likeness *likeness);

/* One slot in all teams that have it, which has ${options} options there;
 * clusters are set in the ballots. */
void likeness_add(struct likeness *likeness, struct standing *const *standings,
                  size_t count, uint32_t options);

/* Gives the correlations of the clusters of ${team}, lent until the next
 * likeness_add. */
const struct cluster_rho *likeness_of(struct likeness *likeness, uint32_t team,
                                      size_t *out_count);

#endif
