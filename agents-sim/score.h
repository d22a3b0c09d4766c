/* SPDX-License-Identifier: MIT */
/* score.h: what a dream found, held against what was planted.
 *
 * Fed with every memory that was applied, and with the counts of two lives of
 * the same seed, one with memory and one without. The one judge of the
 * simulator: precision, recall, false memories, evidence and time to detect,
 * success and repeated errors.
 * Pure. Threads: one. */
#ifndef REVERIE_AGENTS_SIM_SCORE_H
#define REVERIE_AGENTS_SIM_SCORE_H

#include "agents-sim/world/life.h"
#include "agents-sim/world/world.h"

enum score_kind {
    SCORE_PREFERENCE,
    SCORE_MISTAKE, /* and what helps against it */
    SCORE_WORKFLOW,
    SCORE_DIRECTIVE,
    SCORE_KINDS
};

/* One memory that became part of a team's store. */
struct score_memory {
    enum score_kind kind;
    struct bytes team;
    struct bytes subject; /* choice point, or the error's key */
    struct bytes option;  /* the option, or the error's key */
    struct bytes content;
    struct bytes title; /* for people; may be empty */
    uint32_t principals;
    uint32_t sessions;
    double day; /* of virtual time, when it was applied */
};

struct score_row {
    uint32_t planted;
    uint32_t memories; /* applied */
    uint32_t right;    /* of those, planted ones; each counts once */
    uint32_t wrong;
    double precision;  /* 1 where nothing was found */
    double recall;     /* 1 where nothing was planted */
    double principals; /* medians over the right ones */
    double sessions;
    double days_to_detect;
};

struct score;

/* Keeps the world. Gives the score (score_free). */
struct score *score_new(const struct world *world) MUST_CHECK;
void score_free(struct score *score);

/* Adds a memory; the same (team, kind, subject, option) again is the same one,
 * which may say more by now. A mistake whose memory names it is right; it
 * counts as found when the memory says what helps, where something does. */
void score_add(struct score *score, const struct score_memory *memory);

struct score_row score_row(const struct score *score, enum score_kind kind);

/* The same for one team. */
struct score_row score_team_row(const struct score *score, enum score_kind kind,
                                uint32_t team);

/* What stands in one report. */
struct score_report {
    struct score_row rows[SCORE_KINDS];
    struct life_counts with_memory;
    struct life_counts without_memory;
    uint64_t seed;
    bool null_world;
    const char *policy;
    uint64_t sent;
    uint64_t accepted;
    uint64_t deliveries;
    double seconds;
};

/* Appends the report for people, or as one JSON object (version 1). */
void score_print(const struct score_report *report, struct buf *out);
void score_print_json(const struct score_report *report, struct buf *out);

#endif
