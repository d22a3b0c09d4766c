/* SPDX-License-Identifier: MIT */
/* rows.h: what the router keeps across restarts, as rows of the store.
 *
 * Layouts are in README.md. Each function adds a ROUTE_SAVE; route_restore
 * reads the rows back.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_CORE_ROWS_H
#define REVERIE_BROKER_ROUTE_CORE_ROWS_H

#include "broker/route/state.h"

/* That the address exists, and an agent's team and principal. */
void rows_save_mailbox(struct route *route, const struct mailbox *mailbox);

/* Where a reader is in its mailbox. */
void rows_save_inbox(struct route *route, struct inbox *inbox);
void rows_remove_inbox(struct route *route, const struct inbox *inbox);

/* What an agent has been told. */
void rows_save_view(struct route *route, const struct agent *agent);

/* A named cursor, under the key that rows_cursor_key gives. */
void rows_save_cursor(struct route *route, const struct swarm *swarm,
                      struct bytes key, const struct saved_cursor *cursor);

/* Appends the key: names are per principal. */
void rows_cursor_key(struct bytes principal, struct bytes name,
                     struct buf *out);

#endif
