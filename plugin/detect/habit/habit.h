/* SPDX-License-Identifier: MIT */
/* habit.h: what a principal chooses by now.
 *
 * A principal keeps to an option until it clearly takes up another: every
 * option has a score, a cumulative sum after Page (1954), that its uses raise
 * and uses of others lower by half as much, never below nothing; at two uses
 * it is the habit, and the scores of the others begin anew. One slip changes
 * nothing, two uses in a row do. A use that follows what the principal had
 * been told says half as much about what it would choose, and counts so.
 * Days are what is known of order: what happened on one day happened at once,
 * so no order of arrival matters.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_HABIT_H
#define REVERIE_PLUGIN_DETECT_HABIT_H

#include "plugin/detect/votes.h"

struct habit {
    uint8_t option;
    bool is_told;  /* fewer than QUALIFYING_USES of it were its own idea */
    int32_t since; /* the day on which it took it up */
};

/* The habit of ${vote} at ${slot} as its latest days show; false: none. */
bool habit_find(const struct slot *slot, const struct vote *vote,
                struct habit *out);

#endif
