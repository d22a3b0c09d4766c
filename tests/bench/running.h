/* SPDX-License-Identifier: MIT */
/* running.h: a server in a process of its own, on a directory that goes with
 * it.
 * Threads: one; start before any other thread or socket exists. */
#ifndef REVERIE_TESTS_BENCH_RUNNING_H
#define REVERIE_TESTS_BENCH_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    RUNNING_ENDPOINT_BYTES = 256,
    RUNNING_FOLDER_BYTES = 128
};

/* Serves until it is killed; writes its endpoint and a newline to ${ready_fd}.
 */
typedef void (*server_main)(int ready_fd, const char *folder);

struct running {
    pid_t pid;
    char folder[RUNNING_FOLDER_BYTES];
    char endpoint[RUNNING_ENDPOINT_BYTES];
};

/* What the server took, all its threads together. Unlike wall time it changes
 * little when others use the machine. */
struct effort {
    double cpu_us;
    double sleeps; /* voluntary context switches */
};

/* Starts ${main} and waits until it listens; false if it did not. */
bool running_start(struct running *running, server_main main);

/* Ends it and removes its directory. */
struct effort running_stop(struct running *running);

#endif
