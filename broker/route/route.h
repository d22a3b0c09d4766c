/* SPDX-License-Identifier: MIT */
/* route.h: the router, the pure core of the broker.
 *
 * A state machine: one event in, a list of effects out. It knows who is
 * connected, validates what is sent, decides what is appended, delivers,
 * accepts, feeds inboxes and streams, relays requests, and grants credit. It
 * has no clock, no randomness and no I/O: those come in with the events, and
 * the edges (broker/) carry the effects out.
 *
 *     FRAMES -> check, stamp -> APPEND ... LOGGED -> deliver ... DURABLE ->
 * accept
 *
 * Borrowing: whatever an event points to is borrowed until route_step returns.
 * Whatever an effect points to is lent until the next call of route_step, with
 * two exceptions that are lent longer, because other threads use them: see
 * ROUTE_APPEND and ROUTE_READ.
 *
 * Threads: a route belongs to one thread. route_filter_matches is pure and may
 * be called from any. */
#ifndef REVERIE_BROKER_ROUTE_ROUTE_H
#define REVERIE_BROKER_ROUTE_ROUTE_H

#include "base/bytes.h"
#include "proto/envelope.h"
#include "store/store.h"

struct route;
struct route_filter;

/* ---- bodies -------------------------------------------------------------- */

/* The body frame of a message. The edge embeds it as the first member of a
 * struct of its own that holds the frame, creates it with one holder (itself),
 * and drops it when it is through. The router reads ${bytes} only of
 * control.* messages, memory.ack, memory.update and log.erased. Counts are not
 * atomic: only the router's thread holds and drops. */
struct route_body {
    struct bytes bytes;
    uint32_t holders;
};

void route_body_hold(struct route_body *body);

/* Calls config.body_free for the last holder. NULL is fine. */
void route_body_drop(struct route *route, struct route_body *body);

/* ---- configuration ---------------------------------------------------------
 */

enum route_right {
    ROUTE_RIGHT_OWNER = 1 << 0,      /* may say origin owner */
    ROUTE_RIGHT_SPEAK_FOR = 1 << 1,  /* may name other agents, principals */
    ROUTE_RIGHT_IMPORT = 1 << 2,     /* may set occurred freely, and sources */
    ROUTE_RIGHT_PROPOSE = 1 << 3,    /* may propose changes, serve "dream" */
    ROUTE_RIGHT_REVIEW = 1 << 4,     /* may decide on them, and revert */
    ROUTE_RIGHT_ADMIN = 1 << 5,      /* may drain; with a token: may use
                                        any agent's name */
    ROUTE_RIGHT_ERASE = 1 << 6,      /* may erase events */
    ROUTE_RIGHT_WRITE_TEAM = 1 << 7, /* may write its team's store */
    ROUTE_RIGHT_OBSERVE = 1 << 8,    /* may read what is not addressed to it */
    ROUTE_RIGHTS_ALL = (1 << 9) - 1
};

enum {
    ROUTE_RIGHT_COUNT = 9
};

/* "owner", "speak_for", ... for bit ${index} of enum route_right; NULL past
 * ROUTE_RIGHT_COUNT. Lends a constant. */
const char *route_right_name(size_t index);

/* What a token stands for. */
struct route_principal {
    struct bytes name;
    struct bytes swarm;     /* the only one it is good for; empty: "default" */
    uint32_t rights;        /* of enum route_right */
    enum identity identity; /* IDENTITY_TOKEN or IDENTITY_KEY */
};

/* Every maximum and duration. route_config_default fills in the defaults given
 * behind each; what happens at the maximum is in README.md, "Limits". */
struct route_config {
    /* Gives back the memory of a body nobody holds any more. */
    void (*body_free)(void *context, struct route_body *body);
    /* Looks a token up in what was loaded at start: no I/O, no wait. Lends the
     * views of *out until the next call. ERR_NOT_FOUND: no such token. NULL:
     * there are no tokens. */
    enum err (*authenticate)(void *context, struct bytes token,
                             struct route_principal *out);
    void *context; /* of both */

    const char *server;       /* "reverie/0.1"; kept */
    uint32_t asserted_rights; /* of peers without a token: all but OWNER */
    bool allow_asserted;      /* at all, and then only if is_local: true */

