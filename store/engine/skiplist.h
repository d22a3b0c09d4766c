/* SPDX-License-Identifier: MIT */
/* skiplist.h: an ordered map of byte strings.
 *
 * W. Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees", CACM
 * 33:6, 1990, with a fixed seed, so that a run can be repeated. Keys and
 * values are copied in. Holds what its user puts there: bounding it is the
 * user's part.
 * Threads: one writer, or any number of readers. */
#ifndef REVERIE_STORE_ENGINE_SKIPLIST_H
#define REVERIE_STORE_ENGINE_SKIPLIST_H

#include "base/bytes.h"

struct skiplist;

struct skiplist *skiplist_new(void) MUST_CHECK;
void skiplist_free(struct skiplist *list);

void skiplist_put(struct skiplist *list, struct bytes key, struct bytes value);
void skiplist_remove(struct skiplist *list, struct bytes key);

/* A place in the list, lent until the next change. */
struct skiplist_place {
    struct bytes key;
    struct bytes value;
};

/* The first place whose key is not before (with ${after}: is after) ${key};
 * false if there is none. */
bool skiplist_seek(const struct skiplist *list, struct bytes key, bool after,
                   struct skiplist_place *out_place);

/* The last place whose key is before ${key}; false if there is none. */
bool skiplist_before(const struct skiplist *list, struct bytes key,
                     struct skiplist_place *out_place);

#endif
