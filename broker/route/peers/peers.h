/* SPDX-License-Identifier: MIT */
/* peers.h: who is connected, and how a connection ends.
 *
 *     (unknown) --hello--> member --bye, lease, takeover, unreachable--> gone
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_PEERS_PEERS_H
#define REVERIE_BROKER_ROUTE_PEERS_PEERS_H

#include "broker/route/state.h"

/* Lends the peer, or NULL. */
struct peer *peer_routed(const struct route *route, struct bytes routing_id);
struct peer *peer_tagged(const struct route *route, uint64_t tag);

/* Adds a peer of ${swarm}. NULL: one more than peers_max, which the caller
 * checks. */
struct peer *peer_add(struct route *route, struct bytes routing_id,
                      struct swarm *swarm);

/* Ends the connection without a word: what it has not done is held or goes to
 * others, its streams and requests end. */
void peer_leave(struct route *route, struct peer *peer);

/* Frees those that left in the last step. */
void peers_bury(struct route *route);

/* Ends those whose lease is over. */
void peers_tick(struct route *route);

/* Whether ${peer} serves ${service}. */
bool peer_serves(const struct peer *peer, struct bytes service);

/* The next peer of ${swarm} in turn that serves ${service}, or NULL. */
struct peer *peer_serving(const struct route *route, struct swarm *swarm,
                          struct bytes service);

#endif
