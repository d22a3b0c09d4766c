/* SPDX-License-Identifier: MIT */
/* world.h: a memory with a table, a log and a ledger in plain arrays.
 *
 * Publishes made-up events, sends requests, and folds the ledger again to
 * compare. What is proposed to it is made in plan.h. */
#ifndef REVERIE_TESTS_UNIT_MEMORY_WORLD_H
#define REVERIE_TESTS_UNIT_MEMORY_WORLD_H

#include "memory/change.h"
#include "memory/memory.h"
#include "memory/tenure.h"
#include "proto/messages.h"

enum {
    ROWS_MAX = 20000,
    EVENTS_MAX = 4000
};

struct row {
    struct bytes key;
    struct bytes value;
};

struct rows {
    struct row *row;
    size_t count;
};

struct logged {
    struct bytes stamp;
    struct bytes envelope;
    struct bytes body;
};

struct ledger_event {
    uint64_t seq;
    int64_t time_us;
    struct bytes kind;
    struct bytes body;
};

struct world {
    struct arena arena;
    struct rows rows;
    struct memory_table table;
    struct memory_log log;
    struct tenures *tenures;
    struct logged *logged;
    size_t logged_count;
    struct ledger_event *ledger;
    size_t ledger_count;
    struct memory *memory;
    struct memory_asker asker; /* of the next request */
    int64_t time_us;
    struct memory_output out;  /* of the last step */
    size_t updates;            /* memory.update events so far */
    const char *dream;         /* of the next proposal; NULL: "d1" */
    bool everybody_has_tenure; /* false: what the log says */
};

/* One event to publish; absent fields get defaults. */
struct speech {
    const char *principal;
    const char *agent; /* default: the principal */
    const char *team;  /* default: "blue" */
    const char *session;
    const char *kind; /* default: agent.message */
    const char *text;
    const char *view;
    const char *root;
    const char *via;        /* who named the principal; default: itself */
    enum origin origin;     /* default: agent */
    enum identity identity; /* default: token */
    int64_t day;            /* of occurred; 0: none */
};

void rows_init(struct rows *rows, struct memory_table *out_table);
void rows_fini(struct rows *rows);
bool rows_equal(const struct rows *a, const struct rows *b);

void world_init(struct world *world, const struct memory_config *config);
void world_fini(struct world *world);

uint64_t world_says(struct world *world, const struct speech *speech);
/* A call with ${speech}'s text as its arguments, and its result in the next
 * position. */
uint64_t world_tries(struct world *world, const struct speech *speech,
                     bool works);
void world_erase(struct world *world, uint64_t seq);

/* A step of any type. Returns its code. */
const char *world_step(struct world *world, enum memory_input_type type,
                       const char *service, const char *method,
                       const void *message);
/* The same of bytes that need not be a message. */
const char *world_takes(struct world *world, enum memory_input_type type,
                        const char *service, const char *method,
                        struct bytes payload);
const char *world_request(struct world *world, const char *service,
                          const char *method, const void *message);
/* Unpacks the reply of the last request. */
void world_reply(struct world *world, const ProtobufCMessageDescriptor *type,
                 void *out_message);

/* How many events of ${kind} the last step emitted. */
size_t world_emitted(const struct world *world, const char *kind);

void world_joins(struct world *world, const char *agent, const char *team);

/* Folds the ledger into new rows; true if they are the same bytes. */
bool world_refolds(const struct world *world);

/* Generated fields are char *; nothing writes through them. */
char *mutable_text(const char *text);

#endif
