/* SPDX-License-Identifier: MIT */
/* credit.h: how much a peer may send, and be sent.
 *
 * Credit is cumulative and in bytes over all frames. A message may start while
 * any credit is left, so that one larger than a whole window still passes.
 *
 *     limit = released + window,  released = what is durable or refused
 *
 * While the writer's backlog is above backlog_max no limit is raised: senders
 * slow down, nobody is dropped.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FLOW_CREDIT_H
#define REVERIE_BROKER_ROUTE_FLOW_CREDIT_H

#include "broker/route/state.h"

/* Charges a message that came. False: there was no credit left for it. */
bool credit_charge(struct peer *peer, size_t bytes);

/* Gives back what was charged; the peer is told at the end of the step. */
void credit_release(struct route *route, struct peer *peer, size_t bytes);

/* Notes that ${peer} is to be looked at when the step ends. */
void credit_touch(struct route *route, struct peer *peer);

/* Sends what the touched peers have coming: acceptances and credit. */
void credit_settle(struct route *route);

/* To be called when the backlog has shrunk. */
void credit_resume(struct route *route);

#endif
