/* SPDX-License-Identifier: MIT */
/* collect_hygiene.h: from what memory holds to candidates about it.
 *
 * Makes entries of the heads of a team's store and of its agents' own, has
 * them looked at (plugin/hygiene/hygiene.h), and adds a candidate for each
 * finding, decided already: its evidence are memories, not votes.
 * Pure. Threads: that of the dream. */
#ifndef REVERIE_PLUGIN_PLAN_HYGIENE_COLLECT_HYGIENE_H
#define REVERIE_PLUGIN_PLAN_HYGIENE_COLLECT_HYGIENE_H

#include "plugin/detect/roster.h"
#include "plugin/hygiene/watch.h"
#include "plugin/plan/candidate.h"
#include "plugin/plan/known.h"

struct collect_hygiene {
    const struct known *known;
    struct watch *watch;
    struct roster *roster;
    uint64_t budget_tokens; /* of a store; 0: the default */
};

/* Expects ${list} sorted and decided; leaves it sorted. Gives how many
 * memories, pairs of them and findings there was no room for. */
uint64_t collect_hygiene(const struct collect_hygiene *from,
                         struct candidates *list);

#endif
