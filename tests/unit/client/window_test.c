/* SPDX-License-Identifier: MIT */
/* The bounded tables: unaccepted messages and the window of repeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/core/outgoing.h"
#include "client/core/repeats.h"

static void test_the_window_remembers_its_newest(void **state)
{
    (void)state;
    struct repeats repeats = {.count = 0};
    assert_false(repeats_has(&repeats, 0, 1, 1));
    for (uint64_t seq = 1; seq <= REPEATS_MAX + 10; seq++) {
        repeats_add(&repeats, 0, seq, 1);
    }
    assert_false(repeats_has(&repeats, 0, 10, 1));
    assert_true(repeats_has(&repeats, 0, 11, 1));
    assert_true(repeats_has(&repeats, 0, REPEATS_MAX + 10, 1));
    assert_false(repeats_has(&repeats, 1, 11, 1));
    assert_false(repeats_has(&repeats, 0, 11, 2));
    repeats_fini(&repeats);
}

static void test_the_window_takes_a_position_once(void **state)
{
    (void)state;
    struct repeats repeats = {.count = 0};
    for (int i = 0; i < 5; i++) {
        repeats_add(&repeats, 0, 7, 1);
    }
    assert_int_equal(repeats.count, 1);
    repeats_fini(&repeats);
}

static struct id add(struct outgoing *out, uint8_t number, enum err expected)
{
    struct frame frames[COMPOSE_FRAMES] = {{.is_open = false}};
    struct id id = id_make(number, number, number);
    frame_copy(&frames[0], BYTES_LITERAL("0123456789"));
    frame_copy(&frames[1], BYTES_LITERAL("0123456789"));
    assert_int_equal(outgoing_add(out, &id, frames), expected);
    compose_close(frames, COMPOSE_FRAMES);
    return id;
}

static void test_bytes_are_bounded_but_one_message_fits(void **state)
{
    (void)state;
    struct outgoing out;
    outgoing_init(&out, 100, 10);
    struct id first = add(&out, 1, ERR_OK);
    (void)add(&out, 2, ERR_FULL);
    assert_true(outgoing_settle(&out, id_bytes(&first)));
    (void)add(&out, 3, ERR_OK);
    outgoing_fini(&out);
}

static void test_messages_settle_in_any_order(void **state)
{
    (void)state;
    struct outgoing out;
    struct id ids[40];
    outgoing_init(&out, 40, 1 << 20);
    for (uint8_t i = 0; i < 40; i++) {
        ids[i] = add(&out, (uint8_t)(i + 1), ERR_OK);
    }
    (void)add(&out, 41, ERR_FULL);
    for (size_t i = 40; i-- > 0;) {
        assert_true(outgoing_settle(&out, id_bytes(&ids[i])));
        assert_false(outgoing_settle(&out, id_bytes(&ids[i])));
    }
    assert_int_equal(out.count, 0);
    assert_int_equal(out.bytes, 0);
    assert_null(outgoing_peek(&out));
    (void)add(&out, 42, ERR_OK);
    assert_non_null(outgoing_peek(&out));
    outgoing_fini(&out);
}

static void test_rewinding_starts_at_the_message_named(void **state)
{
    (void)state;
    struct outgoing out;
    struct id ids[4];
    outgoing_init(&out, 10, 1 << 20);
    for (uint8_t i = 0; i < 4; i++) {
        ids[i] = add(&out, (uint8_t)(i + 1), ERR_OK);
    }
    for (int i = 0; i < 3; i++) {
        assert_non_null(outgoing_peek(&out));
        outgoing_advance(&out);
    }
    assert_true(outgoing_rewind(&out, id_bytes(&ids[1])));
    assert_true(id_equal(&outgoing_peek(&out)->id, &ids[1]));
    assert_true(outgoing_rewind(&out, id_bytes(&ids[3]))); /* not sent yet */
    assert_true(id_equal(&outgoing_peek(&out)->id, &ids[1]));
    outgoing_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_window_remembers_its_newest),
        cmocka_unit_test(test_the_window_takes_a_position_once),
        cmocka_unit_test(test_bytes_are_bounded_but_one_message_fits),
        cmocka_unit_test(test_messages_settle_in_any_order),
        cmocka_unit_test(test_rewinding_starts_at_the_message_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
