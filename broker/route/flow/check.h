/* SPDX-License-Identifier: MIT */
/* check.h: may this peer say this, and what will be stamped on it?
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FLOW_CHECK_H
#define REVERIE_BROKER_ROUTE_FLOW_CHECK_H

#include "broker/route/flow/control.h"

/* What the checks found out. */
struct checked {
    struct id id;
    bool has_parent;
    struct id parent;
    struct mailbox *mailbox; /* NULL: to a topic */
    struct agent *from;      /* effective sender if it is known, or NULL */
    struct stamp stamp;      /* claims, without root; lent by the envelope, the
                                peer and the agent */
};

/* Kinds that only the broker may publish. */
bool check_is_reserved(struct bytes kind);

/* Checks the fields of ${envelope} against each other, the peer and its
 * rights, and works out the claims. */
struct verdict check_message(const struct route *route, const struct peer *peer,
                             const struct envelope *envelope, size_t body_bytes,
                             struct checked *out);

#endif
