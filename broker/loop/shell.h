/* SPDX-License-Identifier: MIT */
/* shell.h: what the router's thread has in its hands; shared by this folder.
 *
 * The shell around the pure router: it owns the socket, the rings to and from
 * the other threads, and the route. Steps go through shell_step, which carries
 * the effects out (effects.c); what came from the other threads is turned into
 * events in inbound.c; loop.c waits; start.c builds all of it and takes it
 * apart.
 * Threads: the router's, except broker_stop. */
#ifndef REVERIE_BROKER_LOOP_SHELL_H
#define REVERIE_BROKER_LOOP_SHELL_H

#include <stdatomic.h>

#include "base/rng.h"
#include "broker/auth/keys.h"
#include "broker/broker.h"
#include "broker/handover/body.h"
#include "broker/ledger/ledger.h"
#include "broker/threads/auditor.h"
#include "broker/threads/fetcher.h"
#include "broker/threads/writer.h"

enum {
    SHELL_HELP_MAX = 2,        /* writes of a turn that the router appends */
    SHELL_RING = 16384,        /* to writer, ledger, auditor */
    SHELL_BACK_RING = 65536,   /* from them: what was given comes back */
    SHELL_FETCH_RING = 131072, /* one READ per inbox and stream fits */
    SHELL_RECEIVE_MAX = 256,   /* messages per turn, before the rest is done */
    SHELL_SPARE_MAX = 4096,
    SHELL_LOST_MAX = 256
};

/* What does not fit into a ring yet, in order. Bounded by what stops feeding
 * it: while an outbox holds anything, nothing is received. */
struct outbox {
    struct ring *ring;
    void **items;
    size_t first;
    size_t count;
    size_t capacity;
};

/* How far one log of one swarm is known to the router. */
struct mark {
    uint32_t swarm;
    uint64_t logged[2];
    uint64_t durable[2];
    bool is_draining; /* on request */
};

struct shell_counts {
    uint64_t received;
    uint64_t denied; /* of peers that chose their own routing id */
    uint64_t sent;
    uint64_t send_failed;
    uint64_t turns;
    uint64_t ring_full;
    uint64_t paused;
};

struct broker {
    struct broker_config config;
    struct buf endpoints[BROKER_ENDPOINTS_MAX];
    size_t endpoint_count;
    struct store *store;
    struct keys *keys;
    struct route *route;
    struct bus *bus;
    struct socket *socket;
    int signal_fd;
    struct rng rng;
    int64_t started_us;
    struct mark marks[BROKER_SWARMS_MAX];
    size_t mark_count;

    struct bell *bell; /* the router's */
    struct bell *writer_bell;
    struct bell *fetcher_bell;
    struct bell *ledger_bell;
    struct bell *auditor_bell;
    struct outbox to_writer;
    size_t writes_untold; /* on its ring, without the bell */
    struct outbox to_fetcher;
    struct outbox to_ledger;
    struct outbox to_auditor;
    struct ring *ledger_to_writer;
    struct ring *from_writer;
    struct ring *from_fetcher;
    struct ring *from_ledger;
    struct ring *from_auditor;
    struct syncer *syncer;
    struct writer *writer;
    struct fetcher *fetcher;
    struct ledger *ledger;
    struct auditor *auditor;

    int64_t now_us;
    int64_t monotonic_us;
    int64_t ticked_us;
    bool is_unfinished; /* the route wants a TICK at once */
    bool is_draining;
    bool wants_drain;
    atomic_bool is_stopped;
    int64_t drain_until_us;
    uint64_t durable_batch; /* the last one the route was told of */
    bool came_alone;        /* the last messages, at most one a turn */
    bool has_new_logged;
    struct call *local_first; /* answered by this thread, in order */
    struct call *local_last;
    struct write *spare[SHELL_SPARE_MAX]; /* for WRITE_APPEND */
    size_t spare_count;
    struct buf lost[SHELL_LOST_MAX]; /* routing ids whose send failed */
    size_t lost_count;
    struct logged *logged; /* inbound.c's */
    struct shell_counts counts;
};

/* Reads the clocks; events of one turn share the time. */
void shell_refresh(struct broker *broker);

/* Fills in clock and randomness of ${event}, steps, carries out the effects,
 * and steps again for peers that could not be reached. */
void shell_step(struct broker *broker, struct route_event *event);

/* Whether the store failed under the writer or the syncer. */
bool shell_has_failed(const struct broker *broker);

/* ---- opening.c ----------------------------------------------------------- */

/* The next item of a comma-separated list, without blanks around it. */
bool opening_next(struct bytes list, size_t *at, struct bytes *out_item);

/* Open what they say; ${out_why} says what is wrong and what to do. */
MUST_CHECK enum err opening_store(struct broker *broker, struct buf *out_why);
MUST_CHECK enum err opening_endpoints(struct broker *broker,
                                      struct buf *out_why);

/* ---- effects.c ----------------------------------------------------------- */

void effects_carry_out(struct broker *broker,
                       const struct route_effects *effects);

/* Sees to it that what a turn put on the writer's ring is written: a write or
 * two by the router itself, if the writer is idle, else by waking it. Whether
 * outcomes are there already; the syncer has yet to hear of *out_batch, unless
 * it is 0. */
bool effects_tell_writer(struct broker *broker, uint64_t *out_batch);

/* Moves what waits in the outboxes into the rings; true if all are empty. */
bool effects_flush(struct broker *broker);
bool effects_are_flushed(const struct broker *broker);

/* Whether something waits in an outbox whose ring has a place by now. */
bool effects_can_flush(const struct broker *broker);

/* Takes ${item} back from the writer, for the next append. */
void effects_recycle(struct broker *broker, struct write *item);

/* Sends ${call} to the thread that answers it. Takes it. */
void effects_dispatch(struct broker *broker, struct call *call);

void outbox_init(struct outbox *outbox, struct ring *ring);
void outbox_fini(struct outbox *outbox);
void *outbox_pop(struct outbox *outbox);

/* ---- inbound.c ----------------------------------------------------------- */

/* Room for the entries of one ROUTE_LOGGED, kept between turns. */
struct logged *inbound_new(void) MUST_CHECK;
void inbound_free(struct logged *logged);

/* Everything the other threads have handed over. */
void inbound_threads(struct broker *broker);

/* Receives up to ${max} messages; gives how many, fewer where no more have
 * come. */
size_t inbound_messages(struct broker *broker, size_t max);

/* ---- warm.c -------------------------------------------------------------- */

/* Begins the epoch of the swarm called ${name}, logs broker.started in both
 * logs, and gives the route what it knew before: rows, epochs, roots. Gives
 * *out_book. Before the threads are started. */
MUST_CHECK enum err warm_swarm(struct broker *broker, struct bytes name,
                               struct book **out_book);

/* ---- local.c ------------------------------------------------------------- */

/* Answers peers.list and admin.*; unknown services and methods, too. */
void local_answer(struct broker *broker, struct call *call);

/* Says in a reply to memory.who which readers are connected. */
void local_mark_connected(struct broker *broker, struct call *call);

#endif
