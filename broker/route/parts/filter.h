/* SPDX-License-Identifier: MIT */
/* filter.h: which events a stream wants.
 *
 * Five lists; an event passes if every list that is not empty has a match. A
 * filter is constant once built and shared by reference, since reader threads
 * look at it (route_filter_matches) while the router may close its stream.
 * Threads: building, holding and dropping on the router's; matching on any. */
#ifndef REVERIE_BROKER_ROUTE_PARTS_FILTER_H
#define REVERIE_BROKER_ROUTE_PARTS_FILTER_H

#include "base/bytes.h"

enum filter_list {
    FILTER_TEAM,  /* of the sender, as stamped */
    FILTER_AGENT, /* the sender, as stamped */
    FILTER_SESSION,
    FILTER_KIND,  /* exact, or a prefix ending in '*' */
    FILTER_TOPIC, /* pattern for messages to topic: */
    FILTER_LISTS
};

struct route_filter;

/* An empty filter with one holder. */
struct route_filter *filter_new(void) MUST_CHECK;
void filter_hold(struct route_filter *filter);

/* Frees it with its last holder. NULL is fine. */
void filter_drop(struct route_filter *filter);

/* Adds an entry; copies. ERR_INVALID: cannot match anything; ERR_TOO_BIG:
 * FILTER_LIST_MAX entries are there. */
MUST_CHECK enum err filter_add(struct route_filter *filter,
                               enum filter_list list, struct bytes entry);

bool filter_has(const struct route_filter *filter, enum filter_list list);

/* What a filter looks at. */
struct filter_subject {
    struct bytes team;
    struct bytes agent;
    struct bytes session;
    struct bytes kind;
    struct bytes topic; /* empty: not to a topic */
};

/* Takes it from an event; lent by ${stamp} and ${envelope}. */
struct filter_subject filter_subject_of(struct bytes stamp,
                                        struct bytes envelope);

/* NULL passes everything. */
bool filter_passes(const struct route_filter *filter,
                   const struct filter_subject *subject);

#endif
