/* SPDX-License-Identifier: MIT */
#include "tests/contract/store_contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"
#include "proto/envelope.h"
#include "store/store_internal.h"

/* What a test has: an empty store with one swarm, of which an epoch began. */
struct fixture {
    store_contract_open open;
    char directory[64];
    struct store *store;
    uint32_t swarm;
};

static void fixture_open(struct fixture *fixture,
                         const struct store_config *config)
{
    uint64_t epoch = 0;
    assert_int_equal(fixture->open(fixture->directory, config, &fixture->store),
                     ERR_OK);
    assert_int_equal(
        store_swarm(fixture->store, BYTES_LITERAL("default"), &fixture->swarm),
        ERR_OK);
    assert_int_equal(store_begin_epoch(fixture->store, fixture->swarm,
                                       contract_time_us(0), &epoch),
                     ERR_OK);
}

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof(*fixture));
    fixture->open = *(store_contract_open *)*state;
    contract_directory(fixture->directory);
    fixture_open(fixture, &(struct store_config){.cache_bytes = 1 << 20});
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    contract_remove(fixture->directory);
    *state = NULL;
    free(fixture);
    return 0;
}

static void append_one(struct fixture *fixture, struct store_append *append)
{
    assert_int_equal(store_append(fixture->store, append, 1), ERR_OK);
}

/* ---- appending -------------------------------------------------------------
 */

static void positions_are_dense_from_one(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(store_logged(fixture->store, fixture->swarm, 0), 0);
    assert_int_equal(store_first(fixture->store, fixture->swarm, 0), 1);
    contract_fill(fixture->store, fixture->swarm, 100, 7);
    contract_fill(fixture->store, fixture->swarm, 107, 1);
    assert_int_equal(store_logged(fixture->store, fixture->swarm, 0), 8);
    assert_int_equal(store_logged(fixture->store, fixture->swarm, 1), 0);
    contract_check(fixture->store, fixture->swarm, 100, 8);
}

static void logged_becomes_durable_by_sync(void **state)
{
    struct fixture *fixture = *state;
    contract_fill(fixture->store, fixture->swarm, 0, 3);
    assert_int_equal(store_durable(fixture->store, fixture->swarm, 0), 0);
    assert_int_equal(store_sync(fixture->store), ERR_OK);
    assert_int_equal(store_durable(fixture->store, fixture->swarm, 0), 3);
}

static void the_stamp_says_where_the_event_is(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 1);
    event.append.log = 1;
    append_one(fixture, &event.append);
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct store_event found;
    assert_int_equal(
        store_read_one(fixture->store, fixture->swarm, 1, 1, &arena, &found),
        ERR_OK);
    struct stamp stamp;
    assert_int_equal(stamp_read(found.stamp, &stamp), ERR_OK);
    assert_int_equal(stamp.log, 1);
    assert_int_equal(stamp.seq, 1);
    assert_int_equal(stamp.epoch, 1);
    assert_int_equal(stamp.time_us, event.append.time_us);
    assert_true(bytes_equal_text(stamp.principal, "p"));
    assert_false(found.erased);
    arena_fini(&arena);
    contract_event_fini(&event);
}

static void a_repeat_adds_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_fill(fixture->store, fixture->swarm, 0, 3);
    contract_event_init(&event, fixture->swarm, 1);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_REPEAT);
    assert_int_equal(event.append.seq, 2);
    assert_int_equal(event.append.epoch, 1);
    assert_int_equal(store_logged(fixture->store, fixture->swarm, 0), 3);
    contract_event_fini(&event);
}

static void a_repeat_within_a_batch_adds_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 1);
    struct store_append batch[2] = {event.append, event.append};
    assert_int_equal(store_append(fixture->store, batch, 2), ERR_OK);
    assert_int_equal(batch[0].outcome, STORE_NEW);
    assert_int_equal(batch[1].outcome, STORE_REPEAT);
    assert_int_equal(batch[1].seq, 1);
    contract_event_fini(&event);
}

