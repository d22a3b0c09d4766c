/* SPDX-License-Identifier: MIT */
/* store_internal.h: the inside of struct store, shared by the files of this
 * folder and nobody else.
 *
 * Who may touch what: fields marked W belong to the writer's thread; atomics
 * may be read by any thread; the rest is fixed once the store or the swarm is
 * published. */
#ifndef REVERIE_STORE_STORE_INTERNAL_H
#define REVERIE_STORE_STORE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/map.h"
#include "proto/limits.h"
#include "store/dedupe.h"
#include "store/engine/engine.h"
#include "store/format/postings.h"
#include "store/format/record.h"
#include "store/store.h"

enum {
    STORE_FORMAT = 1,
    SWARMS_MAX = 256,
    NAMES_CACHED_MAX = 1 << 18,
    TAIL_CHECKED = 1024, /* events of each log that a start reads */
    DEDUPE_ENTRY_BYTES = 26
};

struct log_state {
    uint64_t next; /* W: the next position to give out */
    uint64_t first;
    atomic_uint_fast64_t logged;
    atomic_uint_fast64_t durable;
};

struct swarm {
    uint32_t number;
    struct buf name;
    struct log_state logs[LOG_COUNT];
    atomic_uint_fast64_t epoch;
    struct map *names;         /* W: cache of text -> number */
    uint32_t names_used;       /* W: the greatest number given out */
    struct dedupe *dedupe;     /* W */
    struct buf dedupe_posting; /* W: what this batch adds */
    uint64_t dedupe_trimmed;   /* W: ordinals below are off the disk */
};

/* What store_append reuses from batch to batch. W */
struct writer {
    struct engine_batch *batch;
    struct postings inbox;
    struct postings sessions;
    struct buf stamp;
    struct buf record;
    struct buf scratch;
    struct buf found;    /* an earlier event, while repeats are checked */
    struct map *imports; /* key -> item of this batch; NULL if none */
    int64_t space_checked_us;
    int64_t space_bytes; /* written since */
    bool space_is_short;
};

struct store {
    struct engine *engine;
    struct store_config config;
    atomic_bool is_broken;
    atomic_uint_fast32_t swarm_count;
    struct swarm *swarms[SWARMS_MAX + 1]; /* by number; 0 is unused */
    struct writer writer;
    pthread_mutex_t trim_lock;
};

/* Where faults go; `report` may be NULL. */
struct fault_sink {
    void (*report)(void *context, const struct store_fault *fault);
    void *context;
};

/* A store without swarms around ${engine}, which it takes. */
struct store *store_new(struct engine *engine,
                        const struct store_config *config) MUST_CHECK;

/* ERR_UNSUPPORTED; ERR_NOT_FOUND: nothing was written yet. */
MUST_CHECK enum err store_check_format(struct store *store,
                                       struct buf *out_why);

/* The swarm numbered ${number}, or NULL. */
struct swarm *store_find_swarm(struct store *store, uint32_t number);

/* Reads swarms, epochs, positions and remembered ids from the engine. */
MUST_CHECK enum err swarms_load(struct store *store, struct buf *out_why);
void swarms_free(struct store *store);

/* The same for looking at a damaged store: what cannot be read is reported and
 * taken as absent. */
void swarms_salvage(struct store *store, const struct fault_sink *sink);

/* The last position of a log of which the events do not say it: the greatest
 * that an index or a readable event names. */
uint64_t inspect_last(struct store *store, uint32_t swarm, uint16_t log);

/* The number of ${text}, interned with the writer's batch at first use; 0 for
 * the empty text. Writer's thread. */
MUST_CHECK enum err names_intern(struct store *store, struct swarm *swarm,
                                 struct bytes text, uint32_t *out_name);

/* Forgets cached names if ${count} more might not fit; between batches. */
void names_make_room(struct swarm *swarm, size_t count);

/* The number of ${text} as written. ERR_NOT_FOUND. Any thread. */
MUST_CHECK enum err names_find(struct store *store, uint32_t swarm,
                               struct bytes text, uint32_t *out_name);

/* One entry of a posting in the family dedupe; sticky in ${in}. */
struct dedupe_entry dedupe_entry_read(struct reader *in);

/* Reads one record into ${out}, whose content it replaces; views in
 * ${out_record} point there. Any thread. */
MUST_CHECK enum err store_read_record(struct store *store,
                                      const struct record_place *place,
                                      struct buf *out,
                                      struct record *out_record);

/* The first position of an inbox that trimming has left. Any thread. */
MUST_CHECK enum err store_trim_floor(struct store *store, uint32_t swarm,
                                     uint32_t address, uint16_t log,
                                     uint64_t *out_floor);

/* Puts ${rows} into ${batch}. ERR_TOO_BIG, ERR_INVALID. */
MUST_CHECK enum err rows_check(const struct store_row *rows, size_t count);
void rows_put(struct store *store, struct engine_batch *batch, uint32_t swarm,
              const struct store_row *rows, size_t count, struct buf *scratch);

void writer_init(struct store *store);
void writer_fini(struct store *store);

/* Whether (source, source_id) takes the place of the id. */
bool append_is_import(const struct store_append *item);

/* Decides whether ${batch[index]} was there before and fills its out fields if
 * so, or if that cannot be said any more. Writer's thread. */
MUST_CHECK enum err repeats_check(struct store *store, struct swarm *swarm,
                                  struct store_append *batch, size_t index,
                                  bool *out_is_settled);

/* Remembers a new event by what identifies it, and, once per batch, puts what
 * was remembered into the writer's batch. Writer's thread. */
void repeats_remember(struct store *store, struct swarm *swarm,
                      struct store_append *item);
void repeats_put(struct store *store, struct swarm *swarm);

/* For tests. */
struct engine *store_engine(struct store *store);

#endif
