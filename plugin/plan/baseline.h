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
#include "plugin/plan/prior.h"

enum {
    BASELINE_TEAMS_MIN = 3,
    BASELINE_TEAM_PRINCIPALS_MIN = 10,
    BASELINE_PRIOR_PRINCIPALS = 10,
    BASELINE_TABLE_BYTES_MAX = 1 << 20
};

/* How probably the share is below the bound, where nothing but the slot's own
 * votes tell and where other choices do; README.md says why no more. What they
 * tell never takes it below BASELINE_BOUND_LEAST of the slot's own. Of teams
 * that are too few for a baseline more is asked. */
#define BASELINE_BOUND        0.6
#define BASELINE_BOUND_LEARNT 0.9
#define BASELINE_BOUND_LEAST  0.2
#define BASELINE_BOUND_FEW    0.95

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

/* What a baseline is asked for. */
struct baseline_question {
    const struct baseline_table *table; /* may be NULL */
    struct bytes slot;
    struct bytes option;
    uint32_t options; /* of the slot in all teams together */
    /* Shares that the options of all slots have where they are nobody's
     * preference, fitted; NULL: not known. */
    const struct prior *shares;
    struct baseline_memo *memo; /* may be NULL */
};

/* The votes of those teams, teams[0..count), that a baseline is made of: with
 * enough voters, and without those that prefer the option. False if too few
 * teams have enough. */
bool baseline_pool(struct baseline_memo *memo, uint32_t options,
                   const struct baseline_votes *teams, size_t count,
                   struct baseline_votes *out_sum);

struct baseline baseline_find(const struct baseline_question *question,
                              const struct baseline_votes *others,
                              size_t other_count);

/* Where Beta(a, b) lies below with ${probability}. a, b > 0. */
double baseline_upper(double a, double b, double probability);

#endif
