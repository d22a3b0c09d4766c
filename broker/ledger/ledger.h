/* SPDX-License-Identifier: MIT */
/* ledger.h: the thread that decides on memory.
 *
 * Answers the services memory, review and dream, logs which agents joined and
 * what they acknowledged, erases events, and compares the fold with the log.
 * Takes what has queued up, at most LEDGER_BATCH_MAX inputs of one swarm, as
 * one group: steps them one after the other over the overlay, hands the group
 * to the writer and waits until it is logged, so that the next group sees its
 * rows in the store. Replies leave when the syncer has the group on disk.
 * Threads: one of its own; it is spoken to through rings. */
#ifndef REVERIE_BROKER_LEDGER_LEDGER_H
#define REVERIE_BROKER_LEDGER_LEDGER_H

#include "broker/handover/ring.h"
#include "broker/ledger/book.h"
#include "broker/threads/syncer.h"

enum {
    LEDGER_BATCH_MAX = 256
};

struct ledger;

struct ledger_config {
    struct store *store;
    struct syncer *syncer;
    struct bell *bell;        /* the ledger's own */
    struct ring *from_router; /* of struct call; wakes `bell` */
    struct ring *to_writer;   /* of struct write; `bell` says there is room */
    struct ring *to_router;   /* of struct call; likewise */
    struct book **books;      /* one per swarm; taken on success */
    size_t book_count;
};

/* Starts the thread; copies ${config}, keeps what it points to. ERR_IO. */
MUST_CHECK enum err ledger_start(const struct ledger_config *config,
                                 struct ledger **out_ledger);

/* Ends the thread after the group under way, frees ledger and books, drops
 * replies that were not released. */
void ledger_stop(struct ledger *ledger);

/* Before ledger_stop when writer or syncer failed: waits for nothing more. */
void ledger_abort(struct ledger *ledger);

/* Whether every reply has been handed to the router. */
bool ledger_is_idle(const struct ledger *ledger);

#endif
