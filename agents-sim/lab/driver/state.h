/* SPDX-License-Identifier: MIT */
/* state.h: what the files of the lab share: its state, memory's steps,
 * and the dream over what was heard so far.
 * Threads: the lab's one. */
#ifndef REVERIE_AGENTS_SIM_LAB_DRIVER_STATE_H
#define REVERIE_AGENTS_SIM_LAB_DRIVER_STATE_H

#include "agents-sim/lab/lab.h"
#include "agents-sim/lab/rows.h"
#include "agents-sim/world/recall.h"
#include "proto/limits.h"

enum {
    LAB_REQUEST_MAX = 64 << 20,
    LAB_ARENA_MAX = 1 << 30,
    LAB_PAGE = 500
};

struct lab {
    struct lab_config config;
    struct world *world;
    struct life *life;
    struct tape *tape;
    struct rows *rows;
    struct memory_table table;
    struct memory_log log;
    struct memory *memory;
    struct dream *dream;
    struct recall **recalls;       /* by team: what its store says */
    char (*views)[VIEW_MAX_BYTES]; /* by agent */
    uint64_t *positions; /* on the tape, by number of the life's event */
    size_t position_capacity;
    uint64_t ledger_seq;
    uint64_t remembered; /* facts planted in memory, one version of it each */
    int64_t now_us;
    struct buf ledger;
    struct buf reply;
    struct buf *why;
    struct lab_counts counts;
};

/* The dream reads event ${seq} of the tape. */
void lab_feed(struct lab *lab, uint64_t seq);

/* The dream worker, as memory sees who asks. */
struct memory_asker lab_asker(void);

/* One step of memory; what it says goes to the ledger, the tape and the dream,
 * its reply stays in ${lab}->reply. ${message} may be NULL. A refusal is no
 * error: it is in ${out_code}, its sentence in ${lab}->why. */
MUST_CHECK enum err lab_step(struct lab *lab, struct memory_input *input,
                             const void *message, const char **out_code);

/* A request of the dreamer; a refusal is ERR_CORRUPT. */
MUST_CHECK enum err lab_must(struct lab *lab, const char *service,
                             const char *method, const void *message);

/* Every agent's team looks at its memory again. */
MUST_CHECK enum err lab_tell_everybody(struct lab *lab);

/* Dreams over everything heard, proposes what it found, and tells everybody if
 * anything was applied. */
MUST_CHECK enum err lab_dream(struct lab *lab);

#endif
