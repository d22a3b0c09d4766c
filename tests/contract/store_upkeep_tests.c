/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"
#include "proto/envelope.h"
#include "store/store_internal.h"
#include "tests/contract/store_fixture.h"

/* ---- erasing ------------------------------------------------------------- */

static void an_erased_event_leaves_a_tombstone_in_place(void **state)
{
    struct fixture *fixture = *state;
    struct arena arena;
    struct store_event found;
    struct envelope envelope;
    struct stamp stamp;
    char text[256];
    arena_init(&arena, 1 << 20);
    contract_fill(fixture->store, fixture->swarm, 0, 3);
    assert_int_equal(store_erase(fixture->store, fixture->swarm, 0, 2), ERR_OK);
    assert_int_equal(
        store_read_one(fixture->store, fixture->swarm, 0, 2, &arena, &found),
        ERR_OK);
    assert_true(found.erased);
    assert_int_equal(found.body.len, 0);
    assert_int_equal(found.time_us, contract_time_us(1));
    assert_int_equal(envelope_read(found.envelope, &envelope), ERR_OK);
    assert_int_equal(envelope.id.len, 16);
    assert_true(bytes_equal_text(envelope.kind, "note.test"));
    assert_true(bytes_equal_text(envelope.team, "red"));
    assert_true(bytes_equal_text(envelope.session, "session-1"));
    assert_int_equal(envelope.to.len, 0);
    assert_int_equal(stamp_read(found.stamp, &stamp), ERR_OK);
    assert_true(stamp.erased);
    assert_int_equal(stamp.seq, 2);
    assert_int_equal(stamp.principal.len, 0);
    assert_int_equal(stamp.from.len, 0);
    assert_string_equal(
        positions(store_read_inbox(fixture->store, fixture->swarm,
                                   BYTES_LITERAL("agent:1"), 0, 1, 99),
                  text),
        "2");
    assert_int_equal(store_erase(fixture->store, fixture->swarm, 0, 2), ERR_OK);
    assert_int_equal(store_erase(fixture->store, fixture->swarm, 0, 4),
                     ERR_NOT_FOUND);
    arena_fini(&arena);
}

static void what_was_erased_stays_away(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_fill(fixture->store, fixture->swarm, 0, 2);
    assert_int_equal(store_erase(fixture->store, fixture->swarm, 0, 2), ERR_OK);
    contract_event_init(&event, fixture->swarm, 1);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_REPEAT);
    assert_int_equal(event.append.seq, 2);
    contract_event_fini(&event);
}

/* ---- verifying ----------------------------------------------------------- */

static void count_fault(void *context, const struct store_fault *fault)
{
    print_message("fault: log %u, position %llu: %s\n", fault->log,
                  (unsigned long long)fault->seq, fault->sentence);
    (*(size_t *)context)++;
}

static void a_healthy_store_verifies(void **state)
{
    struct fixture *fixture = *state;
    struct store_verify result;
    size_t faults = 0;
    uint64_t epoch = 0;
    contract_fill(fixture->store, fixture->swarm, 0, 40);
    assert_int_equal(store_begin_epoch(fixture->store, fixture->swarm,
                                       contract_time_us(40), &epoch),
                     ERR_OK);
    contract_fill(fixture->store, fixture->swarm, 40, 20);
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 60);
    event.append.source = BYTES_LITERAL("trace");
    event.append.source_id = BYTES_LITERAL("row-1");
    append_one(fixture, &event.append);
    event.append.log = 1;
    event.append.source_id = event.append.id = bytes_of(NULL, 0);
    event.append.address = bytes_of(NULL, 0);
    append_one(fixture, &event.append);
    contract_event_fini(&event);
    assert_int_equal(store_erase(fixture->store, fixture->swarm, 0, 7), ERR_OK);
    assert_int_equal(store_trim_inbox(fixture->store, fixture->swarm,
                                      BYTES_LITERAL("agent:1"), 0, 30),
                     ERR_OK);
    assert_int_equal(store_verify(fixture->store, fixture->swarm, count_fault,
                                  NULL, &faults, &result),
                     ERR_OK);
    assert_int_equal(faults, 0);
    assert_int_equal(result.faults, 0);
    assert_int_equal(result.events, 62);
    assert_int_equal(result.tombstones, 1);
    assert_true(result.bytes > 2000);
}

