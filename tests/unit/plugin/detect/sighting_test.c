/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/plugin/tuples.h"

static bool add(struct sightings *set, uint64_t seq, int principal, int session)
{
    struct made made;
    made_error(&made, seq, principal, session, "cars");
    return sightings_add(set, &made.tuple, (uint32_t)principal,
                         BYTES_LITERAL("cars"));
}

static void a_session_counts_once(void **state)
{
    (void)state;
    struct sightings set;
    sightings_init(&set, 8);
    assert_true(add(&set, 1, 1, 1));
    assert_false(add(&set, 2, 1, 1));
    assert_true(add(&set, 3, 1, 2));
    assert_true(add(&set, 4, 2, 1));
    struct sighting_counts counts = sightings_count(set.items, set.count);
    assert_int_equal(counts.principals, 2);
    assert_int_equal(counts.sessions, 3);
    assert_int_equal(counts.days, 2);
    assert_int_equal(counts.events, 3);
    assert_false(counts.no_time);
    sightings_fini(&set);
}

static void an_echo_is_no_second_witness(void **state)
{
    (void)state;
    struct sightings set;
    struct made first;
    struct made echo;
    sightings_init(&set, 8);
    made_error(&first, 1, 1, 1, "cars");
    made_error(&echo, 2, 2, 1, "cars");
    echo.tuple.root = first.tuple.id;
    assert_true(sightings_add(&set, &first.tuple, 1, first.tuple.quote));
    assert_false(sightings_add(&set, &echo.tuple, 2, echo.tuple.quote));
    assert_int_equal(set.echoes, 1);
    sightings_fini(&set);
}

/* Ids may end, or begin, alike: that makes them no echo. */
static void roots_are_told_apart_by_every_byte(void **state)
{
    (void)state;
    struct sightings set;
    sightings_init(&set, 32);
    for (int i = 0; i < 16; i++) {
        uint8_t root[16] = {0};
        struct made made;
        made_error(&made, (uint64_t)i + 1, i, 1, "cars");
        root[i] = 1;
        made.tuple.root = bytes_of(root, sizeof(root));
        assert_true(
            sightings_add(&set, &made.tuple, (uint32_t)i, made.tuple.quote));
        assert_false(sightings_add(&set, &made.tuple, 99, made.tuple.quote));
    }
    assert_int_equal(set.count, 16);
    assert_int_equal(set.echoes, 16);
    sightings_fini(&set);
}

static void a_full_set_prefers_new_principals_then_days(void **state)
{
    (void)state;
    struct sightings set;
    sightings_init(&set, 4);
    for (int i = 0; i < 4; i++) {
        assert_true(add(&set, (uint64_t)i + 1, 1, 1 + i));
    }
    assert_true(add(&set, 9, 2, 1));
    assert_false(add(&set, 10, 1, 2)); /* session known */
    assert_int_equal(set.count, 4);
    struct sighting_counts counts = sightings_count(set.items, set.count);
    assert_int_equal(counts.principals, 2);
    assert_int_equal(set.items[0]->seq, 1);
    assert_int_equal(set.items[3]->seq, 9);
    assert_int_equal(set.left_out, 1);
    sightings_fini(&set);
}

static void the_lowest_position_stays_when_nothing_is_gained(void **state)
{
    (void)state;
    struct sightings set;
    sightings_init(&set, 2);
    struct made made;
    for (int i = 0; i < 5; i++) {
        made_error(&made, (uint64_t)i + 1, 1, i, "cars");
        made.tuple.occurred_us = 0;
        sightings_add(&set, &made.tuple, 1, made.tuple.quote);
    }
    assert_int_equal(set.items[0]->seq, 1);
    assert_int_equal(set.items[1]->seq, 2);
    assert_int_equal(set.left_out, 3);
    sightings_fini(&set);
}

static void a_burst_is_most_of_it_in_six_hours_by_several(void **state)
{
    (void)state;
    struct sightings set;
    struct made made;
    sightings_init(&set, 8);
    const int64_t hours[] = {0, 1, 5, 40, 80};
    for (int i = 0; i < 5; i++) {
        made_error(&made, (uint64_t)i + 1, i % 2, i, "cars");
        made.tuple.occurred_us = hours[i] * US_PER_HOUR;
        sightings_add(&set, &made.tuple, (uint32_t)(i % 2), made.tuple.quote);
    }
    assert_true(sightings_are_burst(set.items, 5));
    assert_false(sightings_are_burst(set.items + 2, 3));
    set.items[0]->has_occurred = false;
    assert_false(sightings_are_burst(set.items, 5));
    sightings_fini(&set);
}

static void one_principal_alone_is_no_burst(void **state)
{
    (void)state;
    struct sightings set;
    sightings_init(&set, 8);
    struct made made;
    for (int i = 0; i < 5; i++) {
        made_error(&made, (uint64_t)i + 1, 1, i, "cars");
        made.tuple.occurred_us = i;
        sightings_add(&set, &made.tuple, 1, made.tuple.quote);
    }
    assert_false(sightings_are_burst(set.items, 5));
    sightings_fini(&set);
}

static void spelling_does_not_hide_a_repeat(void **state)
{
    (void)state;
    struct made a;
    struct made b;
    made_directive(&a, 1, 1, 1, "pnpm", "Always use pnpm!");
    made_directive(&b, 2, 2, 1, "pnpm", "always  use PNPM");
    struct sighting *x = sighting_new(&a.tuple, 1, a.tuple.quote);
    struct sighting *y = sighting_new(&b.tuple, 2, b.tuple.quote);
    assert_true(sighting_repeats(x, y));
    y->occurred_us = x->occurred_us + 2 * US_PER_DAY;
    assert_false(sighting_repeats(x, y));
    y->has_occurred = false;
    assert_true(sighting_repeats(x, y));
    y->is_root = false;
    assert_false(sighting_repeats(x, y));
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_counts_once),
        cmocka_unit_test(an_echo_is_no_second_witness),
        cmocka_unit_test(roots_are_told_apart_by_every_byte),
        cmocka_unit_test(a_full_set_prefers_new_principals_then_days),
        cmocka_unit_test(the_lowest_position_stays_when_nothing_is_gained),
        cmocka_unit_test(a_burst_is_most_of_it_in_six_hours_by_several),
        cmocka_unit_test(one_principal_alone_is_no_burst),
        cmocka_unit_test(spelling_does_not_hide_a_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
