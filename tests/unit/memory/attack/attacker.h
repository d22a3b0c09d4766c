/* SPDX-License-Identifier: MIT */
/* attacker.h: everything an attacker on the gate can choose, seeded: which
 * events it publishes, and which change it proposes. Under the default policy
 * none may be applied without a human, whoever proposes.
 *
 * One attack is one memory, one log and one change. Threads: one. */
#ifndef REVERIE_TESTS_UNIT_MEMORY_ATTACK_ATTACKER_H
#define REVERIE_TESTS_UNIT_MEMORY_ATTACK_ATTACKER_H

#include "base/rng.h"
#include "tests/unit/memory/plan.h"

/* What a team chooses, and what the attacker wants it to. */
#define ATTACKER_HONEST "npm"
#define ATTACKER_FAKE   "evilpm"

struct attacker {
    struct world world;
    struct plan plan;
    struct rng rng;
};

/* A memory under the default policy, and chance of its own for every ${kind} of
 * attack and ${seed}. */
void attacker_init(struct attacker *a, uint64_t seed, uint64_t kind);
void attacker_fini(struct attacker *a);

/* Lends a text until attacker_fini(), cut at 159 bytes. */
char *attacker_text(struct attacker *a, const char *format, ...)
    PRINTF_LIKE(2, 3);
uint32_t attacker_below(struct attacker *a, uint32_t most);

/* ${events} of a principal over ${days} days that mean nothing: tenure. */
void attacker_ages(struct attacker *a, const char *principal, int events,
                   int days);

/* ${principal} chooses ${option}; the position of the event. */
uint64_t attacker_chooses(struct attacker *a, const char *principal,
                          const char *option, int day);

/* Begins a change that says that the team prefers ${option}. */
void attacker_starts(struct attacker *a, const char *option);

/* Cites the event at ${seq} for or against it. */
void attacker_cites(struct attacker *a, uint64_t seq, const char *option,
                    bool against);

/* Proposes the change. From here on tenure is what the log says: honest parts
 * of an attack are by people who have it, and it is attacked where names are
 * new. */
const Reverie__V1__ReviewProposeReply__Result *
attacker_proposes(struct attacker *a);

struct attack {
    const char *name;
    void (*play)(struct attacker *a);
};

/* Plays every one of them with 30 seeds, says what became of them, and fails
 * the test if one was applied. */
void attacks_are_held(const struct attack *attacks, size_t count);

#endif
