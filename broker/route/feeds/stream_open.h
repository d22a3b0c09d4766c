/* SPDX-License-Identifier: MIT */
/* stream_open.h: control messages about streams: open, credit, commit, close.
 *
 * Each takes the body of the message.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FEEDS_STREAM_OPEN_H
#define REVERIE_BROKER_ROUTE_FEEDS_STREAM_OPEN_H

#include "broker/route/flow/control.h"

struct verdict stream_open(struct route *route, struct peer *peer,
                           struct bytes body);
struct verdict stream_commit(struct route *route, struct peer *peer,
                             struct bytes body);
struct verdict stream_close(struct route *route, struct peer *peer,
                            struct bytes body);

/* control.credit for a stream. */
struct verdict stream_credit(struct route *route, struct peer *peer,
                             uint32_t number, uint64_t limit_bytes);

#endif
