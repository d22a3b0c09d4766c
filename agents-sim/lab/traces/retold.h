/* SPDX-License-Identifier: MIT */
/* retold.h: a recorded trace through the dream and the gate, without a bus.
 *
 * Rows become stamped events on a tape, one team per "db" or "team" of the
 * trace; the dream reads them, finishes once, and the real gate (memory_step)
 * answers its change sets under a named policy. Nobody had been told anything.
 * Threads: a run belongs to one thread. */
#ifndef REVERIE_AGENTS_SIM_LAB_TRACES_RETOLD_H
#define REVERIE_AGENTS_SIM_LAB_TRACES_RETOLD_H

#include "agents-sim/trace.h"
#include "memory/memory.h"
#include "plugin/dream.h"

struct Reverie__V1__Change;

struct retold_config {
    const char *path;
    enum memory_policy policy;
    /* Whether the row happened; NULL: all did. */
    bool (*takes)(void *context, const struct trace_row *row);
    /* One change and the gate's verdict ("apply", "ask", "refuse",
     * "unchanged"); lent for the call. */
    void (*on_change)(void *context, const struct Reverie__V1__Change *change,
                      const char *verdict, const char *reason);
    /* May be NULL: before its changes are proposed. */
    void (*on_dream)(void *context, const struct dream_result *result);
    void *context;
};

/* Runs it. ERR_CORRUPT with ${out_why}: memory refused the engine itself. */
MUST_CHECK enum err retold_run(const struct retold_config *config,
                               struct buf *out_why);

#endif
