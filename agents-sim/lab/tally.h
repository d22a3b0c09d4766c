/* SPDX-License-Identifier: MIT */
/* tally.h: what a lab proposed, held against its world's truth, by tier.
 *
 * Two scorecards: of everything that the gate did not refuse, and of what it
 * would have applied without a human. A change that is revised counts again
 * only if it says something else.
 * Threads: belongs to one thread. */
#ifndef REVERIE_AGENTS_SIM_LAB_TALLY_H
#define REVERIE_AGENTS_SIM_LAB_TALLY_H

#include "agents-sim/lab/lab.h"
#include "agents-sim/score.h"

struct tally {
    struct score *proposed; /* of either tier */
    struct score *applied;  /* verdict "apply" */
};

/* Keeps the world. tally_fini frees what it holds. */
void tally_init(struct tally *tally, const struct world *world);
void tally_fini(struct tally *tally);

/* Takes in one change: an on_change of a lab, whose context is a tally. */
void tally_change(void *context, const struct lab_change *it);

#endif
