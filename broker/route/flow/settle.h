/* SPDX-License-Identifier: MIT */
/* settle.h: what happens when a message is logged, and when it is durable.
 *
 * Here the two promises are kept: delivery starts in settle_logged, acceptance
 * in settle_durable, and nowhere else.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FLOW_SETTLE_H
#define REVERIE_BROKER_ROUTE_FLOW_SETTLE_H

#include "broker/route/state.h"

void settle_logged(struct route *route, const struct route_logged *logged);
void settle_durable(struct route *route, const struct route_durable *durable);

#endif
