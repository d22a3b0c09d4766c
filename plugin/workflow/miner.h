/* SPDX-License-Identifier: MIT */
/* miner.h: which sequences of symbols come back, counted exactly.
 *
 * PrefixSpan with pseudo-projection and a gap limit. A pattern is contained in
 * a sequence if its symbols occur there in order with at most max_gap other
 * symbols between two of them. Support is counted twice: by sequences and by
 * groups of sequences (principals). Every pattern that reaches both minima is
 * found, and no other.
 *
 * Under a gap limit only prefixes and contiguous parts of a pattern are at
 * least as frequent as the pattern: nothing else is pruned on, and closed or
 * maximal patterns are for the caller to filter.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_WORKFLOW_MINER_H
#define REVERIE_PLUGIN_WORKFLOW_MINER_H

#include "base/base.h"

enum {
    MINER_LENGTH_MAX = 8,
    MINER_SEQUENCE_MAX = 512, /* symbols of a sequence */
    MINER_GAP_ANY = UINT16_MAX
};

struct sequence {
    const uint16_t *symbols;
    uint32_t length;
    uint32_t group;
};

/* Where the last symbol of a pattern stands. */
struct occurrence {
    uint32_t sequence;
    uint32_t position;
};

struct mined {
    const uint16_t *symbols;
    uint32_t length;
    uint32_t sequences; /* that contain it */
    uint32_t groups;    /* that have one which does */
    /* Every place where it can end, by sequence, then position. */
    const struct occurrence *ends;
    size_t end_count;
};

struct miner_setting {
    uint32_t symbols; /* all symbols are below this */
    uint32_t min_sequences;
    uint32_t min_groups;
    uint32_t max_gap;
    uint32_t max_length; /* up to MINER_LENGTH_MAX */
    size_t max_patterns; /* beyond it the run ends with ERR_FULL */
    /* Whether two symbols may follow each other in a frequent pattern, asked
     * for all neighbours; NULL: any may. */
    bool (*may_be)(const void *context, const uint16_t pair[2]);
    const void *may_context;
};

/* Lends ${found} until it returns. */
typedef void (*miner_sink)(void *context, const struct mined *found);

/* Hands every frequent pattern to ${sink}, prefixes first, then by symbol.
 * Sequences of one group stand next to each other. ERR_FULL: there are more
 * than max_patterns; the sink saw that many. */
MUST_CHECK enum err mine(const struct sequence *sequences, uint32_t count,
                         const struct miner_setting *setting, miner_sink sink,
                         void *context);

#endif