static void the_same_id_with_other_bytes_is_a_conflict(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_fill(fixture->store, fixture->swarm, 1, 1);
    contract_event_init(&event, fixture->swarm, 1);
    event.append.body = BYTES_LITERAL("something else");
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_CONFLICT);
    assert_int_equal(event.append.seq, 1);
    assert_int_equal(store_logged(fixture->store, fixture->swarm, 0), 1);
    contract_event_fini(&event);
}

static void ids_are_unique_per_principal(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_fill(fixture->store, fixture->swarm, 1, 1);
    contract_event_init(&event, fixture->swarm, 1);
    event.append.principal = BYTES_LITERAL("q");
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_NEW);
    assert_int_equal(event.append.seq, 2);
    contract_event_fini(&event);
}

static void an_id_older_than_the_window_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 1);
    event.append.time_us = contract_time_us(24 * 3600 + 1);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_ID_TOO_OLD);
    event.append.time_us = contract_time_us(24 * 3600 - 1);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_NEW);
    contract_event_fini(&event);
}

static void an_event_without_id_is_never_a_repeat(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 1);
    event.append.id = bytes_of(NULL, 0);
    append_one(fixture, &event.append);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_NEW);
    assert_int_equal(event.append.seq, 2);
    contract_event_fini(&event);
}

/* What dedupe pushed out is refused as too old, never taken as new. */
static void beyond_the_maximum_old_ids_are_refused(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    contract_remove(fixture->directory);
    contract_directory(fixture->directory);
    fixture_open(fixture, &(struct store_config){.dedupe_max = 4});
    struct contract_event event;
    for (uint64_t i = 0; i < 10; i++) {
        contract_event_init(&event, fixture->swarm, i);
        struct id id = id_make(contract_time_us((int64_t)i * 10), i, i);
        event.append.id = id_bytes(&id);
        event.append.time_us = contract_time_us((int64_t)i * 10);
        append_one(fixture, &event.append);
        assert_int_equal(event.append.outcome, STORE_NEW);
        contract_event_fini(&event);
    }
    contract_event_init(&event, fixture->swarm, 5);
    struct id id = id_make(contract_time_us(50), 5, 5);
    event.append.id = id_bytes(&id);
    event.append.time_us = contract_time_us(100);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_ID_TOO_OLD);
    contract_event_fini(&event);
}

static void imports_are_unique_for_ever(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 1);
    event.append.source = BYTES_LITERAL("trace");
    event.append.source_id = BYTES_LITERAL("row-1");
    struct store_append batch[2] = {event.append, event.append};
    assert_int_equal(store_append(fixture->store, batch, 2), ERR_OK);
    assert_int_equal(batch[0].outcome, STORE_NEW);
    assert_int_equal(batch[1].outcome, STORE_REPEAT);
    contract_event_fini(&event);

    /* A year later, in a new envelope. */
    contract_event_init(&event, fixture->swarm, 2);
    event.append.source = BYTES_LITERAL("trace");
    event.append.source_id = BYTES_LITERAL("row-1");
    event.append.time_us = contract_time_us(365 * 86400);
    event.append.body = batch[0].body = BYTES_LITERAL("the body of event 1");
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_REPEAT);
    assert_int_equal(event.append.seq, 1);
    event.append.body = BYTES_LITERAL("other");
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_CONFLICT);
    event.append.source = BYTES_LITERAL("tracerow");
    event.append.source_id = BYTES_LITERAL("-1");
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_NEW);
    contract_event_fini(&event);
}

static void what_cannot_be_appended_is_refused_whole(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 1);
    struct store_append batch[2] = {event.append, event.append};
    batch[1].log = 2;
    assert_int_equal(store_append(fixture->store, batch, 2), ERR_INVALID);
    batch[1].log = 0;
    batch[1].swarm = fixture->swarm + 1;
    assert_int_equal(store_append(fixture->store, batch, 2), ERR_INVALID);
    batch[1].swarm = fixture->swarm;
    batch[1].id = BYTES_LITERAL("short");
    assert_int_equal(store_append(fixture->store, batch, 2), ERR_INVALID);
    batch[1].id = batch[0].id;
    uint8_t *large = mem_new(70000);
    batch[1].envelope = bytes_of(large, 70000);
    assert_int_equal(store_append(fixture->store, batch, 2), ERR_TOO_BIG);
    batch[1].envelope = batch[0].envelope;
    batch[1].session = bytes_of(large, 2000);
    assert_int_equal(store_append(fixture->store, batch, 2), ERR_TOO_BIG);
    free(large);
    assert_int_equal(store_logged(fixture->store, fixture->swarm, 0), 0);
    contract_fill(fixture->store, fixture->swarm, 1, 1);
    contract_event_fini(&event);
}