/* Each plants one fault in a store of 10 events, and says which sentence must
 * come up. */
struct plant {
    const char *sentence;
    void (*plant)(struct engine *engine, uint32_t swarm);
};

static void put(struct engine *engine, enum family family, struct key key,
                struct bytes value)
{
    struct engine_batch *batch = engine_batch_new(engine);
    engine_batch_put(engine, batch, family, key_bytes(&key), value);
    assert_int_equal(engine_write(engine, batch), ERR_OK);
    engine_batch_free(engine, batch);
}

static void drop(struct engine *engine, enum family family, struct key key)
{
    struct engine_batch *batch = engine_batch_new(engine);
    engine_batch_remove(engine, batch, family, key_bytes(&key));
    assert_int_equal(engine_write(engine, batch), ERR_OK);
    engine_batch_free(engine, batch);
}

static void get(struct engine *engine, enum family family, struct key key,
                struct buf *out)
{
    buf_init(out, 1 << 20);
    assert_int_equal(engine_get(engine, family, key_bytes(&key), out), ERR_OK);
}

static void plant_hole(struct engine *engine, uint32_t swarm)
{
    drop(engine, FAMILY_EVENTS, key_event(swarm, 0, 4));
}

static void plant_lost_tail(struct engine *engine, uint32_t swarm)
{
    drop(engine, FAMILY_EVENTS, key_event(swarm, 0, 10));
}

static void plant_flipped_bit(struct engine *engine, uint32_t swarm)
{
    struct buf value;
    struct key key = key_event(swarm, 0, 4);
    get(engine, FAMILY_EVENTS, key, &value);
    value.data[value.len / 2] ^= 1;
    put(engine, FAMILY_EVENTS, key, buf_bytes(&value));
    buf_fini(&value);
}

static void plant_moved_record(struct engine *engine, uint32_t swarm)
{
    struct buf value;
    get(engine, FAMILY_EVENTS, key_event(swarm, 0, 3), &value);
    put(engine, FAMILY_EVENTS, key_event(swarm, 0, 4), buf_bytes(&value));
    buf_fini(&value);
}

/* Writes event 4 again with another epoch, or the stamp of event 3. */
static void rewrite(struct engine *engine, uint32_t swarm, bool other_stamp)
{
    struct buf value;
    struct buf other;
    struct buf out;
    struct record record;
    struct record donor;
    struct record_place place = {.swarm = swarm, .seq = 3};
    get(engine, FAMILY_EVENTS, key_event(swarm, 0, 3), &other);
    assert_int_equal(record_read(buf_bytes(&other), &place, &donor), ERR_OK);
    place.seq = 4;
    get(engine, FAMILY_EVENTS, key_event(swarm, 0, 4), &value);
    assert_int_equal(record_read(buf_bytes(&value), &place, &record), ERR_OK);
    if (other_stamp) {
        record.stamp = donor.stamp;
    } else {
        record.epoch = 0;
    }
    buf_init(&out, 1 << 20);
    assert_int_equal(record_write(&record, &place, &out), ERR_OK);
    put(engine, FAMILY_EVENTS, key_event(swarm, 0, 4), buf_bytes(&out));
    buf_fini(&out);
    buf_fini(&value);
    buf_fini(&other);
}

static void plant_other_stamp(struct engine *engine, uint32_t swarm)
{
    rewrite(engine, swarm, true);
}

static void plant_falling_epoch(struct engine *engine, uint32_t swarm)
{
    rewrite(engine, swarm, false);
}

