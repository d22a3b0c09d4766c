/* SPDX-License-Identifier: MIT */
/* frames.h: what comes from a connection, sorted by kind.
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FLOW_FRAMES_H
#define REVERIE_BROKER_ROUTE_FLOW_FRAMES_H

#include "broker/route/state.h"

/* Handles one message; whatever is wrong with it becomes a refusal. */
void frames_receive(struct route *route, const struct route_frames *frames);

#endif
