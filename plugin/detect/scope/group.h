/* SPDX-License-Identifier: MIT */
/* group.h: one choice in all teams, while candidates are made of it.
 *
 * Shared by choices.c, which makes the candidates of teams, and scoped.c,
 * which makes those of parts and persons.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_SCOPE_GROUP_H
#define REVERIE_PLUGIN_DETECT_SCOPE_GROUP_H

#include "plugin/detect/cluster.h"
#include "plugin/detect/likeness.h"
#include "plugin/detect/standing.h"
#include "plugin/detector.h"
#include "plugin/plan/baseline.h"
#include "plugin/plan/prior.h"

#define CHOICE_SHARE 0.6 /* of stats.h: the share that is a preference */

/* A slot of one team, or of one part of it. */
struct choice_row {
    struct slot *slot;
    struct standing *standing;
    struct bytes team_name;
};

/* Teams by name; parts by team, kind and name. */
struct choice_group {
    struct choice_row *rows;
    size_t count;
    const struct choice_row *parts;
    size_t part_count;
    uint32_t options; /* distinct ones; those beyond the maximum are one */
};

struct choices {
    const struct detector_setting *setting;
    struct choice_row *rows;
    struct standing **standings; /* of the rows, for likeness.h */
    size_t row_count;
    struct choice_group *groups; /* of the rows, in their order */
    size_t group_count;
    struct prior *priors[SLOT_FORM_COUNT]; /* of shares in a team */
    /* Where nobody prefers it; NULL: too little is known. */
    struct prior *shares[SLOT_FORM_COUNT];
    struct baseline_memo *memo;
    const struct clusters *clusters;
    struct likeness *likeness;
    /* Hypotheses about parts of the team: the options of those that are looked
     * at, and those of the team without each. */
    uint32_t part_options[TEAMS_MAX];
    struct candidates *out;
};

/* Begins a candidate for ${option} of the row, OPTION_NONE for none of them,
 * as it stands in ${standing}; NULL beyond the maximum. */
struct candidate *choices_begin(const struct choices *choices,
                                const struct choice_row *row,
                                struct standing *standing, uint8_t option);

/* Fills a candidate, zeroed, as choices_begin does. */
void choices_fill(const struct choices *choices, const struct choice_row *row,
                  struct standing *standing, uint8_t option,
                  struct candidate *candidate);

/* Lets the members of every cluster count as what they are worth. */
void choices_thin(const struct choices *choices, struct standing *standing);

/* Sets what the candidate's option is tested against, which is what teams
 * other than that of ${row} do, and what ${standing} says about a move. */
void choices_set_test(const struct choices *choices,
                      const struct choice_group *group,
                      const struct choice_row *row,
                      const struct standing *standing,
                      struct candidate *candidate);

/* Whether rows[at] is the first of its group to have option ${k}. */
bool choice_is_first(const struct choice_row *rows, size_t at, uint32_t k);

/* ---- others.c ------------------------------------------------------------ */

/* Learns choices->shares from all groups; what is as it was ${before} is not
 * computed again. */
void others_learn(struct choices *choices,
                  struct prior *const before[SLOT_FORM_COUNT]);

/* What ${option} of ${row} is tested against. Of what has moved, which passed
 * a test of its own, less is asked: only the slot's own votes count. */
struct baseline others_baseline(const struct choices *choices,
                                const struct choice_group *group,
                                const struct choice_row *row,
                                struct bytes option, bool has_moved);

/* ---- scoped.c ------------------------------------------------------------ */

/* How many hypotheses the parts of the team of ${row}, parts[0..count), are:
 * see part_options. */
uint32_t scoped_count(const struct choice_row *row,
                      const struct choice_row *parts, size_t count);

/* In how many teams the option that ${row} has most votes for is what all of
 * the swarm agree on; 0: they do not. */
uint32_t scoped_swarm(const struct choice_group *group,
                      const struct choice_row *row);

/* Whether what ${row} has most votes for is chosen by one of its parts,
 * parts[0..count), and by too few elsewhere. */
bool scoped_is_split(const struct choice_row *row,
                     const struct choice_row *parts, size_t count);

/* How probable it is that ${part} chooses like the others of its kind, if it
 * prefers something that they do not; else 1. */
double scoped_difference(const struct choice_row *row,
                         const struct choice_row *part,
                         const struct choice_row *parts, size_t count);

/* Adds candidates for the parts of the team of ${row}, parts[0..count), that
 * differ from it, and for persons that do. */
void scoped_add(const struct choices *choices, const struct choice_group *group,
                const struct choice_row *row, const struct choice_row *parts,
                size_t count);

/* ---- without.c ----------------------------------------------------------- */

/* How many hypotheses it makes that the team may be looked at without any one
 * of its parts. */
uint32_t without_count(const struct choice_row *row,
                       const struct choice_row *parts, size_t count);

/* What the team of ${row} chooses on the votes without the part that differs
 * most, lent by the candidates; NULL: none does, or the other parts do not
 * agree on it. */
struct candidate *without_odd_part(const struct choices *choices,
                                   const struct choice_group *group,
                                   const struct choice_row *row,
                                   const struct choice_row *parts,
                                   size_t count);

#endif
