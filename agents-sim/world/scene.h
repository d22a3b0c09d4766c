/* SPDX-License-Identifier: MIT */
/* scene.h: what there is to do, and to go wrong, in a session.
 *
 * Each kind of truth has a file in plants/: it plants the truth in the world
 * and plays it in sessions. A scene draws its randomness from (seed, stream,
 * agent, session, step) alone, so that one kind does not disturb another.
 * Threads: a scene belongs to one thread. */
#ifndef REVERIE_AGENTS_SIM_WORLD_SCENE_H
#define REVERIE_AGENTS_SIM_WORLD_SCENE_H

#include "agents-sim/world/life.h"
#include "agents-sim/world/script.h"

/* One stream of randomness per purpose. The first are those of the world. */
enum stream {
    STREAM_SLOTS,
    STREAM_PLANTED,
    STREAM_HABITS,
    STREAM_ERRORS,
    STREAM_FAULTS,
    STREAM_WORKFLOWS,
    STREAM_TALK,
    STREAM_ECHOES,
    STREAM_ATTACKS,
    STREAM_SECRETS,
    STREAM_NOTES,
    STREAM_SWITCHES,
    STREAM_STEPS,
    STREAM_REPOSITORIES,
    STREAM_TYPED,
    STREAM_ONSET,
    STREAM_TURNOVER,
    STREAM_CLUSTERS,
    STREAM_BASES,
    STREAM_DIFFICULTY,
    STREAM_TROUBLE
};

/* How far a message has been passed on. */
struct echo_state {
    uint64_t number; /* of the event that began it; 0: none yet */
    double day;
    uint32_t passed;
    bool *by; /* which agents did */
};

struct scene {
    const struct world *world;
    const struct life_memory *memory; /* NULL: none */
    struct life_counts *counts;
    struct script *script;
    uint32_t agent; /* index */
    uint32_t team;
    uint32_t session; /* of the agent, from 1 */
    double day;       /* on which it begins */
    uint32_t errors;  /* so far */
    double success;   /* added to the chance of success */
    struct echo_state *echoes;
};

/* The generator of one decision, independent of every other. */
struct rng scene_rng(const struct scene *scene, enum stream stream,
                     uint32_t step);

/* The same for a fact of the world about (${a}, ${b}). */
struct rng world_rng(const struct world *world, enum stream stream, uint32_t a,
                     uint32_t b);

/* Two words that no other ${number} has: "amber_parcel". */
void world_words(uint32_t number, char out[WORLD_NAME_BYTES]);

/* ---- planting; each fills its part of a new world ------------------------ */

void choice_plant(struct world *world);
void fault_plant(struct world *world);
void workflow_plant(struct world *world);
void talk_plant(struct world *world);
void attack_plant(struct world *world);
void secret_plant(struct world *world);
void note_plant(struct world *world);
void typed_plant(struct world *world);

/* ---- playing ------------------------------------------------------------- */

/* One ordinary step: a choice, an occasion for a mistake, a slip. */
void choice_play(struct scene *scene, uint32_t step);
/* An occasion for a fault; false where the team has none. */
bool fault_play(struct scene *scene, uint32_t step);
/* The task of the session, if it has one; false where it has none. */
bool workflow_play(struct scene *scene);
/* What an agent of the team goes on doing after it failed. */
void workflow_linger(struct scene *scene);
/* What people say, and pass on. */
void talk_play(struct scene *scene);
void attack_play(struct scene *scene);
/* All that an agent does who only wants the truth of others out, or besieges
 * its team; false if it is none of those. */
bool churn_play(struct scene *scene);
void secret_play(struct scene *scene);
void note_play(struct scene *scene);

#endif
