/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/id.h"
#include "base/rng.h"
#include "broker/route/route.h"
#include "proto/envelope.h"
#include "proto/messages.h"

static size_t freed;

static void body_free(void *context, struct route_body *body)
{
    (void)context;
    (void)body;
    freed++;
}

static struct route *route_open(void)
{
    struct route_config config = route_config_default();
    config.body_free = body_free;
    struct route *route = route_new(&config);
    struct store_epoch epochs[] = {
        {.epoch = 2, .first_seq = {11, 1}},
        {.epoch = 1, .first_seq = {1, 1}},
    };
    struct route_swarm_start start = {
        .name = BYTES_LITERAL("default"),
        .number = 4,
        .logged = {20, 0},
        .epochs = epochs,
        .epoch_count = 2,
    };
    assert_int_equal(route_add_swarm(route, &start), ERR_OK);
    assert_int_equal(route_add_swarm(route, &start), ERR_EXISTS);
    return route;
}

static struct route_effects give(struct route *route, struct bytes envelope,
                                 struct bytes body)
{
    struct route_body held = {.bytes = body, .holders = 1};
    struct route_event event = {
        .type = ROUTE_FRAMES,
        .frames = {.peer = BYTES_LITERAL("peer"),
                   .is_local = true,
                   .frame_count = 2,
                   .envelope = envelope,
                   .body = &held},
    };
    struct route_effects effects;
    route_step(route, &event, &effects);
    assert_int_equal(held.holders, 1);
    return effects;
}

static void write_control(const char *kind, struct buf *out)
{
    struct id id = id_make(1, 2, 3);
    struct envelope envelope = {
        .version = 1, .id = id_bytes(&id), .kind = bytes_of_text(kind)};
    buf_reset(out);
    envelope_write(&envelope, out);
}

static void say_hello(struct route *route, struct buf *envelope)
{
    Reverie__V1__Hello hello = REVERIE__V1__HELLO__INIT;
    struct buf body;
    hello.has_wire_min = hello.has_wire_max = true;
    hello.wire_min = hello.wire_max = 1;
    hello.agent = (char *)(uintptr_t) "ada";
    buf_init(&body, 1000);
    message_pack(&hello, &body);
    write_control("control.hello", envelope);
    (void)give(route, buf_bytes(envelope), buf_bytes(&body));
    buf_fini(&body);
}

static uint64_t count(const struct route *route, const char *name)
{
    struct route_counter counters[256];
    size_t all =
        route_counters(route, ROUTE_ALL_SWARMS, counters, ARRAY_LEN(counters));
    assert_true(all < ARRAY_LEN(counters));
    for (size_t i = 0; i < all; i++) {
        if (strcmp(counters[i].name, name) == 0) {
            return counters[i].value;
        }
    }
    fail_msg("there is no counter %s", name);
    return 0;
}

