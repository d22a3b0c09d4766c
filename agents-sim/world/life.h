/* SPDX-License-Identifier: MIT */
/* life.h: what the agents of a world do, event by event, in virtual time.
 *
 * Every agent works in sessions of tool calls: it chooses by habit, or as its
 * memory says; it makes the mistakes it is prone to, unless its memory warns
 * of them; it begins with the fix and follows the order of steps that it was
 * told; and its sessions succeed less often the more of them went wrong.
 * Randomness is drawn by (seed, agent, session, step), so the same seed with
 * and without memory differs only where memory changed what was done.
 * Pure: memory is asked through a vtable. Threads: one. */
#ifndef REVERIE_AGENTS_SIM_WORLD_LIFE_H
#define REVERIE_AGENTS_SIM_WORLD_LIFE_H

#include "agents-sim/world/world.h"
#include "proto/envelope.h"

/* What an agent has been told, at the moment it acts. */
struct life_memory {
    void *context;
    /* The option remembered for ${slot}, or -1. */
    int (*choice)(void *context, uint32_t agent, uint32_t slot);
    /* Whether it was warned of ${mistake}. */
    bool (*warned)(void *context, uint32_t agent, uint32_t mistake);
    /* Whether it was told what helps against ${fault}, and the order of steps
     * of ${workflow}. NULL: of none. */
    bool (*helped)(void *context, uint32_t agent, uint32_t fault);
    bool (*led)(void *context, uint32_t agent, uint32_t workflow);
};

struct life_event {
    uint64_t number;       /* of this event within the life, from 1 */
    uint64_t parent;       /* number of the event that it answers; 0: none */
    bool is_parent_hidden; /* which it does not say */
    uint32_t agent;
    const char *kind;
    enum origin origin;
    int64_t at_us;       /* when it happens */
    int64_t occurred_us; /* when its sender says that it did */
    const char *session;
    struct bytes body; /* packed message of events.proto */
    bool ends_session;
    /* Instead of an event: a note that the agent writes into its own store, or
     * its team's. NULL: none. */
    const char *note;
    const char *note_path;
    bool is_team_note;
};

/* What came of it so far. */
struct life_counts {
    uint64_t events;
    uint64_t sessions; /* ended */
    uint64_t satisfied;
    uint64_t calls;
    uint64_t errors;
    uint64_t repeated_errors; /* planted mistakes made */
    uint64_t mistake_chances; /* occasions to make one */
    uint64_t preferred;       /* choices that follow a planted preference */
    uint64_t preference_chances;
};

struct life;

/* Starts at ${start_us}. Keeps the world; copies ${memory} (NULL: none). */
struct life *life_new(const struct world *world, int64_t start_us,
                      const struct life_memory *memory) MUST_CHECK;
void life_free(struct life *life);

/* When the next event happens; INT64_MAX when the days are over. */
int64_t life_next_time(const struct life *life);

/* Lets it happen; lends the event until the next call. Only while
 * life_next_time is not INT64_MAX. */
void life_next(struct life *life, struct life_event *out_event);

struct life_counts life_counts(const struct life *life);

#endif
