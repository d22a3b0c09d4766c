/* SPDX-License-Identifier: MIT */
/* tenure.h: how long a log has known its principals.
 *
 * Whoever backs a memory_log counts every event of the traffic log here, in
 * order, and answers memory_log.tenure from it. A function of the log alone, so
 * that anybody with the log can count again. What tenure is asked for is
 * stats.h.
 * Threads: a tenures belongs to one thread. */
#ifndef REVERIE_MEMORY_TENURE_H
#define REVERIE_MEMORY_TENURE_H

#include "memory/memory.h"

enum {
    /* Principals that are counted; whoever comes later has no tenure. */
    TENURES_MAX = 1 << 20
};

struct tenures;

struct tenures *tenures_new(void) MUST_CHECK;
void tenures_free(struct tenures *tenures);

/* An event without `occurred` counts as an event and says nothing of days. */
void tenures_count(struct tenures *tenures, struct bytes principal,
                   bool has_occurred, int64_t occurred_us);

/* ERR_NOT_FOUND: never counted. */
MUST_CHECK enum err tenures_get(const struct tenures *tenures,
                                struct bytes principal,
                                struct memory_tenure *out);

/* Events of principals beyond the maximum. */
uint64_t tenures_refused(const struct tenures *tenures);

#endif
