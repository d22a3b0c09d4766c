/* SPDX-License-Identifier: MIT */
/* overlay.h: rows written by memory_step before they are in the store.
 *
 * A sorted set of changed and removed rows lying over one table of the store;
 * reads see through it. The ledger appends its rows together with the events
 * that caused them, then clears it. Without a store below, it is a table of
 * its own: what a rebuild folds into.
 * Bounded: once the rows reach the maximum, writes are dropped and the sticky
 * error becomes ERR_FULL; check it before appending.
 * Threads: an overlay belongs to one thread. */
#ifndef REVERIE_BROKER_LEDGER_OVERLAY_H
#define REVERIE_BROKER_LEDGER_OVERLAY_H

#include "memory/memory.h"
#include "store/store.h"

struct overlay;

/* Over ${table} of ${swarm} in ${store} (kept; NULL: nothing below), of at
 * most ${max_bytes} of keys and values. Gives it (overlay_free). */
struct overlay *overlay_new(struct store *store, uint32_t swarm,
                            enum store_table table,
                            size_t max_bytes) MUST_CHECK;
void overlay_free(struct overlay *overlay);

/* The table that memory_step works on; valid as long as the overlay. */
struct memory_table overlay_table(struct overlay *overlay);

/* Rows changed since the last overlay_clear, in key order: lends an array of
 * *out_count rows until the next change. */
const struct store_row *overlay_rows(struct overlay *overlay,
                                     size_t *out_count);

/* ERR_FULL: rows were dropped, discard the rest. ERR_IO, ERR_CORRUPT: the
 * store below failed. */
MUST_CHECK enum err overlay_error(const struct overlay *overlay);

/* Forgets rows and error. */
void overlay_clear(struct overlay *overlay);

/* Compares with the table of ${swarm} in ${store}, row by row. Appends one
 * sentence about the first difference to ${out_difference}. */
MUST_CHECK enum err overlay_compare(struct overlay *overlay,
                                    struct store *store, uint32_t swarm,
                                    enum store_table table, bool *out_is_equal,
                                    struct buf *out_difference);

#endif
