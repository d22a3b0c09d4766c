/* SPDX-License-Identifier: MIT */
/* draft.h: the change that a candidate asks for, as a message.
 *
 * Texts, figures, witnesses and numbers of one candidate. What it does to the
 * memory that is there is operation.h; which changes go into which set, and
 * what is used again from the last dream, is planner.h. Drafts live in the
 * arena of a drafting, until that is reset. Pure. Threads: a drafting belongs
 * to one thread. */
#ifndef REVERIE_PLUGIN_PLAN_DRAFT_DRAFT_H
#define REVERIE_PLUGIN_PLAN_DRAFT_DRAFT_H

#include "base/arena.h"
#include "base/edge/crypto.h"
#include "plugin/detect/roster.h"
#include "plugin/plan/candidate.h"
#include "plugin/plan/directive/rules.h"
#include "plugin/plan/known.h"

struct Reverie__V1__Change;

struct drafting {
    const struct roster *roster;
    const struct known *known;
    struct rules rules;
    struct digest config;
    struct arena arena; /* of one change */
    struct buf room;    /* of one text */
};

/* Keeps ${roster} and ${known} until drafting_fini; copies ${config}. */
void drafting_init(struct drafting *drafting, const struct roster *roster,
                   const struct known *known, const struct digest *config);
void drafting_fini(struct drafting *drafting);

/* Lends room, or a copy, until the arena is reset. There is always enough: all
 * that a change holds is bounded. */
void *draft_take(struct drafting *drafting, size_t size);
struct bytes draft_copy(struct drafting *drafting, struct bytes bytes);
char *draft_text(struct drafting *drafting, struct bytes text);

/* Lends the change of ${candidate}: all but its risk, its operation and what
 * takes the witnesses to be read. NULL, with the candidate's reason, if it
 * cannot be told in what a change may hold; a merge that is too long is made
 * one of fewer first. */
struct Reverie__V1__Change *draft_new(struct drafting *drafting,
                                      struct candidate *candidate);

/* Whether a human has to look at it. */
void draft_risk(const struct candidate *candidate,
                struct Reverie__V1__Change *change);

/* Adds witnesses, and the numbers that follow from them. */
void draft_evidence(struct drafting *drafting,
                    const struct candidate *candidate,
                    struct Reverie__V1__Change *change);

#endif
