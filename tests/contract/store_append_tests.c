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

/* ---- appending ----------------------------------------------------------- */

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
    event.append.time_us = contract_time_us(INT64_C(365) * 86400);
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

/* ---- failing ------------------------------------------------------------- */

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

int store_contract_append(store_contract_open *open)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(positions_are_dense_from_one, open),
        FIXTURE_TEST(logged_becomes_durable_by_sync, open),
        FIXTURE_TEST(the_stamp_says_where_the_event_is, open),
        FIXTURE_TEST(a_repeat_adds_nothing, open),
        FIXTURE_TEST(a_repeat_within_a_batch_adds_nothing, open),
        FIXTURE_TEST(the_same_id_with_other_bytes_is_a_conflict, open),
        FIXTURE_TEST(ids_are_unique_per_principal, open),
        FIXTURE_TEST(an_id_older_than_the_window_is_refused, open),
        FIXTURE_TEST(an_event_without_id_is_never_a_repeat, open),
        FIXTURE_TEST(beyond_the_maximum_old_ids_are_refused, open),
        FIXTURE_TEST(imports_are_unique_for_ever, open),
        FIXTURE_TEST(what_cannot_be_appended_is_refused_whole, open),
        FIXTURE_TEST(a_batch_spans_logs_swarms_and_rows, open),
        FIXTURE_TEST(rows_of_a_repeat_are_not_written, open),
        FIXTURE_TEST(below_the_reserve_events_are_refused_and_rows_pass, open),
        FIXTURE_TEST(a_failed_write_ends_the_store, open),
        FIXTURE_TEST(a_failed_sync_ends_the_store, open),
    };
    return cmocka_run_group_tests_name("appending", tests, NULL, NULL);
}
