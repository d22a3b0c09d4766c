/* SPDX-License-Identifier: MIT */
/* control.h: control messages to peers: their envelopes, refusals, and the few
 * that are written by hand because they are frequent.
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_FLOW_CONTROL_H
#define REVERIE_BROKER_ROUTE_FLOW_CONTROL_H

#include "broker/route/state.h"

/* Why something is not done. */
struct verdict {
    enum refusal code;    /* REFUSAL_NONE: it is done */
    const char *sentence; /* a constant; NULL: the code's own */
};

static inline struct verdict verdict_ok(void)
{
    return (struct verdict){.code = REFUSAL_NONE};
}

static inline struct verdict verdict_of(enum refusal code, const char *sentence)
{
    return (struct verdict){.code = code, .sentence = sentence};
}

/* A fresh id for a message of the broker. */
struct id control_id(struct route *route);

/* Sends the packed ${message} of wire.proto as ${kind} ("control.welcome"). */
void control_send(struct route *route, struct bytes routing_id,
                  const char *kind, const void *message);

/* Sends ${text} as it is; copies it. */
void control_send_text(struct route *route, struct bytes routing_id,
                       const char *kind, struct bytes text);

/* Sends control.refused and counts it for ${swarm} (NULL: the peer is in none).
 * ${id} is the message's, or empty; ${about} its kind or the like. */
void control_refuse(struct route *route, struct swarm *swarm,
                    struct bytes routing_id, struct bytes id,
                    struct verdict verdict, const char *about);

/* Sends control.credit for what the peer sends. */
void control_credit(struct route *route, struct bytes routing_id,
                    uint64_t limit_bytes);

/* Sends control.bye. */
void control_bye(struct route *route, struct bytes routing_id, const char *code,
                 const char *sentence);

/* How long to wait before trying again; 0: it will not help. */
uint64_t verdict_retry_ms(struct verdict verdict);

/* Unpacks the body of a control message into the route's arena, which is reset
 * first: MESSAGE lends until the next unpacking. ERR_INVALID, ERR_TOO_BIG. */
#define CONTROL_UNPACK(route, type, body, out_message)                         \
    (arena_reset(&(route)->arena),                                             \
     MESSAGE_UNPACK(type, (body), &(route)->arena, (out_message)))

#endif