/* Names are numbered as they appear: agent:0 is 1, session-0 is 2, agent:1 is
 * 3, session-1 is 4. agent:0 has events 1 and 6; session-0 1, 4, 7 and 10. */
static void plant_lost_inbox_entry(struct engine *engine, uint32_t swarm)
{
    drop(engine, FAMILY_INBOX, key_posting(swarm, 1, 0, 6));
}

static void plant_lost_session_entry(struct engine *engine, uint32_t swarm)
{
    drop(engine, FAMILY_SESSIONS, key_posting(swarm, 2, 0, 10));
}

static void plant_anothers_inbox_entry(struct engine *engine, uint32_t swarm)
{
    put(engine, FAMILY_INBOX, key_posting(swarm, 1, 0, 9), bytes_of("\0\0", 2));
}

static void plant_anothers_session_entry(struct engine *engine, uint32_t swarm)
{
    put(engine, FAMILY_SESSIONS, key_posting(swarm, 2, 0, 9),
        bytes_of("\0\0", 2));
}

static void plant_inbox_entry_of_nothing(struct engine *engine, uint32_t swarm)
{
    put(engine, FAMILY_INBOX, key_posting(swarm, 1, 0, 99),
        bytes_of("\0\0", 2));
}

static void plant_session_entry_of_nothing(struct engine *engine,
                                           uint32_t swarm)
{
    put(engine, FAMILY_SESSIONS, key_posting(swarm, 2, 1, 1),
        bytes_of("\0\0", 2));
}

static void plant_bad_posting(struct engine *engine, uint32_t swarm)
{
    put(engine, FAMILY_INBOX, key_posting(swarm, 1, 0, 6), bytes_of("\0", 1));
}

static void plant_other_id(struct engine *engine, uint32_t swarm)
{
    struct buf value;
    struct key key = key_dedupe(swarm, 10);
    get(engine, FAMILY_DEDUPE, key, &value);
    value.data[21] ^= 1; /* the last byte of the id's time */
    put(engine, FAMILY_DEDUPE, key, buf_bytes(&value));
    buf_fini(&value);
}

static void plant_id_of_nothing(struct engine *engine, uint32_t swarm)
{
    struct buf value;
    struct key key = key_dedupe(swarm, 10);
    get(engine, FAMILY_DEDUPE, key, &value);
    value.data[17] = 99; /* the last byte of the position */
    put(engine, FAMILY_DEDUPE, key, buf_bytes(&value));
    buf_fini(&value);
}

static void plant_import_of_another(struct engine *engine, uint32_t swarm)
{
    put(engine, FAMILY_IMPORTS,
        key_import(swarm, BYTES_LITERAL("s"), BYTES_LITERAL("i")),
        bytes_of("\0\0\0\0\0\0\0\0\0\4", 10));
}

static void plant_import_of_nothing(struct engine *engine, uint32_t swarm)
{
    put(engine, FAMILY_IMPORTS,
        key_import(swarm, BYTES_LITERAL("s"), BYTES_LITERAL("i")),
        bytes_of("\0\0\0\0\0\0\0\0\0\x63", 10));
}

static const struct plant plants[] = {
    {"events are missing from here on", plant_hole},
    {"events are missing from here on", plant_lost_tail},
    {"the record does not match its checksum", plant_flipped_bit},
    {"the record does not match its checksum", plant_moved_record},
    {"the stamp names another place", plant_other_stamp},
    {"the epoch falls", plant_falling_epoch},
    {"the event is missing from its inbox", plant_lost_inbox_entry},
    {"the event is missing from its session", plant_lost_session_entry},
    {"an inbox entry leads to another's event", plant_anothers_inbox_entry},
    {"a session entry leads to another's event", plant_anothers_session_entry},
    {"an inbox entry leads to no event", plant_inbox_entry_of_nothing},
    {"a session entry leads to no event", plant_session_entry_of_nothing},
    {"an index entry cannot be read", plant_bad_posting},
    {"a remembered id leads to another event", plant_other_id},
    {"a remembered id leads to no event", plant_id_of_nothing},
    {"an import leads to another event", plant_import_of_another},
    {"an import leads to no event", plant_import_of_nothing},
};

