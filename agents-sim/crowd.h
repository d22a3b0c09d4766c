/* SPDX-License-Identifier: MIT */
/* crowd.h: the agents of a world as clients of a bus.
 *
 * One connection per agent, each with its view of memory and what it makes of
 * it. Not the life they live: that is world/life.h.
 * Threads: one. */
#ifndef REVERIE_AGENTS_SIM_CROWD_H
#define REVERIE_AGENTS_SIM_CROWD_H

#include "agents-sim/world/life.h"
#include "client/reverie.h"

struct crowd;

struct crowd_counts {
    uint64_t sent;
    uint64_t accepted;
    uint64_t refused;
    uint64_t received;
};

/* Connects every agent of ${world}, which it keeps. Gives *out_crowd
 * (crowd_close). ERR_CLOSED, ERR_DENIED, ERR_TIMEOUT with ${out_why}. */
MUST_CHECK enum err crowd_open(const struct world *world, const char *endpoint,
                               const char *swarm, struct buf *out_why,
                               struct crowd **out_crowd);
void crowd_close(struct crowd *crowd);

/* What the agents have been told, for life_new. Valid until crowd_close. */
struct life_memory crowd_memory(struct crowd *crowd);

/* Publishes ${event} as its agent. */
MUST_CHECK enum err crowd_send(struct crowd *crowd,
                               const struct life_event *event,
                               struct buf *out_why);

/* Moves everybody's traffic: acceptances, heartbeats, deliveries, updates. */
MUST_CHECK enum err crowd_turn(struct crowd *crowd, struct buf *out_why);

/* Waits until everything sent is accepted. ERR_DENIED: something was
 * refused. */
MUST_CHECK enum err crowd_flush(struct crowd *crowd, int timeout_ms,
                                struct buf *out_why);

/* How many agents of ${team} have store version ${version} of their team. */
uint32_t crowd_up_to_date(const struct crowd *crowd, uint32_t team,
                          uint64_t version);

struct crowd_counts crowd_counts(const struct crowd *crowd);

#endif
