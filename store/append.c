/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/edge/hash.h"
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
    /* How many forgotten ids are worth a write that takes them off the disk. */
    DEDUPE_TRIM_ENTRIES = 1 << 16
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

uint64_t store_fingerprint(struct bytes principal, struct bytes id)
{
    return hash_bytes_seeded(id, hash_bytes(principal));
}

static int64_t id_time(struct bytes id)
{
    struct id read = {.bytes = {0}};
    for (size_t i = 0; i < ID_BYTES && i < id.len; i++) {
        read.bytes[i] = id.data[i];
    }
    return id_time_us(&read);
}

static bool is_import(const struct store_append *item)
{
    return item->source_id.len > 0;
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

/* ---- repeats ------------------------------------------------------------ */

/* An event that ${item} may be a repeat of. */
struct earlier {
    struct bytes envelope;
    struct bytes body;
    bool is_erased;
    uint64_t epoch;
};

enum match {
    MATCH_NONE, /* another event whose fingerprint happens to be the same */
    MATCH_SAME,
    MATCH_CONFLICT
};

static bool has_other_id(struct bytes envelope, struct bytes id)
{
    struct envelope read;
    return envelope_read(envelope, &read) == ERR_OK &&
           !bytes_equal(read.id, id);
}

/* An importer makes a new envelope each time it runs, so that for imports the
 * body decides. What was erased cannot be compared any more: it was there, and
 * it stays away. */
static enum match compare(const struct store_append *item,
                          const struct earlier *earlier)
{
    if (!is_import(item) && !bytes_equal(item->envelope, earlier->envelope) &&
        has_other_id(earlier->envelope, item->id)) {
        return MATCH_NONE;
    }
    if (earlier->is_erased) {
        return MATCH_SAME;
    }
    bool is_same =
        bytes_equal(item->body, earlier->body) &&
        (is_import(item) || bytes_equal(item->envelope, earlier->envelope));
    return is_same ? MATCH_SAME : MATCH_CONFLICT;
}

/* An event of this very batch is not in the engine yet. */
static bool find_in_batch(const struct store_append *batch, size_t before,
                          const struct record_place *place,
                          struct earlier *out_earlier)
{
    for (size_t i = before; i-- > 0;) {
        const struct store_append *other = &batch[i];
        if (other->outcome == STORE_NEW && other->swarm == place->swarm &&
            other->log == place->log && other->seq == place->seq) {
            *out_earlier = (struct earlier){.envelope = other->envelope,
                                            .body = other->body,
                                            .epoch = other->epoch};
            return true;
        }
    }
    return false;
}

static enum err find_earlier(struct store *store,
                             const struct store_append *batch, size_t before,
                             const struct record_place *place,
                             struct earlier *out_earlier)
{
    struct record record;
    if (find_in_batch(batch, before, place, out_earlier)) {
        return ERR_OK;
    }
    enum err err =
        store_read_record(store, place, &store->writer.found, &record);
    if (err == ERR_OK) {
        *out_earlier =
            (struct earlier){.envelope = record.envelope,
                             .body = record.body,
                             .is_erased = (record.flags & RECORD_ERASED) != 0,
                             .epoch = record.epoch};
    }
    return err;
}

/* Decides ${batch[index]} against the event at ${place}. An event that cannot
 * be read cannot be told apart either: conflict, which adds nothing. */
static enum err judge(struct store *store, struct store_append *batch,
                      size_t index, const struct record_place *place,
                      bool *out_is_settled)
{
    struct earlier earlier = {.epoch = 0};
    struct store_append *item = &batch[index];
    enum err err = find_earlier(store, batch, index, place, &earlier);
    enum match match = MATCH_CONFLICT;
    if (err == ERR_OK) {
        match = compare(item, &earlier);
    } else if (err != ERR_CORRUPT && err != ERR_NOT_FOUND) {
        return err;
    }
    *out_is_settled = match != MATCH_NONE;
    if (match != MATCH_NONE) {
        item->outcome = match == MATCH_SAME ? STORE_REPEAT : STORE_CONFLICT;
        item->seq = place->seq;
        item->epoch = earlier.epoch;
    }
    return ERR_OK;
}

static enum err check_id(struct store *store, struct swarm *swarm,
                         struct store_append *batch, size_t index,
                         bool *out_is_settled)
{
    struct store_append *item = &batch[index];
    struct dedupe_entry entry;
    uint32_t cursor = 0;
    bool is_settled = false;
    uint64_t fingerprint = store_fingerprint(item->principal, item->id);
    dedupe_expire(swarm->dedupe, item->time_us);
    while (!is_settled &&
           dedupe_find(swarm->dedupe, fingerprint, &cursor, &entry)) {
        struct record_place place = {
            .swarm = item->swarm, .log = entry.log, .seq = entry.seq};
        enum err err = judge(store, batch, index, &place, &is_settled);
        if (err != ERR_OK) {
            return err;
        }
    }
    if (!is_settled &&
        dedupe_is_too_old(swarm->dedupe, id_time(item->id), item->time_us)) {
        item->outcome = STORE_ID_TOO_OLD;
        item->seq = 0;
        item->epoch = 0;
        is_settled = true;
    }
    *out_is_settled = is_settled;
    return ERR_OK;
}

/* Where an import went: log u16, seq u64. */
static enum err find_import(struct store *store,
                            const struct store_append *batch, struct bytes key,
                            struct record_place *out_place)
{
    size_t item = (size_t)(uintptr_t)map_get(store->writer.imports, key);
    if (item > 0) {
        out_place->log = batch[item - 1].log;
        out_place->seq = batch[item - 1].seq;
        return ERR_OK;
    }
    struct buf *value = &store->writer.scratch;
    enum err err = engine_get(store->engine, FAMILY_IMPORTS, key, value);
    if (err != ERR_OK) {
        return err;
    }
    struct reader in = reader_of(buf_bytes(value));
    out_place->log = reader_u16(&in);
    out_place->seq = reader_u64(&in);
    return in.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

static enum err check_import(struct store *store, struct store_append *batch,
                             size_t index, bool *out_is_settled)
{
    struct store_append *item = &batch[index];
    struct key key = key_import(item->swarm, item->source, item->source_id);
    struct record_place place = {.swarm = item->swarm};
    if (!store->writer.imports) {
        store->writer.imports = map_new(STORE_BATCH_MAX, NULL);
    }
    enum err err = find_import(store, batch, key_bytes(&key), &place);
    if (err == ERR_OK) {
        return judge(store, batch, index, &place, out_is_settled);
    }
    *out_is_settled = false;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- adding one event --------------------------------------------------- */

static void remember_import(struct store *store,
                            const struct store_append *item, size_t index)
{
    struct writer *writer = &store->writer;
    struct key key = key_import(item->swarm, item->source, item->source_id);
    buf_reset(&writer->scratch);
    buf_add_u16(&writer->scratch, item->log);
    buf_add_u64(&writer->scratch, item->seq);
    engine_batch_put(store->engine, writer->batch, FAMILY_IMPORTS,
                     key_bytes(&key), buf_bytes(&writer->scratch));
    err_ignore(map_put(writer->imports, key_bytes(&key), (void *)(index + 1)),
               "the map holds the largest batch");
}

static void remember_id(struct swarm *swarm, const struct store_append *item)
{
    struct dedupe_entry entry = {
        .fingerprint = store_fingerprint(item->principal, item->id),
        .seq = item->seq,
        .log = item->log,
        .id_s = dedupe_seconds(id_time(item->id)),
        .logged_s = dedupe_seconds(item->time_us)};
    dedupe_add(swarm->dedupe, &entry);
    buf_add_u64(&swarm->dedupe_posting, entry.fingerprint);
    buf_add_u16(&swarm->dedupe_posting, entry.log);
    buf_add_u64(&swarm->dedupe_posting, entry.seq);
    buf_add_u32(&swarm->dedupe_posting, entry.id_s);
    buf_add_u32(&swarm->dedupe_posting, entry.logged_s);
}

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
    if (is_import(item)) {
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
                          struct store_append *item, size_t index)
{
    item->outcome = STORE_NEW;
    item->seq = swarm->logs[item->log].next++;
    item->epoch = atomic_load(&swarm->epoch);
    if (is_import(item)) {
        remember_import(store, item, index);
    } else if (item->id.len > 0) {
        remember_id(swarm, item);
    }
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
        if (is_import(item)) {
            err = check_import(store, batch, index, &is_settled);
        } else if (item->id.len > 0) {
            err = check_id(store, swarm, batch, index, &is_settled);
        }
        if (err == ERR_OK && !is_settled) {
            err = add_event(store, swarm, item, index);
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

/* Takes forgotten ids off the disk, many at a time. */
static void trim_dedupe(struct store *store, struct swarm *swarm)
{
    uint64_t first = dedupe_first(swarm->dedupe);
    if (first - swarm->dedupe_trimmed < DEDUPE_TRIM_ENTRIES) {
        return;
    }
    struct writer *writer = &store->writer;
    struct key from = key_dedupe(swarm->number, 1);
    struct key to = key_dedupe(swarm->number, first);
    struct key head = key_dedupe(swarm->number, 0);
    engine_batch_remove_range(store->engine, writer->batch, FAMILY_DEDUPE,
                              key_bytes(&from), key_bytes(&to));
    buf_reset(&writer->scratch);
    buf_add_u32(&writer->scratch, dedupe_floor_s(swarm->dedupe));
    buf_add_u64(&writer->scratch, first);
    engine_batch_put(store->engine, writer->batch, FAMILY_DEDUPE,
                     key_bytes(&head), buf_bytes(&writer->scratch));
    swarm->dedupe_trimmed = first;
}

static void put_dedupe(struct store *store, struct swarm *swarm)
{
    if (swarm->dedupe_posting.len == 0) {
        return;
    }
    struct key key = key_dedupe(swarm->number, dedupe_next(swarm->dedupe) - 1);
    engine_batch_put(store->engine, store->writer.batch, FAMILY_DEDUPE,
                     key_bytes(&key), buf_bytes(&swarm->dedupe_posting));
    buf_reset(&swarm->dedupe_posting);
    trim_dedupe(store, swarm);
}

static enum err finish(struct store *store)
{
    struct writer *writer = &store->writer;
    uint32_t swarms = (uint32_t)atomic_load(&store->swarm_count);
    postings_emit(&writer->inbox, &writer->scratch, put_inbox, store);
    postings_emit(&writer->sessions, &writer->scratch, put_session, store);
    for (uint32_t i = 1; i <= swarms; i++) {
        put_dedupe(store, store->swarms[i]);
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
