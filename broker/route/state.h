/* SPDX-License-Identifier: MIT */
/* state.h: what the router remembers; shared by the files of this folder.
 *
 * Everything is reached from struct route. Three kinds of things outlive a
 * step: those that stay for good (swarms, mailboxes, agents, inboxes), those
 * with a life of their own (peers, streams, requests; they have tags) and
 * records (messages; they have holders). What ends within a step stays
 * readable until the next one begins, because effects lend from it: see
 * struct graveyard.
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_STATE_H
#define REVERIE_BROKER_ROUTE_STATE_H

#include "base/arena.h"
#include "base/id.h"
#include "base/map.h"
#include "broker/route/core/counters.h"
#include "broker/route/parts/filter.h"
#include "broker/route/parts/roots.h"
#include "broker/route/parts/slots.h"
#include "broker/route/parts/view.h"
#include "broker/route/route.h"
#include "proto/address.h"
#include "proto/limits.h"

enum {
    SWARMS_MAX = 64,
    EPOCHS_MAX = 64,
    SERVES_MAX = 8
};

/* One message between its arrival, the log and the disk, and afterwards while
 * it is among the recent ones. */
struct record {
    struct record *next_pending; /* logged, not yet durable, in that order */
    struct record *next_in_box;  /* recent, same mailbox, in order of seq */
    struct record *next_dead;
    uint32_t holders;
    uint32_t capacity; /* of data */
    struct swarm *swarm;
    struct mailbox *mailbox; /* NULL: to a topic, or to nobody known */
    uint64_t tag;
    uint64_t sender; /* tag of the peer; 0: the broker's own */
    uint64_t seq;
    uint64_t epoch;
    int64_t time_us;
    size_t cost; /* bytes of all frames, for credit and bounds */
    uint16_t log;
    bool is_repeat;
    bool is_update; /* kind memory.update */
    bool has_subject;
    struct id id;
    struct bytes stamp; /* claims until it is logged, then whole */
    struct bytes envelope;
    struct bytes principal;
    struct filter_subject subject; /* lent by stamp and envelope */
    struct route_body *body;
    uint8_t data[];
};

/* What an inbox has sent and nobody has said done to. */
struct outstanding {
    uint64_t seq;
    uint64_t peer; /* tag of whom it is with; 0: nobody, it comes again */
    bool is_done;
};

/* One of those who serve a role. */
struct member {
    struct peer *peer;
    uint32_t outstanding;
};

/* One reader's place in one mailbox: an agent's in agent:NAME and team:NAME,
 * or a role's own, shared by the members that are connected.
 *
 *     cursor <= outstanding seqs < high;  cursor <= next <= high
 *
 * Everything for the mailbox below `cursor` is done; everything below `next`
 * is done or with somebody. */
struct inbox {
    struct mailbox *mailbox;
    struct agent *reader;   /* NULL: the role itself */
    struct member *members; /* connected, of a role */
    uint32_t member_count;
    uint32_t member_capacity;
    uint32_t turn; /* round robin over members */
    struct outstanding *ring;
    uint32_t ring_first;
    uint32_t ring_count;
    uint32_t ring_capacity; /* power of two */
    uint32_t undone;        /* entries of the ring that are not done */
    uint64_t cursor;
    uint64_t next;
    uint64_t high;  /* one past the highest ever sent */
    uint64_t saved; /* cursor as last saved */
    uint64_t read;  /* tag of the READ under way, or 0 */
    uint64_t read_from;
    bool is_dirty; /* in route.dirty */
};

/* An address that messages can be held for. */
struct mailbox {
    char *text; /* "team:blue" */
    struct bytes address;
    struct bytes name; /* "blue" */
    enum address_type type;
    struct swarm *swarm;
    uint64_t last_seq; /* nothing for it is logged behind this */
    uint64_t trimmed;
    struct record *recent_first;
    struct record *recent_last;
    struct inbox **inboxes;
    uint32_t inbox_count;
    uint32_t inbox_capacity;
    struct agent *agent; /* of agent: */
};

struct agent {
    struct mailbox *mailbox;
    struct mailbox *team; /* or NULL */
    char *principal;
    enum identity identity;
    struct peer *peer; /* or NULL: away */
    struct inbox *own_inbox;
    struct inbox *team_inbox; /* or NULL */
    struct view view;
};

/* What a peer was sent that no credit covers; see flow/unread.h. */
struct unread {
    uint64_t bytes;  /* sent, and not known to be read */
    uint64_t probed; /* of them, those before the ping under way */
    uint64_t nonce;  /* of that ping; 0: none is under way */
};

struct peer {
    struct peer *next_dead;
    uint64_t tag;
    char *routing; /* its copy is the key in route.by_routing, too */
    struct bytes routing_id;
    struct swarm *swarm;
    struct agent *agent; /* NULL: an observer */
    char *principal;
    char *client;
    enum identity identity;
    uint32_t rights;
    int64_t seen_us; /* monotonic */
    struct inbox *roles[ROLES_MAX];
    struct bytes role_names[ROLES_MAX];
    size_t role_count;
    char *serves[SERVES_MAX];
    size_t serve_count;
    uint64_t sent_bytes;     /* that it sent us and were charged */
    uint64_t released_bytes; /* of them, those dealt with */
    uint64_t limit_bytes;    /* as last told */
    uint64_t inbox_bytes;    /* that we delivered */
    uint64_t inbox_limit;
    struct unread unread;
    struct buf acceptances; /* packed entries, to go out with this step */
    uint32_t acceptance_count;
    bool is_touched;  /* in route.touched */
    bool is_gone;     /* until the next step */
    uint32_t pending; /* records without an acceptance */
    struct stream *streams;
    uint32_t stream_count;
    uint32_t request_count;
};