static void rows_of_another_format_are_refused(void **state)
{
    (void)state;
    struct route *route = route_open();
    static const struct {
        enum store_table table;
        const char *key;
        size_t key_len;
        const char *value;
        size_t value_len;
    } rows[] = {
        {STORE_TABLE_PEERS, "agent:a", 7, "\2", 1},
        {STORE_TABLE_PEERS, "agent:a", 7, "", 0},
        {STORE_TABLE_PEERS, "agent:a", 7, "\1\3\0\377", 4},
        {STORE_TABLE_PEERS, "nobody", 6, "\1", 1},
        {STORE_TABLE_PEERS, "topic:a", 7, "\1", 1},
        {STORE_TABLE_CURSORS, "i\0agent:a", 9, "\1", 1},
        {STORE_TABLE_CURSORS, "s\0p\0n", 5, "\1\0\7", 3},
        {STORE_TABLE_CURSORS, "x", 1, "\1", 1},
        {STORE_TABLE_MEMORY, "x\0y", 3, "\1", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(
            route_restore(route, 4, rows[i].table,
                          bytes_of(rows[i].key, rows[i].key_len),
                          bytes_of(rows[i].value, rows[i].value_len)),
            ERR_INVALID);
    }
    assert_int_equal(route_restore(route, 5, STORE_TABLE_PEERS,
                                   BYTES_LITERAL("role:r"),
                                   BYTES_LITERAL("\1")),
                     ERR_INVALID);
    assert_int_equal(route_restore(route, 4, STORE_TABLE_PEERS,
                                   BYTES_LITERAL("role:r"),
                                   BYTES_LITERAL("\1")),
                     ERR_OK);
    route_free(route);
}

/* A save may be lost where its neighbour was not (a full disk): what is left
 * over must not keep the broker from starting. */
static void rows_about_nobody_are_counted_and_left(void **state)
{
    (void)state;
    struct route *route = route_open();
    assert_int_equal(route_restore(route, 4, STORE_TABLE_CURSORS,
                                   bytes_of("v\0zoe", 5), bytes_of("\1\0", 2)),
                     ERR_OK);
    assert_int_equal(
        route_restore(route, 4, STORE_TABLE_CURSORS,
                      bytes_of("i\0agent:zoe\0agent:zoe", 21),
                      bytes_of("\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2", 17)),
        ERR_OK);
    assert_int_equal(count(route, "rows_orphaned"), 2);
    route_free(route);
}

static void check_set_back(struct bytes row, uint64_t expected)
{
    struct route *route = route_open();
    assert_int_equal(route_restore(route, 4, STORE_TABLE_PEERS,
                                   BYTES_LITERAL("agent:ada"),
                                   BYTES_LITERAL("\1\3\0\0\0\3ada")),
                     ERR_OK);
    assert_int_equal(route_restore(route, 4, STORE_TABLE_CURSORS,
                                   bytes_of("i\0agent:ada\0agent:ada", 21),
                                   row),
                     ERR_OK);
    struct route_peer_info info;
    size_t cursor = 0;
    assert_true(route_peer_next(route, 4, &cursor, &info));
    assert_true(bytes_equal_text(info.agent, "ada"));
    assert_false(info.is_connected);
    assert_int_equal(info.inbox_cursor, expected);
    assert_int_equal(count(route, "cursors_clamped"), 1);
    assert_false(route_peer_next(route, 4, &cursor, &info));
    route_free(route);
}

/* The first epoch ended at 11, and the log now ends at 20. */
static void a_cursor_ahead_of_the_log_is_set_back(void **state)
{
    (void)state;
    check_set_back(bytes_of("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\377", 17), 21);
    check_set_back(bytes_of("\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\14", 17), 11);
}

static void rights_have_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTE_RIGHT_COUNT; i++) {
        assert_non_null(route_right_name(i));
    }
    assert_null(route_right_name(ROUTE_RIGHT_COUNT));
}

static void a_body_is_freed_by_its_last_holder(void **state)
{
    (void)state;
    struct route *route = route_open();
    struct route_body body = {.holders = 1};
    freed = 0;
    route_body_hold(&body);
    route_body_drop(route, &body);
    assert_int_equal(freed, 0);
    route_body_drop(route, &body);
    assert_int_equal(freed, 1);
    route_body_drop(route, NULL);
    route_free(route);
}

/* Random bytes behind every kind of control message, and as envelopes: the
 * peer is refused at most, and lives on. */
static void no_bytes_from_outside_harm_the_router(void **state)
{
    (void)state;
    static const char *const kinds[] = {
        "control.done",         "control.credit",      "control.request",
        "control.reply",        "control.stream_open", "control.stream_commit",
        "control.stream_close", "control.hello",       "control.ping",
        "memory.ack",           "agent.message",       "control.pong"};
    struct route *route = route_open();
    struct rng rng = rng_seeded(1, 2);
    struct buf envelope;
    buf_init(&envelope, 4096);
    say_hello(route, &envelope);
    assert_int_equal(count(route, "hellos"), 1);
    for (int i = 0; i < 20000; i++) {
        uint8_t noise[64];
        size_t len = rng_below(&rng, sizeof(noise));
        for (size_t j = 0; j < len; j++) {
            /* Small numbers make tags and lengths that are nearly right. */
            noise[j] = (uint8_t)rng_below(&rng, j % 2 ? 12 : 64);
        }
        write_control(kinds[rng_below(&rng, ARRAY_LEN(kinds))], &envelope);
        (void)give(route, buf_bytes(&envelope), bytes_of(noise, len));
        (void)give(route, bytes_of(noise, len), bytes_of(NULL, 0));
    }
    struct route_effects effects;
    write_control("control.ping", &envelope);
    effects = give(route, buf_bytes(&envelope), bytes_of(NULL, 0));
    assert_int_equal(effects.count, 1);
    assert_int_equal(effects.items[0].type, ROUTE_SEND);
    assert_true(count(route, "refused.malformed") > 0);
    assert_true(count(route, "now.streams") <= 64);
    buf_fini(&envelope);
    route_free(route);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_another_format_are_refused),
        cmocka_unit_test(rows_about_nobody_are_counted_and_left),
        cmocka_unit_test(a_cursor_ahead_of_the_log_is_set_back),
        cmocka_unit_test(rights_have_names),
        cmocka_unit_test(a_body_is_freed_by_its_last_holder),
        cmocka_unit_test(no_bytes_from_outside_harm_the_router),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
