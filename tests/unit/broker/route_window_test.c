/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "broker/route/feeds/window.h"

static void the_cursor_stops_at_the_first_that_is_not_done(void **state)
{
    (void)state;
    struct inbox inbox = {.cursor = 1, .next = 31};
    for (uint64_t seq = 10; seq <= 30; seq += 10) {
        (void)window_add(&inbox, seq);
    }
    window_find(&inbox, 20)->is_done = true;
    window_advance(&inbox);
    assert_int_equal(inbox.cursor, 10);
    window_find(&inbox, 10)->is_done = true;
    window_advance(&inbox);
    assert_int_equal(inbox.cursor, 30);
    window_find(&inbox, 30)->is_done = true;
    window_advance(&inbox);
    assert_int_equal(inbox.cursor, 31);
    assert_int_equal(inbox.ring_count, 0);
    free(inbox.ring);
}

static void entries_are_found_while_the_ring_turns_and_grows(void **state)
{
    (void)state;
    struct inbox inbox = {.cursor = 1};
    uint64_t first = 1;
    for (uint64_t seq = 1; seq <= 1000; seq++) {
        (void)window_add(&inbox, seq * 2);
        inbox.next = seq * 2 + 1;
        if (seq % 3 != 0) {
            window_find(&inbox, first++ * 2)->is_done = true;
            window_advance(&inbox);
        }
        assert_null(window_find(&inbox, seq * 2 + 1));
        assert_null(window_find(&inbox, (first - 1) * 2));
        assert_true(inbox.ring_count == 0 || window_find(&inbox, first * 2));
    }
    free(inbox.ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cursor_stops_at_the_first_that_is_not_done),
        cmocka_unit_test(entries_are_found_while_the_ring_turns_and_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
