/* SPDX-License-Identifier: MIT */
/* holdings.h: how much of a table that all share each principal holds.
 *
 * Counts only. Who fills a table gets no more than a part of it once it is
 * half full, so that those who come later find room (votes.c decides).
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_CROWD_HOLDINGS_H
#define REVERIE_PLUGIN_DETECT_CROWD_HOLDINGS_H

#include "base/base.h"

struct holding {
    uint32_t uses;
    uint32_t witnesses;
};

struct holdings;

struct holdings *holdings_new(void) MUST_CHECK;
void holdings_free(struct holdings *holdings);

/* What ${principal} of ${team} (numbers of the roster) holds. Lent until the
 * next call. */
struct holding *holdings_of(struct holdings *holdings, uint32_t team,
                            uint32_t principal);

#endif
