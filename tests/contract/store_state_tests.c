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

/* ---- swarms and epochs --------------------------------------------------- */

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

/* ---- rows ---------------------------------------------------------------- */

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

int store_contract_state(store_contract_open *open)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_swarm_keeps_its_number, open),
        FIXTURE_TEST(swarms_do_not_meet, open),
        FIXTURE_TEST(epochs_grow_by_one_and_say_where_they_began, open),
        FIXTURE_TEST(rows_are_scanned_in_byte_order, open),
        FIXTURE_TEST(a_prefix_of_all_ones_has_an_end, open),
        FIXTURE_TEST(a_removed_row_is_gone, open),
        FIXTURE_TEST(a_row_beyond_the_limits_is_refused, open),
    };
    return cmocka_run_group_tests_name("swarms, epochs, rows", tests, NULL,
                                       NULL);
}