static void a_batch_spans_logs_swarms_and_rows(void **state)
{
    struct fixture *fixture = *state;
    uint32_t other = 0;
    assert_int_equal(
        store_swarm(fixture->store, BYTES_LITERAL("other"), &other), ERR_OK);
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 1);
    struct store_row row = {.table = STORE_TABLE_MEMORY,
                            .key = BYTES_LITERAL("k"),
                            .value = BYTES_LITERAL("v")};
    struct store_append batch[4] = {event.append, event.append, event.append};
    batch[1].swarm = other;
    batch[2].log = 1;
    batch[2].id = bytes_of(NULL, 0);
    batch[3] = (struct store_append){
        .swarm = fixture->swarm, .rows = &row, .row_count = 1};
    assert_int_equal(store_append(fixture->store, batch, 4), ERR_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(batch[i].outcome, STORE_NEW);
        assert_int_equal(batch[i].seq, 1);
    }
    assert_int_equal(batch[1].epoch, 0);
    assert_int_equal(batch[3].outcome, STORE_ROWS_ONLY);
    struct buf value;
    buf_init(&value, 64);
    assert_int_equal(store_row_get(fixture->store, fixture->swarm,
                                   STORE_TABLE_MEMORY, row.key, &value),
                     ERR_OK);
    assert_true(bytes_equal_text(buf_bytes(&value), "v"));
    assert_int_equal(store_row_get(fixture->store, other, STORE_TABLE_MEMORY,
                                   row.key, &value),
                     ERR_NOT_FOUND);
    buf_fini(&value);
    contract_event_fini(&event);
}

static void rows_of_a_repeat_are_not_written(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    struct buf value;
    buf_init(&value, 64);
    contract_event_init(&event, fixture->swarm, 1);
    struct store_row row = {.key = BYTES_LITERAL("k"),
                            .value = BYTES_LITERAL("first")};
    event.append.rows = &row;
    event.append.row_count = 1;
    append_one(fixture, &event.append);
    row.value = BYTES_LITERAL("second");
    append_one(fixture, &event.append);
    assert_int_equal(event.append.outcome, STORE_REPEAT);
    assert_int_equal(store_row_get(fixture->store, fixture->swarm, row.table,
                                   row.key, &value),
                     ERR_OK);
    assert_true(bytes_equal_text(buf_bytes(&value), "first"));
    buf_fini(&value);
    contract_event_fini(&event);
}

/* ---- failing ---------------------------------------------------------------
 */

static void below_the_reserve_events_are_refused_and_rows_pass(void **state)
{
    struct fixture *fixture = *state;
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 1);
    contract_fill(fixture->store, fixture->swarm, 0, 1);
    engine_set_faults(
        store_engine(fixture->store),
        &(struct engine_faults){.has_free_bytes = true, .free_bytes = 1000});
    uint8_t *large = mem_new(17 << 20); /* more than is written unchecked */
    event.append.body = bytes_of(large, 17 << 20);
    assert_int_equal(store_append(fixture->store, &event.append, 1), ERR_FULL);
    assert_int_equal(store_sync(fixture->store), ERR_OK);
    assert_int_equal(store_durable(fixture->store, fixture->swarm, 0), 1);
    struct store_row row = {.table = STORE_TABLE_CURSORS,
                            .key = BYTES_LITERAL("k"),
                            .value = BYTES_LITERAL("v")};
    struct store_append rows = {
        .swarm = fixture->swarm, .rows = &row, .row_count = 1};
    append_one(fixture, &rows);
    assert_int_equal(store_rows_put(fixture->store, fixture->swarm, &row, 1),
                     ERR_OK);
    assert_int_equal(store_logged(fixture->store, fixture->swarm, 0), 1);
    engine_set_faults(store_engine(fixture->store),
                      &(struct engine_faults){.has_free_bytes = true,
                                              .free_bytes = UINT64_MAX});
    assert_int_equal(store_append(fixture->store, &event.append, 1), ERR_OK);
    free(large);
    contract_event_fini(&event);
}

