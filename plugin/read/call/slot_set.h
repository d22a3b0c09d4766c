/* SPDX-License-Identifier: MIT */
/* slot_set.h: slots and references of one call while they are collected.
 *
 * Bounded; a (name, option) that is there already adds nothing. Texts are
 * copied into the arena, so what they were made from may go.
 * Threads: a set belongs to one thread. */
#ifndef REVERIE_PLUGIN_READ_CALL_SLOT_SET_H
#define REVERIE_PLUGIN_READ_CALL_SLOT_SET_H

#include "base/arena.h"
#include "plugin/read/tuple.h"

struct slot_set {
    struct tuple_slot slots[TUPLE_SLOTS_MAX];
    size_t count;
    struct tuple_ref refs[TUPLE_REFS_MAX];
    size_t ref_count;
    bool is_cut; /* something did not fit */
    struct arena *arena;
};

/* Empties the set; keeps ${arena}. */
void slot_set_init(struct slot_set *set, struct arena *arena);

/* Adds one slot; copies both texts. One that is longer than its maximum is cut
 * and ends with a digest of the whole, so that two which differ stay two. */
void slot_set_add(struct slot_set *set, enum slot_form form, struct bytes name,
                  struct bytes option);

/* Adds one reference; keeps its texts, which lie in the arena. Empty names and
 * what is longer than TUPLE_REF_MAX are left out. */
void slot_set_add_ref(struct slot_set *set, struct tuple_ref ref);

/* Adds one slot; its name is the parts with dots between them. */
void slot_set_add_path(struct slot_set *set, enum slot_form form,
                       const struct bytes *parts, size_t count,
                       struct bytes option);

#endif
