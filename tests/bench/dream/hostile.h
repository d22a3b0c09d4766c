/* SPDX-License-Identifier: MIT */
/* hostile.h: a log made to fill every table of a dream.
 *
 * Teams, principals, agents, sessions, tools, slots, options, errors, names and
 * directives that never come again, or just often enough to be kept.
 * Threads: one. */
#ifndef REVERIE_TESTS_BENCH_HOSTILE_H
#define REVERIE_TESTS_BENCH_HOSTILE_H

#include "base/bytes.h"
#include "proto/envelope.h"

struct hostile;

struct hostile *hostile_new(void) MUST_CHECK;
void hostile_free(struct hostile *hostile);

/* The next event, lent until the next call. */
void hostile_next(struct hostile *hostile, struct stamp *out_stamp,
                  struct envelope *out_envelope, struct bytes *out_body);

#endif
