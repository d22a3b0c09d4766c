/* SPDX-License-Identifier: MIT */
/* wishes.h: one wish that is said in more and in fewer words.
 *
 * "Use X" and "do not use Y" are both part of "use X instead of Y": whoever
 * says the whole says the parts, but not the other way round. So where the
 * whole is said often enough by itself it is what is told, and whoever said
 * "use X" stands behind it, too; where it is not, it counts for its parts. What
 * an owner stated is told as the owner put it: nobody adds to it. Pure.
 * Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_DIRECTIVE_WISHES_H
#define REVERIE_PLUGIN_PLAN_DIRECTIVE_WISHES_H

#include "plugin/plan/candidate.h"

enum wish_part {
    WISH_OTHER,
    WISH_WANTED, /* "do use X" of "do use X not Y" */
    WISH_DENIED  /* "dont use Y" of it */
};

/* What the directive with the key ${part} is of the one with ${whole}. */
enum wish_part wish_part_of(struct bytes part, struct bytes whole);

/* Unites the evidence of such candidates before they are decided, each without
 * what came from somebody who had been told it; those that another one tells
 * get their reason. Expects the list sorted. */
void wishes_unite(struct candidates *list, const struct exposures *exposures);

#endif
