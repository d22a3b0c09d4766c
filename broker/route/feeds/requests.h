/* SPDX-License-Identifier: MIT */
/* requests.h: questions to services, and their answers.
 *
 * The broker's own services are asked through the edge; a service that a peer
 * serves, through that peer. Every question is answered once, at the latest by
 * its deadline, with any number of partial answers before.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FEEDS_REQUESTS_H
#define REVERIE_BROKER_ROUTE_FEEDS_REQUESTS_H

#include "broker/route/flow/control.h"

/* control.request from a peer. */
struct verdict request_ask(struct route *route, struct peer *peer,
                           struct bytes body);

/* control.reply from a peer that serves. */
struct verdict request_answer(struct route *route, struct peer *peer,
                              struct bytes body);

/* A memory.ack message of ${peer}: accepted once it is in the ledger. */
struct verdict request_acknowledge(struct route *route, struct peer *peer,
                                   const struct id *id, struct bytes body);

/* ROUTE_REPLY. */
void request_reply(struct route *route, const struct route_reply *reply);

/* Deadlines. */
void requests_tick(struct route *route);

/* ${peer} has gone: as asker and as server. */
void requests_leave(struct route *route, const struct peer *peer);

#endif
