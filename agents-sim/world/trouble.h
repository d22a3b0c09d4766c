/* SPDX-License-Identifier: MIT */
/* trouble.h: what happens to events on their way, and to clocks.
 *
 * Clocks that are wrong, events that are lost, late or sent again. Drawn by
 * (seed, agent, session, place in the session) from a stream of its own: a
 * world without trouble is the same to the byte.
 * Pure. Threads: any. */
#ifndef REVERIE_AGENTS_SIM_WORLD_TROUBLE_H
#define REVERIE_AGENTS_SIM_WORLD_TROUBLE_H

#include "agents-sim/world/script.h"
#include "agents-sim/world/world.h"

/* One event: the act ${at} of a session. */
struct trouble_place {
    const struct world *world;
    uint32_t agent;
    uint32_t session;
    uint32_t at;
};

/* Whether it is lost. Beginnings, ends and notes never are. */
bool trouble_loses(const struct trouble_place *place, enum act_kind kind);

/* Whether it is sent once more. */
bool trouble_repeats(const struct trouble_place *place, enum act_kind kind);

/* What its sender takes ${us} for. */
int64_t trouble_time(const struct trouble_place *place, int64_t us);

#endif
