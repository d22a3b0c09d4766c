/* SPDX-License-Identifier: MIT */
/* window.h: the deliveries of an inbox that are not done, in order of seq.
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FEEDS_WINDOW_H
#define REVERIE_BROKER_ROUTE_FEEDS_WINDOW_H

#include "broker/route/state.h"

/* The ${index}-th, oldest first. */
struct outstanding *window_at(const struct inbox *inbox, uint32_t index);

/* Lends the entry of ${seq}, or NULL. */
struct outstanding *window_find(const struct inbox *inbox, uint64_t seq);

/* Adds an entry behind the others; the caller keeps to the maximum. */
struct outstanding *window_add(struct inbox *inbox, uint64_t seq);

/* Forgets what is done at the front and moves the cursor up to the first
 * position that is not. */
void window_advance(struct inbox *inbox);

#endif
