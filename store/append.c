/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "proto/envelope.h"
#include "store/format/key.h"
#include "store/store_internal.h"

/* The one way events come in. A batch is checked whole before anything is
 * touched; from there on the only failures are those that end the store. */

enum {
    SPACE_CHECK_US = 250 * 1000,
    SPACE_CHECK_BYTES = 16 << 20,
};

void writer_init(struct store *store)
{
    struct writer *writer = &store->writer;
    writer->batch = engine_batch_new(store->engine);
    buf_init(&writer->stamp, RECORD_STAMP_MAX);
    buf_init(&writer->record, RECORD_MAX);
    buf_init(&writer->scratch, SIZE_MAX / 2);
    buf_init(&writer->found, RECORD_MAX);
    writer->space_checked_us = INT64_MIN;
}

void writer_fini(struct store *store)
{
    struct writer *writer = &store->writer;
    engine_batch_free(store->engine, writer->batch);
    postings_fini(&writer->inbox);
    postings_fini(&writer->sessions);
    buf_fini(&writer->stamp);
    buf_fini(&writer->record);
    buf_fini(&writer->scratch);
    buf_fini(&writer->found);
    map_free(writer->imports);
}

/* ---- before anything is touched ----------------------------------------- */

static enum err check_item(struct store *store, const struct store_append *item)
{
    if (!store_find_swarm(store, item->swarm) || item->log >= LOG_COUNT ||
        (item->id.len != 0 && item->id.len != ID_BYTES)) {
        return ERR_INVALID;
    }
    if (item->claims.len > STAMP_MAX ||
        item->envelope.len > RECORD_ENVELOPE_BYTES_MAX ||
        item->body.len > RECORD_BODY_MAX ||
        item->address.len > KEY_NAME_MAX_BYTES ||
        item->session.len > KEY_NAME_MAX_BYTES) {
        return ERR_TOO_BIG;
    }
    return rows_check(item->rows, item->row_count);
}

static enum err check_batch(struct store *store,
                            const struct store_append *batch, size_t count,
                            int64_t *out_bytes)
{
    int64_t bytes = 0;
    if (count > STORE_BATCH_MAX) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < count; i++) {
        enum err err = check_item(store, &batch[i]);
        if (err != ERR_OK) {
            return err;
        }
        if (batch[i].envelope.len > 0) {
            bytes += (int64_t)(batch[i].envelope.len + batch[i].body.len +
                               batch[i].claims.len);
        }
    }
    *out_bytes = bytes;
    return ERR_OK;
}

/* Asks the file system now and then; a verdict stands until the next answer.
 * Batches without events always pass: they are how acceptance and cursors go
 * on when senders are refused. */
static enum err check_space(struct store *store, int64_t bytes)
{
    struct writer *writer = &store->writer;
    if (bytes == 0) {
        return ERR_OK;
    }
    int64_t now_us = clock_monotonic_us();
    if (writer->space_checked_us == INT64_MIN ||
        now_us - writer->space_checked_us >= SPACE_CHECK_US ||
        writer->space_bytes + bytes >= SPACE_CHECK_BYTES) {
        uint64_t free_bytes = engine_free_bytes(store->engine);
        bool is_short =
            free_bytes <
            (uint64_t)store->config.free_reserve_bytes + (uint64_t)bytes;
        if (is_short != writer->space_is_short) {
            log_line(is_short ? LOG_ERROR : LOG_INFO, "STORE-SPACE",
                     "free_bytes=%llu reserve_bytes=%lld refusing=%d",
                     (unsigned long long)free_bytes,
                     (long long)store->config.free_reserve_bytes, is_short);
        }
        writer->space_is_short = is_short;
        writer->space_checked_us = now_us;
        writer->space_bytes = 0;
    }
    if (writer->space_is_short) {
        return ERR_FULL;
    }
    writer->space_bytes += bytes;
    return ERR_OK;
}

/* ---- adding one event --------------------------------------------------- */

static enum err intern_names(struct store *store, struct swarm *swarm,
                             const struct store_append *item,
                             struct record *record)
{
    enum err err = names_intern(store, swarm, item->address, &record->address);
    return err == ERR_OK
               ? names_intern(store, swarm, item->session, &record->session)
               : err;
}