/* The nth write fails, for every n of a short life; from then on nothing is
 * taken, and nothing that failed is there. */
static void a_failed_write_ends_the_store(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t nth = 1; nth <= 4; nth++) {
        store_close(fixture->store);
        contract_remove(fixture->directory);
        contract_directory(fixture->directory);
        fixture_open(fixture, &(struct store_config){.cache_bytes = 1 << 20});
        engine_set_faults(
            store_engine(fixture->store),
            &(struct engine_faults){.write_nth = nth, .err = ERR_IO});
        for (uint64_t i = 1; i < nth; i++) {
            contract_fill(fixture->store, fixture->swarm, i, 1);
        }
        struct contract_event event;
        contract_event_init(&event, fixture->swarm, nth);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(store_append(fixture->store, &event.append, 1),
                             ERR_IO);
        }
        assert_int_equal(store_sync(fixture->store), ERR_IO);
        assert_int_equal(store_logged(fixture->store, fixture->swarm, 0),
                         nth - 1);
        contract_event_fini(&event);
    }
}

static void a_failed_sync_ends_the_store(void **state)
{
    struct fixture *fixture = *state;
    contract_fill(fixture->store, fixture->swarm, 1, 2);
    assert_int_equal(store_sync(fixture->store), ERR_OK);
    contract_fill(fixture->store, fixture->swarm, 3, 2);
    engine_set_faults(store_engine(fixture->store),
                      &(struct engine_faults){.sync_nth = 1, .err = ERR_IO});
    assert_int_equal(store_sync(fixture->store), ERR_IO);
    assert_int_equal(store_sync(fixture->store), ERR_IO);
    assert_int_equal(store_durable(fixture->store, fixture->swarm, 0), 2);
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 5);
    assert_int_equal(store_append(fixture->store, &event.append, 1), ERR_IO);
    contract_event_fini(&event);
}

/* ---- reading ----------------------------------------------------------------
 */

/* The positions a reader gives, as text: "1 4 7". */
static const char *positions(struct store_reader *reader, char out[256])
{
    struct store_event event;
    size_t len = 0;
    enum err err = ERR_OK;
    out[0] = '\0';
    while ((err = store_reader_next(reader, &event)) == ERR_OK) {
        len += (size_t)snprintf(out + len, 256 - len, "%s%d", len ? " " : "",
                                (int)event.seq);
        assert_true(len < 250);
    }
    assert_int_equal(err, ERR_NOT_FOUND);
    assert_int_equal(store_reader_next(reader, &event), ERR_NOT_FOUND);
    store_reader_close(reader);
    return out;
}

static void a_log_reader_keeps_its_bounds(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->store;
    uint32_t swarm = fixture->swarm;
    char text[256];
    assert_string_equal(
        positions(store_read_log(store, swarm, 0, 1, UINT64_MAX), text), "");
    contract_fill(store, swarm, 0, 6);
    assert_string_equal(positions(store_read_log(store, swarm, 0, 2, 4), text),
                        "2 3 4");
    assert_string_equal(positions(store_read_log(store, swarm, 0, 0, 1), text),
                        "1");
    assert_string_equal(positions(store_read_log(store, swarm, 0, 5, 4), text),
                        "");
    assert_string_equal(
        positions(store_read_log(store, swarm, 0, 7, UINT64_MAX), text), "");
    assert_string_equal(
        positions(store_read_log(store, swarm, 1, 1, UINT64_MAX), text), "");
    assert_string_equal(
        positions(store_read_log(store, swarm + 1, 0, 1, UINT64_MAX), text),
        "");
}

static void a_reader_ends_at_what_was_logged_when_it_was_opened(void **state)
{
    struct fixture *fixture = *state;
    char text[256];
    contract_fill(fixture->store, fixture->swarm, 0, 6);
    struct store_reader *log =
        store_read_log(fixture->store, fixture->swarm, 0, 1, UINT64_MAX);
    struct store_reader *inbox =
        store_read_inbox(fixture->store, fixture->swarm,
                         BYTES_LITERAL("agent:0"), 0, 1, UINT64_MAX);
    contract_fill(fixture->store, fixture->swarm, 6, 6);
    assert_string_equal(positions(log, text), "1 2 3 4 5 6");
    assert_string_equal(positions(inbox, text), "1 6");
}

