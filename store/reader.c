/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "store/format/key.h"
#include "store/store_internal.h"

/* A reader walks either the events themselves or the postings of one name, and
 * fetches the event of each entry. It ends at what was logged when it was
 * opened. Damage is reported once per event: the next call goes on behind. */

struct store_reader {
    struct store *store;
    struct engine_iterator *iterator;
    struct record_place place; /* of the event expected next, or last given */
    uint64_t to_seq;
    uint64_t from_seq;
    bool is_index;
    bool has_posting;
    struct posting_walk posting;
    struct buf value; /* of the event lent, when it was fetched */
    enum err err;     /* why there is nothing to read */
};

enum err store_read_record(struct store *store,
                           const struct record_place *place, struct buf *out,
                           struct record *out_record)
{
    struct key key = key_event(place->swarm, place->log, place->seq);
    enum err err =
        engine_get(store->engine, FAMILY_EVENTS, key_bytes(&key), out);
    return err == ERR_OK ? record_read(buf_bytes(out), place, out_record) : err;
}

/* ---- opening ------------------------------------------------------------ */

static uint64_t at_least(uint64_t value, uint64_t least)
{
    return value > least ? value : least;
}

static struct store_reader *reader_new(struct store *store, uint32_t swarm,
                                       uint16_t log, uint64_t from_seq,
                                       uint64_t to_seq)
{
    struct store_reader *reader = mem_new(sizeof(*reader));
    uint64_t logged = store_logged(store, swarm, log);
    reader->store = store;
    reader->place = (struct record_place){.swarm = swarm, .log = log};
    reader->from_seq = at_least(from_seq, store_first(store, swarm, log));
    reader->to_seq = to_seq < logged ? to_seq : logged;
    buf_init(&reader->value, RECORD_MAX);
    return reader;
}

struct store_reader *store_read_log(struct store *store, uint32_t swarm,
                                    uint16_t log, uint64_t from_seq,
                                    uint64_t to_seq)
{
    struct store_reader *reader =
        reader_new(store, swarm, log, from_seq, to_seq);
    reader->place.seq = reader->from_seq;
    if (reader->from_seq > reader->to_seq) {
        reader->err = ERR_NOT_FOUND;
        return reader;
    }
    struct key from = key_event(swarm, log, reader->from_seq);
    struct key to = key_event(swarm, log, reader->to_seq + 1);
    reader->iterator = engine_iterate(store->engine, FAMILY_EVENTS,
                                      key_bytes(&from), key_bytes(&to));
    return reader;
}

/* The posting that holds to_seq may end behind it, so the walk is open-ended
 * and entries are cut one by one. */
static void open_index(struct store_reader *reader, enum family family,
                       uint32_t name)
{
    const struct record_place *place = &reader->place;
    struct key from =
        key_posting(place->swarm, name, place->log, reader->from_seq);
    struct key to = key_posting(place->swarm, name, place->log, UINT64_MAX);
    reader->is_index = true;
    reader->iterator = engine_iterate(reader->store->engine, family,
                                      key_bytes(&from), key_bytes(&to));
}

struct store_reader *store_read_inbox(struct store *store, uint32_t swarm,
                                      struct bytes address, uint16_t log,
                                      uint64_t from_seq, uint64_t to_seq)
{
    struct store_reader *reader =
        reader_new(store, swarm, log, from_seq, to_seq);
    uint32_t name = 0;
    uint64_t floor = 0;
    reader->err = names_find(store, swarm, address, &name);
    if (reader->err == ERR_OK) {
        reader->err = store_trim_floor(store, swarm, name, log, &floor);
    }
    if (reader->err == ERR_OK) {
        reader->from_seq = at_least(reader->from_seq, floor);
        open_index(reader, FAMILY_INBOX, name);
    }
    return reader;
}

struct store_reader *store_read_session(struct store *store, uint32_t swarm,
                                        struct bytes session, uint16_t log,
                                        uint64_t from_seq, uint64_t to_seq)
{
    struct store_reader *reader =
        reader_new(store, swarm, log, from_seq, to_seq);
    uint32_t name = 0;
    reader->err = names_find(store, swarm, session, &name);
    if (reader->err == ERR_OK) {
        open_index(reader, FAMILY_SESSIONS, name);
    }
    return reader;
}

