/* SPDX-License-Identifier: MIT */
/* call.h: one request to the broker itself, on its way through the threads.
 *
 * Made from a ROUTE_REQUEST or a ROUTE_JOINED, handed to the thread that
 * answers it, and back to the router as its reply. Owns copies of everything.
 * Threads: belongs to one thread at a time. */
#ifndef REVERIE_BROKER_HANDOVER_CALL_H
#define REVERIE_BROKER_HANDOVER_CALL_H

#include "base/arena.h"
#include "broker/route/route.h"
#include "proto/refusal.h"

enum call_type {
    CALL_REQUEST, /* answered by ROUTE_REPLY */
    CALL_JOINED,  /* not answered; payload is a PeerJoined */
    CALL_COMPARE  /* log.verify, halfway: the auditor is through and the ledger
                     is to compare its fold; then answered */
};

struct call {
    enum call_type type;
    uint64_t tag;
    struct route_asker asker;
    struct bytes service;
    struct bytes method;
    struct bytes payload;
    struct arena arena; /* of the views above */
    /* The reply. */
    const char *code;
    struct buf sentence;
    struct buf reply;
    struct buf view; /* of memory.view for the asker itself */
    uint16_t log;    /* of memory.ack */
    uint64_t seq;
    bool more;
    /* The ledger's, while the reply waits for the disk. */
    struct call *next;
    uint64_t batch;
};

/* Copies ${request}. Gives the call (call_free); its code is "ok". */
struct call *call_new(const struct route_request *request) MUST_CHECK;
struct call *call_new_joined(const struct route_joined *joined) MUST_CHECK;

/* Forgets the reply: the call is made again. */
void call_reset(struct call *call);

/* An earlier reply to the same request (`more`). */
struct call *call_new_progress(const struct call *call) MUST_CHECK;
void call_free(struct call *call);

bool call_is(const struct call *call, const char *service, const char *method);

/* Whether the asker has ${right} (enum route_right); refuses with
 * "denied" if not. */
bool call_needs(struct call *call, uint32_t right);

/* Turns the reply into a refusal. */
void call_refuse(struct call *call, enum refusal refusal, const char *format,
                 ...) PRINTF_LIKE(3, 4);

/* Refuses for ${err} of the store; ERR_FULL is its disk. */
void call_refuse_err(struct call *call, enum err err);

#endif
