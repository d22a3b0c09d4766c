/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker/ledger/book.h"
#include "proto/envelope.h"
#include "proto/messages.h"

enum {
    WIRE_MAX = 4096
};

struct fixture {
    struct store *store;
    uint32_t swarm;
    struct book *book;
};

static int set_up(void **state)
{
    static const struct store_config config;
    static const struct memory_config memory = {.policy = POLICY_REVIEW};
    struct fixture *fixture = mem_new(sizeof(*fixture));

    assert_int_equal(store_open_memory(&config, &fixture->store), ERR_OK);
    assert_int_equal(
        store_swarm(fixture->store, BYTES_LITERAL("default"), &fixture->swarm),
        ERR_OK);
    fixture->book = book_new(fixture->store, fixture->swarm,
                             BYTES_LITERAL("default"), &memory);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    book_free(fixture->book);
    store_close(fixture->store);
    free(fixture);
    return 0;
}

/* Appends "agent:ada joined team blue" to the ledger, without its rows. */
static void log_join(struct fixture *fixture)
{
    Reverie__V1__PeerJoined joined = REVERIE__V1__PEER_JOINED__INIT;
    struct envelope envelope = {.version = 1,
                                .kind = BYTES_LITERAL("peer.joined")};
    struct stamp claims = {.principal = BYTES_LITERAL("broker")};
    struct buf wire[3];

    for (size_t i = 0; i < ARRAY_LEN(wire); i++) {
        buf_init(&wire[i], WIRE_MAX);
    }
    joined.agent = (char *)(uintptr_t) "ada";
    joined.team = (char *)(uintptr_t) "blue";
    message_pack(&joined, &wire[0]);
    envelope_write(&envelope, &wire[1]);
    stamp_write_claims(&claims, &wire[2]);
    struct store_append append = {.swarm = fixture->swarm,
                                  .log = 1,
                                  .time_us = 1,
                                  .claims = buf_bytes(&wire[2]),
                                  .envelope = buf_bytes(&wire[1]),
                                  .body = buf_bytes(&wire[0])};
    assert_int_equal(store_append(fixture->store, &append, 1), ERR_OK);
    for (size_t i = 0; i < ARRAY_LEN(wire); i++) {
        buf_fini(&wire[i]);
    }
}

/* A row of counts that says ${format}, and one that nothing folds into. */
static void leave_rows(struct fixture *fixture, uint8_t format)
{
    const uint8_t counts[] = {8, format}; /* field 1, a varint */
    const struct store_row rows[] = {{.table = STORE_TABLE_MEMORY,
                                      .key = BYTES_LITERAL("0"),
                                      .value = bytes_of(counts, 2)},
                                     {.table = STORE_TABLE_MEMORY,
                                      .key = BYTES_LITERAL("Z"),
                                      .value = BYTES_LITERAL("old")}};

    assert_int_equal(store_rows_put(fixture->store, fixture->swarm, rows, 2),
                     ERR_OK);
}

static bool has_row(struct fixture *fixture, const char *key)
{
    struct buf value;

    buf_init(&value, WIRE_MAX);
    enum err err =
        store_row_get(fixture->store, fixture->swarm, STORE_TABLE_MEMORY,
                      bytes_of_text(key), &value);
    buf_fini(&value);
    assert_true(err == ERR_OK || err == ERR_NOT_FOUND);
    return err == ERR_OK;
}

static bool is_folded(struct fixture *fixture)
{
    bool is_equal = false;
    struct buf difference;

    buf_init(&difference, WIRE_MAX);
    assert_int_equal(book_compare(fixture->book, &is_equal, &difference),
                     ERR_OK);
    buf_fini(&difference);
    return is_equal;
}

static void rows_of_another_format_are_folded_again(void **state)
{
    struct fixture *fixture = *state;
    uint32_t from = 0;

    log_join(fixture);
    leave_rows(fixture, MEMORY_ROWS_FORMAT - 1);
    assert_int_equal(book_refresh(fixture->book, &from), ERR_OK);
    assert_int_equal(from, MEMORY_ROWS_FORMAT - 1);
    assert_false(has_row(fixture, "Z"));
    assert_true(has_row(fixture, "Aada"));
    assert_true(is_folded(fixture));
    assert_int_equal(book_refresh(fixture->book, &from), ERR_OK);
    assert_int_equal(from, MEMORY_ROWS_FORMAT);
}

static void rows_of_this_format_are_left_alone(void **state)
{
    struct fixture *fixture = *state;
    uint32_t from = 0;

    log_join(fixture);
    leave_rows(fixture, MEMORY_ROWS_FORMAT);
    assert_int_equal(book_refresh(fixture->book, &from), ERR_OK);
    assert_int_equal(from, MEMORY_ROWS_FORMAT);
    assert_true(has_row(fixture, "Z"));
    assert_false(is_folded(fixture));
}

static void a_new_store_has_nothing_to_fold_again(void **state)
{
    struct fixture *fixture = *state;
    uint32_t from = 0;

    assert_int_equal(book_refresh(fixture->book, &from), ERR_OK);
    assert_int_equal(from, MEMORY_ROWS_FORMAT);
    assert_true(is_folded(fixture));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_of_another_format_are_folded_again),
        TEST(rows_of_this_format_are_left_alone),
        TEST(a_new_store_has_nothing_to_fold_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
