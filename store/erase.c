/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "proto/envelope.h"
#include "store/format/key.h"
#include "store/store_internal.h"

/* What a tombstone keeps says where the event was and what it was part of, not
 * who said it or what. */
static enum err cut_stamp(struct bytes in, struct buf *out)
{
    struct stamp stamp;
    enum err err = stamp_read(in, &stamp);
    if (err != ERR_OK) {
        return ERR_CORRUPT;
    }
    stamp.principal = bytes_of(NULL, 0);
    stamp.from = bytes_of(NULL, 0);
    stamp.via = bytes_of(NULL, 0);
    stamp.view = bytes_of(NULL, 0);
    stamp.erased = true;
    stamp_write_claims(&stamp, out);
    stamp_write_place(&stamp, out);
    return buf_error(out);
}

static enum err cut_envelope(struct bytes in, struct buf *out)
{
    struct envelope whole;
    enum err err = envelope_read(in, &whole);
    if (err != ERR_OK) {
        return ERR_CORRUPT;
    }
    struct envelope cut = {.version = whole.version,
                           .id = whole.id,
                           .kind = whole.kind,
                           .team = whole.team,
                           .session = whole.session};
    envelope_write(&cut, out);
    return buf_error(out);
}

static enum err put_tombstone(struct store *store,
                              const struct record_place *place,
                              struct record *record)
{
    struct buf stamp;
    struct buf envelope;
    struct buf value;
    struct key key = key_event(place->swarm, place->log, place->seq);
    buf_init(&stamp, RECORD_STAMP_MAX);
    buf_init(&envelope, RECORD_ENVELOPE_BYTES_MAX);
    buf_init(&value, RECORD_MAX);
    enum err err = cut_stamp(record->stamp, &stamp);
    if (err == ERR_OK) {
        err = cut_envelope(record->envelope, &envelope);
    }
    record->flags |= RECORD_ERASED;
    record->stamp = buf_bytes(&stamp);
    record->envelope = buf_bytes(&envelope);
    record->body = bytes_of(NULL, 0);
    if (err == ERR_OK) {
        err = record_write(record, place, &value);
    }
    if (err == ERR_OK) {
        engine_batch_clear(store->engine, store->writer.batch);
        engine_batch_put(store->engine, store->writer.batch, FAMILY_EVENTS,
                         key_bytes(&key), buf_bytes(&value));
        err = engine_write(store->engine, store->writer.batch);
    }
    buf_fini(&stamp);
    buf_fini(&envelope);
    buf_fini(&value);
    return err;
}

enum err store_erase(struct store *store, uint32_t swarm, uint16_t log,
                     uint64_t seq)
{
    struct record_place place = {.swarm = swarm, .log = log, .seq = seq};
    struct key key = key_event(swarm, log, seq);
    struct record record;
    if (atomic_load(&store->is_broken)) {
        return ERR_IO;
    }
    struct buf *found = &store->writer.found;
    enum err err = store_read_record(store, &place, found, &record);
    if (err == ERR_OK && !(record.flags & RECORD_ERASED)) {
        err = put_tombstone(store, &place, &record);
    }
    /* The scratch still holds what is to be forgotten. */
    buf_fini(found);
    buf_init(found, RECORD_MAX);
    buf_fini(&store->writer.record);
    buf_init(&store->writer.record, RECORD_MAX);
    if (err != ERR_OK) {
        return err;
    }
    err = store_sync(store);
    if (err == ERR_OK) {
        err = engine_scrub(store->engine, FAMILY_EVENTS, key_bytes(&key));
    }
    log_line(LOG_INFO, "STORE-ERASED", "swarm=%u log=%u seq=%llu code=%s",
             swarm, log, (unsigned long long)seq, err_name(err));
    return err;
}
