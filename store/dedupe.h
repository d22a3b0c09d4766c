/* SPDX-License-Identifier: MIT */
/* dedupe.h: the ids seen lately, and where their events are.
 *
 * A ring of entries in the order they were logged, with a hash index by
 * fingerprint in 64 parts, so that growing never stops the writer for long.
 * Forgets from the front: what is older than the window, and, above the
 * maximum, the oldest; then ids as old as those are refused, because whether
 * they were seen can no longer be said. Costs 24 bytes for an id and 8 to 16
 * for its index. A fingerprint proves nothing: the caller compares events.
 * Threads: one. */
#ifndef REVERIE_STORE_DEDUPE_H
#define REVERIE_STORE_DEDUPE_H

#include "base/bytes.h"

struct dedupe;

struct dedupe_entry {
    uint64_t fingerprint;
    uint64_t seq;      /* below 2^56 */
    uint16_t log;      /* below 256 */
    uint32_t id_s;     /* the time inside the id, seconds */
    uint32_t logged_s; /* the broker's clock, seconds */
};

/* Remembers at most ${max} ids (up to 2^31) for ${window_us}. */
struct dedupe *dedupe_new(uint64_t max, int64_t window_us) MUST_CHECK;
void dedupe_free(struct dedupe *dedupe);

/* Entries are numbered from 1 without gaps. */
uint64_t dedupe_first(const struct dedupe *dedupe);
uint64_t dedupe_next(const struct dedupe *dedupe);
size_t dedupe_size(const struct dedupe *dedupe);

/* Starts an empty table at ${ordinal}, refusing ids before ${floor_s}. */
void dedupe_restore(struct dedupe *dedupe, uint64_t ordinal, uint32_t floor_s);

/* Ids from before this time may have been forgotten. Only what the maximum
 * pushed out counts here; the window is dedupe_is_too_old's part. */
uint32_t dedupe_floor_s(const struct dedupe *dedupe);

/* Whether ${id_time_us} is from before what is remembered at ${now_us}. */
bool dedupe_is_too_old(const struct dedupe *dedupe, int64_t id_time_us,
                       int64_t now_us);

/* Drops from the front what the window no longer covers at ${now_us}. */
void dedupe_expire(struct dedupe *dedupe, int64_t now_us);

/* Adds an entry, pushing out the oldest at the maximum. */
void dedupe_add(struct dedupe *dedupe, const struct dedupe_entry *entry);

/* Walks the entries with ${fingerprint}: start with *cursor = 0; false at the
 * end. Nothing may be added or dropped between calls. */
bool dedupe_find(const struct dedupe *dedupe, uint64_t fingerprint,
                 uint32_t *cursor, struct dedupe_entry *out_entry);

/* Seconds of ${time_us}, clamped to what an entry holds. */
uint32_t dedupe_seconds(int64_t time_us);

#endif
