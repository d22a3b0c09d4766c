/* SPDX-License-Identifier: MIT */
/* baseline.h: how often something is chosen where it is nobody's preference.
 *
 * What a team's choice is tested against: an upper bound of the share among
 * at least three other teams with at least ten principals each; else a
 * configured table of world defaults; else none, and the indicative value is
 * only good enough to rank what a human will look at.
 * Pure. Threads: any; a table belongs to one thread. */
#ifndef REVERIE_PLUGIN_PLAN_BASELINE_H
#define REVERIE_PLUGIN_PLAN_BASELINE_H

#include "plugin/plan/candidate.h"

enum {
    BASELINE_TEAMS_MIN = 3,
    BASELINE_TEAM_PRINCIPALS_MIN = 10,
    BASELINE_PRIOR_PRINCIPALS = 10,
    BASELINE_TABLE_BYTES_MAX = 1 << 20
};

/* How probably the share is below the bound; README.md says why no more. Of
 * teams that are too few for a baseline more is asked. */
#define BASELINE_BOUND     0.6
#define BASELINE_BOUND_FEW 0.95

struct baseline_table;

/* Reads a table: a JSON object {"SLOT": {"OPTION": SHARE, ...}, ...}, shares
 * in (0, 1). Empty text gives an empty table. Gives *out_table.
 * ERR_INVALID, ERR_TOO_BIG; ${out_why} says where. */
MUST_CHECK enum err baseline_table_read(struct bytes text, struct buf *out_why,
                                        struct baseline_table **out_table);
void baseline_table_free(struct baseline_table *table);

/* Canonical text of the table, for the configuration digest. */
struct bytes baseline_table_text(const struct baseline_table *table);

/* Votes of one other team at the same slot. */
struct baseline_votes {
    uint32_t voters;
    uint32_t supporters;
};

struct baseline {
    double share; /* q, within [0.01, 0.99] */
    enum baseline_source source;
};

/* Remembers bounds that were found, since few counts are many slots'. 4,096 of
 * them, newer ones in place of older ones; changes no result. */
struct baseline_memo;

struct baseline_memo *baseline_memo_new(void) MUST_CHECK;
void baseline_memo_free(struct baseline_memo *memo);

/* The baseline of ${option} at ${slot}, which has ${options} options in all
 * teams together. ${table} and ${memo} may be NULL. */
struct baseline baseline_find(const struct baseline_table *table,
                              struct bytes slot, struct bytes option,
                              uint32_t options,
                              const struct baseline_votes *others,
                              size_t other_count, struct baseline_memo *memo);

/* Where Beta(a, b) lies below with ${probability}. a, b > 0. */
double baseline_upper(double a, double b, double probability);

#endif
