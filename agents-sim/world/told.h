/* SPDX-License-Identifier: MIT */
/* told.h: whether a text says what is true of a world.
 *
 * Looks for names only, never for wording. What recall.h takes from a memory
 * and what a scorecard counts as right are this.
 * Pure. Threads: any. */
#ifndef REVERIE_AGENTS_SIM_WORLD_TOLD_H
#define REVERIE_AGENTS_SIM_WORLD_TOLD_H

#include "agents-sim/world/world.h"

enum {
    TOLD_STEPS_MIN = 3 /* of a workflow, in order */
};

/* Where ${word} stands in ${text} as a whole word; SIZE_MAX if nowhere. */
size_t told_word(struct bytes text, const char *word);

/* Whether ${text} names what fails. */
bool told_fault(const struct world_fault *fault, struct bytes text);

/* Whether it names what helps too; false where nothing does. */
bool told_fix(const struct world_fault *fault, struct bytes text);

/* Whether it names steps of ${workflow} in order, others between them or not:
 * TOLD_STEPS_MIN, or all where there are fewer. */
bool told_order(const struct world_workflow *workflow, struct bytes text);

#endif
