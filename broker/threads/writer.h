/* SPDX-License-Identifier: MIT */
/* writer.h: the thread that appends to the log. A message is logged here.
 *
 * Takes everything that has queued up, at most WRITER_BATCH_MAX items, as one
 * store_append without sync; hands the outcomes to the router, which delivers;
 * then announces the batch to the syncer. It never waits for a batch to fill:
 * batches grow with load. Rows that need no event (cursors) and trims are
 * written behind the batch.
 * Threads: one of its own, which is spoken to through rings; writer_help
 * belongs to the router's. Whoever is in a round holds its lock. */
#ifndef REVERIE_BROKER_THREADS_WRITER_H
#define REVERIE_BROKER_THREADS_WRITER_H

#include "broker/handover/group.h"
#include "broker/handover/ring.h"
#include "broker/route/route.h"
#include "broker/threads/syncer.h"

enum {
    WRITER_BATCH_MAX = 1024
};

enum write_type {
    WRITE_APPEND, /* comes back to the router */
    WRITE_GROUP,  /* comes back to the router; the ledger is told, too */
    WRITE_SAVE,   /* freed by the writer */
    WRITE_TRIM,   /* freed by the writer */
    WRITE_ERASE   /* stays the ledger's, which waits for is_finished */
};

/* One item on the rings to and from the writer. */
struct write {
    enum write_type type;
    enum err error; /* out: ERR_OK, or ERR_FULL: nothing was appended */
    union {
        struct route_append append; /* WRITE_APPEND; append.append has the out
                                       fields */
        struct group *group;        /* WRITE_GROUP: one holder */
        struct route_save save;     /* WRITE_SAVE: key and value are own */
        struct route_trim trim;     /* WRITE_TRIM: the address is own */
        struct erasure *erasure;    /* WRITE_ERASE */
    };
};

/* Items on the heap: for saves and trims, with their own copy of the texts in
 * the same block. All are freed with free(). */
struct write *write_new(enum write_type type) MUST_CHECK;
struct write *write_new_save(const struct route_save *save) MUST_CHECK;
struct write *write_new_trim(const struct route_trim *trim) MUST_CHECK;

/* An erasure that the ledger waits for. */
struct erasure {
    uint32_t swarm;
    uint16_t log;
    uint64_t seq;
    struct bell *done;
    enum err error;
    _Atomic bool is_finished;
};

struct writer_config {
    struct store *store;
    struct syncer *syncer;
    struct bell *bell;         /* the writer's own */
    struct ring *from_router;  /* of struct write; wakes `bell` */
    struct ring *from_ledger;  /* of struct write; wakes `bell` */
    struct ring *to_router;    /* of struct write */
    struct bell *bell_on_fail; /* rung when the store failed */
};

struct writer;

/* Starts the thread; copies ${config}, keeps what it points to. ERR_IO. */
MUST_CHECK enum err writer_start(const struct writer_config *config,
                                 struct writer **out_writer);

/* Appends what is on the rings, ends the thread, frees the writer. */
void writer_stop(struct writer *writer);

/* One round in the caller's thread, the router's, over what the router has
 * pushed, unless the writer is in a round itself: false, and nothing done.
 * For a message that comes alone, two waits for another thread cost more than
 * the append. The ledger's groups and erasures stay with the thread. The
 * caller announces *out_batch to the syncer once it has delivered; 0: nothing
 * was appended. */
bool writer_help(struct writer *writer, uint64_t *out_batch);

/* The store is unusable: end the process. */
bool writer_has_failed(const struct writer *writer);

struct writer_counts {
    uint64_t batches;
    uint64_t events;
    uint64_t largest_batch;
    uint64_t refused_full; /* events refused for want of disk */
};
struct writer_counts writer_counts(const struct writer *writer);

#endif
