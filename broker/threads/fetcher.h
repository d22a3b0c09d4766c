/* SPDX-License-Identifier: MIT */
/* fetcher.h: the thread that reads the log for feeds and citations.
 *
 * Answers ROUTE_READ and ROUTE_SEEK, with filters evaluated here, close to the
 * data, and the requests log.info and log.read. A read that finds nothing ends
 * after FETCHER_LOOK_MAX events all the same, so that one sparse stream does
 * not starve the others.
 * Threads: one of its own; it is spoken to through rings. */
#ifndef REVERIE_BROKER_THREADS_FETCHER_H
#define REVERIE_BROKER_THREADS_FETCHER_H

#include "broker/handover/body.h"
#include "broker/handover/call.h"
#include "broker/handover/ring.h"

enum {
    FETCHER_LOOK_MAX = 16384,
    FETCHER_LOOK_BYTES_MAX = 32 << 20,
    LOG_READ_SEQS_MAX = 256
};

enum fetch_type {
    FETCH_EVENTS,
    FETCH_SEEK,
    FETCH_CALL
};

/* One item on the rings to and from the fetcher. */
struct fetch {
    enum fetch_type type;
    union {
        struct route_read events;
        struct route_seek seek;
        struct call *call;
    };
    /* out */
    struct route_read_done done; /* FETCH_EVENTS; bodies have one holder each */
    struct route_read_event *found;
    struct arena arena; /* of stamps and envelopes */
    uint64_t sought;    /* FETCH_SEEK */
};

struct fetch *fetch_new(enum fetch_type type) MUST_CHECK;

/* Does not free the call. Bodies of events that were not handed to a router
 * are freed with ${with_bodies}. */
void fetch_free(struct fetch *fetch, bool with_bodies);

struct fetcher;

struct fetcher_config {
    struct store *store;
    struct bell *bell;
    struct ring *from_router; /* of struct fetch; wakes `bell` */
    struct ring *to_router;   /* of struct fetch */
};

MUST_CHECK enum err fetcher_start(const struct fetcher_config *config,
                                  struct fetcher **out_fetcher);
void fetcher_stop(struct fetcher *fetcher);

#endif
