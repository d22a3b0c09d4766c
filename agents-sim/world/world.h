/* SPDX-License-Identifier: MIT */
/* world.h: a seeded population, and the truth about it.
 *
 * Teams of agents behind principals, the tools they call, the choices those
 * offer, what each team prefers, the habits of error each team shares, and
 * world defaults that nobody prefers. The same configuration gives the same
 * world. A null world has nothing planted: whatever is found in it is false.
 * Not behaviour: what the agents do in it is life.h.
 * Pure. Threads: a world is constant after world_new and may be shared. */
#ifndef REVERIE_AGENTS_SIM_WORLD_WORLD_H
#define REVERIE_AGENTS_SIM_WORLD_WORLD_H

#include "base/bytes.h"

enum {
    WORLD_TEAMS_MAX = 64,
    WORLD_AGENTS_MAX = 4096,
    WORLD_SLOTS_MAX = 4096,
    WORLD_OPTIONS_MAX = 8,
    WORLD_SIZES_MAX = 8,
    WORLD_NAME_BYTES = 48
};

struct world_config {
    uint64_t seed;
    uint32_t teams;
    uint32_t agents_per_team;
    uint32_t sizes[WORLD_SIZES_MAX]; /* agents of teams 0, 1, ... in turn */
    uint32_t size_count;             /* 0: agents_per_team, all */
    uint32_t agents_per_principal;
    double activity_skew;       /* Zipf's exponent over the agents of a team */
    uint32_t days;              /* of virtual time */
    double sessions_per_day;    /* of one agent */
    uint32_t steps_per_session; /* tool calls, on average */
    uint32_t slots;             /* choice points of the world */
    uint32_t options;           /* of one slot */
    uint32_t slots_per_call;    /* choices that one call makes, at most */
    uint32_t defaults;          /* slots with a world default */
    uint32_t preferences;       /* planted, per team */
    double adoption;            /* share of principals with the preference */
    uint32_t mistakes;          /* planted, per team */
    double susceptible;         /* share of agents that make such a mistake */
    double error_rate;          /* share of steps that are one-off errors */
    double compliance;          /* share of loaded memory that is followed */
    bool null_world;            /* plant nothing */
};

/* Three teams of 24 agents, a principal each, over thirty days. */
struct world_config world_config_default(void);

/* ERR_INVALID with ${out_why} where a number is out of its range. */
MUST_CHECK enum err world_config_check(const struct world_config *config,
                                       struct buf *out_why);

struct world_agent {
    char name[WORLD_NAME_BYTES];
    char principal[WORLD_NAME_BYTES];
    uint32_t team;
    uint32_t principal_index; /* within the world */
    double activity;          /* its share of work; 1 on average */
};

/* A choice point: argument ${arg} of tool ${tool}. */
struct world_slot {
    char tool[WORLD_NAME_BYTES];
    char arg[WORLD_NAME_BYTES];
    char name[2 * WORLD_NAME_BYTES]; /* "tool.arg" */
    char option[WORLD_OPTIONS_MAX][WORLD_NAME_BYTES];
    double base[WORLD_OPTIONS_MAX]; /* what anyone would choose */
    bool has_default;
};

struct world_preference {
    uint32_t team;
    uint32_t slot;
    uint32_t option;
};

/* Agents of the team name ${wrong} where the truth is ${right}. */
struct world_mistake {
    uint32_t team;
    char tool[WORLD_NAME_BYTES];
    char wrong[WORLD_NAME_BYTES];
    char right[WORLD_NAME_BYTES];
};

struct world {
    struct world_config config;
    uint32_t agent_count;
    uint32_t principal_count;
    uint32_t preference_count;
    uint32_t mistake_count;
    char team[WORLD_TEAMS_MAX][WORLD_NAME_BYTES];
    struct world_agent *agents;
    struct world_slot *slots;
    struct world_preference *preferences;
    struct world_mistake *mistakes;
    uint8_t *habits; /* option by (principal, slot) */
};

/* The world of a checked ${config}. Gives it (world_free). */
struct world *world_new(const struct world_config *config) MUST_CHECK;
void world_free(struct world *world);

/* How many agents ${team} has. */
uint32_t world_team_size(const struct world *world, uint32_t team);

/* The option that principal ${principal_index} usually takes at ${slot}. */
uint32_t world_habit(const struct world *world, uint32_t principal_index,
                     uint32_t slot);

/* The next choice point of the same tool, round and round. */
uint32_t world_next_slot(const struct world *world, uint32_t slot);

/* The preference planted for (team, slot), or NULL. */
const struct world_preference *
world_preference_at(const struct world *world, uint32_t team, uint32_t slot);

/* Whether ${agent} is one of those who make ${mistake}. */
bool world_errs(const struct world *world, uint32_t agent, uint32_t mistake);

/* Appends the truth as JSON: teams, preferences, mistakes, world defaults. */
void world_print_truth(const struct world *world, struct buf *out);

#endif
