/* SPDX-License-Identifier: MIT */
#include <pthread.h>
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

/* ---- while the writer writes --------------------------------------------- */

enum {
    RACE_BATCHES = 150,
    RACE_BATCH = 7
};

/* What a thread of its own does until the log is full; counts what it saw
 * wrong, because cmocka's assertions belong to the test's thread. */
struct racer {
    struct store *store;
    uint32_t swarm;
    size_t faults;
    size_t passes;
};

/* Follows the log like a stream: every event once, in order. */
static void *follow_log(void *context)
{
    struct racer *racer = context;
    uint64_t seen = 0;
    while (seen < (uint64_t)RACE_BATCHES * RACE_BATCH) {
        struct store_event event;
        struct store_reader *reader =
            store_read_log(racer->store, racer->swarm, 0, seen + 1, UINT64_MAX);
        while (store_reader_next(reader, &event) == ERR_OK) {
            racer->faults += event.seq != ++seen;
        }
        store_reader_close(reader);
        racer->passes++;
    }
    return NULL;
}

/* Durable never passes logged, never falls, and reaches the end. */
static void *sync_on(void *context)
{
    struct racer *racer = context;
    uint64_t durable = 0;
    while (durable < (uint64_t)RACE_BATCHES * RACE_BATCH) {
        racer->faults += store_sync(racer->store) != ERR_OK;
        uint64_t now = store_durable(racer->store, racer->swarm, 0);
        racer->faults += now < durable;
        racer->faults += now > store_logged(racer->store, racer->swarm, 0);
        durable = now;
        racer->passes++;
    }
    return NULL;
}

/* Trims and puts rows, as the broker's other threads do. */
static void *trim_on(void *context)
{
    struct racer *racer = context;
    uint64_t logged = 0;
    struct store_row row = {.table = STORE_TABLE_CURSORS,
                            .key = BYTES_LITERAL("cursor"),
                            .value = BYTES_LITERAL("1")};
    while (logged < (uint64_t)RACE_BATCHES * RACE_BATCH) {
        logged = store_logged(racer->store, racer->swarm, 0);
        racer->faults +=
            store_trim_inbox(racer->store, racer->swarm,
                             BYTES_LITERAL("agent:1"), 0, logged) != ERR_OK;
        racer->faults +=
            store_rows_put(racer->store, racer->swarm, &row, 1) != ERR_OK;
        racer->passes++;
    }
    return NULL;
}

static void readers_syncer_and_writer_do_not_disturb_each_other(void **state)
{
    struct fixture *fixture = *state;
    void *(*const work[])(void *) = {follow_log, sync_on, trim_on};
    struct racer racers[ARRAY_LEN(work)];
    pthread_t threads[ARRAY_LEN(work)];
    for (size_t i = 0; i < ARRAY_LEN(work); i++) {
        racers[i] =
            (struct racer){.store = fixture->store, .swarm = fixture->swarm};
        assert_int_equal(pthread_create(&threads[i], NULL, work[i], &racers[i]),
                         0);
    }
    for (uint64_t i = 0; i < RACE_BATCHES; i++) {
        contract_fill(fixture->store, fixture->swarm, i * RACE_BATCH,
                      RACE_BATCH);
    }
    for (size_t i = 0; i < ARRAY_LEN(work); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(racers[i].faults, 0);
        assert_true(racers[i].passes > 0);
    }
    struct store_verify result;
    assert_int_equal(
        store_verify(fixture->store, fixture->swarm, NULL, NULL, NULL, &result),
        ERR_OK);
    assert_int_equal(result.faults, 0);
}

/* agent:2 has the events of positions 3, 8, 13, 18, 23, 28. */
static void an_inbox_is_counted_by_its_index(void **state)
{
    struct fixture *fixture = *state;
    struct bytes address = BYTES_LITERAL("agent:2");
    static const struct {
        uint64_t from;
        uint64_t max;
        uint64_t count;
    } cases[] = {{1, 99, 6}, {8, 99, 5}, {9, 99, 4}, {1, 4, 4}, {29, 99, 0}};
    uint64_t count = 0;
    contract_fill(fixture->store, fixture->swarm, 0, 15);
    contract_fill(fixture->store, fixture->swarm, 15, 15);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(store_count_inbox(fixture->store, fixture->swarm,
                                           address, 0, cases[i].from,
                                           cases[i].max, &count),
                         ERR_OK);
        assert_int_equal(count, cases[i].count);
    }
    assert_int_equal(store_count_inbox(fixture->store, fixture->swarm,
                                       BYTES_LITERAL("agent:none"), 0, 1, 99,
                                       &count),
                     ERR_OK);
    assert_int_equal(count, 0);
}

int store_contract_read(store_contract_open *open)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_inbox_is_counted_by_its_index, open),
        FIXTURE_TEST(a_log_reader_keeps_its_bounds, open),
        FIXTURE_TEST(a_reader_ends_at_what_was_logged_when_it_was_opened, open),
        FIXTURE_TEST(an_inbox_holds_its_address_only, open),
        FIXTURE_TEST(a_session_is_read_in_order, open),
        FIXTURE_TEST(readers_give_the_bytes_that_were_appended, open),
        FIXTURE_TEST(one_event_is_copied, open),
        FIXTURE_TEST(time_is_found_by_seeking, open),
        FIXTURE_TEST(a_trimmed_inbox_begins_where_it_was_cut, open),
        FIXTURE_TEST(readers_syncer_and_writer_do_not_disturb_each_other, open),
    };
    return cmocka_run_group_tests_name("reading", tests, NULL, NULL);
}
