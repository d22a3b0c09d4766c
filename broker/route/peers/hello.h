/* SPDX-License-Identifier: MIT */
/* hello.h: how a connection becomes a peer.
 *
 * Version, swarm, identity, rights, name; then the welcome, and whatever was
 * held. Nothing is remembered of a hello that is refused.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_PEERS_HELLO_H
#define REVERIE_BROKER_ROUTE_PEERS_HELLO_H

#include "broker/route/flow/control.h"

/* control.hello from a connection that is not a peer yet. */
struct verdict hello_receive(struct route *route,
                             const struct route_frames *frames);

#endif