/* What is counted for one swarm, or for those who are in none yet. */
struct tally {
    uint64_t counts[COUNT_COUNT];
    uint64_t refusals[REFUSAL_COUNT];
};

/* What is on its way to the disk. */
struct transit {
    size_t backlog_bytes; /* appended, not logged */
    size_t pending_bytes; /* not durable */
    uint32_t pending_count;
};

/* A position log of a swarm as the router sees it. */
struct traffic {
    uint64_t logged;
    uint64_t durable;
    uint64_t evicted;       /* recent holds everything from here (exclusive) to
                               logged */
    struct record **recent; /* ring, by seq */
    uint32_t recent_count;
    size_t recent_bytes;
    struct record *pending_first; /* logged, not durable */
    struct record *pending_last;
    struct stream *streams; /* open on this log */
};

struct swarm {
    char *name;
    uint32_t number;
    struct store_epoch epochs[EPOCHS_MAX]; /* newest first */
    size_t epoch_count;
    struct traffic logs[LOG_COUNT];
    struct map *mailboxes; /* by address */
    struct map *cursors;   /* named: key of the row -> struct saved_cursor */
    struct roots *roots;
    uint32_t server_turn; /* round robin over peers that serve */
    struct transit transit;
    struct tally tally;
    bool is_draining;
};

struct saved_cursor {
    uint64_t epoch;
    uint64_t seq;
    uint16_t log;
    bool is_in_use; /* an open stream commits to it */
    bool is_saved;  /* there is a row */
};

struct stream {
    struct stream *next_of_peer;
    struct stream *next_of_log;
    struct peer *peer;
    struct swarm *swarm;
    struct route_filter *filter; /* NULL: everything */
    struct saved_cursor *named;  /* or NULL */
    char *name;                  /* of it */
    uint64_t read;               /* tag of the READ or SEEK under way, or 0 */
    uint64_t next;               /* position to look at */
    uint64_t stop; /* last position to look at; UINT64_MAX: never */
    uint64_t sent_bytes;
    uint64_t limit_bytes;
    uint64_t marked;      /* `next` at the last mark */
    uint64_t missed_from; /* 0: none to report */
    uint64_t missed_to;
    int64_t marked_us;
    uint32_t number; /* chosen by the client */
    uint16_t log;
    bool is_lossy;
    bool is_behind; /* says caught_up when it no longer is */
    bool is_live;   /* was served from memory */
    bool is_seeking;
};

enum question_type {
    QUESTION_REQUEST,
    QUESTION_ACK /* a memory.ack message */
};

/* A request under way. */
struct question {
    enum question_type type;
    uint64_t tag;
    uint64_t asker;  /* tag of the peer */
    uint64_t number; /* as the asker calls it */
    uint64_t server; /* tag of the peer it was passed to; 0: the edge */
    int64_t deadline_us;
    struct id id; /* of the memory.ack */
};

/* A READ or SEEK under way; outlives its feed. */
struct reading {
    struct inbox *inbox;
    struct stream *stream;       /* both NULL: nobody waits any more */
    struct route_filter *filter; /* held */
};

/* What ended in this step. */
struct graveyard {
    struct record *records;
    struct peer *peers;
    struct route_body **bodies;
    size_t body_count;
    size_t body_capacity;
};

struct effects {
    struct route_effect *items;
    size_t count;
    size_t capacity;
    struct arena arena;
    struct buf scratch; /* encoding of one small thing */
    bool is_unfinished;
};

struct pointers {
    void **items;
    size_t count;
    size_t capacity;
};

struct route {
    struct route_config config;
    struct swarm *swarms[SWARMS_MAX];
    size_t swarm_count;
    struct map *by_routing;
    struct slots peers;
    uint32_t stream_count;
    struct slots questions;
    struct slots readings;
    struct record **flying; /* ring by tag: appended, not logged */
    uint64_t next_tag;
    struct transit transit;  /* of all swarms */
    struct record *spare[2]; /* free records, by size */
    uint32_t spare_count[2];
    struct pointers dirty;   /* inboxes whose cursor is to be saved */
    struct pointers touched; /* peers with acceptances or credit to send */
    bool is_withholding;
    bool is_draining;
    int64_t now_us;
    int64_t monotonic_us;
    uint64_t random[2];
    uint64_t ids; /* made in this step */
    struct effects effects;
    struct graveyard graveyard;
    struct arena arena; /* what one control message is unpacked into */
    struct tally tally; /* of nobody's swarm */
};

/* Where to count for ${swarm}; NULL: for nobody's, as before a hello. */
static inline struct tally *tally_of(struct route *route, struct swarm *swarm)
{
    return swarm ? &swarm->tally : &route->tally;
}

static inline void route_count(struct route *route, struct swarm *swarm,
                               enum counter counter)
{
    tally_of(route, swarm)->counts[counter]++;
}

/* Whether the process or ${swarm} takes nothing new. */
static inline bool route_is_draining(const struct route *route,
                                     const struct swarm *swarm)
{
    return route->is_draining || swarm->is_draining;
}

void pointers_add(struct pointers *pointers, void *pointer);

#endif