void store_reader_close(struct store_reader *reader)
{
    if (!reader) {
        return;
    }
    engine_iterator_free(reader->store->engine, reader->iterator);
    buf_fini(&reader->value);
    free(reader);
}

/* ---- reading ------------------------------------------------------------ */

static void give(const struct record_place *place, const struct record *record,
                 struct store_event *out_event)
{
    *out_event =
        (struct store_event){.seq = place->seq,
                             .epoch = record->epoch,
                             .time_us = record->time_us,
                             .erased = (record->flags & RECORD_ERASED) != 0,
                             .stamp = record->stamp,
                             .envelope = record->envelope,
                             .body = record->body};
}

/* A gap is damage; the walk resumes behind it. */
static enum err next_in_log(struct store_reader *reader,
                            struct store_event *out_event)
{
    struct bytes key;
    struct bytes value;
    struct record record;
    struct record_place found;
    enum err err = engine_iterator_next(reader->store->engine, reader->iterator,
                                        &key, &value);
    if (err == ERR_NOT_FOUND && reader->place.seq <= reader->to_seq) {
        reader->place.seq = reader->to_seq + 1;
        return ERR_CORRUPT;
    }
    if (err == ERR_OK) {
        err = key_event_read(key, &found.swarm, &found.log, &found.seq);
    }
    if (err != ERR_OK) {
        return err;
    }
    uint64_t expected = reader->place.seq;
    reader->place.seq = found.seq + 1;
    if (found.seq != expected) {
        return ERR_CORRUPT;
    }
    err = record_read(value, &found, &record);
    if (err == ERR_OK) {
        give(&found, &record, out_event);
    }
    return err;
}

/* The rest of the posting at hand, from from_seq on. */
static bool next_of_posting(struct store_reader *reader, uint64_t *out_seq)
{
    uint64_t seq = 0;
    while (reader->has_posting && posting_next(&reader->posting, &seq)) {
        if (seq >= reader->from_seq) {
            *out_seq = seq;
            return true;
        }
    }
    return false;
}

static enum err next_posting(struct store_reader *reader)
{
    struct bytes key;
    struct bytes value;
    uint32_t name = 0;
    uint16_t log = 0;
    uint64_t last = 0;
    reader->has_posting = false;
    enum err err = engine_iterator_next(reader->store->engine, reader->iterator,
                                        &key, &value);
    if (err == ERR_OK) {
        err = key_posting_read(key, &name, &log, &last);
    }
    if (err == ERR_OK) {
        err = posting_open(last, value, &reader->posting);
    }
    reader->has_posting = err == ERR_OK;
    return err;
}

/* The next position of the index within bounds. */
static enum err next_entry(struct store_reader *reader, uint64_t *out_seq)
{
    uint64_t seq = 0;
    while (!next_of_posting(reader, &seq)) {
        enum err err = next_posting(reader);
        if (err != ERR_OK) {
            return err;
        }
    }
    if (seq > reader->to_seq) {
        return ERR_NOT_FOUND;
    }
    *out_seq = seq;
    return ERR_OK;
}

enum err store_count_inbox(struct store *store, uint32_t swarm,
                           struct bytes address, uint16_t log,
                           uint64_t from_seq, uint64_t max, uint64_t *out_count)
{
    struct store_reader *reader =
        store_read_inbox(store, swarm, address, log, from_seq, UINT64_MAX);
    uint64_t count = 0;
    uint64_t seq = 0;
    enum err err = reader->err;
    while (err == ERR_OK && count < max) {
        err = next_entry(reader, &seq);
        count += err == ERR_OK;
    }
    store_reader_close(reader);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    *out_count = count;
    return ERR_OK;
}

/* The posting lends its bytes from the iterator, which stands still while
 * events are fetched. */
