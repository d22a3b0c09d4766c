/* SPDX-License-Identifier: MIT */
/* logged.h: events as a broker would have logged them, block by block.
 *
 * Either of a simulated population, as many as are asked for, or the rows of a
 * recorded trace. A block is made before it is measured, so that making it
 * costs nothing that counts.
 * Threads: one. */
#ifndef REVERIE_TESTS_BENCH_LOGGED_H
#define REVERIE_TESTS_BENCH_LOGGED_H

#include "base/bytes.h"

enum {
    LOGGED_BLOCK_EVENTS = 8192
};

/* The frames of one delivery; lent by the block. */
struct logged_event {
    struct bytes stamp;
    struct bytes envelope;
    struct bytes body;
};

struct logged;

/* A population of three teams with 24 agents each that goes on for years.
 * Gives it (logged_free). */
struct logged *logged_simulated(uint64_t seed) MUST_CHECK;

/* The rows of ${path}. Ends the program with a message if they cannot be
 * read. Gives it. */
struct logged *logged_trace(const char *path) MUST_CHECK;

void logged_free(struct logged *logged);

/* Makes the next block of at most ${max} events; returns how many there are,
 * 0 at the end. Lends *out_events until the next call. */
size_t logged_next(struct logged *logged, size_t max,
                   const struct logged_event **out_events);

#endif
