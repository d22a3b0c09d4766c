/* SPDX-License-Identifier: MIT */
/* identify.h: who a hello comes from, and what it may do.
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_PEERS_IDENTIFY_H
#define REVERIE_BROKER_ROUTE_PEERS_IDENTIFY_H

#include "broker/route/flow/control.h"
#include "proto/messages.h"

struct claimant {
    struct swarm *swarm;
    struct bytes principal; /* lent by the hello, or until the next look-up */
    enum identity identity;
    uint32_t rights;
    struct agent *agent; /* if its name was seen before */
};

/* Finds swarm, principal and rights; checks that the name is free for it. */
struct verdict identify(struct route *route, bool is_local,
                        const Reverie__V1__Hello *hello, struct claimant *out);

#endif
