/* SPDX-License-Identifier: MIT */
/* arena.h: memory that is freed all at once.
 *
 * For what lives as long as one message, one batch or one pass. Bounded like
 * buf: beyond its maximum arena_take gives NULL, because arenas are what
 * untrusted input is decoded into.
 * Threads: an arena belongs to one thread at a time. */
#ifndef REVERIE_BASE_ARENA_H
#define REVERIE_BASE_ARENA_H

#include "base/bytes.h"

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t used;
    size_t max;
};

/* An empty arena of at most ${max} bytes. arena_fini accepts a zeroed one. */
void arena_init(struct arena *arena, size_t max);
void arena_fini(struct arena *arena);

/* Frees the content and keeps one block for the next round. */
void arena_reset(struct arena *arena);

/* Lends ${size} zeroed bytes, aligned for any type, until arena_reset or
 * arena_fini. NULL beyond the maximum. */
void *arena_take(struct arena *arena, size_t size) MUST_CHECK;

/* Lends a copy, with a NUL behind it that does not count. Beyond the maximum
 * the view is {NULL, 0}. */
struct bytes arena_copy(struct arena *arena, struct bytes bytes);

#endif