static void an_inbox_holds_its_address_only(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->store;
    uint32_t swarm = fixture->swarm;
    char text[256];
    contract_fill(store, swarm, 0, 7); /* agent:N%5 */
    contract_fill(store, swarm, 7, 5);
    struct bytes address = BYTES_LITERAL("agent:1");
    assert_string_equal(
        positions(store_read_inbox(store, swarm, address, 0, 1, 99), text),
        "2 7 12");
    assert_string_equal(
        positions(store_read_inbox(store, swarm, address, 0, 3, 11), text),
        "7");
    assert_string_equal(
        positions(store_read_inbox(store, swarm, address, 0, 7, 7), text), "7");
    assert_string_equal(
        positions(store_read_inbox(store, swarm, address, 1, 1, 99), text), "");
    assert_string_equal(
        positions(
            store_read_inbox(store, swarm, BYTES_LITERAL("agent:9"), 0, 1, 99),
            text),
        "");
    assert_string_equal(
        positions(store_read_inbox(store, swarm, BYTES_LITERAL("session-1"), 0,
                                   1, 99),
                  text),
        "");
}

static void a_session_is_read_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->store;
    uint32_t swarm = fixture->swarm;
    char text[256];
    contract_fill(store, swarm, 0, 5); /* session-N%3 */
    contract_fill(store, swarm, 5, 5);
    struct bytes session = BYTES_LITERAL("session-2");
    assert_string_equal(
        positions(store_read_session(store, swarm, session, 0, 1, 99), text),
        "3 6 9");
    assert_string_equal(
        positions(store_read_session(store, swarm, session, 0, 4, 8), text),
        "6");
}

static void readers_give_the_bytes_that_were_appended(void **state)
{
    struct fixture *fixture = *state;
    contract_fill(fixture->store, fixture->swarm, 0, 3);
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 2);
    struct store_reader *reader = store_read_session(
        fixture->store, fixture->swarm, bytes_of_text(event.session), 0, 1, 99);
    struct store_event found;
    assert_int_equal(store_reader_next(reader, &found), ERR_OK);
    assert_true(bytes_equal(found.body, event.append.body));
    assert_true(bytes_equal(found.envelope, event.append.envelope));
    assert_int_equal(found.epoch, 1);
    store_reader_close(reader);
    contract_event_fini(&event);
}

static void one_event_is_copied(void **state)
{
    struct fixture *fixture = *state;
    struct arena arena;
    struct store_event found;
    contract_fill(fixture->store, fixture->swarm, 0, 2);
    arena_init(&arena, 1 << 20);
    assert_int_equal(
        store_read_one(fixture->store, fixture->swarm, 0, 2, &arena, &found),
        ERR_OK);
    assert_true(bytes_equal_text(found.body, "the body of event 1"));
    assert_int_equal(
        store_read_one(fixture->store, fixture->swarm, 0, 3, &arena, &found),
        ERR_NOT_FOUND);
    assert_int_equal(
        store_read_one(fixture->store, fixture->swarm, 0, 0, &arena, &found),
        ERR_NOT_FOUND);
    arena_fini(&arena);
}

static void time_is_found_by_seeking(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->store;
    uint32_t swarm = fixture->swarm;
    assert_int_equal(store_seek_time(store, swarm, 0, 0), 1);
    contract_fill(store, swarm, 10, 20); /* seconds 10 to 29 */
    assert_int_equal(store_seek_time(store, swarm, 0, 0), 1);
    assert_int_equal(store_seek_time(store, swarm, 0, contract_time_us(10)), 1);
    assert_int_equal(store_seek_time(store, swarm, 0, contract_time_us(15)), 6);
    assert_int_equal(store_seek_time(store, swarm, 0, contract_time_us(15) + 1),
                     7);
    assert_int_equal(store_seek_time(store, swarm, 0, contract_time_us(29)),
                     20);
    assert_int_equal(store_seek_time(store, swarm, 0, contract_time_us(30)),
                     21);
}

