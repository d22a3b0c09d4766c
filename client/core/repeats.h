/* SPDX-License-Identifier: MIT */
/* repeats.h: which deliveries were dealt with already.
 *
 * Delivery is at least once; this window of the newest positions that were
 * said to be done makes it once. A position that fell out of the window would
 * be given again. The epoch is part of a position here: after a power cut a
 * seq that was never accepted may be used for another event.
 * Pure. Threads: belongs to one client. */
#ifndef REVERIE_CLIENT_CORE_REPEATS_H
#define REVERIE_CLIENT_CORE_REPEATS_H

#include "base/base.h"

enum {
    REPEATS_MAX = 65536
};

struct repeats_position {
    uint64_t seq;
    uint32_t epoch;
    uint32_t log;
};

/* A ring of positions, each in the chain of its bucket. Links are places in
 * the ring plus one; 0 ends a chain. */
struct repeats {
    struct repeats_position *ring;
    uint32_t *links;
    uint32_t *buckets;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
    uint32_t oldest;
};

/* A zeroed struct is an empty window. */
void repeats_fini(struct repeats *repeats);

/* Remembers a position; beyond REPEATS_MAX the oldest one is forgotten. */
void repeats_add(struct repeats *repeats, uint32_t log, uint64_t seq,
                 uint64_t epoch);

bool repeats_has(const struct repeats *repeats, uint32_t log, uint64_t seq,
                 uint64_t epoch);

#endif