    size_t body_max;          /* bytes of a body: BODY_MAX_DEFAULT */
    size_t send_window;       /* credit of a sender: 8 MiB */
    size_t unread_max;        /* of replies a peer has not read: 16 MiB */
    size_t backlog_max;       /* bytes appended, not logged; credit is
                                 withheld above: 64 MiB */
    size_t pending_bytes_max; /* bytes not yet durable; refused above: 1 GiB */
    uint32_t pending_max;     /* messages not yet durable: 262,144 */
    uint32_t recent_events_max; /* kept in memory per log: 4,096 */
    size_t recent_bytes_max;    /* and their bytes: 16 MiB */
    uint32_t outstanding_max;   /* deliveries without done per inbox: 4,096; a
                                   role remembers 16 times as many done out of
                                   order */
    size_t read_bytes_max;      /* asked of one READ: 1 MiB */
    uint32_t read_events_max;   /* and its events: 1,024 */
    uint32_t peers_max;         /* connected: 4,096 */
    uint32_t addresses_max;     /* agents, roles, teams ever seen per swarm:
                                   262,144 */
    uint32_t streams_max;       /* open, all peers: 4,096 */
    uint32_t requests_max;      /* open, all peers: 16,384 */
    uint32_t cursors_max;       /* named, per swarm: 65,536 */
    uint32_t roots_max;         /* ids whose root is remembered, per swarm:
                                   65,536, a power of two */
    uint32_t effects_max;       /* sends of one step, about: 16,384 */
    int64_t lease_us;           /* 15 s */
    int64_t deadline_us;        /* of requests that name none: 30 s */
    int64_t deadline_max_us;    /* of any request: 1 h */
    int64_t mark_us;      /* between marks of a stream at the head: 250 ms */
    uint32_t mark_events; /* passed over without a mark: 10,000 */
};

struct route_config route_config_default(void);

/* A router without swarms; copies ${config} (not what it points to). Gives the
 * route (route_free), never NULL. route_free drops every body. */
struct route *route_new(const struct route_config *config) MUST_CHECK;
void route_free(struct route *route);

/* A swarm this broker serves, as found in the store after its epoch was begun.
 * Copied. Hello to any other swarm is refused as wrong_swarm. */
struct route_swarm_start {
    struct bytes name;
    uint32_t number;    /* of store_swarm */
    uint64_t logged[2]; /* by log: last position, all of it durable */
    const struct store_epoch *epochs; /* newest first, the current included */
    size_t epoch_count;               /* at most 64 are used */
};

/* ERR_FULL beyond 64 swarms; ERR_EXISTS. Before the first step. */
MUST_CHECK enum err route_add_swarm(struct route *route,
                                    const struct route_swarm_start *start);

/* Hands back to swarm ${number} a row of STORE_TABLE_PEERS or
 * STORE_TABLE_CURSORS that an earlier run wrote by ROUTE_SAVE; all rows of both
 * tables, PEERS first, after route_add_swarm and before the first step.
 * ERR_INVALID: not understood (a newer format); ERR_FULL. */
MUST_CHECK enum err route_restore(struct route *route, uint32_t number,
                                  enum store_table table, struct bytes key,
                                  struct bytes value);

/* Remembers the causal root of an event near the tail of log 0, oldest first;
 * the last roots_max count. Before the first step. */
void route_warm_root(struct route *route, uint32_t number, struct bytes id,
                     struct bytes root);

/* ---- events ---------------------------------------------------------------
 */

enum route_event_type {
    ROUTE_FRAMES,      /* a message came */
    ROUTE_LOGGED,      /* appends are logged, or were refused by the store */
    ROUTE_DURABLE,     /* everything up to a position is on disk */
    ROUTE_READ_DONE,   /* the answer to one ROUTE_READ */
    ROUTE_SEEK_DONE,   /* the answer to one ROUTE_SEEK */
    ROUTE_REPLY,       /* an answer to a ROUTE_REQUEST; several with `more` */
    ROUTE_SEND_FAILED, /* a ROUTE_SEND could not be carried out */
    ROUTE_TICK,        /* time passes: at least every ROUTE_TICK_US, and at once
                          while the effects say is_unfinished */
    ROUTE_DRAIN,       /* take no more messages, peers or requests: of a swarm,
                          whose peers leave when all of theirs is done, or of all
                          until ROUTE_END */
    ROUTE_END          /* say bye to everybody */
};

enum {
    ROUTE_TICK_US = 100000,
    ROUTE_ALL_SWARMS = 0 /* no swarm has this number */
};

struct route_frames {
    struct bytes peer;  /* routing id of the router socket, at most 255 bytes */
    bool is_local;      /* came over loopback or ipc */
    size_t frame_count; /* without the routing id; 2 is right, the rest of
                           this is ignored otherwise */
    struct bytes envelope;
    struct route_body *body; /* held by the router where it needs it longer */
};

