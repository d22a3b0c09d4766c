/* SPDX-License-Identifier: MIT */
/* rows.h: the rows of memory in one sorted array.
 *
 * Stands where the broker has its store: nothing is written to a disk.
 * Threads: belongs to one thread. */
#ifndef REVERIE_AGENTS_SIM_LAB_ROWS_H
#define REVERIE_AGENTS_SIM_LAB_ROWS_H

#include "memory/memory.h"

struct rows;

struct rows *rows_new(void) MUST_CHECK;
void rows_free(struct rows *rows);

/* The rows as memory knows them; keeps them. */
struct memory_table rows_table(struct rows *rows);

size_t rows_count(const struct rows *rows);
/* Lends the row at ${index} until the next change. */
void rows_at(const struct rows *rows, size_t index, struct bytes *out_key,
             struct bytes *out_value);

#endif
