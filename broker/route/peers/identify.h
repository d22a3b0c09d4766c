/* SPDX-License-Identifier: MIT */
/* identify.h: who a hello comes from, and what it may do.
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_PEERS_IDENTIFY_H
#define REVERIE_BROKER_ROUTE_PEERS_IDENTIFY_H

#include "broker/route/flow/control.h"

/* What a hello says about that; empty where it says nothing. */
struct claim {
    struct bytes swarm;
    struct bytes token;
    struct bytes principal;
    struct bytes agent;
    bool is_local;
    bool takeover;
};

struct claimant {
    struct swarm *swarm;
    struct bytes principal; /* lent by the claim, or until the next look-up */
    enum identity identity;
    uint32_t rights;
    struct agent *agent; /* if its name was seen before */
};

/* Finds swarm, principal and rights; checks that the name is free for it. */
struct verdict identify(struct route *route, const struct claim *claim,
                        struct claimant *out);

#endif
