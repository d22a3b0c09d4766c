/* SPDX-License-Identifier: MIT */
/* gauges.h: how much of everything there is just now, of one swarm or of all.
 *
 * Worked out by walking the peers when somebody asks, not kept.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_CORE_GAUGES_H
#define REVERIE_BROKER_ROUTE_CORE_GAUGES_H

#include "broker/route/state.h"

struct gauges {
    uint64_t peers;
    uint64_t streams;
    uint64_t requests;
    uint64_t reads;
    uint64_t unread_bytes;
    struct transit transit;
};

/* ${swarm} NULL: of all. */
struct gauges gauges_of(const struct route *route, const struct swarm *swarm);

#endif
