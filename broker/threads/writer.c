/* SPDX-License-Identifier: MIT */
#include "broker/threads/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* One round: what was taken off the rings, and the one array of appends that
 * store_append wants. Groups take as many entries as they have events. */
struct round {
    struct write *items[WRITER_BATCH_MAX];
    size_t item_count;
    struct store_append *appends;
    size_t append_count;
    size_t append_capacity;
};

struct writer {
    struct writer_config config;
    pthread_t thread;
    pthread_mutex_t in_round; /* guards what stands below, up to the atomics */
    struct round round;
    uint64_t batch;
    atomic_bool is_stopping;
    atomic_bool has_failed;
    atomic_uint_least64_t batches;
    atomic_uint_least64_t events;
    atomic_uint_least64_t largest_batch;
    atomic_uint_least64_t refused_full;
};

struct write *write_new(enum write_type type)
{
    struct write *write = mem_new(sizeof(*write));

    write->type = type;
    return write;
}

static struct bytes place(uint8_t **at, struct bytes from)
{
    struct bytes to = bytes_of(*at, from.len);

    if (from.len > 0) {
        memcpy(*at, from.data, from.len);
    }
    *at += from.len;
    return to;
}

struct write *write_new_save(const struct route_save *save)
{
    const struct store_row *row = &save->row;
    struct write *write =
        mem_new(sizeof(*write) + row->key.len + row->value.len);
    uint8_t *at = (uint8_t *)(write + 1);

    write->type = WRITE_SAVE;
    write->save = *save;
    write->save.row.key = place(&at, row->key);
    write->save.row.value = place(&at, row->value);
    return write;
}

struct write *write_new_trim(const struct route_trim *trim)
{
    struct write *write = mem_new(sizeof(*write) + trim->address.len);
    uint8_t *at = (uint8_t *)(write + 1);

    write->type = WRITE_TRIM;
    write->trim = *trim;
    write->trim.address = place(&at, trim->address);
    return write;
}

/* ---- one round ----------------------------------------------------------- */

static void reserve(struct round *round, size_t more)
{
    size_t wanted = round->append_count + more;

    if (wanted > round->append_capacity) {
        round->append_capacity = 2 * wanted;
        round->appends = mem_grow(round->appends, round->append_capacity *
                                                      sizeof(*round->appends));
    }
}

static void collect(struct round *round, struct write *item)
{
    const struct store_append *from = NULL;
    size_t count = 0;

    if (item->type == WRITE_APPEND) {
        from = &item->append.append;
        count = 1;
    } else if (item->type == WRITE_GROUP) {
        from = group_appends(item->group, &count);
    }
    reserve(round, count);
    if (count > 0) {
        memcpy(&round->appends[round->append_count], from,
               count * sizeof(*from));
    }
    round->append_count += count;
    round->items[round->item_count++] = item;
}

/* The ledger first: its groups are few, and people wait for them. */
static void take(struct writer *writer, bool with_ledger)
{
    struct round *round = &writer->round;

    round->item_count = 0;
    round->append_count = 0;
    while (round->item_count < WRITER_BATCH_MAX) {
        struct write *item =
            with_ledger ? ring_pop(writer->config.from_ledger) : NULL;
        if (item == NULL) {
            item = ring_pop(writer->config.from_router);
        }
        if (item == NULL) {
            break;
        }
        collect(round, item);
    }
}

static void fail(struct writer *writer, const char *what, enum err err)
{
    log_line(LOG_ERROR, "STORE-WRITE-FAILED",
             "call=%s code=%s action=\"stopping\"", what, err_name(err));
    atomic_store(&writer->has_failed, true);
    bell_ring(writer->config.bell_on_fail);
}

/* Below the reserve, the whole batch is refused and comes back as ERR_FULL. */
static enum err append(struct writer *writer)
{
    struct round *round = &writer->round;

    if (atomic_load(&writer->has_failed)) {
        return ERR_IO;
    }
    if (round->append_count == 0) {
        return ERR_OK;
    }
    enum err err =
        store_append(writer->config.store, round->appends, round->append_count);
    if (err == ERR_FULL) {
        atomic_fetch_add(&writer->refused_full, round->append_count);
        return err;
    }
    if (err != ERR_OK) {
        fail(writer, "append", err);
        return err;
    }
    writer->batch++;
    atomic_fetch_add(&writer->batches, 1);
    atomic_fetch_add(&writer->events, round->append_count);
    if (round->append_count > atomic_load(&writer->largest_batch)) {
        atomic_store(&writer->largest_batch, round->append_count);
    }
    return ERR_OK;
}

/* After a failure of the store nothing goes to the router: it must not deliver.
 * Bodies are still the router's, which frees them. */
static void hand_to_router(struct writer *writer, struct write *item)
{
    if (item->error == ERR_OK || item->error == ERR_FULL) {
        ring_push_wait(writer->config.to_router, item);
        return;
    }
    if (item->type == WRITE_GROUP) {
        group_drop(item->group);
    }
    free(item);
}

/* Hands the outcomes out, in the order of the positions. */
static void hand_out(struct writer *writer, enum err err)
{
    struct round *round = &writer->round;
    size_t at = 0;

    for (size_t i = 0; i < round->item_count; i++) {
        struct write *item = round->items[i];
        size_t count = 0;
        item->error = err;
        if (item->type == WRITE_APPEND) {
            item->append.append = round->appends[at++];
        } else if (item->type == WRITE_GROUP) {
            (void)group_appends(item->group, &count);
            group_finish(item->group, err, &round->appends[at], writer->batch);
            at += count;
        } else {
            continue;
        }
        hand_to_router(writer, item);
    }
}

