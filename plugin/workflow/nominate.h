/* SPDX-License-Identifier: MIT */
/* nominate.h: how many principals may have done this?
 *
 * A table of small linear counters: a label hashes to a cell of 64 bits, a
 * principal to one of them, and adding sets it. Counts are at least the truth
 * up to what collides among principals, whatever the order, and adding twice
 * changes nothing; sharing a cell only raises them. So it can rule out and
 * never decides. Flat: 512 KiB for all teams.
 * Threads: a table belongs to one thread. */
#ifndef REVERIE_PLUGIN_WORKFLOW_NOMINATE_H
#define REVERIE_PLUGIN_WORKFLOW_NOMINATE_H

#include "base/base.h"

enum {
    NOMINATE_CELLS = 65536
};

struct nominations {
    uint64_t cells[NOMINATE_CELLS];
};

/* Mixes ${part} into ${hash}: the label of a sequence from its symbols. */
static inline uint64_t nominate_mix(uint64_t hash, uint64_t part)
{
    hash = (hash ^ part) * UINT64_C(0x9fb21c651e98df25);
    return hash ^ (hash >> 35);
}

static inline void nominate_add(struct nominations *table, uint64_t label,
                                uint64_t principal_hash)
{
    table->cells[label % NOMINATE_CELLS] |= UINT64_C(1)
                                            << (principal_hash >> 58);
}

/* Principals that can be told apart, at most 64. */
static inline uint32_t nominate_count(const struct nominations *table,
                                      uint64_t label)
{
    return bits_count(table->cells[label % NOMINATE_CELLS]);
}

#endif
