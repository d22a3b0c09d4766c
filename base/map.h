/* SPDX-License-Identifier: MIT */
/* map.h: a hash map from byte strings to pointers, with a maximum.
 *
 * Open addressing; keys are copied in. Iteration is in insertion order, so
 * that whatever is computed by walking a map is deterministic; removal keeps
 * the order of the rest. Not an ordered index: sort what you print.
 * Threads: a map belongs to one thread at a time. */
#ifndef REVERIE_BASE_MAP_H
#define REVERIE_BASE_MAP_H

#include "base/bytes.h"

struct map;

/* A map of at most ${max} entries. ${free_value} (or NULL) is called for a
 * value that is replaced, removed or left at map_free. */
struct map *map_new(size_t max, void (*free_value)(void *value)) MUST_CHECK;
void map_free(struct map *map);

size_t map_size(const struct map *map);

/* Lends the value, or NULL if the key is absent. */
void *map_get(const struct map *map, struct bytes key);

/* Sets ${key} to ${value} (not NULL); takes the value on success only.
 * ERR_FULL: the map holds its maximum and the key is new. */
MUST_CHECK enum err map_put(struct map *map, struct bytes key, void *value);

/* Removes and gives the value without calling free_value; NULL if absent. */
void *map_take(struct map *map, struct bytes key);

/* Removes the key, if present, and frees its value. */
void map_remove(struct map *map, struct bytes key);

/* Walks in insertion order: start with *cursor = 0; false at the end. The
 * map must not change between calls, except that the entry just returned may
 * be removed. ${out_key} may be NULL. */
bool map_next(const struct map *map, size_t *cursor, struct bytes *out_key,
              void **out_value);

#endif
