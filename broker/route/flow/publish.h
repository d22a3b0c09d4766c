/* SPDX-License-Identifier: MIT */
/* publish.h: from a message that came to one that is to be appended.
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FLOW_PUBLISH_H
#define REVERIE_BROKER_ROUTE_FLOW_PUBLISH_H

#include "broker/route/flow/control.h"

/* A message of ${peer} that is not control: charged to its credit, appended or
 * refused. */
struct verdict publish(struct route *route, struct peer *peer,
                       const struct route_frames *frames,
                       const struct envelope *envelope);

#endif
