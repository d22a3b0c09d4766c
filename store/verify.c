/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/id.h"
#include "proto/envelope.h"
#include "store/format/key.h"
#include "store/store_internal.h"

/* Events are read in the order of the log, a segment at a time, and leave what
 * the indexes must agree with in a table of the segment. Then every index is
 * walked in its own order against the table, and what no entry led to is
 * missing. So nothing is read at random, and memory is bounded, at the price
 * of one walk over the indexes per segment.
 *
 * Only what was logged when the walk began is looked at, so that writing may
 * go on. */

enum {
    PROGRESS_EVERY = 4096,
    SEGMENT_EVENTS = 1 << 22 /* 16 bytes each */
};

/* Record flags are the low three bits. */
enum slot_flag {
    SLOT_HAS_ID = 8,
    SLOT_PRESENT = 16,
    SLOT_DAMAGED = 32, /* present, but says nothing about indexes */
    SLOT_IN_INBOX = 64,
    SLOT_IN_SESSION = 128
};

struct slot {
    uint32_t address;
    uint32_t session;
    uint32_t id_s;
    uint32_t flags;
};

struct verifier {
    struct store *store;
    uint32_t swarm;
    void (*fault)(void *context, const struct store_fault *fault);
    void (*progress)(void *context, const struct store_verify *so_far);
    void *context;
    uint64_t heads[LOG_COUNT];
    uint16_t log; /* the segment at hand */
    uint64_t first;
    uint64_t last;
    uint64_t epoch; /* of the event before */
    /* Every index is walked once per segment; what concerns no event is
     * reported the first time only. */
    bool is_first_walk;
    struct slot *slots;
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

/* ---- events -------------------------------------------------------------- */

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

static void fill_slot(struct slot *slot, const struct record *record)
{
    struct envelope envelope;
    struct id id;
    slot->address = record->address;
    slot->session = record->session;
    slot->flags = SLOT_PRESENT | record->flags;
    if (envelope_read(record->envelope, &envelope) == ERR_OK &&
        id_read(envelope.id, &id) == ERR_OK) {
        slot->flags |= SLOT_HAS_ID;
        slot->id_s = dedupe_seconds(id_time_us(&id));
    }
}

static void check_event(struct verifier *verifier,
                        const struct record_place *place, struct bytes value)
{
    struct record record;
    struct slot *slot = &verifier->slots[place->seq - verifier->first];
    struct store_verify *result = &verifier->result;
    result->events++;
    result->bytes += value.len;
    if (verifier->progress && result->events % PROGRESS_EVERY == 0) {
        verifier->progress(verifier->context, result);
    }
    if (record_read(value, place, &record) != ERR_OK) {
        slot->flags = SLOT_PRESENT | SLOT_DAMAGED;
        report(verifier, place->log, place->seq,
               "the record does not match its checksum");
        return;
    }
    if (record.epoch < verifier->epoch) {
        report(verifier, place->log, place->seq, "the epoch falls");
    }
    verifier->epoch = record.epoch;
    result->tombstones += (record.flags & RECORD_ERASED) != 0;
    check_stamp(verifier, place, &record);
    fill_slot(slot, &record);
}

/* Checks what the walk gives until it ends or fails; ${*expected} is one past
 * the last event met. */
static enum err check_events(struct verifier *verifier,
                             struct engine_iterator *iterator,
                             uint64_t *expected)
{
    for (;;) {
        struct record_place place;
        struct bytes key;
        struct bytes value;
        enum err err = engine_iterator_next(verifier->store->engine, iterator,
                                            &key, &value);
        if (err == ERR_OK) {
            err = key_event_read(key, &place.swarm, &place.log, &place.seq);
        }
        if (err != ERR_OK) {
            return err;
        }
        if (place.seq != *expected) {
            report(verifier, place.log, *expected,
                   "events are missing from here on");
        }
        *expected = place.seq + 1;
        check_event(verifier, &place, value);
    }
}

static enum err read_events(struct verifier *verifier)
{
    struct engine *engine = verifier->store->engine;
    struct key from =
        key_event(verifier->swarm, verifier->log, verifier->first);
    struct key to =
        key_event(verifier->swarm, verifier->log, verifier->last + 1);
    struct engine_iterator *iterator =
        engine_iterate(engine, FAMILY_EVENTS, key_bytes(&from), key_bytes(&to));
    uint64_t expected = verifier->first;
    enum err err = check_events(verifier, iterator, &expected);
    engine_iterator_free(engine, iterator);
    if (err == ERR_NOT_FOUND && expected <= verifier->last) {
        report(verifier, verifier->log, expected,
               "events are missing from here on");
    }
    if (err == ERR_CORRUPT) {
        report(verifier, verifier->log, expected,
               "from here on the files do not match their checksums");
    }
    return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

/* ---- indexes ------------------------------------------------------------- */

/* Whether an entry leads out of the log: to no log, before its start, or
 * beyond its end (what was logged since the walk began is not). */
static bool leads_nowhere(const struct verifier *verifier, uint16_t log,
                          uint64_t seq)
{
    return log >= LOG_COUNT ||
           seq < store_first(verifier->store, verifier->swarm, log) ||
           (seq > verifier->heads[log] &&
            seq > store_logged(verifier->store, verifier->swarm, log));
}

/* The slot an index entry leads to. NULL if that is not of this segment, or
 * damaged, or, which it reports, not there. */
static struct slot *follow(struct verifier *verifier, uint16_t log,
                           uint64_t seq, const char *to_nothing)
{
    if (leads_nowhere(verifier, log, seq)) {
        if (verifier->is_first_walk) {
            report(verifier, log, seq, to_nothing);
        }
        return NULL;
    }
    if (log != verifier->log || seq < verifier->first || seq > verifier->last) {
        return NULL;
    }
    struct slot *slot = &verifier->slots[seq - verifier->first];
    if (!(slot->flags & SLOT_PRESENT)) {
        report(verifier, log, seq, to_nothing);
        return NULL;
    }
    return slot->flags & SLOT_DAMAGED ? NULL : slot;
}

/* One for each of the two indexes. */
struct index_words {
    const char *to_nothing;
    const char *to_another;
    bool is_inbox;
};

static void check_entry(struct verifier *verifier, uint32_t name, uint16_t log,
                        uint64_t seq, const struct index_words *words)
{
    struct slot *slot = follow(verifier, log, seq, words->to_nothing);
    if (!slot) {
        return;
    }
    if ((words->is_inbox ? slot->address : slot->session) != name) {
        report(verifier, log, seq, words->to_another);
        return;
    }
    slot->flags |= words->is_inbox ? SLOT_IN_INBOX : SLOT_IN_SESSION;
}

static void check_posting(struct verifier *verifier, struct bytes key,
                          struct bytes value, const struct index_words *words)
{
    struct posting_walk posting;
    uint32_t name = 0;
    uint16_t log = 0;
    uint64_t last = 0;
    if (key_posting_read(key, &name, &log, &last) != ERR_OK ||
        posting_open(last, value, &posting) != ERR_OK) {
        if (verifier->is_first_walk) {
            report(verifier, log, last, "an index entry cannot be read");
        }
        return;
    }
    for (uint64_t seq = 0; posting_next(&posting, &seq);) {
        check_entry(verifier, name, log, seq, words);
    }
}

static void check_inbox(struct verifier *verifier, struct bytes key,
                        struct bytes value)
{
    static const struct index_words words = {
        .to_nothing = "an inbox entry leads to no event",
        .to_another = "an inbox entry leads to another's event",
        .is_inbox = true};
    check_posting(verifier, key, value, &words);
}

static void check_session(struct verifier *verifier, struct bytes key,
                          struct bytes value)
{
    static const struct index_words words = {
        .to_nothing = "a session entry leads to no event",
        .to_another = "a session entry leads to another's event",
        .is_inbox = false};
    check_posting(verifier, key, value, &words);
}

static void check_dedupe(struct verifier *verifier, struct bytes key,
                         struct bytes value)
{
    struct reader in = reader_of(value);
    uint64_t ordinal = 0;
    if (key_dedupe_read(key, &ordinal) != ERR_OK ||
        value.len % DEDUPE_ENTRY_BYTES != 0) {
        if (verifier->is_first_walk) {
            report(verifier, 0, 0, "remembered ids cannot be read");
        }
        return;
    }
    while (in.rest.len > 0) {
        struct dedupe_entry entry = dedupe_entry_read(&in);
        const struct slot *slot = follow(verifier, entry.log, entry.seq,
                                         "a remembered id leads to no event");
        if (slot && (!(slot->flags & RECORD_REMEMBERED) ||
                     (slot->flags & SLOT_HAS_ID && slot->id_s != entry.id_s))) {
            report(verifier, entry.log, entry.seq,
                   "a remembered id leads to another event");
        }
    }
}

static void check_import(struct verifier *verifier, struct bytes key,
                         struct bytes value)
{
    (void)key;
    struct reader in = reader_of(value);
    uint16_t log = reader_u16(&in);
    uint64_t seq = reader_u64(&in);
    if (in.err != ERR_OK) {
        if (verifier->is_first_walk) {
            report(verifier, 0, 0, "an import cannot be read");
        }
        return;
    }
    const struct slot *slot =
        follow(verifier, log, seq, "an import leads to no event");
    if (slot && !(slot->flags & RECORD_IMPORTED)) {
        report(verifier, log, seq, "an import leads to another event");
    }
}

static enum err walk(struct verifier *verifier, enum family family,
                     struct key from,
                     void (*check)(struct verifier *verifier, struct bytes key,
                                   struct bytes value))
{
    struct engine *engine = verifier->store->engine;
    struct key to = key_swarm_end(verifier->swarm);
    struct engine_iterator *iterator =
        engine_iterate(engine, family, key_bytes(&from), key_bytes(&to));
    struct bytes key;
    struct bytes value;
    enum err err = ERR_OK;
    while ((err = engine_iterator_next(engine, iterator, &key, &value)) ==
           ERR_OK) {
        check(verifier, key, value);
    }
    engine_iterator_free(engine, iterator);
    if (err == ERR_CORRUPT && verifier->is_first_walk) {
        report(verifier, 0, 0, "an index does not match its files' checksums");
    }
    return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

static enum err walk_indexes(struct verifier *verifier)
{
    struct key from = key_swarm(verifier->swarm);
    enum err err = walk(verifier, FAMILY_INBOX, from, check_inbox);
    if (err == ERR_OK) {
        err = walk(verifier, FAMILY_SESSIONS, from, check_session);
    }
    if (err == ERR_OK) {
        err = walk(verifier, FAMILY_IMPORTS, from, check_import);
    }
    /* Ordinal 0 is the floor. */
    if (err == ERR_OK) {
        err = walk(verifier, FAMILY_DEDUPE, key_dedupe(verifier->swarm, 1),
                   check_dedupe);
    }
    verifier->is_first_walk = false;
    return err;
}

/* ---- what no entry led to ------------------------------------------------ */

/* Trimming takes inbox entries away, also while this runs. */
static enum err check_missing(struct verifier *verifier, uint64_t seq)
{
    const struct slot *slot = &verifier->slots[seq - verifier->first];
    if (!(slot->flags & SLOT_PRESENT) || slot->flags & SLOT_DAMAGED) {
        return ERR_OK;
    }
    if (slot->session != 0 && !(slot->flags & SLOT_IN_SESSION)) {
        report(verifier, verifier->log, seq,
               "the event is missing from its session");
    }
    if (slot->address == 0 || slot->flags & SLOT_IN_INBOX) {
        return ERR_OK;
    }
    uint64_t floor = 0;
    enum err err = store_trim_floor(verifier->store, verifier->swarm,
                                    slot->address, verifier->log, &floor);
    if (err == ERR_OK && seq >= floor) {
        report(verifier, verifier->log, seq,
               "the event is missing from its inbox");
    }
    return err;
}

/* ---- the whole ----------------------------------------------------------- */

static enum err check_segment(struct verifier *verifier)
{
    size_t count = (size_t)(verifier->last - verifier->first + 1);
    verifier->slots = mem_new_array(count, sizeof(*verifier->slots));
    enum err err = read_events(verifier);
    if (err == ERR_OK) {
        err = walk_indexes(verifier);
    }
    for (uint64_t seq = verifier->first; seq <= verifier->last; seq++) {
        err = err == ERR_OK ? check_missing(verifier, seq) : err;
    }
    free(verifier->slots);
    verifier->slots = NULL;
    return err;
}

static enum err check_log(struct verifier *verifier, uint16_t log)
{
    uint64_t head = verifier->heads[log];
    verifier->log = log;
    verifier->epoch = 0;
    verifier->first = store_first(verifier->store, verifier->swarm, log);
    enum err err = ERR_OK;
    while (err == ERR_OK && verifier->first <= head) {
        verifier->last = verifier->first + SEGMENT_EVENTS - 1;
        verifier->last = verifier->last < head ? verifier->last : head;
        err = check_segment(verifier);
        verifier->first = verifier->last + 1;
    }
    return err;
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
                                .context = context,
                                .first = 1,
                                .is_first_walk = true};
    for (size_t log = 0; log < LOG_COUNT; log++) {
        verifier.heads[log] = store_logged(store, swarm, (uint16_t)log);
    }
    enum err err = ERR_OK;
    for (size_t log = 0; log < LOG_COUNT && err == ERR_OK; log++) {
        err = check_log(&verifier, (uint16_t)log);
    }
    if (err == ERR_OK && verifier.is_first_walk) {
        err = walk_indexes(&verifier); /* of a swarm without events */
    }
    if (err == ERR_OK) {
        *out = verifier.result;
    }
    return err;
}
