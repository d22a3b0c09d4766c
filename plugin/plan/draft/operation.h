/* SPDX-License-Identifier: MIT */
/* operation.h: what a drafted change does to the memory that is there.
 *
 * Add, revise, merge or retire; or nothing, because memory says so already, a
 * review waits, or another memory holds it.
 * Pure. Threads: that of the drafting. */
#ifndef REVERIE_PLUGIN_PLAN_DRAFT_OPERATION_H
#define REVERIE_PLUGIN_PLAN_DRAFT_OPERATION_H

#include "plugin/plan/draft/draft.h"

/* Sets the operation of ${change}, which has its texts and its numbers, and
 * what it replaces: REASON_PROPOSED, or why there is nothing to change. */
enum reason operation_set(struct drafting *drafting,
                          const struct candidate *candidate,
                          struct Reverie__V1__Change *change);

#endif
