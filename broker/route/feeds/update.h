/* SPDX-License-Identifier: MIT */
/* update.h: what an agent is told by the memory.update it is given.
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FEEDS_UPDATE_H
#define REVERIE_BROKER_ROUTE_FEEDS_UPDATE_H

#include "broker/route/state.h"

bool update_is_kind(struct bytes kind);

/* ${agent} is given the update in ${body}: its view grows, and is saved. */
void update_told(struct route *route, struct agent *agent,
                 const struct route_body *body);

#endif
