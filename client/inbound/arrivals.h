/* SPDX-License-Identifier: MIT */
/* arrivals.h: events that came and were not given to the caller yet.
 *
 * A queue in the order of arrival, for the inbox and for each stream. Its size
 * is bounded by the credit its owner has granted, not here. In a stream's
 * queue, marks of the reader's position stand in line with the events.
 * Pure. Threads: belongs to one client. */
#ifndef REVERIE_CLIENT_INBOUND_ARRIVALS_H
#define REVERIE_CLIENT_INBOUND_ARRIVALS_H

#include "proto/bus.h"

enum {
    ARRIVAL_FRAMES = 3
};

struct arrival {
    struct frame frames[ARRIVAL_FRAMES]; /* stamp, envelope, body */
    size_t bytes;
    uint32_t log;
    uint64_t seq;
    uint64_t epoch;
    bool is_mark; /* no frames; seq and epoch are the next position */
    bool caught_up;
    uint64_t head;
    uint64_t missed;
};

struct arrivals {
    struct arrival *ring;
    size_t capacity; /* a power of two, or 0 */
    size_t first;
    size_t count;
};

/* A zeroed struct is an empty queue. */
void arrivals_fini(struct arrivals *arrivals);

/* Moves ${arrival} in; it becomes empty. */
void arrivals_push(struct arrivals *arrivals, struct arrival *arrival);

/* Moves the oldest out; false if there is none. ${out} must hold no open
 * frames. */
bool arrivals_pop(struct arrivals *arrivals, struct arrival *out);

/* Closes what waits. */
void arrivals_clear(struct arrivals *arrivals);

/* Moves; ${to} must hold no open frames, ${from} becomes empty. */
void arrival_move(struct arrival *to, struct arrival *from);
void arrival_close(struct arrival *arrival);

#endif
