/* SPDX-License-Identifier: MIT */
/* bench_load.h: senders and receivers that load a broker and take times.
 *
 * Every sender and every receiver is an agent with a connection and a thread
 * of its own. A body begins with the run and the time it was sent, so that the
 * receiver, which has the same clock, knows how long it took.
 * Threads: starts its own; the counts may be read meanwhile. */
#ifndef REVERIE_CLI_BENCH_BENCH_LOAD_H
#define REVERIE_CLI_BENCH_BENCH_LOAD_H

#include <stdatomic.h>

#include "base/base.h"
#include "client/reverie.h"

enum {
    BENCH_AGENTS_MAX = 64, /* senders, and receivers */
    BENCH_BODY_MIN = 16,   /* run and time */
    BENCH_MESSAGES_MAX = 10000000,
    BENCH_NAME_BYTES = 40
};

/* Times of one kind, in microseconds, in the order they were taken. */
struct bench_times {
    float *us;
    size_t max;
    atomic_size_t count;
};

struct bench_load {
    struct reverie *senders[BENCH_AGENTS_MAX];
    struct reverie *receivers[BENCH_AGENTS_MAX];
    char names[BENCH_AGENTS_MAX][BENCH_NAME_BYTES]; /* of the receivers */
    size_t sender_count;
    size_t receiver_count;
    uint64_t messages; /* of all senders */
    uint64_t body_bytes;
    double rate; /* messages per second of all senders; 0: no limit */
    uint64_t run;
    int64_t timeout_us; /* without any progress */
    struct bench_times acceptance;
    struct bench_times delivery;
    atomic_uint_least64_t refused;
    atomic_uint_least64_t accepted_ns; /* when the last one was */
    atomic_uint_least64_t delivered_ns;
    atomic_int failure;    /* an enum reverie_result */
    atomic_size_t sending; /* senders that are not through */
    uint64_t begun_ns;
};

/* Takes the numbers that are set; the times are the load's until bench_fini. */
void bench_init(struct bench_load *load);
void bench_fini(struct bench_load *load);

/* Runs it; calls ${meanwhile} ten times a second. REVERIE_OK, REVERIE_TIMEOUT
 * (something never came), or what a connection failed with. */
enum reverie_result bench_run(struct bench_load *load,
                              void (*meanwhile)(void *context), void *context);

/* Sorts; gives the ${percent}-th percentile, 0 of nothing. */
double bench_percentile(struct bench_times *times, double percent);

#endif
