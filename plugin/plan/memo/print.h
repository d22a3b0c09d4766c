/* SPDX-License-Identifier: MIT */
/* print.h: fingerprints of changes, to see that one is as it was.
 *
 * Two drafts with one print make the same change, but for a collision of 64
 * seeded bits. Whatever reaches a change without passing through one of its
 * texts must be in the print.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_MEMO_PRINT_H
#define REVERIE_PLUGIN_PLAN_MEMO_PRINT_H

#include "plugin/plan/candidate.h"

struct Reverie__V1__Change;

/* Of everything that the ${change} drafted of ${candidate} is made of, and of
 * nothing that memory says. Never 0. */
uint64_t print_of_draft(uint64_t seed, const struct candidate *candidate,
                        const struct Reverie__V1__Change *change);

/* Of what is done with it, and of all that memory adds. Never 0. */
uint64_t print_of_operation(const struct Reverie__V1__Change *change);

#endif
