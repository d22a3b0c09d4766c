/* SPDX-License-Identifier: MIT */
/* table.h: a hash table from hashes to pointers, of one size for ever.
 *
 * Keys are hashes already, so nothing is hashed, copied or allocated after
 * table_new. Linear probing, at most half full. Not for keys that must be told
 * apart beyond their hash, nor for walking in order: that is map.h.
 * Threads: a table belongs to one thread. */
#ifndef REVERIE_BASE_TABLE_H
#define REVERIE_BASE_TABLE_H

#include "base/base.h"

struct table;

struct table *table_new(uint32_t max) MUST_CHECK;
void table_free(struct table *table);

/* Lends the value, or NULL. */
void *table_get(const struct table *table, uint64_t key);

/* Asks for the memory that table_get will touch, without waiting for it. */
void table_fetch(const struct table *table, uint64_t key);

/* Sets ${key} to ${value} (not NULL); false, and nothing changed, where the key
 * is new and the table holds its maximum. */
bool table_put(struct table *table, uint64_t key, void *value);
void table_remove(struct table *table, uint64_t key);
uint32_t table_size(const struct table *table);

#endif
