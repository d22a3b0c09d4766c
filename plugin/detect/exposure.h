/* SPDX-License-Identifier: MIT */
/* exposure.h: which session had been told what.
 *
 * Learns from memory.update events in the traffic log which version of which
 * store brought a finding in and which took it out again, and answers whether
 * a view id ("team/blue@12+agent/ada@3") holds a finding. Evidence from a
 * sender that was told a finding does not support it, or every memory would
 * confirm itself. Version 0 of a store has told nothing; a view that cannot be
 * read, or does not name the store, counts as told, as it does for the gate.
 * Threads: an exposures belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_EXPOSURE_H
#define REVERIE_PLUGIN_DETECT_EXPOSURE_H

#include "base/bytes.h"
#include "memory/change.h"

enum {
    EXPOSURES_MAX = 65536 /* findings, and paths; beyond it whatever is not
                             known counts as told */
};

struct exposures;

struct exposures *exposures_new(void) MUST_CHECK;
void exposures_free(struct exposures *exposures);

/* Takes in the body of a memory.update event. ERR_INVALID, ERR_TOO_BIG: it
 * does not decode and changed nothing. */
MUST_CHECK enum err exposures_update(struct exposures *exposures,
                                     struct bytes body);

/* Whether whoever sent something under ${view} had been told ${finding}. */
bool exposures_told(const struct exposures *exposures,
                    const uint8_t finding[FINDING_BYTES], struct bytes view);

/* Whether a store holds ${finding} now, as far as the log says. */
bool exposures_live(const struct exposures *exposures,
                    const uint8_t finding[FINDING_BYTES]);

/* Changes whenever exposures_told may say something else of ${finding}; 0: it
 * was never told. */
uint64_t exposures_mark(const struct exposures *exposures,
                        const uint8_t finding[FINDING_BYTES]);

/* Changes whenever exposures_told may say something else. */
uint64_t exposures_version(const struct exposures *exposures);

/* Whether any finding was ever published: exposures_told is false before. */
bool exposures_any(const struct exposures *exposures);

#endif