struct route_logged_entry {
    uint64_t
        tag; /* of the ROUTE_APPEND; 0: the broker's own event, see below */
    enum err error; /* ERR_OK, or ERR_FULL: the disk is down to its reserve */
    enum store_outcome outcome; /* where error is ERR_OK */
    uint64_t seq;
    uint64_t epoch;
    /* The broker's own events (tag 0: memory.update in log 0, decisions in
     * log 1), always STORE_NEW: what would be read back from the store. */
    uint32_t swarm;
    uint16_t log;
    struct bytes stamp; /* whole */
    struct bytes envelope;
    struct route_body *body; /* a log.erased evicts what it names from memory,
                                so that readers find the tombstone */
};

/* Every append of a swarm and log comes back exactly once, and events that
 * are new come in the order of their positions without a gap, the broker's
 * own among the others: handed over right after store_append. At most 1,024
 * entries at a time keep one step short. */
struct route_logged {
    const struct route_logged_entry *entries;
    size_t count;
};

struct route_durable {
    uint32_t swarm;
    uint16_t log;
    uint64_t seq; /* everything up to here; all of it was LOGGED before */
};

struct route_read_event {
    uint64_t seq;
    struct bytes stamp;
    struct bytes envelope;
    struct route_body *body;
};

struct route_read_done {
    uint64_t tag;
    enum err error; /* ERR_OK, also at the end; else the feed is closed */
    const struct route_read_event *events;
    size_t count;
    uint64_t next_seq; /* everything below it, from from_seq on, was looked at:
                          to_seq + 1 when the end was reached */
};

struct route_seek_done {
    uint64_t tag;
    uint64_t seq; /* of store_seek_time */
};

struct route_reply {
    uint64_t tag;
    const char *code; /* "ok" or a refusal code */
    struct bytes sentence;
    struct bytes payload;
    bool more; /* others follow */
    /* Reply to memory.view for the asker itself: the view id that the payload
     * shows. It becomes the view that its messages are stamped with. */
    struct bytes view;
    /* Reply to "memory.ack": where it was logged. */
    uint16_t log;
    uint64_t seq;
};

struct route_send_failed {
    struct bytes peer; /* it is gone (unreachable), or so far behind that the
                          socket would block: the router forgets it, its inbox
                          holds what it has not done */
};

struct route_drain {
    uint32_t swarm; /* or ROUTE_ALL_SWARMS */
};

struct route_event {
    enum route_event_type type;
    int64_t now_us;       /* wall clock, in every event: stamps, occurred */
    int64_t monotonic_us; /* in every event: leases, deadlines; may jump
                             neither way */
    uint64_t random[2]; /* fresh, in every event: for ids of control messages */
    union {
        struct route_frames frames;
        struct route_logged logged;
        struct route_durable durable;
        struct route_read_done read_done;
        struct route_seek_done seek_done;
        struct route_reply reply;
        struct route_send_failed send_failed;
        struct route_drain drain;
    };
};

/* ---- effects --------------------------------------------------------------
 */

enum route_effect_type {
    ROUTE_SEND,    /* a message to a peer */
    ROUTE_APPEND,  /* a message to the log; answered by LOGGED */
    ROUTE_READ,    /* events from the store; answered by READ_DONE */
    ROUTE_SEEK,    /* a position from the store; answered by SEEK_DONE */
    ROUTE_REQUEST, /* a request to a service of the broker; by REPLY */
    ROUTE_SAVE,    /* a row to the store, without sync (store_rows_put) */
    ROUTE_TRIM,    /* inbox keys nobody needs any more (store_trim_inbox) */
    ROUTE_JOINED   /* an agent was seen first, or changed: log peer.joined */
};

/* Up to three frames behind the routing id, in this order:
 *   control  [envelope][text]
 *   event    [stamp stamp_tail][envelope][body]
 * where stamp and stamp_tail are one frame: two parts, so that readers share
 * the stored stamp. */
struct route_send {
    struct bytes peer;
    bool is_event;
    struct bytes stamp;
    struct bytes stamp_tail;
    struct bytes envelope;
    struct bytes text;       /* of a control message */
    struct route_body *body; /* of an event; may be NULL for an empty one */
};

/* The fields of store_append. ${append} is lent until the LOGGED with ${tag}
 * is handed in, so the writer needs no copy; out fields and rows are not used.
 * The body is lent, too: hold it, or not. */
