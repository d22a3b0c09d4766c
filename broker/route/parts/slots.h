/* SPDX-License-Identifier: MIT */
/* slots.h: a bounded table that gives things numbers.
 *
 * A tag names a thing until it is removed and nothing afterwards, so tags may
 * travel outside and come back late. Tags are never 0.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_PARTS_SLOTS_H
#define REVERIE_BROKER_ROUTE_PARTS_SLOTS_H

#include "base/base.h"

struct slot;

struct slots {
    struct slot *items;
    uint32_t used; /* slots ever used */
    uint32_t capacity;
    uint32_t max;
    uint32_t first_free; /* index + 1; 0: none */
    uint32_t live;
};

void slots_init(struct slots *slots, uint32_t max);
void slots_fini(struct slots *slots);

/* Keeps ${thing} (not NULL). Returns its tag, or 0: the table is full. */
uint64_t slots_add(struct slots *slots, void *thing) MUST_CHECK;

/* Lends the thing, or NULL if the tag names none. */
void *slots_get(const struct slots *slots, uint64_t tag);

/* Forgets it; the tag must name a thing. */
void slots_remove(struct slots *slots, uint64_t tag);

/* Walks: start with *cursor = 0; NULL at the end. The thing just returned may
 * be removed. */
void *slots_next(const struct slots *slots, uint32_t *cursor);

#endif
