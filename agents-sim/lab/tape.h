/* SPDX-License-Identifier: MIT */
/* tape.h: a traffic log in memory, as the broker would have written it.
 *
 * Gives every event its position, id, root (that of its parent) and stamp, and
 * gives them back: as structs for the dream worker, packed for the gate. Knows
 * nothing of durability or delivery.
 * Threads: a tape belongs to one thread. */
#ifndef REVERIE_AGENTS_SIM_LAB_TAPE_H
#define REVERIE_AGENTS_SIM_LAB_TAPE_H

#include "memory/memory.h"
#include "proto/envelope.h"

/* What is said; views are borrowed. */
struct tape_event {
    struct bytes agent;
    struct bytes principal;
    struct bytes team;
    struct bytes session;
    struct bytes view;
    struct bytes to;
    struct bytes kind;
    struct bytes body;
    uint64_t parent;       /* position of the event it answers; 0: none */
    bool is_parent_hidden; /* it does not name its parent: no common root */
    enum origin origin;
    enum identity identity;
    bool has_occurred;
    int64_t occurred_us;
};

struct tape;

/* ${seed} makes the ids of this tape its own. */
struct tape *tape_new(uint64_t seed) MUST_CHECK;
void tape_free(struct tape *tape);

/* Appends and gives the position, from 1. Copies. */
uint64_t tape_append(struct tape *tape, const struct tape_event *event);
uint64_t tape_len(const struct tape *tape);

/* The event at a position that was given; lent until the next tape_get. */
void tape_get(struct tape *tape, uint64_t seq, struct stamp *out_stamp,
              struct envelope *out_envelope, struct bytes *out_body);

/* Makes it a tombstone, as an erasure does. */
void tape_erase(struct tape *tape, uint64_t seq);

/* The tape as the gate reads it; keeps the tape. */
struct memory_log tape_log(struct tape *tape);

#endif
