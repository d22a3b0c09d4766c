/* SPDX-License-Identifier: MIT */
/* view.h: what an agent has been told: a set of store versions, and its text.
 *
 *     team/blue@3+agent/ada@1
 *
 * Stores mounted for the agent come first, team before agent; what it was told
 * besides (a team it left, what a client reported) follows. Versions only
 * grow. A view that would not fit, or whose text would read as another view (a
 * team called "x+agent/y"), becomes unknown for good: its text is empty, which
 * everywhere counts as exposed.
 * Pure. Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_PARTS_VIEW_H
#define REVERIE_BROKER_ROUTE_PARTS_VIEW_H

#include "base/bytes.h"

enum {
    VIEW_STORES_MAX = 16
};

struct view_store {
    char *name; /* "team/blue" */
    uint64_t version;
};

struct view {
    struct view_store stores[VIEW_STORES_MAX];
    size_t count;
    bool is_unknown;
    struct buf text;
};

void view_init(struct view *view);
void view_fini(struct view *view);

/* Puts the stores of ${team} (empty: none) and ${agent} in front, known at
 * version 0 if they were not there. */
void view_mount(struct view *view, struct bytes team, struct bytes agent);

/* Raises ${store} to at least ${version}, adding it. Whether it changed. */
bool view_raise(struct view *view, struct bytes store, uint64_t version);

/* Raises everything that the text names. ERR_INVALID: not a view id; nothing
 * changed. An empty text changes nothing. ${out_changed} may be NULL. */
MUST_CHECK enum err view_merge(struct view *view, struct bytes text,
                               bool *out_changed);

/* Lends the text until the next change. */
struct bytes view_text(const struct view *view);

#endif