static void erase(struct writer *writer, struct erasure *erasure)
{
    erasure->error = ERR_IO;
    if (!atomic_load(&writer->has_failed)) {
        erasure->error = store_erase(writer->config.store, erasure->swarm,
                                     erasure->log, erasure->seq);
        if (erasure->error == ERR_IO) {
            fail(writer, "erase", ERR_IO);
        }
    }
    struct bell *done = erasure->done;
    atomic_store(&erasure->is_finished, true);
    bell_ring(done);
}

static void save(struct writer *writer, const struct write *item)
{
    enum err err = store_rows_put(writer->config.store, item->save.swarm,
                                  &item->save.row, 1);

    if (err != ERR_OK) {
        fail(writer, "rows_put", err);
    }
}

static void trim(struct writer *writer, const struct write *item)
{
    enum err err =
        store_trim_inbox(writer->config.store, item->trim.swarm,
                         item->trim.address, item->trim.log, item->trim.to_seq);

    if (err != ERR_OK) {
        fail(writer, "trim_inbox", err);
    }
}

static void upkeep(struct writer *writer)
{
    struct round *round = &writer->round;

    for (size_t i = 0; i < round->item_count; i++) {
        struct write *item = round->items[i];
        bool has_failed = atomic_load(&writer->has_failed);
        if (item->type == WRITE_SAVE && !has_failed) {
            save(writer, item);
        } else if (item->type == WRITE_TRIM && !has_failed) {
            trim(writer, item);
        } else if (item->type == WRITE_ERASE) {
            erase(writer, item->erasure);
        }
        free(item);
    }
}

/* The types are looked at before anything is handed out: from then on an item
 * belongs to the router, which may free it. */
static void keep_upkeep(struct round *round, struct write **out, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < round->item_count; i++) {
        struct write *item = round->items[i];
        if (item->type != WRITE_APPEND && item->type != WRITE_GROUP) {
            out[(*count)++] = item;
        }
    }
}

static void run_round(struct writer *writer, bool with_ledger)
{
    struct round *round = &writer->round;
    struct write *rest[WRITER_BATCH_MAX];
    size_t rest_count = 0;

    take(writer, with_ledger);
    enum err err = append(writer);
    keep_upkeep(round, rest, &rest_count);
    hand_out(writer, err);
    memcpy(round->items, rest, rest_count * sizeof(struct write *));
    round->item_count = rest_count;
    upkeep(writer);
}

static void run_own_round(struct writer *writer)
{
    pthread_mutex_lock(&writer->in_round);
    uint64_t before = writer->batch;
    run_round(writer, true);
    uint64_t batch = writer->batch;
    pthread_mutex_unlock(&writer->in_round);
    if (batch != before) {
        syncer_announce(writer->config.syncer, batch);
    }
}

static bool has_work(struct writer *writer)
{
    return ring_count(writer->config.from_router) > 0 ||
           ring_count(writer->config.from_ledger) > 0;
}

/* After a failure it goes on refusing, so that nobody waits for it in vain. */
static void *run(void *context)
{
    struct writer *writer = context;

    (void)pthread_setname_np(pthread_self(), "writer");
    for (;;) {
        bell_arm(writer->config.bell);
        bool is_stopping = atomic_load(&writer->is_stopping);
        if (has_work(writer)) {
            bell_disarm(writer->config.bell);
            run_own_round(writer);
            continue;
        }
        if (is_stopping) {
            break;
        }
        bell_wait(writer->config.bell, -1);
        bell_disarm(writer->config.bell);
    }
    return NULL;
}

/* Outcomes go to a ring that the caller empties: it must never wait there. */
bool writer_help(struct writer *writer, uint64_t *out_batch)
{
    struct ring *outcomes = writer->config.to_router;

    if (ring_capacity(outcomes) - ring_count(outcomes) < WRITER_BATCH_MAX ||
        pthread_mutex_trylock(&writer->in_round) != 0) {
        return false;
    }
    uint64_t before = writer->batch;
    run_round(writer, false);
    *out_batch = writer->batch != before ? writer->batch : 0;
    pthread_mutex_unlock(&writer->in_round);
    return true;
}

enum err writer_start(const struct writer_config *config,
                      struct writer **out_writer)
{
    struct writer *writer = mem_new(sizeof(*writer));

    writer->config = *config;
    pthread_mutex_init(&writer->in_round, NULL);
    if (pthread_create(&writer->thread, NULL, run, writer) != 0) {
        free(writer);
        return ERR_IO;
    }
    *out_writer = writer;
    return ERR_OK;
}

void writer_stop(struct writer *writer)
{
    if (writer == NULL) {
        return;
    }
    atomic_store(&writer->is_stopping, true);
    bell_ring(writer->config.bell);
    pthread_join(writer->thread, NULL);
    pthread_mutex_destroy(&writer->in_round);
    free(writer->round.appends);
    free(writer);
}

bool writer_has_failed(const struct writer *writer)
{
    return atomic_load(&writer->has_failed);
}

struct writer_counts writer_counts(const struct writer *writer)
{
    return (struct writer_counts){
        .batches = atomic_load(&writer->batches),
        .events = atomic_load(&writer->events),
        .largest_batch = atomic_load(&writer->largest_batch),
        .refused_full = atomic_load(&writer->refused_full)};
}
