/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "store/dedupe.h"

static void add(struct dedupe *dedupe, uint64_t fingerprint, uint64_t seq,
                uint32_t time_s)
{
    struct dedupe_entry entry = {.fingerprint = fingerprint,
                                 .seq = seq,
                                 .log = 1,
                                 .id_s = time_s,
                                 .logged_s = time_s};
    dedupe_add(dedupe, &entry);
}

static bool has(struct dedupe *dedupe, uint64_t fingerprint, uint64_t seq)
{
    struct dedupe_entry entry;
    uint32_t cursor = 0;
    while (dedupe_find(dedupe, fingerprint, &cursor, &entry)) {
        assert_int_equal(entry.fingerprint, fingerprint);
        if (entry.seq == seq && entry.log == 1) {
            return true;
        }
    }
    return false;
}

/* Half of the fingerprints collide in a few cells, which is what closing gaps
 * must survive; a plain window is the model. */
static void the_newest_are_remembered_and_no_others(void **state)
{
    (void)state;
    enum {
        MAX = 70000, /* more than a chunk */
        ADDED = 300000
    };
    struct dedupe *dedupe = dedupe_new(MAX, US_PER_DAY);
    struct rng rng = rng_seeded(1, 1);
    static uint64_t fingerprints[ADDED + 1];
    for (uint64_t i = 1; i <= ADDED; i++) {
        fingerprints[i] = i % 256 ? rng_next(&rng) : rng_below(&rng, 16);
        add(dedupe, fingerprints[i], i, 1000 + (uint32_t)(i / 1000));
    }
    assert_int_equal(dedupe_size(dedupe), MAX);
    assert_int_equal(dedupe_first(dedupe), ADDED - MAX + 1);
    for (uint64_t i = 1; i <= ADDED; i++) {
        assert_int_equal(has(dedupe, fingerprints[i], i), i > ADDED - MAX);
    }
    assert_int_equal(dedupe_floor_s(dedupe), 1000 + (ADDED - MAX) / 1000 + 1);
    dedupe_free(dedupe);
}

static void the_window_forgets_from_the_front(void **state)
{
    (void)state;
    struct dedupe *dedupe = dedupe_new(100, US_PER_HOUR);
    add(dedupe, 1, 1, 10000);
    add(dedupe, 2, 2, 12000);
    dedupe_expire(dedupe, INT64_C(13601) * US_PER_SECOND);
    assert_false(has(dedupe, 1, 1));
    assert_true(has(dedupe, 2, 2));
    assert_true(dedupe_is_too_old(dedupe, INT64_C(9999) * US_PER_SECOND,
                                  INT64_C(13600) * US_PER_SECOND));
    assert_false(dedupe_is_too_old(dedupe, INT64_C(10001) * US_PER_SECOND,
                                   INT64_C(13600) * US_PER_SECOND));
    dedupe_free(dedupe);
}

/* The clock went a day ahead and came back: what the jump made the table forget
 * must not be logged a second time, and what is new must not be refused. */
static void a_clock_set_back_does_not_bring_ids_back(void **state)
{
    (void)state;
    struct dedupe *dedupe = dedupe_new(100, US_PER_HOUR);
    add(dedupe, 1, 1, 10000);
    dedupe_expire(dedupe, INT64_C(100000) * US_PER_SECOND);
    assert_false(has(dedupe, 1, 1));
    assert_true(dedupe_is_too_old(dedupe, INT64_C(10000) * US_PER_SECOND,
                                  INT64_C(10010) * US_PER_SECOND));
    assert_false(dedupe_is_too_old(dedupe, INT64_C(10001) * US_PER_SECOND,
                                   INT64_C(10010) * US_PER_SECOND));
    dedupe_free(dedupe);
}

/* An id from a clock that runs ahead is remembered until its own time is out
 * of the window, and does not push the floor into the future. */
static void an_id_from_the_future_is_kept_and_does_no_harm(void **state)
{
    (void)state;
    struct dedupe *dedupe = dedupe_new(2, US_PER_HOUR);
    struct dedupe_entry entry = {
        .fingerprint = 1, .seq = 1, .log = 1, .id_s = 90000, .logged_s = 100};
    dedupe_add(dedupe, &entry);
    dedupe_expire(dedupe, INT64_C(50000) * US_PER_SECOND);
    assert_true(has(dedupe, 1, 1));
    add(dedupe, 2, 2, 50000);
    add(dedupe, 3, 3, 50000);
    assert_int_equal(dedupe_floor_s(dedupe), 101);
    dedupe_free(dedupe);
}

static void numbering_goes_on_after_a_restart(void **state)
{
    (void)state;
    struct dedupe *dedupe = dedupe_new(100, US_PER_HOUR);
    dedupe_restore(dedupe, 123456789, 77);
    add(dedupe, 5, 9, 1000);
    assert_int_equal(dedupe_first(dedupe), 123456789);
    assert_int_equal(dedupe_next(dedupe), 123456790);
    assert_true(has(dedupe, 5, 9));
    assert_true(dedupe_is_too_old(dedupe, INT64_C(76) * US_PER_SECOND, 0));
    dedupe_free(dedupe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_are_remembered_and_no_others),
        cmocka_unit_test(the_window_forgets_from_the_front),
        cmocka_unit_test(a_clock_set_back_does_not_bring_ids_back),
        cmocka_unit_test(an_id_from_the_future_is_kept_and_does_no_harm),
        cmocka_unit_test(numbering_goes_on_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
