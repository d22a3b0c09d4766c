/* SPDX-License-Identifier: MIT */
/* replay.h: plays a recorded trace over the bus, as its own agents.
 *
 * Every agent of the trace gets a connection of its own, with the principal
 * behind it and its team; an agent that works for several teams is one member
 * of each, named "agent/team". Rows of one session reach the log in the order
 * of the file even when several agents speak in it. Afterwards the log is read
 * back and compared with the file, session by session.
 * Rows are imports: (source, source_id) makes a second replay add nothing.
 * Threads: one; blocks until done. */
#ifndef REVERIE_AGENTS_SIM_REPLAY_H
#define REVERIE_AGENTS_SIM_REPLAY_H

#include "base/bytes.h"

enum {
    REPLAY_AGENTS_MAX = 4096
};

enum replay_phase {
    REPLAY_SENDING,
    REPLAY_CHECKING
};

struct replay_config {
    const char *endpoint;
    const char *swarm; /* NULL: "default" */
    const char *path;
    const char *token_file; /* NULL: asserted identities */
    double speed;           /* 0: as fast as it goes; 1: recorded time */
    size_t limit;           /* rows at most; 0: all */
    bool skip_check;
    /* Called about every 1,000 rows; may be NULL. */
    void (*progress)(void *context, enum replay_phase phase, size_t done,
                     size_t total);
    void *context;
};

struct replay_report {
    size_t rows;
    size_t agents;
    size_t sent;
    size_t accepted; /* new ones and repeats */
    size_t repeats;  /* were in the log before */
    size_t refused;
    size_t in_log; /* rows of this trace found in the log */
    size_t sessions;
    size_t sessions_equal; /* same order and content as in the file */
    double seconds;        /* of sending, until the last acceptance */
};

/* Plays the trace; fills ${out_report} as far as it came, on failure too.
 * ${out_why} says what went wrong: file, line and key, or the broker's
 * sentence. ERR_INVALID, ERR_NOT_FOUND, ERR_TOO_BIG, ERR_CLOSED (no broker),
 * ERR_DENIED (refused), ERR_TIMEOUT, ERR_IO. */
MUST_CHECK enum err replay_run(const struct replay_config *config,
                               struct buf *out_why,
                               struct replay_report *out_report);

#endif
