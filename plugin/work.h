/* SPDX-License-Identifier: MIT */
/* work.h: what dreams had to compute again, as counts.
 *
 * A dream keeps what it computed and computes again what changed (README.md).
 * These count the second, over all dreams; they are in no result.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_WORK_H
#define REVERIE_PLUGIN_WORK_H

#include "base/base.h"

struct work {
    uint64_t
        standings;     /* slots of three voters or more whose ballots changed */
    uint64_t mistakes; /* wordings, or sets of them, with something new */
    uint64_t workflows; /* teams whose window changed */
    uint64_t changes;   /* changes that were made of a candidate */
};

#endif
