/* SPDX-License-Identifier: MIT */
/* reference.h: the miner of sequences against exact supports that others
 * computed.
 *
 * A reference is a file "frequent_workflows.minsupN.RULE.maxlenL.tsv" of rows
 * "support, length or share of sessions that succeeded, pattern", where RULE is
 * "anygap" or "maxgapG" (a distance of positions: G - 1 others between), over
 * the tokens of a file of JSON Lines {"session", "tokens"}; of each the first
 * 400 count.
 * Threads: any. */
#ifndef REVERIE_AGENTS_SIM_LAB_TRACES_REFERENCE_H
#define REVERIE_AGENTS_SIM_LAB_TRACES_REFERENCE_H

#include "base/bytes.h"

struct reference_files {
    const char *tokens;
    const char *patterns; /* its name says what was counted */
    const char *outcomes; /* {"session", "solved"}; NULL: shares are not held */
};

struct reference_result {
    size_t sequences;
    size_t expected; /* patterns of the reference */
    size_t equal;    /* found, with the same numbers */
    size_t wrong;    /* found with others, or not in the reference */
};

/* ERR_NOT_FOUND: a file cannot be read; ERR_INVALID: one is not understood;
 * ERR_FULL: too many tokens or patterns. */
MUST_CHECK enum err reference_compare(const struct reference_files *files,
                                      struct reference_result *out);

#endif
