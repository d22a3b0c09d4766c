/* SPDX-License-Identifier: MIT */
/* plan.h: changes to propose to a world: right, unless a test spoils them.
 *
 * A plan is one change with its witnesses, numbers and id, which agree with the
 * log of its world until a test makes them disagree. */
#ifndef REVERIE_TESTS_UNIT_MEMORY_PLAN_H
#define REVERIE_TESTS_UNIT_MEMORY_PLAN_H

#include "tests/unit/memory/world.h"

enum {
    PLAN_WITNESSES_MAX = 64
};

/* A change in the making. */
struct plan {
    Reverie__V1__Change change;
    Reverie__V1__Numbers numbers;
    Reverie__V1__Witness witness[PLAN_WITNESSES_MAX];
    Reverie__V1__Witness *witnesses[PLAN_WITNESSES_MAX];
    uint8_t id[DIGEST_BYTES];
    uint8_t finding[FINDING_BYTES];
};

void plan_init(struct plan *plan, int kind, const char *store, const char *path,
               const char *subject, const char *option, const char *content);
/* Makes ${witness} say of the event at ${seq} what the log does. */
void plan_agrees(Reverie__V1__Witness *witness, struct world *world,
                 uint64_t seq);
/* Adds a witness that agrees with the event at ${seq}. */
Reverie__V1__Witness *plan_cites(struct plan *plan, struct world *world,
                                 uint64_t seq, const char *option,
                                 const char *quote);
/* Fills numbers, finding and id from what is there. */
void plan_finish(struct plan *plan);
void plan_id(struct plan *plan); /* the id alone */

/* A preference of ${count} principals of team blue on three days, with
 * baseline 0.2; a mistake of ${count} principals, ${count} + 2 sessions. */
void plan_preference(struct plan *plan, struct world *world, int count);
void plan_mistake(struct plan *plan, struct world *world, int count);

/* Proposes one change as a dream of team blue; the reply's only result. */
const Reverie__V1__ReviewProposeReply__Result *
world_proposes(struct world *world, struct plan *plan);
const Reverie__V1__ReviewProposeReply__Result *
world_proposes_for(struct world *world, struct plan *plan, const char *team);

#endif
