/* SPDX-License-Identifier: MIT */
/* remedy.h: the calls that show what helped, as they may be cited.
 *
 * A trial that worked keeps its call, the position of the result, and the last
 * few calls that were made and worked between the error and it.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_FIX_REMEDY_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_FIX_REMEDY_H

#include "plugin/detect/mistakes/attempts.h"

enum {
    REMEDY_DEEDS_MAX = 2
};

/* One call and the position of its result, in the same log. */
struct remedy_call {
    struct sighting *seen; /* owned */
    uint64_t result_seq;
    uint64_t deeds[ATTEMPT_DEEDS_MAX]; /* what it did; of deeds alone */
    uint32_t deed_count;
};

struct remedy {
    struct remedy_call call;
    struct remedy_call deeds[REMEDY_DEEDS_MAX]; /* latest first */
    uint32_t deed_count;
};

/* What ${attempt}, which worked by the result at ${result_seq}, and those of
 * ${live} after number ${from} did. NULL: the call is not remembered. */
struct remedy *remedy_new(struct live *live, const struct attempt *attempt,
                          uint64_t from, uint64_t result_seq) MUST_CHECK;
void remedy_free(struct remedy *remedy);

/* The call of ${remedy} that did ${deed}; NULL: it is not remembered. */
const struct remedy_call *remedy_deed(const struct remedy *remedy,
                                      uint64_t deed);

#endif