static void a_trimmed_inbox_begins_where_it_was_cut(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->store;
    uint32_t swarm = fixture->swarm;
    char text[256];
    struct bytes address = BYTES_LITERAL("agent:1");
    contract_fill(store, swarm, 0, 12); /* one posting: 2 7 12 */
    contract_fill(store, swarm, 12, 5); /* another: 17 */
    assert_int_equal(store_trim_inbox(store, swarm, address, 0, 7), ERR_OK);
    assert_string_equal(
        positions(store_read_inbox(store, swarm, address, 0, 1, 99), text),
        "7 12 17");
    assert_int_equal(store_trim_inbox(store, swarm, address, 0, 13), ERR_OK);
    assert_int_equal(store_trim_inbox(store, swarm, address, 0, 2), ERR_OK);
    assert_string_equal(
        positions(store_read_inbox(store, swarm, address, 0, 1, 99), text),
        "17");
    assert_int_equal(store_trim_inbox(store, swarm, address, 0, UINT64_MAX),
                     ERR_OK);
    contract_fill(store, swarm, 17, 5);
    assert_string_equal(
        positions(store_read_inbox(store, swarm, address, 0, 1, 99), text),
        "22");
    assert_string_equal(
        positions(
            store_read_inbox(store, swarm, BYTES_LITERAL("agent:2"), 0, 1, 99),
            text),
        "3 8 13 18");
    assert_int_equal(
        store_trim_inbox(store, swarm, BYTES_LITERAL("agent:none"), 0, 5),
        ERR_OK);
}

/* ---- swarms and epochs
 * ------------------------------------------------------- */

static void a_swarm_keeps_its_number(void **state)
{
    struct fixture *fixture = *state;
    uint32_t number = 0;
    uint32_t other = 0;
    assert_int_equal(
        store_swarm(fixture->store, BYTES_LITERAL("default"), &number), ERR_OK);
    assert_int_equal(number, fixture->swarm);
    assert_int_equal(
        store_swarm(fixture->store, BYTES_LITERAL("other"), &other), ERR_OK);
    assert_int_not_equal(other, number);
    assert_int_equal(store_swarm(fixture->store, bytes_of(NULL, 0), &other),
                     ERR_INVALID);
}

static void swarms_do_not_meet(void **state)
{
    struct fixture *fixture = *state;
    uint32_t other = 0;
    char text[256];
    assert_int_equal(
        store_swarm(fixture->store, BYTES_LITERAL("other"), &other), ERR_OK);
    contract_fill(fixture->store, fixture->swarm, 0, 3);
    contract_fill(fixture->store, other, 0, 1);
    assert_string_equal(
        positions(store_read_inbox(fixture->store, other,
                                   BYTES_LITERAL("agent:0"), 0, 1, 99),
                  text),
        "1");
    assert_string_equal(
        positions(store_read_inbox(fixture->store, other,
                                   BYTES_LITERAL("agent:1"), 0, 1, 99),
                  text),
        "");
    contract_check(fixture->store, fixture->swarm, 0, 3);
    contract_check(fixture->store, other, 0, 1);
}

static void epochs_grow_by_one_and_say_where_they_began(void **state)
{
    struct fixture *fixture = *state;
    uint64_t epoch = 0;
    contract_fill(fixture->store, fixture->swarm, 0, 3);
    assert_int_equal(store_begin_epoch(fixture->store, fixture->swarm,
                                       contract_time_us(9), &epoch),
                     ERR_OK);
    assert_int_equal(epoch, 2);
    assert_int_equal(store_durable(fixture->store, fixture->swarm, 0), 3);
    struct contract_event event;
    contract_event_init(&event, fixture->swarm, 3);
    append_one(fixture, &event.append);
    assert_int_equal(event.append.epoch, 2);
    contract_event_fini(&event);
    struct store_epoch epochs[4];
    assert_int_equal(store_epochs(fixture->store, fixture->swarm, epochs, 4),
                     2);
    assert_int_equal(epochs[0].epoch, 2);
    assert_int_equal(epochs[0].started_us, contract_time_us(9));
    assert_int_equal(epochs[0].first_seq[0], 4);
    assert_int_equal(epochs[0].first_seq[1], 1);
    assert_int_equal(epochs[1].epoch, 1);
    assert_int_equal(store_epochs(fixture->store, fixture->swarm, epochs, 1),
                     1);
    assert_int_equal(store_begin_epoch(fixture->store, 99, 0, &epoch),
                     ERR_NOT_FOUND);
}

