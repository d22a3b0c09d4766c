/* SPDX-License-Identifier: MIT */
/* roots.h: which message a message goes back to.
 *
 * Remembers the causal root of the last so many ids, first in, first out.
 * Pure. Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_PARTS_ROOTS_H
#define REVERIE_BROKER_ROUTE_PARTS_ROOTS_H

#include "base/id.h"

struct roots;

/* ${max}: a power of two. ${seed} keeps senders from choosing ids that share a
 * chain. Gives the table (roots_free). */
struct roots *roots_new(uint32_t max, uint64_t seed) MUST_CHECK;
void roots_free(struct roots *roots);

/* The root of ${id}; false if it is not remembered. */
bool roots_get(const struct roots *roots, const struct id *id,
               struct id *out_root);

/* Remembers it; what is known already stays as it is. */
void roots_put(struct roots *roots, const struct id *id, const struct id *root);

/* The root of a message, which is remembered from here on: the one of
 * ${parent} if that is remembered, else the parent, else (NULL) the message
 * itself; what is remembered of ${id} already stays as it is. */
struct id roots_note(struct roots *roots, const struct id *id,
                     const struct id *parent);

#endif
