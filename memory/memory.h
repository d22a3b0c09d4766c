/* SPDX-License-Identifier: MIT */
/* memory.h: memory as a pure machine: requests in, decisions and events out.
 *
 * All state is rows of a table that are folded from the events of the ledger
 * log; memory_step decides on a request, emits the events that record the
 * decision and folds them, so that folding the same ledger again gives the
 * same bytes. It answers the services `memory`, `review` and `dream` (see
 * proto/services.proto). No clock, no I/O but through the two vtables.
 * Not the store: it never sees RocksDB; not the bus: it never sees a peer.
 * Threads: a memory belongs to one thread. */
#ifndef REVERIE_MEMORY_MEMORY_H
#define REVERIE_MEMORY_MEMORY_H

#include "base/arena.h"
#include "base/bytes.h"
#include "memory/redact.h"
#include "proto/envelope.h"

/* Rows, ordered byte-wise by key. Writes are visible to reads at once. The
 * broker backs it by an overlay on the store that it commits together with the
 * events; tests by a sorted array. */
struct memory_table {
    void *context;
    /* Appends the value to ${out}; ERR_NOT_FOUND. */
    enum err (*get)(void *context, struct bytes key, struct buf *out);
    /* Copies both. */
    void (*put)(void *context, struct bytes key, struct bytes value);
    void (*remove)(void *context, struct bytes key);
    /* As store_row_scan. */
    enum err (*scan)(void *context, struct bytes prefix, struct bytes after,
                     bool (*row)(void *row_context, struct bytes key,
                                 struct bytes value),
                     void *row_context);
};

/* The log, for checking witnesses. */
struct memory_event {
    struct bytes stamp;
    struct bytes envelope;
    struct bytes body;
};

/* How long the log has known a principal: events it sent, and the first and
 * the last `occurred` among them. */
struct memory_tenure {
    uint64_t events;
    int64_t first_us;
    int64_t last_us;
};

struct memory_log {
    void *context;
    /* An event that is on disk, copied into ${arena}. ERR_NOT_FOUND. */
    enum err (*read)(void *context, uint16_t log, uint64_t seq,
                     struct arena *arena, struct memory_event *out);
    /* Of the traffic log. ERR_NOT_FOUND: never seen, or not counted yet. May be
     * NULL: then nobody has tenure, and nothing measured is applied without a
     * human. */
    enum err (*tenure)(void *context, struct bytes principal,
                       struct memory_tenure *out);
};

/* What may happen without a human. The name is in every reply and event. */
enum memory_policy {
    POLICY_REVIEW,               /* everything waits for a human */
    POLICY_DEFAULT,              /* allow-listed kinds at the auto tier */
    POLICY_APPROVE_ALL_PROPOSALS /* experiments: every proposal that passes
                                    the gate is applied */
};

const char *memory_policy_name(enum memory_policy policy);
MUST_CHECK enum err memory_policy_read(struct bytes name,
                                       enum memory_policy *out);

struct memory_config {
    enum memory_policy policy;
    bool auto_on_asserted;    /* count asserted identities for auto-apply */
    uint32_t stores_max;      /* 0: 4,096 */
    uint32_t memories_max;    /* per store; 0: 10,000 */
    uint32_t proposals_max;   /* waiting for review; 0: 10,000 */
    int64_t proposal_life_us; /* then expired; 0: 30 days */
    struct redact_key redact; /* the one the dream worker has, too */
};

/* Rights of whoever asks, as established by the broker. */
struct memory_asker {
    struct bytes principal;
    enum identity identity;
    struct bytes agent;
    struct bytes team;
    bool may_propose;
    bool may_review;
    bool may_observe;    /* reads more than its own and its team's store */
    bool may_write_team; /* direct writes to its team's store */
    bool may_admin;
};

struct memory;

/* Keeps the vtables, copies ${config}. Gives the memory (memory_free). */
struct memory *memory_new(const struct memory_table *table,
                          const struct memory_log *log,
                          const struct memory_config *config) MUST_CHECK;
void memory_free(struct memory *memory);

/* ---- step ---------------------------------------------------------------- */

enum memory_input_type {
    MEMORY_REQUEST, /* service, method and payload of a Request */
    MEMORY_ACK,     /* body of a memory.ack from an agent */
    MEMORY_JOINED,  /* an agent was seen first, or changed team or roles */
    MEMORY_STARTED, /* the broker began an epoch */
    MEMORY_ERASED,  /* an event became a tombstone */
    MEMORY_TICK     /* time passes: proposals expire */
};

struct memory_input {
    enum memory_input_type type;
    int64_t time_us;
    uint64_t next_ledger_seq; /* position the first event will get */
    struct memory_asker asker;
    struct bytes service;
    struct bytes method;
    struct bytes payload; /* request payload, or the body of the event */
};

/* An event to append, in this order and in one batch with the rows. */
struct memory_output_event {
    uint16_t log;     /* ledger; traffic for memory.update */
    const char *kind; /* "memory.applied", ... */
    struct bytes to;  /* address for memory.update, else empty */
    struct bytes team;
    struct bytes body;
    struct bytes store; /* memory.update: store and version published */
    uint64_t store_version;
};

struct memory_output {
    const char *code; /* "ok", or the refusal code of a request */
    struct bytes sentence;
    struct bytes payload;
    const struct memory_output_event *events;
    size_t event_count;
};

/* Handles one input. Rows have been written through the table when it returns;
 * the caller appends events and rows together, or neither. Lends ${out} until
 * the next step. Refusals are outputs with a code, not errors.
 * ERR_IO, ERR_CORRUPT: a vtable failed; discard the rows. */
MUST_CHECK enum err memory_step(struct memory *memory,
                                const struct memory_input *input,
                                struct memory_output *out);

/* Folds one event that is in the ledger already: for rebuilding the tables and
 * for comparing. Events of other kinds change nothing. */
MUST_CHECK enum err memory_fold(const struct memory_table *table, uint64_t seq,
                                int64_t time_us, struct bytes kind,
                                struct bytes principal, struct bytes body);

enum {
    MEMORY_ROWS_FORMAT = 2 /* of what memory_fold writes; raised with it */
};

/* The format of the rows of ${table}, 0 where there are none. Rows of another
 * than MEMORY_ROWS_FORMAT are to be removed, and the ledger folded again. */
MUST_CHECK enum err memory_rows_format(const struct memory_table *table,
                                       uint32_t *out_format);

/* The view id of an agent: its stores with their versions, in mount order, as
 * in "team/blue@12+agent/ada@3". Appends to ${out}. */
MUST_CHECK enum err memory_view_id(const struct memory_table *table,
                                   struct bytes agent, struct buf *out);

#endif
