/* SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "proto/envelope.h"
#include "store/format/key.h"
#include "store/store_internal.h"

/* Two directions: every event is what its place and the indexes say, and every
 * index entry leads to an event that belongs there. Both look only at what was
 * logged when the walk began, so that writing may go on. */

enum {
    PROGRESS_EVERY = 4096
};

struct verifier {
    struct store *store;
    uint32_t swarm;
    void (*fault)(void *context, const struct store_fault *fault);
    void (*progress)(void *context, const struct store_verify *so_far);
    void *context;
    uint64_t heads[LOG_COUNT];
    struct buf value;
    struct store_verify result;
};

static void report(struct verifier *verifier, uint16_t log, uint64_t seq,
                   const char *sentence)
{
    struct store_fault fault = {.log = log, .seq = seq, .sentence = sentence};
    verifier->result.faults++;
    if (verifier->fault) {
        verifier->fault(verifier->context, &fault);
    }
}

/* A walk over one range, each key through ${visit}. */
static enum err walk(struct verifier *verifier, enum family family,
                     struct key from, struct key to,
                     enum err (*visit)(struct verifier *verifier,
                                       struct bytes key, struct bytes value))
{
    struct engine *engine = verifier->store->engine;
    struct engine_iterator *iterator =
        engine_iterate(engine, family, key_bytes(&from), key_bytes(&to));
    enum err err = ERR_OK;
    while (err == ERR_OK) {
        struct bytes key;
        struct bytes value;
        err = engine_iterator_next(engine, iterator, &key, &value);
        if (err == ERR_OK) {
            err = visit(verifier, key, value);
        }
    }
    engine_iterator_free(engine, iterator);
    if (err == ERR_CORRUPT) {
        report(verifier, 0, 0, "an index does not match its files' checksums");
    }
    return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

/* ---- events ------------------------------------------------------------- */

/* Whether ${family} has an entry for ${seq} under ${name}. */
static enum err has_entry(struct verifier *verifier, enum family family,
                          uint32_t name, const struct record_place *place,
                          bool *out_has)
{
    struct engine *engine = verifier->store->engine;
    struct key from = key_posting(place->swarm, name, place->log, place->seq);
    struct key to = key_posting(place->swarm, name, place->log, UINT64_MAX);
    struct engine_iterator *iterator =
        engine_iterate(engine, family, key_bytes(&from), key_bytes(&to));
    struct bytes key;
    struct bytes value;
    struct posting_walk posting;
    uint64_t seq = 0;
    uint16_t log = 0;
    *out_has = false;
    enum err err = engine_iterator_next(engine, iterator, &key, &value);
    if (err == ERR_OK && key_posting_read(key, &name, &log, &seq) == ERR_OK &&
        posting_open(seq, value, &posting) == ERR_OK) {
        while (!*out_has && posting_next(&posting, &seq)) {
            *out_has = seq == place->seq;
        }
    }
    engine_iterator_free(engine, iterator);
    return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

static enum err check_indexes(struct verifier *verifier,
                              const struct record_place *place,
                              const struct record *record)
{
    bool has = true;
    enum err err = ERR_OK;
    if (record->session != 0) {
        err =
            has_entry(verifier, FAMILY_SESSIONS, record->session, place, &has);
        if (err == ERR_OK && !has) {
            report(verifier, place->log, place->seq,
                   "the event is missing from its session");
        }
    }
    if (err != ERR_OK || record->address == 0) {
        return err;
    }
    err = has_entry(verifier, FAMILY_INBOX, record->address, place, &has);
    if (err == ERR_OK && !has) {
        uint64_t floor = 0;
        err = store_trim_floor(verifier->store, place->swarm, record->address,
                               place->log, &floor);
        if (err == ERR_OK && place->seq >= floor) {
            report(verifier, place->log, place->seq,
                   "the event is missing from its inbox");
        }
    }
    return err;
}

static void check_stamp(struct verifier *verifier,
                        const struct record_place *place,
                        const struct record *record)
{
    struct stamp stamp;
    bool is_erased = (record->flags & RECORD_ERASED) != 0;
    if (stamp_read(record->stamp, &stamp) != ERR_OK) {
        report(verifier, place->log, place->seq, "the stamp cannot be read");
    } else if (stamp.log != place->log || stamp.seq != place->seq ||
               stamp.epoch != record->epoch ||
               stamp.time_us != record->time_us) {
        report(verifier, place->log, place->seq,
               "the stamp names another place");
    } else if (stamp.erased != is_erased) {
        report(verifier, place->log, place->seq,
               "stamp and record disagree about erasure");
    }
}

static enum err check_event(struct verifier *verifier,
                            const struct record_place *place,
                            struct bytes value, uint64_t *epoch)
{
    struct record record;
    struct store_verify *result = &verifier->result;
    result->events++;
    result->bytes += value.len;
    if (verifier->progress && result->events % PROGRESS_EVERY == 0) {
        verifier->progress(verifier->context, result);
    }
    if (record_read(value, place, &record) != ERR_OK) {
        report(verifier, place->log, place->seq,
               "the record does not match its checksum");
        return ERR_OK;
    }
    if (record.epoch < *epoch) {
        report(verifier, place->log, place->seq, "the epoch falls");
    }
    *epoch = record.epoch;
    result->tombstones += (record.flags & RECORD_ERASED) != 0;
    check_stamp(verifier, place, &record);
    return check_indexes(verifier, place, &record);
}

static enum err check_log(struct verifier *verifier, uint16_t log)
{
    struct engine *engine = verifier->store->engine;
    struct record_place place = {.swarm = verifier->swarm, .log = log};
    uint64_t expected = store_first(verifier->store, place.swarm, log);
    uint64_t head = verifier->heads[log];
    uint64_t epoch = 0;
    struct key from = key_event(place.swarm, log, 0);
    struct key to = key_event(place.swarm, log, head + 1);
    struct engine_iterator *iterator =
        engine_iterate(engine, FAMILY_EVENTS, key_bytes(&from), key_bytes(&to));
    enum err err = ERR_OK;
    while (err == ERR_OK) {
        struct bytes key;
        struct bytes value;
        err = engine_iterator_next(engine, iterator, &key, &value);
        if (err == ERR_OK) {
            err = key_event_read(key, &place.swarm, &place.log, &place.seq);
        }
        if (err != ERR_OK) {
            break;
        }
        if (place.seq != expected) {
            report(verifier, log, expected, "events are missing from here on");
        }
        expected = place.seq + 1;
        err = check_event(verifier, &place, value, &epoch);
    }
    engine_iterator_free(engine, iterator);
    if (err == ERR_NOT_FOUND && expected <= head) {
        report(verifier, log, expected, "events are missing from here on");
    }
    if (err == ERR_CORRUPT) {
        report(verifier, log, expected,
               "from here on the files do not match their checksums");
    }
    return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

/* ---- indexes ------------------------------------------------------------ */

/* The event an index entry leads to; reports when there is none.
 * ERR_NOT_FOUND then, and for what was logged since the walk began. */
static enum err follow(struct verifier *verifier,
                       const struct record_place *place, const char *sentence,
                       struct record *out_record)
{
    if (place->log < LOG_COUNT && place->seq > verifier->heads[place->log] &&
        place->seq <= store_logged(verifier->store, place->swarm, place->log)) {
        return ERR_NOT_FOUND;
    }
    enum err err =
        store_read_record(verifier->store, place, &verifier->value, out_record);
    if (err == ERR_NOT_FOUND) {
        report(verifier, place->log, place->seq, sentence);
    }
    /* check_log has reported a damaged one. */
    return err == ERR_CORRUPT || err == ERR_UNSUPPORTED ? ERR_NOT_FOUND : err;
}

/* One for each of the two indexes. */
struct index_words {
    const char *to_nothing;
    const char *to_another;
    bool is_inbox;
};

static enum err check_entry(struct verifier *verifier,
                            const struct record_place *place, uint32_t name,
                            const struct index_words *words)
{
    struct record record;
    enum err err = follow(verifier, place, words->to_nothing, &record);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    if ((words->is_inbox ? record.address : record.session) != name) {
        report(verifier, place->log, place->seq, words->to_another);
    }
    return ERR_OK;
}

static enum err check_posting(struct verifier *verifier, struct bytes key,
                              struct bytes value,
                              const struct index_words *words)
{
    struct record_place place = {.swarm = verifier->swarm};
    struct posting_walk posting;
    uint32_t name = 0;
    uint64_t last = 0;
    enum err err = ERR_OK;
    if (key_posting_read(key, &name, &place.log, &last) != ERR_OK ||
        posting_open(last, value, &posting) != ERR_OK) {
        report(verifier, place.log, last, "an index entry cannot be read");
        return ERR_OK;
    }
    while (err == ERR_OK && posting_next(&posting, &place.seq)) {
        err = check_entry(verifier, &place, name, words);
    }
    return err;
}

static enum err check_inbox(struct verifier *verifier, struct bytes key,
                            struct bytes value)
{
    static const struct index_words words = {
        .to_nothing = "an inbox entry leads to no event",
        .to_another = "an inbox entry leads to another's event",
        .is_inbox = true};
    return check_posting(verifier, key, value, &words);
}

static enum err check_session(struct verifier *verifier, struct bytes key,
                              struct bytes value)
{
    static const struct index_words words = {
        .to_nothing = "a session entry leads to no event",
        .to_another = "a session entry leads to another's event",
        .is_inbox = false};
    return check_posting(verifier, key, value, &words);
}

static enum err check_remembered(struct verifier *verifier,
                                 const struct record_place *place,
                                 uint32_t id_s)
{
    struct record record;
    struct envelope envelope;
    struct id id;
    enum err err =
        follow(verifier, place, "a remembered id leads to no event", &record);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    bool agrees = (record.flags & RECORD_REMEMBERED) != 0;
    if (envelope_read(record.envelope, &envelope) == ERR_OK &&
        id_read(envelope.id, &id) == ERR_OK) {
        agrees = agrees && dedupe_seconds(id_time_us(&id)) == id_s;
    }
    if (!agrees) {
        report(verifier, place->log, place->seq,
               "a remembered id leads to another event");
    }
    return ERR_OK;
}

static enum err check_dedupe(struct verifier *verifier, struct bytes key,
                             struct bytes value)
{
    struct reader in = reader_of(value);
    uint64_t ordinal = 0;
    if (key_dedupe_read(key, &ordinal) != ERR_OK ||
        value.len % DEDUPE_ENTRY_BYTES != 0) {
        report(verifier, 0, 0, "remembered ids cannot be read");
        return ERR_OK;
    }
    enum err err = ERR_OK;
    while (in.rest.len > 0 && err == ERR_OK) {
        struct record_place place = {.swarm = verifier->swarm};
        reader_u64(&in);
        place.log = reader_u16(&in);
        place.seq = reader_u64(&in);
        uint32_t id_s = reader_u32(&in);
        reader_u32(&in);
        err = check_remembered(verifier, &place, id_s);
    }
    return err;
}

static enum err check_import(struct verifier *verifier, struct bytes key,
                             struct bytes value)
{
    (void)key;
    struct reader in = reader_of(value);
    struct record_place place = {.swarm = verifier->swarm};
    place.log = reader_u16(&in);
    place.seq = reader_u64(&in);
    struct record record;
    if (in.err != ERR_OK) {
        report(verifier, 0, 0, "an import cannot be read");
        return ERR_OK;
    }
    enum err err =
        follow(verifier, &place, "an import leads to no event", &record);
    if (err == ERR_OK && !(record.flags & RECORD_IMPORTED)) {
        report(verifier, place.log, place.seq,
               "an import leads to another event");
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- the whole ---------------------------------------------------------- */

static enum err check_all(struct verifier *verifier)
{
    struct key from = key_swarm(verifier->swarm);
    struct key to = key_swarm_end(verifier->swarm);
    enum err err = ERR_OK;
    for (size_t log = 0; log < LOG_COUNT && err == ERR_OK; log++) {
        err = check_log(verifier, (uint16_t)log);
    }
    if (err == ERR_OK) {
        err = walk(verifier, FAMILY_INBOX, from, to, check_inbox);
    }
    if (err == ERR_OK) {
        err = walk(verifier, FAMILY_SESSIONS, from, to, check_session);
    }
    if (err == ERR_OK) {
        err = walk(verifier, FAMILY_DEDUPE, key_dedupe(verifier->swarm, 1), to,
                   check_dedupe);
    }
    return err == ERR_OK
               ? walk(verifier, FAMILY_IMPORTS, from, to, check_import)
               : err;
}

enum err
store_verify(struct store *store, uint32_t swarm,
             void (*fault)(void *context, const struct store_fault *fault),
             void (*progress)(void *context, const struct store_verify *so_far),
             void *context, struct store_verify *out)
{
    if (!store_find_swarm(store, swarm)) {
        return ERR_NOT_FOUND;
    }
    struct verifier verifier = {.store = store,
                                .swarm = swarm,
                                .fault = fault,
                                .progress = progress,
                                .context = context};
    for (size_t log = 0; log < LOG_COUNT; log++) {
        verifier.heads[log] = store_logged(store, swarm, (uint16_t)log);
    }
    buf_init(&verifier.value, RECORD_MAX);
    enum err err = check_all(&verifier);
    buf_fini(&verifier.value);
    if (err == ERR_OK) {
        *out = verifier.result;
    }
    return err;
}
