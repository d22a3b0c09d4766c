/* SPDX-License-Identifier: MIT */
/* accept.h: acceptances, batched per peer and step.
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FLOW_ACCEPT_H
#define REVERIE_BROKER_ROUTE_FLOW_ACCEPT_H

#include "broker/route/state.h"

struct acceptance {
    struct id id;
    uint16_t log;
    uint64_t seq;
    bool is_repeat;
};

/* Adds one; control.accepted goes out when the step ends, or earlier when many
 * have gathered. */
void accept_add(struct route *route, struct peer *peer,
                const struct acceptance *acceptance);

/* Sends what has gathered. */
void accept_flush(struct route *route, struct peer *peer);

#endif
