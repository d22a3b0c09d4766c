/* SPDX-License-Identifier: MIT */
/* unread.h: how much of what it asked for a peer has not read.
 *
 * Replies, and requests on their way to the peer that serves them, can be large
 * and are held back by no credit. Messages reach a peer in order, so one that
 * answers a ping has read everything before it: when enough has been sent, a
 * ping follows whose nonce only a reader learns, and its pong takes off what
 * was sent before it. A peer therefore holds at most unread_max + one control
 * message of the broker's memory, whatever it asks for and whether or not it
 * reads.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FLOW_UNREAD_H
#define REVERIE_BROKER_ROUTE_FLOW_UNREAD_H

#include "broker/route/state.h"

/* Whether ${peer} may ask, or be asked: it has read enough. */
bool unread_allows(const struct route *route, const struct peer *peer);

/* Whether a payload of ${bytes} may still be sent to ${peer}. */
bool unread_fits(const struct route *route, const struct peer *peer,
                 size_t bytes);

/* A payload of ${bytes} was sent to ${peer}; sends the ping if one is due. */
void unread_add(struct route *route, struct peer *peer, size_t bytes);

/* ${peer} answered a ping with ${nonce}. */
void unread_pong(struct route *route, struct peer *peer, uint64_t nonce);

#endif
