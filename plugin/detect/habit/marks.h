/* SPDX-License-Identifier: MIT */
/* marks.h: the habits of all who chose at a slot, kept while they last.
 *
 * Most choices are one more of the same: they change counts, and nothing that
 * a standing (standing.h) is made of. Marks hold the habit of every vote, found
 * again only where its days changed, and one signature of all that a standing
 * is a function of.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_HABIT_MARKS_H
#define REVERIE_PLUGIN_DETECT_HABIT_MARKS_H

#include "plugin/detect/habit/habit.h"

struct vote_mark {
    uint32_t principal;
    bool has_habit;
    struct habit habit;
    uint64_t days; /* hash of those it was found from */
};

struct marks {
    struct vote_mark *items; /* of slot->votes, in their order */
    uint32_t count;
};

/* The marks of ${slot}; what ${before} (or NULL) holds of votes that did not
 * change is taken over. Gives them (marks_fini). */
struct marks marks_make(const struct slot *slot,
                        const struct marks *before) MUST_CHECK;
void marks_fini(struct marks *marks);

/* The habit of slot->votes[${vote}]; false: none. */
bool marks_habit(const struct marks *marks, uint32_t vote, struct habit *out);

/* Of everything that a standing of ${slot} depends on: equal as long as it
 * would be the same, down to the sightings that it lends. */
uint64_t marks_signature(const struct slot *slot, const struct marks *marks);

#endif
