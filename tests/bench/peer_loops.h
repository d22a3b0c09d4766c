/* SPDX-License-Identifier: MIT */
/* peer_loops.h: what a broker is measured against: the least that can be done.
 *
 * Both speak [to][body] from a dealer with a routing id of its own, and
 * [body] to the receiver; an empty body comes back to its sender, who then
 * knows that it can be reached. They check nothing, bound nothing and recover
 * from nothing. Each runs in the calling process until it is killed.
 * Threads: the forwarder one, the minimal loop two. */
#ifndef REVERIE_TESTS_BENCH_PEER_LOOPS_H
#define REVERIE_TESTS_BENCH_PEER_LOOPS_H

/* A bare libzmq ROUTER that forwards. Writes its endpoint and a newline to
 * ${ready_fd}, then never returns. */
void loop_forward(int ready_fd);

/* The same with the durability of the real thing: every message is a RocksDB
 * record with two index keys, written before it is forwarded; an fsync that
 * covers all that came meanwhile; then [count, 8 bytes] back to the sender:
 * how many of its messages are on disk. The database is in ${folder}. */
void loop_minimal(int ready_fd, const char *folder);

#endif
