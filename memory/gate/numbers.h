/* SPDX-License-Identifier: MIT */
/* numbers.h: what a change claims in figures, counted again.
 *
 * From witnesses that were found to be as they say (evidence.h); judges no
 * sufficiency (gate.h).
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_GATE_NUMBERS_H
#define REVERIE_MEMORY_GATE_NUMBERS_H

#include "memory/gate/evidence.h"

struct Reverie__V1__Numbers;

/* Reads the strata of a workflow, which give its e-value; they are the
 * proposer's, and counted from more sessions than can be cited. */
void numbers_read_contrast(const struct Reverie__V1__Change *change,
                           struct evidence *out);

/* Whether ${claimed} (may be NULL) is not what the witnesses give: a number
 * that is there must be right, and n and x must be there. */
bool numbers_differ(const struct Reverie__V1__Numbers *claimed,
                    const struct evidence *evidence);

#endif
