/* SPDX-License-Identifier: MIT */
/* lab.h: a world and the whole dream engine in one process, without a bus.
 *
 * What the world's agents do becomes stamped events on a tape, as a broker
 * would have logged them, and goes to the dream; every few virtual days the
 * dream finishes, its change sets go through the real gate (memory_step) under
 * a named policy, and what is applied is logged as memory.update and told to
 * the agents. The same configuration gives the same result, byte for byte.
 * The broker's routing, disk and delivery are not here: `reverie sim` lives the
 * same worlds on a real bus.
 * Threads: a lab belongs to one thread; many may run at once. */
#ifndef REVERIE_AGENTS_SIM_LAB_LAB_H
#define REVERIE_AGENTS_SIM_LAB_LAB_H

#include "agents-sim/lab/tape.h"
#include "agents-sim/world/life.h"
#include "memory/memory.h"
#include "plugin/dream.h"

struct Reverie__V1__Change;

/* One proposed change and what the gate said. Lent for the call. */
struct lab_change {
    double day;
    struct Reverie__V1__Change *change;
    const char *verdict; /* "apply", "ask", "refuse", "unchanged" */
    const char *reason;
    const char *sentence; /* the reason in words */
    bool is_auto;         /* the evidence reaches the auto tier */
    bool is_applied;
    bool is_refused;
};

struct lab_config {
    struct world_config world;
    enum memory_policy policy;
    double dream_every_days; /* 0: once, at the end */
    struct bytes defaults;   /* table of world defaults; baseline.h */
    uint64_t budget_tokens;  /* of a store; 0: the default */
    bool is_asserted;        /* identities are asserted, not proven */
    bool tells_nobody;       /* agents never read what was applied */
    int64_t start_us;        /* 0: 2026-01-05T00:00:00Z */
    /* May be NULL. */
    void (*on_change)(void *context, const struct lab_change *change);
    /* Before its changes are proposed. */
    void (*on_dream)(void *context, double day,
                     const struct dream_result *result);
    void *context;
};

struct lab_counts {
    uint64_t events; /* on the tape, updates included */
    uint64_t dreams;
    uint64_t proposed;
    uint64_t applied;
    uint64_t refused;
    double dream_seconds; /* in dream_finish */
    double seconds;       /* of everything */
};

struct lab;

/* Copies ${config}; keeps its context. Gives *out_lab (lab_close).
 * ERR_INVALID with ${out_why}: the world, the table. */
MUST_CHECK enum err lab_open(const struct lab_config *config,
                             struct buf *out_why, struct lab **out_lab);
void lab_close(struct lab *lab);

/* Lives to the end of the world. ERR_INVALID, ERR_CORRUPT with ${out_why}: the
 * engine refused itself. */
MUST_CHECK enum err lab_live(struct lab *lab, struct buf *out_why);

struct lab_counts lab_counts(const struct lab *lab);
struct life_counts lab_life(const struct lab *lab);

/* Lend what came of it until lab_close. */
const struct world *lab_world(const struct lab *lab);
struct tape *lab_tape(struct lab *lab);
const struct rows *lab_rows(const struct lab *lab);
/* Packed bodies of all ledger events, one after the other. */
struct bytes lab_ledger(const struct lab *lab);

/* One request to memory at the end of time. Lends the reply until the next
 * request; the code of a refusal is in *out_code. */
MUST_CHECK enum err lab_ask(struct lab *lab, const char *service,
                            const char *method, const void *request,
                            const char **out_code, struct bytes *out_reply);

#endif