/* ---- rows
 * -------------------------------------------------------------------- */

static void put_row(struct fixture *fixture, enum store_table table,
                    const char *key, const char *value)
{
    struct store_row row = {.table = table,
                            .key = bytes_of_text(key),
                            .value = bytes_of_text(value)};
    assert_int_equal(store_rows_put(fixture->store, fixture->swarm, &row, 1),
                     ERR_OK);
}

struct seen {
    char text[256];
    size_t stop_after;
    size_t count;
};

static bool see(void *context, struct bytes key, struct bytes value)
{
    struct seen *seen = context;
    size_t len = strlen(seen->text);
    snprintf(seen->text + len, sizeof(seen->text) - len, "%.*s=%.*s ",
             (int)key.len, (const char *)key.data, (int)value.len,
             (const char *)value.data);
    return ++seen->count != seen->stop_after;
}

static const char *scan(struct fixture *fixture, struct seen *seen,
                        struct bytes prefix, struct bytes after)
{
    seen->text[0] = '\0';
    seen->count = 0;
    assert_int_equal(store_row_scan(fixture->store, fixture->swarm,
                                    STORE_TABLE_PEERS, prefix, after, see,
                                    seen),
                     ERR_OK);
    return seen->text;
}

static void rows_are_scanned_in_byte_order(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.stop_after = 0};
    put_row(fixture, STORE_TABLE_PEERS, "b1", "2");
    put_row(fixture, STORE_TABLE_PEERS, "a", "1");
    put_row(fixture, STORE_TABLE_PEERS, "b2", "3");
    put_row(fixture, STORE_TABLE_PEERS, "c", "4");
    put_row(fixture, STORE_TABLE_MEMORY, "b3", "no");
    put_row(fixture, STORE_TABLE_CURSORS, "b4", "no");
    struct bytes none = bytes_of(NULL, 0);
    assert_string_equal(scan(fixture, &seen, none, none), "a=1 b1=2 b2=3 c=4 ");
    assert_string_equal(scan(fixture, &seen, BYTES_LITERAL("b"), none),
                        "b1=2 b2=3 ");
    assert_string_equal(
        scan(fixture, &seen, BYTES_LITERAL("b"), BYTES_LITERAL("b1")), "b2=3 ");
    assert_string_equal(
        scan(fixture, &seen, BYTES_LITERAL("b"), BYTES_LITERAL("a")),
        "b1=2 b2=3 ");
    assert_string_equal(scan(fixture, &seen, none, BYTES_LITERAL("b2")),
                        "c=4 ");
    seen.stop_after = 2;
    assert_string_equal(scan(fixture, &seen, none, none), "a=1 b1=2 ");
}

static void a_prefix_of_all_ones_has_an_end(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.stop_after = 0};
    put_row(fixture, STORE_TABLE_PEERS, "\xff\xff", "1");
    put_row(fixture, STORE_TABLE_PEERS, "\xff\xff\xff", "2");
    put_row(fixture, STORE_TABLE_META, "a", "no");
    scan(fixture, &seen, BYTES_LITERAL("\xff\xff"), bytes_of(NULL, 0));
    assert_int_equal(seen.count, 2);
}

static void a_removed_row_is_gone(void **state)
{
    struct fixture *fixture = *state;
    struct buf value;
    buf_init(&value, 64);
    put_row(fixture, STORE_TABLE_CURSORS, "k", "v");
    put_row(fixture, STORE_TABLE_CURSORS, "k", "w");
    assert_int_equal(store_row_get(fixture->store, fixture->swarm,
                                   STORE_TABLE_CURSORS, BYTES_LITERAL("k"),
                                   &value),
                     ERR_OK);
    assert_true(bytes_equal_text(buf_bytes(&value), "w"));
    struct store_row row = {.table = STORE_TABLE_CURSORS,
                            .key = BYTES_LITERAL("k"),
                            .remove = true};
    assert_int_equal(store_rows_put(fixture->store, fixture->swarm, &row, 1),
                     ERR_OK);
    assert_int_equal(store_row_get(fixture->store, fixture->swarm, row.table,
                                   row.key, &value),
                     ERR_NOT_FOUND);
    buf_fini(&value);
}

