/* SPDX-License-Identifier: MIT */
/* check.h: looking at a broker's data directory while no broker runs on it.
 *
 * For `reverie log verify --data`, and so for a store on which no broker
 * starts. Checks what log.verify checks, and what a start reads besides: the
 * files, the rows of the router, and the memory against its ledger. Changes not
 * a byte, and keeps brokers from starting on the directory meanwhile. Mends
 * nothing.
 * Threads: one, which it blocks. */
#ifndef REVERIE_BROKER_CHECK_H
#define REVERIE_BROKER_CHECK_H

#include "base/bytes.h"

/* All texts are lent until the call that gets them returns. */
struct check_fault {
    const char *kind;     /* a stable name: "events_missing"; README.md */
    struct bytes swarm;   /* its name; empty: of the store as a whole */
    bool has_position;    /* log, seq and last_seq mean something */
    uint32_t log;         /* 0: traffic, 1: ledger */
    uint64_t seq;         /* 0: of the log as a whole */
    uint64_t last_seq;    /* of a run of positions alike; else `seq` */
    const char *file;     /* in the directory `log`, or "" */
    bool refuses_start;   /* no broker starts because of this */
    bool is_note;         /* a start mends it: not counted as a fault */
    const char *sentence; /* what is wrong */
    const char *advice;   /* what to do */
};

struct check_config {
    const char *data; /* the broker's data directory */
    void (*fault)(void *context, const struct check_fault *fault);
    /* After the walk over a swarm: the last position of each log that is known
     * of. May be NULL. */
    void (*swarm)(void *context, struct bytes name, const uint64_t last_seq[2]);
    /* Now and then; may be NULL. */
    void (*progress)(void *context, uint64_t events, uint64_t total);
    void *context;
};

struct check_result {
    uint32_t swarms;
    uint64_t events; /* that could be read */
    uint64_t bytes;
    uint64_t tombstones;
    uint64_t faults;
    uint64_t notes;
    bool starts; /* nothing was found that keeps a broker from starting */
};

/* Checks the directory. Borrows ${config}. ERR_OK also where there are faults,
 * and where nothing can be read but why.
 * ERR_LOCKED: a broker has it open; ERR_NOT_FOUND: there is no store;
 * ERR_DENIED, ERR_UNSUPPORTED, ERR_IO. ${out_why} says what to do, in a
 * sentence. */
MUST_CHECK enum err check_run(const struct check_config *config,
                              struct buf *out_why,
                              struct check_result *out_result);

#endif