struct expected {
    const char *sentence;
    size_t found;
};

static void match_fault(void *context, const struct store_fault *fault)
{
    struct expected *expected = context;
    expected->found += strcmp(fault->sentence, expected->sentence) == 0;
}

/* In a swarm of its own; gives how often the sentence came up. */
static size_t plant_and_verify(struct fixture *fixture, size_t which)
{
    struct expected expected = {.sentence = plants[which].sentence};
    struct store_verify result;
    uint32_t swarm = 0;
    uint64_t epoch = 0;
    char name[16];
    snprintf(name, sizeof(name), "swarm %zu", which);
    assert_int_equal(store_swarm(fixture->store, bytes_of_text(name), &swarm),
                     ERR_OK);
    assert_int_equal(
        store_begin_epoch(fixture->store, swarm, contract_time_us(0), &epoch),
        ERR_OK);
    contract_fill(fixture->store, swarm, 0, 10);
    plants[which].plant(store_engine(fixture->store), swarm);
    assert_int_equal(store_verify(fixture->store, swarm, match_fault, NULL,
                                  &expected, &result),
                     ERR_OK);
    assert_true(result.faults >= expected.found);
    return expected.found;
}

static void every_planted_fault_is_found(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < ARRAY_LEN(plants); i++) {
        print_message("planted: %s (%zu)\n", plants[i].sentence, i);
        assert_true(plant_and_verify(fixture, i) > 0);
    }
}

static void a_fault_of_one_swarm_is_not_anothers(void **state)
{
    struct fixture *fixture = *state;
    struct store_verify result;
    assert_true(plant_and_verify(fixture, 0) > 0);
    contract_fill(fixture->store, fixture->swarm, 0, 10);
    assert_int_equal(
        store_verify(fixture->store, fixture->swarm, NULL, NULL, NULL, &result),
        ERR_OK);
    assert_int_equal(result.faults, 0);
}

static void damage_is_read_as_damage(void **state)
{
    struct fixture *fixture = *state;
    struct store_event event;
    struct engine *engine = store_engine(fixture->store);
    contract_fill(fixture->store, fixture->swarm, 0, 6);
    plant_flipped_bit(engine, fixture->swarm);
    drop(engine, FAMILY_EVENTS, key_event(fixture->swarm, 0, 2));
    const enum err expected[] = {ERR_OK, ERR_CORRUPT, ERR_CORRUPT,
                                 ERR_OK, ERR_OK,      ERR_NOT_FOUND};
    struct store_reader *reader =
        store_read_log(fixture->store, fixture->swarm, 0, 1, 99);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        assert_int_equal(store_reader_next(reader, &event), expected[i]);
    }
    store_reader_close(reader);
    struct arena arena;
    arena_init(&arena, 1 << 16);
    assert_int_equal(
        store_read_one(fixture->store, fixture->swarm, 0, 2, &arena, &event),
        ERR_CORRUPT);
    assert_int_equal(
        store_read_one(fixture->store, fixture->swarm, 0, 4, &arena, &event),
        ERR_CORRUPT);
    arena_fini(&arena);
}

int store_contract_upkeep(store_contract_open *open)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_erased_event_leaves_a_tombstone_in_place, open),
        FIXTURE_TEST(what_was_erased_stays_away, open),
        FIXTURE_TEST(a_healthy_store_verifies, open),
        FIXTURE_TEST(every_planted_fault_is_found, open),
        FIXTURE_TEST(a_fault_of_one_swarm_is_not_anothers, open),
        FIXTURE_TEST(damage_is_read_as_damage, open),
    };
    return cmocka_run_group_tests_name("erasing and verifying", tests, NULL,
                                       NULL);
}
