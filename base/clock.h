/* SPDX-License-Identifier: MIT */
/* clock.h: time as numbers, and numbers as time.
 *
 * Microseconds since the Unix epoch, UTC, in an int64 (`_us`); monotonic
 * nanoseconds for measuring. Only edges read a clock: pure cores are handed
 * the time in their events.
 * Threads: any. */
#ifndef REVERIE_BASE_CLOCK_H
#define REVERIE_BASE_CLOCK_H

#include "base/bytes.h"

#define US_PER_MS     INT64_C(1000)
#define US_PER_SECOND INT64_C(1000000)
#define US_PER_MINUTE (60 * US_PER_SECOND)
#define US_PER_HOUR   (60 * US_PER_MINUTE)
#define US_PER_DAY    (24 * US_PER_HOUR)

/* The wall clock. It may jump. */
int64_t clock_wall_us(void);

/* A clock that only moves forward, from an arbitrary zero. */
int64_t clock_monotonic_us(void);
uint64_t clock_monotonic_ns(void);

/* The number of the UTC day that ${time_us} falls on; 0 is 1970-01-01. */
int64_t clock_day(int64_t time_us);

/* Writes RFC 3339 in UTC with milliseconds ("2026-01-05T12:17:31.459Z") and
 * a NUL. Lends ${out}. Years outside 0000 to 9999 are clamped. */
enum {
    CLOCK_TEXT_BYTES = 25
};
const char *clock_text(int64_t time_us, char out[CLOCK_TEXT_BYTES]);

/* Reads RFC 3339 with "Z" or a numeric offset and up to nine fractional
 * digits. ERR_INVALID otherwise. */
MUST_CHECK enum err clock_parse(struct bytes text, int64_t *out_us);

#endif
