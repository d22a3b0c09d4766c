/* SPDX-License-Identifier: MIT */
/* view.h: which stores an agent sees, and where.
 *
 * An agent sees its team's store at /team and its own at /me, in this order;
 * an agent without a team sees only its own. A view id names the exact state
 * of all of them: "team/blue@12+agent/ada@3".
 * Threads: that of the table. */
#ifndef REVERIE_MEMORY_FOLD_VIEW_H
#define REVERIE_MEMORY_FOLD_VIEW_H

#include "memory/memory.h"

enum {
    MOUNTS_MAX = 2
};

struct view_mount {
    const char *path;
    const char *store; /* lent by the arena */
    uint64_t version;
};

/* The mounts of ${agent}; returns how many, or an error of the table. */
MUST_CHECK enum err view_mounts(const struct memory_table *table,
                                struct bytes agent, struct arena *arena,
                                struct view_mount out[MOUNTS_MAX],
                                size_t *out_count);

#endif
