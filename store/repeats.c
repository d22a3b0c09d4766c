/* SPDX-License-Identifier: MIT */
#include "base/edge/hash.h"
#include "base/id.h"
#include "proto/envelope.h"
#include "store/format/key.h"
#include "store/store_internal.h"

/* Which events were there before: by (principal, id) for as long as dedupe
 * remembers, by (source, source_id) for ever. A hit is never believed before
 * the earlier event was read and compared. */

enum {
    /* How many forgotten ids are worth a write that takes them off the disk. */
    DEDUPE_TRIM_ENTRIES = 1 << 16
};

static uint64_t fingerprint_of(struct bytes principal, struct bytes id)
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

bool append_is_import(const struct store_append *item)
{
    return item->source_id.len > 0;
}

/* ---- comparing ---------------------------------------------------------- */

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
    if (!append_is_import(item) &&
        !bytes_equal(item->envelope, earlier->envelope) &&
        has_other_id(earlier->envelope, item->id)) {
        return MATCH_NONE;
    }
    if (earlier->is_erased) {
        return MATCH_SAME;
    }
    bool is_same = bytes_equal(item->body, earlier->body) &&
                   (append_is_import(item) ||
                    bytes_equal(item->envelope, earlier->envelope));
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
    uint64_t fingerprint = fingerprint_of(item->principal, item->id);
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
static enum err find_import(struct store *store, struct bytes key,
                            struct record_place *out_place)
{
    const struct store_append *item = map_get(store->writer.imports, key);
    if (item) {
        out_place->log = item->log;
        out_place->seq = item->seq;
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
    enum err err = find_import(store, key_bytes(&key), &place);
    if (err == ERR_OK) {
        return judge(store, batch, index, &place, out_is_settled);
    }
    *out_is_settled = false;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err repeats_check(struct store *store, struct swarm *swarm,
                       struct store_append *batch, size_t index,
                       bool *out_is_settled)
{
    if (append_is_import(&batch[index])) {
        return check_import(store, batch, index, out_is_settled);
    }
    if (batch[index].id.len > 0) {
        return check_id(store, swarm, batch, index, out_is_settled);
    }
    *out_is_settled = false;
    return ERR_OK;
}

/* ---- remembering -------------------------------------------------------- */

static void remember_import(struct store *store, struct store_append *item)
{
    struct writer *writer = &store->writer;
    struct key key = key_import(item->swarm, item->source, item->source_id);
    buf_reset(&writer->scratch);
    buf_add_u16(&writer->scratch, item->log);
    buf_add_u64(&writer->scratch, item->seq);
    engine_batch_put(store->engine, writer->batch, FAMILY_IMPORTS,
                     key_bytes(&key), buf_bytes(&writer->scratch));
    err_ignore(map_put(writer->imports, key_bytes(&key), item),
               "the map holds the largest batch");
}

static void remember_id(struct swarm *swarm, const struct store_append *item)
{
    struct dedupe_entry entry = {.fingerprint =
                                     fingerprint_of(item->principal, item->id),
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

void repeats_remember(struct store *store, struct swarm *swarm,
                      struct store_append *item)
{
    if (append_is_import(item)) {
        remember_import(store, item);
    } else if (item->id.len > 0) {
        remember_id(swarm, item);
    }
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

void repeats_put(struct store *store, struct swarm *swarm)
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
