/* SPDX-License-Identifier: MIT */
/* group.h: one choice in all teams, while candidates are made of it.
 *
 * Shared by choices.c, which makes the candidates of teams, and scoped.c,
 * which makes those of parts and persons.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_SCOPE_GROUP_H
#define REVERIE_PLUGIN_DETECT_SCOPE_GROUP_H

#include "plugin/detect/standing.h"
#include "plugin/detector.h"
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
    struct prior *priors[SLOT_FORM_COUNT];
    struct baseline_memo *memo;
    uint32_t part_options[TEAMS_MAX]; /* of all parts that are looked at */
    struct candidates *out;
};

/* Begins a candidate for ${option} of the row, OPTION_NONE for none of them,
 * as it stands in ${standing}; NULL beyond the maximum. */
struct candidate *choices_begin(const struct choices *choices,
                                const struct choice_row *row,
                                const struct standing *standing,
                                uint8_t option);

/* Sets what the candidate's option is tested against, which is what teams
 * other than that of ${row} do, and what ${standing} says about a move. */
void choices_set_test(const struct choices *choices,
                      const struct choice_group *group,
                      const struct choice_row *row,
                      const struct standing *standing,
                      struct candidate *candidate);

/* ---- scoped.c ------------------------------------------------------------ */

/* Adds to part_options what the parts of all teams have. */
void scoped_count(struct choices *choices);

/* In how many teams the option that ${row} has most votes for is what all of
 * the swarm agree on; 0: they do not. */
uint32_t scoped_swarm(const struct choice_group *group,
                      const struct choice_row *row);

/* Whether what ${row} has most votes for is chosen by one of its parts,
 * parts[0..count), and by fewer than half elsewhere. */
bool scoped_is_split(const struct choice_row *row,
                     const struct choice_row *parts, size_t count);

/* Adds candidates for the parts of the team of ${row}, parts[0..count), that
 * differ from it, and for persons that do. */
void scoped_add(const struct choices *choices, const struct choice_group *group,
                const struct choice_row *row, const struct choice_row *parts,
                size_t count);

#endif
