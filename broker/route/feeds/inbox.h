/* SPDX-License-Identifier: MIT */
/* inbox.h: delivery to agents, teams and roles: at least once until done.
 *
 * An inbox is one reader's place in one mailbox. While the reader keeps up, it
 * is given what was just logged; when its credit or its window of unfinished
 * deliveries is used up it falls behind, and goes on from the recent records
 * or, further back, from the store. States: README.md.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FEEDS_INBOX_H
#define REVERIE_BROKER_ROUTE_FEEDS_INBOX_H

#include "broker/route/state.h"

/* A record was logged for ${mailbox}: gives it to every reader that has
 * nothing older to come. */
void inbox_offer(struct route *route, struct mailbox *mailbox,
                 struct record *record);

/* Gives what can be given now. */
void inbox_pump(struct route *route, struct inbox *inbox);

/* The same for everything ${peer} reads. */
void inbox_pump_peer(struct route *route, struct peer *peer);

/* ${peer} reads from ${inbox} from now on, or no longer. What it has not done
 * goes to another member of the role, or waits. */
void inbox_join(struct inbox *inbox, struct peer *peer);
void inbox_leave(struct route *route, struct inbox *inbox, struct peer *peer);

/* ${peer} has done with ${seq}, in whichever of its inboxes it is. */
void inbox_done(struct route *route, struct peer *peer, uint64_t seq);

/* What a READ found. */
void inbox_read_done(struct route *route, struct inbox *inbox,
                     const struct route_read_done *done);

/* Saves the cursors that moved. */
void inbox_save_dirty(struct route *route);

#endif
