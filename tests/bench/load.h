/* SPDX-License-Identifier: MIT */
/* load.h: drives a server with messages and measures what comes of them.
 *
 * Producers and consumers are dealers in threads of this process; a producer
 * never runs more than LOAD_AHEAD messages ahead of its consumer. The same
 * load speaks to the bare loops and to a Reverie broker.
 * Threads: starts its own; one load at a time. */
#ifndef REVERIE_TESTS_BENCH_LOAD_H
#define REVERIE_TESTS_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LOAD_AHEAD = 8192,
    LOAD_PAIRS_MAX = 16
};

struct load_config {
    const char *endpoint;
    bool is_reverie; /* else the protocol of peer_loops.h */
    bool accepts;    /* the server says what is on disk */
    size_t turn;     /* tells the agents of one load from another's */
    size_t pairs;    /* producers, each with a consumer of its own */
    size_t messages; /* of each producer */
    size_t body_bytes;
    double rate; /* messages per second and producer; 0: as fast as it goes */
};

struct load_result {
    double per_second; /* of all pairs, until the last delivery and
                        * acceptance */
    double delivery_p50_us;
    double delivery_p99_us;
    double accept_p50_us; /* 0 where nothing is accepted */
    double accept_p99_us;
};

/* Runs it; false, with a line on stderr, if the server did not play along. */
bool load_run(const struct load_config *config, struct load_result *out);

#endif
