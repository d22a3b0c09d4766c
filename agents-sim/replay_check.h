/* SPDX-License-Identifier: MIT */
/* replay_check.h: do two sequences of messages agree, session by session?
 *
 * Keeps one running digest per session over what must survive the bus: id of
 * the row, sender, kind, time and body, in order.
 * Pure. Threads: one. */
#ifndef REVERIE_AGENTS_SIM_REPLAY_CHECK_H
#define REVERIE_AGENTS_SIM_REPLAY_CHECK_H

#include "agents-sim/trace.h"

struct replay_check;

struct replay_check *replay_check_new(void) MUST_CHECK;
void replay_check_free(struct replay_check *check);

/* Adds the next message of its session; ${from} is the sending agent. */
void replay_check_add(struct replay_check *check, const struct trace_row *row,
                      struct bytes from);

size_t replay_check_sessions(const struct replay_check *check);

/* How many sessions of ${a} have the same digest and length in ${b}. */
size_t replay_check_equal(const struct replay_check *a,
                          const struct replay_check *b);

#endif
