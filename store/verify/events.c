/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/id.h"
#include "proto/envelope.h"
#include "store/format/key.h"
#include "store/verify/verify.h"

enum {
    PROGRESS_EVERY = 4096,
    PROBE_MIN = 64,
    SUSPECT_BYTES = ENGINE_FILE_MAX
};

static void check_stamp(struct verifier *verifier,
                        const struct record_place *place,
                        const struct record *record)
{
    struct stamp stamp;
    bool is_erased = (record->flags & RECORD_ERASED) != 0;
    if (stamp_read(record->stamp, &stamp) != ERR_OK) {
        verify_report(verifier, STORE_FAULT_RECORD, place->log, place->seq,
                      "the stamp cannot be read");
    } else if (stamp.log != place->log || stamp.seq != place->seq ||
               stamp.epoch != record->epoch ||
               stamp.time_us != record->time_us) {
        verify_report(verifier, STORE_FAULT_STAMP, place->log, place->seq,
                      "the stamp names another place");
    } else if (stamp.erased != is_erased) {
        verify_report(verifier, STORE_FAULT_STAMP, place->log, place->seq,
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
        verify_report(verifier, STORE_FAULT_RECORD, place->log, place->seq,
                      "the record does not match its checksum");
        return;
    }
    if (record.epoch < verifier->epoch) {
        verify_report(verifier, STORE_FAULT_STAMP, place->log, place->seq,
                      "the epoch falls");
    }
    verifier->epoch = record.epoch;
    result->tombstones += (record.flags & RECORD_ERASED) != 0;
    check_stamp(verifier, place, &record);
    fill_slot(slot, &record);
}

static void report_missing(struct verifier *verifier, uint64_t first,
                           uint64_t last)
{
    verify_report_run(
        verifier,
        (struct store_fault){.kind = STORE_FAULT_MISSING,
                             .log = verifier->log,
                             .seq = first,
                             .last_seq = last,
                             .sentence = "events are missing from here on"});
}

/* Checks what a walk from ${*expected} gives until it ends or fails;
 * ${*expected} is one past the last event met. */
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
            report_missing(verifier, *expected, place.seq - 1);
        }
        *expected = place.seq + 1;
        check_event(verifier, &place, value);
    }
}

static enum err walk_events(struct verifier *verifier, uint64_t *expected)
{
    struct engine *engine = verifier->store->engine;
    struct key from = key_event(verifier->swarm, verifier->log, *expected);
    struct key to =
        key_event(verifier->swarm, verifier->log, verifier->last + 1);
    struct engine_iterator *iterator =
        engine_iterate(engine, FAMILY_EVENTS, key_bytes(&from), key_bytes(&to));
    enum err err = check_events(verifier, iterator, expected);
    engine_iterator_free(engine, iterator);
    return err;
}

/* Positions one after the other that cannot be had for the same reason. */
struct run {
    enum err err; /* ERR_OK: none */
    uint64_t first;
    char file[SUSPECT_BYTES];
};

static void end_run(struct verifier *verifier, struct run *run, uint64_t last)
{
    if (run->err == ERR_NOT_FOUND) {
        report_missing(verifier, run->first, last);
    } else if (run->err != ERR_OK) {
        verify_report_run(verifier,
                          (struct store_fault){
                              .kind = STORE_FAULT_FILE,
                              .log = verifier->log,
                              .seq = run->first,
                              .last_seq = last,
                              .file = run->file,
                              .sentence =
                                  "the files that hold these events cannot be "
                                  "read, or do not match their checksums"});
    }
    run->err = ERR_OK;
}

static void extend_run(struct verifier *verifier, struct run *run, enum err err,
                       uint64_t seq)
{
    bool is_same =
        verify_is_damage(err) ? verify_is_damage(run->err) : run->err == err;
    if (verify_is_damage(err)) {
        verifier->slots[seq - verifier->first].flags =
            SLOT_PRESENT | SLOT_DAMAGED;
    }
    if (!is_same) {
        end_run(verifier, run, seq - 1);
        run->err = err;
        run->first = seq;
        snprintf(run->file, sizeof(run->file), "%s",
                 engine_suspect(verifier->store->engine));
    }
}

/* Where a walk fails, positions are asked for one by one, until as many in
 * turn could be had that a walk is worth another try. Gives the next one. */
static uint64_t probe_events(struct verifier *verifier, uint64_t from,
                             uint64_t patience)
{
    struct record_place place = {verifier->swarm, verifier->log, from};
    struct run run = {.err = ERR_OK};
    struct buf value;
    uint64_t good = 0;
    buf_init(&value, RECORD_MAX);
    for (; place.seq <= verifier->last && good < patience; place.seq++) {
        struct key key = key_event(place.swarm, place.log, place.seq);
        enum err err = engine_get(verifier->store->engine, FAMILY_EVENTS,
                                  key_bytes(&key), &value);
        if (err == ERR_OK) {
            end_run(verifier, &run, place.seq - 1);
            check_event(verifier, &place, buf_bytes(&value));
            good++;
        } else {
            extend_run(verifier, &run, err, place.seq);
            good = 0;
        }
    }
    end_run(verifier, &run, place.seq - 1);
    buf_fini(&value);
    return place.seq;
}

enum err verify_events(struct verifier *verifier)
{
    uint64_t expected = verifier->first;
    uint64_t patience = PROBE_MIN;
    while (expected <= verifier->last) {
        uint64_t before = expected;
        enum err err = walk_events(verifier, &expected);
        if (err == ERR_NOT_FOUND && expected <= verifier->last) {
            report_missing(verifier, expected, verifier->last);
        }
        if (!verify_is_damage(err)) {
            return err == ERR_NOT_FOUND ? ERR_OK : err;
        }
        patience = expected > before ? PROBE_MIN : patience * 2;
        expected = probe_events(verifier, expected, patience);
    }
    return ERR_OK;
}
