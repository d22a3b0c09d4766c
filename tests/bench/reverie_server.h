/* SPDX-License-Identifier: MIT */
/* reverie_server.h: a broker in this process, as it comes, for the bench. */
#ifndef REVERIE_TESTS_BENCH_REVERIE_SERVER_H
#define REVERIE_TESTS_BENCH_REVERIE_SERVER_H

/* Runs a broker on ${folder} with default settings on tcp loopback. Writes its
 * endpoint and a newline to ${ready_fd}; does not return while it runs. */
void reverie_server(int ready_fd, const char *folder);

/* The same with leases of a second instead of 15: heartbeats, and what comes
 * of many of them, go 15 times as fast. */
void reverie_server_hasty(int ready_fd, const char *folder);

#endif