static enum err next_in_index(struct store_reader *reader,
                              struct store_event *out_event)
{
    struct record record;
    enum err err = next_entry(reader, &reader->place.seq);
    if (err != ERR_OK) {
        return err;
    }
    err = store_read_record(reader->store, &reader->place, &reader->value,
                            &record);
    if (err == ERR_OK) {
        give(&reader->place, &record, out_event);
    }
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

enum err store_reader_next(struct store_reader *reader,
                           struct store_event *out_event)
{
    if (reader->err != ERR_OK) {
        return reader->err;
    }
    return reader->is_index ? next_in_index(reader, out_event)
                            : next_in_log(reader, out_event);
}

static bool copy(struct arena *arena, struct bytes *view)
{
    size_t len = view->len;
    *view = arena_copy(arena, *view);
    return view->len == len;
}

enum err store_read_one(struct store *store, uint32_t swarm, uint16_t log,
                        uint64_t seq, struct arena *arena,
                        struct store_event *out_event)
{
    struct record_place place = {.swarm = swarm, .log = log, .seq = seq};
    struct record record;
    struct buf value;
    buf_init(&value, RECORD_MAX);
    enum err err = ERR_NOT_FOUND;
    if (seq > 0 && seq <= store_logged(store, swarm, log)) {
        err = store_read_record(store, &place, &value, &record);
        err = err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    if (err == ERR_OK &&
        (!copy(arena, &record.stamp) || !copy(arena, &record.envelope) ||
         !copy(arena, &record.body))) {
        err = ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        give(&place, &record, out_event);
    }
    buf_fini(&value);
    return err;
}

/* ---- seeking and trimming ----------------------------------------------- */

/* Bisection over positions; an event that cannot be read counts as early. */
uint64_t store_seek_time(struct store *store, uint32_t swarm, uint16_t log,
                         int64_t time_us)
{
    uint64_t low = store_first(store, swarm, log);
    uint64_t high = store_logged(store, swarm, log) + 1;
    struct buf value;
    buf_init(&value, RECORD_MAX);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct record_place place = {.swarm = swarm, .log = log, .seq = middle};
        struct record record;
        enum err err = store_read_record(store, &place, &value, &record);
        if (err != ERR_OK || record.time_us < time_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    buf_fini(&value);
    return low;
}

enum err store_trim_floor(struct store *store, uint32_t swarm, uint32_t address,
                          uint16_t log, uint64_t *out_floor)
{
    struct key key = key_meta_trim(swarm, address, log);
    struct buf value;
    buf_init(&value, sizeof(uint64_t));
    enum err err =
        engine_get(store->engine, FAMILY_META, key_bytes(&key), &value);
    struct reader in = reader_of(buf_bytes(&value));
    uint64_t floor = reader_u64(&in);
    buf_fini(&value);
    if (err == ERR_OK && in.err != ERR_OK) {
        return ERR_CORRUPT;
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    *out_floor = err == ERR_OK ? floor : 1;
    return ERR_OK;
}

/* Removes the postings that end below ${to_seq}, one by one from the old floor
 * on: a range would leave a tombstone in every reader's way. The floor hides
 * what a posting across it still holds. */
static enum err trim(struct store *store, struct key from, struct key to,
                     struct key floor_key, uint64_t to_seq)
{
    struct engine_batch *batch = engine_batch_new(store->engine);
    struct engine_iterator *iterator = engine_iterate(
        store->engine, FAMILY_INBOX, key_bytes(&from), key_bytes(&to));
    struct bytes key;
    struct bytes value;
    enum err err = ERR_OK;
    while ((err = engine_iterator_next(store->engine, iterator, &key,
                                       &value)) == ERR_OK) {
        engine_batch_remove(store->engine, batch, FAMILY_INBOX, key);
    }
    if (err == ERR_NOT_FOUND) {
        struct buf floor;
        buf_init(&floor, sizeof(uint64_t));
        buf_add_u64(&floor, to_seq);
        engine_batch_put(store->engine, batch, FAMILY_META,
                         key_bytes(&floor_key), buf_bytes(&floor));
        err = engine_write(store->engine, batch);
        buf_fini(&floor);
    }
    engine_iterator_free(store->engine, iterator);
    engine_batch_free(store->engine, batch);
    return err;
}

enum err store_trim_inbox(struct store *store, uint32_t swarm,
                          struct bytes address, uint16_t log, uint64_t to_seq)
{
    uint32_t name = 0;
    uint64_t floor = 0;
    uint64_t end = store_logged(store, swarm, log) + 1;
    enum err err = names_find(store, swarm, address, &name);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    to_seq = to_seq < end ? to_seq : end;
    pthread_mutex_lock(&store->trim_lock);
    err = store_trim_floor(store, swarm, name, log, &floor);
    if (err == ERR_OK && floor < to_seq) {
        err = trim(store, key_posting(swarm, name, log, floor),
                   key_posting(swarm, name, log, to_seq),
                   key_meta_trim(swarm, name, log), to_seq);
    }
    pthread_mutex_unlock(&store->trim_lock);
    return err;
}
