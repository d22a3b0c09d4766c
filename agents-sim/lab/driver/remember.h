/* SPDX-License-Identifier: MIT */
/* remember.h: a fact of a world as a memory that a team or an agent has.
 *
 * A sentence is read by the product's reader of directives, a command by its
 * reader of calls: subject and option of the memory are what those make of it,
 * as a dream would have written it down. What they make nothing of is no
 * memory.
 * Threads: any. */
#ifndef REVERIE_AGENTS_SIM_LAB_DRIVER_REMEMBER_H
#define REVERIE_AGENTS_SIM_LAB_DRIVER_REMEMBER_H

#include "agents-sim/world/world.h"
#include "memory/change.h"

/* Appends the packed MemoryApplied that makes ${fact} the first version of a
 * memory, and the version ${store_version} of its store, at ${time_us}; and
 * tells its finding. False: it is none. */
bool remember_fact(const struct world *world, const struct world_fact *fact,
                   uint64_t store_version, int64_t time_us,
                   struct buf *out_body, uint8_t out_finding[FINDING_BYTES]);

/* Writes the store that ${fact} is in: "team/NAME", "agent/NAME". */
void remember_store(const struct world *world, const struct world_fact *fact,
                    char *out, size_t size);

#endif
