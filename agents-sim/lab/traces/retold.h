/* SPDX-License-Identifier: MIT */
/* retold.h: a recorded trace through the engine, in the order of its time.
 *
 * Rows become stamped events on a tape; the dream reads them and finishes again
 * and again while time goes by, knowing what memory holds and what waits, and
 * the real gate (memory_step) answers its change sets under a named policy.
 * Nobody is told anything: recorded agents cannot change what they do.
 * The same trace and configuration give the same answers.
 * Threads: a run belongs to one thread. */
#ifndef REVERIE_AGENTS_SIM_LAB_TRACES_RETOLD_H
#define REVERIE_AGENTS_SIM_LAB_TRACES_RETOLD_H

#include "agents-sim/trace.h"
#include "memory/memory.h"
#include "plugin/dream.h"

struct Reverie__V1__Change;

/* One change and what the gate said of it. Lent for the call. */
struct retold_change {
    const struct Reverie__V1__Change *change;
    const char *verdict; /* "apply", "ask", "refuse", "unchanged" */
    const char *reason;
    bool is_applied;
    int64_t now_us; /* time of the newest event, 0 if none has one */
};

struct retold_config {
    const char *path; /* of the trace */
    enum memory_policy policy;
    int64_t dream_every_us; /* of the events' time; 0: once, at the end */
    /* May be NULL: may change the row, which is lent for the call; false
     * leaves it out. */
    bool (*on_row)(void *context, struct trace_row *row);
    void (*on_change)(void *context, const struct retold_change *change);
    void *context;
};

/* Runs to the end. ${out_why} says what is wrong: the trace, or (ERR_CORRUPT)
 * that memory refused the engine. */
MUST_CHECK enum err retold_run(const struct retold_config *config,
                               struct buf *out_why);

#endif
