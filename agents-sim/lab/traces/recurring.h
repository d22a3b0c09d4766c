/* SPDX-License-Identifier: MIT */
/* recurring.h: groups of labelled errors against the classes that recur.
 *
 * A group stands for the class that most of its errors have. It recurs by the
 * rule of the labels: two people, three sessions. "other" is the rest of all
 * and no class that could come back.
 * Threads: any; a recurring belongs to one. */
#ifndef REVERIE_AGENTS_SIM_LAB_TRACES_RECURRING_H
#define REVERIE_AGENTS_SIM_LAB_TRACES_RECURRING_H

#include "base/bytes.h"
#include "base/map.h"

/* One error of a group; class is lent. */
struct recurring_member {
    uint64_t group;
    const char *class;
    uint64_t person;
    uint64_t session;
};

struct recurring {
    const struct map *classes; /* class -> "1" where it recurs, else "0" */
    struct map *found;         /* classes of groups that recur */
    size_t groups;
    size_t right; /* of those, whose class does recur */
};

/* Borrows ${classes}. Free with recurring_fini. */
void recurring_init(struct recurring *recurring, const struct map *classes);
void recurring_fini(struct recurring *recurring);

/* Takes in all groups of ${members}, which it sorts. */
void recurring_add(struct recurring *recurring,
                   struct recurring_member *members, size_t count);

/* How many classes recur, how many of those were found; names the others. */
void recurring_count(const struct recurring *recurring, size_t *out_real,
                     size_t *out_found, struct buf *out_missed);

#endif
