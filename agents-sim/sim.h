/* SPDX-License-Identifier: MIT */
/* sim.h: lets a seeded population live on a real bus, and scores the dreams.
 *
 * Every agent of the world is a client with a connection of its own: it
 * publishes what it does with virtual time as `occurred`, receives the memory
 * updates that concern it, and changes what it does. Every few virtual days a
 * dream is asked for; life goes on once every agent has what came of it. The
 * same life without memory is lived beside it, off the bus, for comparison.
 * Threads: one; blocks until done. */
#ifndef REVERIE_AGENTS_SIM_SIM_H
#define REVERIE_AGENTS_SIM_SIM_H

#include "agents-sim/score.h"
#include "agents-sim/world/world.h"

struct sim_event {
    enum sim_event_type {
        SIM_LIVING,   /* events sent so far; day of virtual time */
        SIM_DREAMING, /* a dream is running */
        SIM_DREAMED,  /* its sentence */
        SIM_CHANGED,  /* one memory that was applied */
        SIM_UPDATED   /* agents that have the new memory */
    } type;
    uint64_t sent;
    double day;
    uint32_t agents;
    const char *sentence;
    struct score_memory memory; /* SIM_CHANGED */
    bool is_right;              /* of it, against the truth */
};

struct sim_config {
    const char *endpoint;
    const char *swarm; /* NULL: "default" */
    struct world_config world;
    double dream_every_days; /* 0: never */
    int64_t start_us;        /* of virtual time; 0: 2026-01-05T00:00:00Z */
    int timeout_ms;          /* for a dream, and for updates; 0: 2 minutes */
    /* May be NULL. Views are lent for the call. */
    void (*on_event)(void *context, const struct sim_event *event);
    void *context;
};

/* Lives the world and fills ${out_report} (its policy is lent by static
 * storage). ${out_why} says what went wrong. ERR_INVALID (configuration),
 * ERR_CLOSED (no broker), ERR_DENIED (refused), ERR_TIMEOUT. */
MUST_CHECK enum err sim_run(const struct sim_config *config,
                            struct buf *out_why,
                            struct score_report *out_report);

#endif
