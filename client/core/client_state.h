/* SPDX-License-Identifier: MIT */
/* client_state.h: the inside of struct client, shared by the files that
 * implement client.h and by nobody else. */
#ifndef REVERIE_CLIENT_CORE_CLIENT_STATE_H
#define REVERIE_CLIENT_CORE_CLIENT_STATE_H

#include "base/arena.h"
#include "base/rng.h"
#include "client/core/client.h"
#include "client/core/outgoing.h"
#include "client/core/repeats.h"
#include "proto/limits.h"

/* Control messages on their way to the socket, in order. */
struct controls {
    struct frame (*ring)[COMPOSE_FRAMES];
    size_t capacity;
    size_t first;
    size_t count;
};

struct open_call {
    uint64_t request;
    struct arena texts;
    struct reverie_call call;
    bool is_given;
};

struct ask {
    enum client_ask state;
    uint64_t request;
    struct frame frames[COMPOSE_FRAMES]; /* until it is sent */
    struct buf answer;
    reverie_more on_more;
    void *context;
};

struct client {
    struct arena texts;
    struct reverie_config config;
    const char *token;
    struct rng rng;

    /* connection */
    enum client_state state;
    int64_t dial_at_us;   /* APART: not before */
    int64_t dialled_us;   /* GREETING: since */
    int64_t heard_us;     /* anything from the broker */
    int64_t spoke_us;     /* anything to it */
    int64_t pinged_us;    /* last ping; 0: none since something was heard */
    uint32_t quiet_pings; /* of this connection, at most renew_after */
    uint32_t renew_after;
    int64_t now_us;         /* of the last call that said so */
    int64_t wall_offset_us; /* wall clock less that, at dialling */
    uint32_t attempts;      /* since the last welcome */
    bool was_welcome;       /* at least once */
    uint64_t welcomes;      /* so many times */
    int64_t lease_us;
    char principal[NAME_MAX_BYTES + 1];
    uint64_t epoch;

    /* sending */
    struct controls controls;
    bool output_is_control;
    struct outgoing outgoing;
    uint64_t send_limit; /* credit and use, totals of this connection */
    uint64_t send_used;
    int64_t retry_at_us; /* the broker asked to wait; 0: no */

    /* receiving */
    struct arrivals inbox;
    struct repeats repeats;
    uint64_t taken_in; /* the welcome in which the last message was taken */
    uint64_t inbox_window;
    uint64_t inbox_taken;
    uint64_t inbox_limit;
    uint64_t done_seqs[LOG_COUNT][CLIENT_DONE_BATCH];
    size_t done_count[LOG_COUNT];
    struct feed *feeds[CLIENT_STREAMS_MAX];
    uint32_t next_feed;

    /* requests */
    struct ask ask;
    uint64_t next_request;
    uint64_t view_request; /* outstanding; 0: none */
    int64_t view_at_us;    /* ask for the view again then; 0: no */
    struct open_call *calls[CLIENT_CALLS_MAX];
    struct arena given_texts; /* of the call that the caller reads */

    /* memory */
    struct mirror *mirror;
    bool has_view;

    /* telling */
    bool is_watching;
    struct id watched;
    enum client_outcome outcome;
    struct reverie_place outcome_place;
    reverie_accepted on_accepted;
    void *on_accepted_context;
    struct reverie_counts counts;
    uint64_t malformed; /* messages of the broker that were ignored */
    char code[64];
    char sentence[512];
};

/* Queues a control message; what does not fit loses the connection, because a
 * broker that takes nothing is as good as gone. */
void client_put_control(struct client *client, const char *kind,
                        const void *message);
void client_put_frames(struct client *client,
                       struct frame frames[COMPOSE_FRAMES]);

/* The view, from the broker; unless it is on its way already. */
void client_fetch_view(struct client *client);

/* Says memory.ack for every mount whose version, or use, was not said yet. */
void client_put_acks(struct client *client);

/* Handlers of client_requests.c for control.request and control.reply. */
void client_on_request(struct client *client, struct bytes body);
void client_on_reply(struct client *client, struct bytes body);
void client_send_ask(struct client *client);
void client_lose_requests(struct client *client);
void client_fini_requests(struct client *client);

/* client_welcome.c: hello, and everything that starts anew with a welcome. */
void client_put_hello(struct client *client);
void client_on_welcome(struct client *client, struct bytes body);

#endif