struct route_append {
    uint64_t tag;
    struct store_append append;
    struct route_body *body; /* append.body are its bytes */
};

/* Every READ is answered by exactly one READ_DONE, even when its feed is
 * closed meanwhile; ${address} and ${filter} are lent until then. */
struct route_read {
    uint64_t tag;
    uint32_t swarm;
    uint16_t log;
    struct bytes address; /* "team:blue": the inbox; empty: the log */
    const struct route_filter *filter; /* events that do not match are left
                                          out; NULL: all match */
    uint64_t from_seq;
    uint64_t to_seq;     /* inclusive */
    size_t bytes_max;    /* stop after the event that reaches it */
    uint32_t events_max; /* stop after so many that match */
};

struct route_seek {
    uint64_t tag;
    uint32_t swarm;
    uint16_t log;
    int64_t time_us;
};

struct route_asker {
    uint32_t swarm;
    struct bytes swarm_name;
    struct bytes agent; /* empty: an observer */
    struct bytes team;
    struct bytes principal;
    enum identity identity;
    uint32_t rights;
};

/* service "memory", method "ack" is a memory.ack message: ${payload} is its
 * body, the answer's log and seq say where it was logged as
 * memory.acknowledged. Rights are checked by the service. */
struct route_request {
    uint64_t tag;
    struct bytes service;
    struct bytes method;
    struct bytes payload;
    int64_t deadline_us; /* monotonic; the asker is told "deadline" then;
                            answers that come later are ignored */
    struct route_asker asker;
};

struct route_save {
    uint32_t swarm;
    struct store_row row;
};

struct route_trim {
    uint32_t swarm;
    struct bytes address;
    uint16_t log;
    uint64_t to_seq;
};

struct route_joined {
    uint32_t swarm;
    struct bytes agent;
    struct bytes team;
    const struct bytes *roles;
    size_t role_count;
    struct bytes principal;
};

struct route_effect {
    enum route_effect_type type;
    union {
        struct route_send send;
        struct route_append append;
        struct route_read read;
        struct route_seek seek;
        struct route_request request;
        struct route_save save;
        struct route_trim trim;
        struct route_joined joined;
    };
};

/* Carried out in order. */
struct route_effects {
    const struct route_effect *items;
    size_t count;
    bool
        is_unfinished; /* a budget ended the step: TICK again without waiting */
};

/* One step. Cannot fail: what is wrong with an event from outside becomes a
 * refusal; what is wrong with one from the edge is a programmer error. */
void route_step(struct route *route, const struct route_event *event,
                struct route_effects *out_effects);

/* ---- looking in -----------------------------------------------------------
 */

/* Whether the event passes; an event passes if every non-empty list of the
 * filter has a match. ${filter} NULL passes everything. */
bool route_filter_matches(const struct route_filter *filter, struct bytes stamp,
                          struct bytes envelope);

/* Whether nothing is pending: no append, acceptance or request. What a drain
 * waits for. */
bool route_is_drained(const struct route *route);

/* Whether time makes no difference: drained, nobody connected and no cursor to
 * be saved. No TICK is needed then until the next event. */
bool route_is_idle(const struct route *route);

struct route_counter {
    const char *name; /* "refused.forged", "delivered", ... lends a constant */
    uint64_t value;
};

/* Fills in up to ${max} counters of swarm ${number}, in a fixed order; returns
 * how many there are. Gauges (peers, pending, ...) are among them.
 * ROUTE_ALL_SWARMS: of all, and of those who are in none yet. */
size_t route_counters(const struct route *route, uint32_t number,
                      struct route_counter *out, size_t max);

/* One agent ever seen; lent until the next step. */
struct route_peer_info {
    struct bytes agent;
    struct bytes team;
    const struct bytes *roles; /* of the live connection */
    size_t role_count;
    struct bytes principal;
    struct bytes client; /* of the live connection */
    struct bytes view;
    bool is_connected;
    uint64_t inbox_cursor; /* lowest position of agent:NAME not done */
    uint64_t team_cursor;  /* of its team's inbox; 0: no team */
    uint64_t inbox_last;   /* nothing for agent:NAME is logged behind this */
    uint64_t team_last;    /* nor for its team behind this */
};

/* Walks the agents of swarm ${number} in the order first seen: start with
 * *cursor = 0; false at the end. */
bool route_peer_next(const struct route *route, uint32_t number, size_t *cursor,
                     struct route_peer_info *out);

/* Whether a connected peer of swarm ${number} serves ${service}. */
bool route_is_served(const struct route *route, uint32_t number,
                     struct bytes service);

#endif
