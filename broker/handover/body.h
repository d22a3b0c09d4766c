/* SPDX-License-Identifier: MIT */
/* body.h: the body frame of a message, as the router holds it.
 *
 * The bytes stay in the frame they came in, or were read into, from the socket
 * to the log and to every reader; sending shares the frame.
 * Threads: belongs to one thread at a time; body_share from the one that has
 * it. */
#ifndef REVERIE_BROKER_HANDOVER_BODY_H
#define REVERIE_BROKER_HANDOVER_BODY_H

#include "broker/route/route.h"
#include "proto/bus.h"

struct body {
    struct route_body route; /* first: the router knows only this */
    struct frame frame;
};

/* A body with one holder; moves ${frame} into it. */
struct body *body_new(struct frame *frame) MUST_CHECK;

/* A body with one holder and a copy of ${bytes}. */
struct body *body_new_copy(struct bytes bytes) MUST_CHECK;

/* Frees it whoever holds it; NULL is fine. */
void body_free(struct route_body *body);

/* Makes ${out} another reference to its frame. NULL gives an empty frame. */
void body_share(struct route_body *body, struct frame *out);

#endif