static void a_row_beyond_the_limits_is_refused(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *large = mem_new((16 << 20) + 1);
    struct store_row row = {.key = bytes_of(large, 2049)};
    assert_int_equal(store_rows_put(fixture->store, fixture->swarm, &row, 1),
                     ERR_TOO_BIG);
    row.key = bytes_of(large, 2048);
    row.value = bytes_of(large, (16 << 20) + 1);
    assert_int_equal(store_rows_put(fixture->store, fixture->swarm, &row, 1),
                     ERR_TOO_BIG);
    row.value = bytes_of(large, 16 << 20);
    assert_int_equal(store_rows_put(fixture->store, fixture->swarm, &row, 1),
                     ERR_OK);
    free(large);
}

/* ---- erasing
 * ------------------------------------------------------------------ */

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

/* ---- upkeep
 * -------------------------------------------------------------------- */

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
    assert_true(result.bytes > 62 * 20);
}

int store_contract_run(const char *name, store_contract_open open)
{
#define CONTRACT_TEST(test)                                                    \
    {                                                                          \
        .name = #test, .test_func = (test), .setup_func = setup,               \
        .teardown_func = teardown, .initial_state = &open                      \
    }
    const struct CMUnitTest tests[] = {
        CONTRACT_TEST(positions_are_dense_from_one),
        CONTRACT_TEST(logged_becomes_durable_by_sync),
        CONTRACT_TEST(the_stamp_says_where_the_event_is),
        CONTRACT_TEST(a_repeat_adds_nothing),
        CONTRACT_TEST(a_repeat_within_a_batch_adds_nothing),
        CONTRACT_TEST(the_same_id_with_other_bytes_is_a_conflict),
        CONTRACT_TEST(ids_are_unique_per_principal),
        CONTRACT_TEST(an_id_older_than_the_window_is_refused),
        CONTRACT_TEST(an_event_without_id_is_never_a_repeat),
        CONTRACT_TEST(beyond_the_maximum_old_ids_are_refused),
        CONTRACT_TEST(imports_are_unique_for_ever),
        CONTRACT_TEST(what_cannot_be_appended_is_refused_whole),
        CONTRACT_TEST(a_batch_spans_logs_swarms_and_rows),
        CONTRACT_TEST(rows_of_a_repeat_are_not_written),
        CONTRACT_TEST(below_the_reserve_events_are_refused_and_rows_pass),
        CONTRACT_TEST(a_failed_write_ends_the_store),
        CONTRACT_TEST(a_failed_sync_ends_the_store),
        CONTRACT_TEST(a_log_reader_keeps_its_bounds),
        CONTRACT_TEST(a_reader_ends_at_what_was_logged_when_it_was_opened),
        CONTRACT_TEST(an_inbox_holds_its_address_only),
        CONTRACT_TEST(a_session_is_read_in_order),
        CONTRACT_TEST(readers_give_the_bytes_that_were_appended),
        CONTRACT_TEST(one_event_is_copied),
        CONTRACT_TEST(time_is_found_by_seeking),
        CONTRACT_TEST(a_trimmed_inbox_begins_where_it_was_cut),
        CONTRACT_TEST(a_swarm_keeps_its_number),
        CONTRACT_TEST(swarms_do_not_meet),
        CONTRACT_TEST(epochs_grow_by_one_and_say_where_they_began),
        CONTRACT_TEST(rows_are_scanned_in_byte_order),
        CONTRACT_TEST(a_prefix_of_all_ones_has_an_end),
        CONTRACT_TEST(a_removed_row_is_gone),
        CONTRACT_TEST(a_row_beyond_the_limits_is_refused),
        CONTRACT_TEST(an_erased_event_leaves_a_tombstone_in_place),
        CONTRACT_TEST(what_was_erased_stays_away),
        CONTRACT_TEST(a_healthy_store_verifies),
    };
#undef CONTRACT_TEST
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