static enum err put_record(struct store *store, struct swarm *swarm,
                           const struct store_append *item)
{
    struct writer *writer = &store->writer;
    struct stamp stamp = {.version = STAMP_VERSION,
                          .log = item->log,
                          .seq = item->seq,
                          .epoch = item->epoch,
                          .time_us = item->time_us};
    buf_reset(&writer->stamp);
    buf_add(&writer->stamp, item->claims);
    stamp_write_place(&stamp, &writer->stamp);
    struct record record = {.epoch = item->epoch,
                            .time_us = item->time_us,
                            .stamp = buf_bytes(&writer->stamp),
                            .envelope = item->envelope,
                            .body = item->body};
    if (append_is_import(item)) {
        record.flags = RECORD_IMPORTED;
    } else if (item->id.len > 0) {
        record.flags = RECORD_REMEMBERED;
    }
    enum err err = intern_names(store, swarm, item, &record);
    if (err != ERR_OK) {
        return err;
    }
    struct record_place place = {
        .swarm = item->swarm, .log = item->log, .seq = item->seq};
    buf_reset(&writer->record);
    err = record_write(&record, &place, &writer->record);
    if (err != ERR_OK) {
        return err;
    }
    struct key key = key_event(place.swarm, place.log, place.seq);
    engine_batch_put(store->engine, writer->batch, FAMILY_EVENTS,
                     key_bytes(&key), buf_bytes(&writer->record));
    if (record.address != 0) {
        postings_add(&writer->inbox, place.swarm, record.address, place.log,
                     place.seq);
    }
    if (record.session != 0) {
        postings_add(&writer->sessions, place.swarm, record.session, place.log,
                     place.seq);
    }
    return ERR_OK;
}

static enum err add_event(struct store *store, struct swarm *swarm,
                          struct store_append *item)
{
    item->outcome = STORE_NEW;
    item->seq = swarm->logs[item->log].next++;
    item->epoch = atomic_load(&swarm->epoch);
    repeats_remember(store, swarm, item);
    return put_record(store, swarm, item);
}

/* Rows change together with the event that caused them: not when it was there
 * before. */
static enum err add_item(struct store *store, struct store_append *batch,
                         size_t index)
{
    struct store_append *item = &batch[index];
    struct swarm *swarm = store_find_swarm(store, item->swarm);
    bool is_settled = false;
    enum err err = ERR_OK;
    if (item->envelope.len == 0) {
        item->outcome = STORE_ROWS_ONLY;
        item->seq = 0;
        item->epoch = 0;
    } else {
        err = repeats_check(store, swarm, batch, index, &is_settled);
        if (err == ERR_OK && !is_settled) {
            err = add_event(store, swarm, item);
        }
    }
    if (err == ERR_OK && !is_settled) {
        rows_put(store, store->writer.batch, item->swarm, item->rows,
                 item->row_count, &store->writer.scratch);
    }
    return err;
}

/* ---- the whole batch ---------------------------------------------------- */

static void begin(struct store *store, size_t count)
{
    struct writer *writer = &store->writer;
    uint32_t swarms = (uint32_t)atomic_load(&store->swarm_count);
    engine_batch_clear(store->engine, writer->batch);
    postings_reset(&writer->inbox);
    postings_reset(&writer->sessions);
    map_free(writer->imports);
    writer->imports = NULL;
    for (uint32_t i = 1; i <= swarms; i++) {
        names_make_room(store->swarms[i], 2 * count);
    }
}

static void put_inbox(void *context, struct bytes key, struct bytes value)
{
    struct store *store = context;
    engine_batch_put(store->engine, store->writer.batch, FAMILY_INBOX, key,
                     value);
}

static void put_session(void *context, struct bytes key, struct bytes value)
{
    struct store *store = context;
    engine_batch_put(store->engine, store->writer.batch, FAMILY_SESSIONS, key,
                     value);
}

static enum err finish(struct store *store)
{
    struct writer *writer = &store->writer;
    uint32_t swarms = (uint32_t)atomic_load(&store->swarm_count);
    postings_emit(&writer->inbox, &writer->scratch, put_inbox, store);
    postings_emit(&writer->sessions, &writer->scratch, put_session, store);
    for (uint32_t i = 1; i <= swarms; i++) {
        repeats_put(store, store->swarms[i]);
    }
    enum err err = engine_write(store->engine, writer->batch);
    if (err != ERR_OK) {
        return err;
    }
    for (uint32_t i = 1; i <= swarms; i++) {
        for (size_t log = 0; log < LOG_COUNT; log++) {
            struct log_state *state = &store->swarms[i]->logs[log];
            atomic_store(&state->logged, state->next - 1);
        }
    }
    return ERR_OK;
}

enum err store_append(struct store *store, struct store_append *batch,
                      size_t count)
{
    int64_t bytes = 0;
    if (atomic_load(&store->is_broken)) {
        return ERR_IO;
    }
    enum err err = check_batch(store, batch, count, &bytes);
    if (err == ERR_OK) {
        err = check_space(store, bytes);
    }
    if (err != ERR_OK) {
        return err;
    }
    begin(store, count);
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = add_item(store, batch, i);
    }
    if (err == ERR_OK) {
        err = finish(store);
    }
    if (err != ERR_OK) {
        log_line(LOG_ERROR, "STORE-APPEND", "count=%zu code=%s", count,
                 err_name(err));
        atomic_store(&store->is_broken, true);
        return ERR_IO;
    }
    return ERR_OK;
}
