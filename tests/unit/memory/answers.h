/* SPDX-License-Identifier: MIT */
/* answers.h: opening and closing a world in a test, and the answers that tests
 * look at most. What is not as it should be fails the test. */
#ifndef REVERIE_TESTS_UNIT_MEMORY_ANSWERS_H
#define REVERIE_TESTS_UNIT_MEMORY_ANSWERS_H

#include "tests/unit/memory/plan.h"

typedef const Reverie__V1__ReviewProposeReply__Result *answer;

/* A world under ${policy}, of which ada of team blue is a peer. */
void world_opens(struct world *world, enum memory_policy policy);

/* Its ledger folds to the same bytes; frees it. */
void world_closes(struct world *world);

void assert_answer(answer result, const char *verdict, const char *reason);

/* Who asks from here on: one who proposes and may not decide, or the other way
 * round. */
enum asker {
    ASKER_WORKER,
    ASKER_REVIEWER
};
void world_asks_as(struct world *world, enum asker asker);

enum {
    APPROVE = REVERIE__V1__DECISION__DECISION_APPROVE,
    REJECT = REVERIE__V1__DECISION__DECISION_REJECT,
    EDIT = REVERIE__V1__DECISION__DECISION_EDIT,
    DEFER = REVERIE__V1__DECISION__DECISION_DEFER
};

/* What a reviewer says of ${plan}; the code, and the reply where it is "ok". */
const char *world_decides(struct world *world, const struct plan *plan,
                          int decision, const char *content,
                          Reverie__V1__ReviewDecideReply *out);

/* Versions of a memory of team blue, the newest first. */
Reverie__V1__MemoryHistoryReply world_history(struct world *world,
                                              const char *path);

/* What memory.verify says of the only memory there is. */
const Reverie__V1__MemoryVerifyReply__Result *
world_verified(struct world *world);

/* Erases an event of log 0 and tells the memory. */
void world_erased(struct world *world, uint64_t seq);

#endif
