/* SPDX-License-Identifier: MIT */
/* The contrast of sessions with and without: against hand computation, and
 * whether the e-value keeps its promise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "memory/stats/contrast.h"

static double log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* The same by factorials, one stratum. */
static double by_hand(const struct contrast_row *row)
{
    double good = (double)row->with_good + row->without_good;
    double sum = 0;
    for (int j = 0; j < 16; j++) {
        double theta = log(8) * (j + 0.5) / 16;
        double even = 0;
        double odd = 0;
        for (uint32_t x = 0; x <= row->with; x++) {
            if (x <= good && good - x <= row->without) {
                double term = exp(log_choose(row->with, x) +
                                  log_choose(row->without, good - x));
                even += term;
                odd += term * exp(theta * x);
            }
        }
        sum += exp(theta * row->with_good) * even / odd;
    }
    return log(sum / 16);
}

static void equals_the_sum_over_all_tables(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(4, 0);
    for (int i = 0; i < 300; i++) {
        struct contrast_row row = {.with = 1 + (uint32_t)rng_below(&rng, 30),
                                   .without =
                                       1 + (uint32_t)rng_below(&rng, 30)};
        row.with_good = (uint32_t)rng_below(&rng, row.with + 1);
        row.without_good = (uint32_t)rng_below(&rng, row.without + 1);
        double expected = contrast_is_telling(&row) ? by_hand(&row) : 0;
        assert_true(fabs(contrast_log_e(&row, 1) - expected) < 1e-9);
    }
}

static void large_tables_stay_finite(void **state)
{
    (void)state;
    struct contrast_row row = {100000, 90000, 100000, 10000};
    double log_e = contrast_log_e(&row, 1);
    assert_true(isfinite(log_e) && log_e > 1000);
    row = (struct contrast_row){100000, 10000, 100000, 90000};
    log_e = contrast_log_e(&row, 1);
    assert_true(isfinite(log_e) && log_e < -1000);
}

static void strata_that_tell_nothing_change_nothing(void **state)
{
    (void)state;
    struct contrast_row rows[] = {{10, 8, 12, 3}, {5, 5, 0, 0}, {4, 4, 7, 7}};
    assert_true(contrast_log_e(rows, 1) == contrast_log_e(rows, 3));
    assert_true(contrast_odds(rows, 1) == contrast_odds(rows, 3));
    assert_true(contrast_log_e(rows + 1, 2) == 0);
    assert_true(contrast_odds(rows + 1, 2) == 1);
    assert_true(contrast_uplift(NULL, 0) == 0);
}

/* Worse principals do it more: pooled it looks harmful, within each it helps.
 */
static void strata_undo_what_is_mixed(void **state)
{
    (void)state;
    struct contrast_row rows[] = {{90, 36, 10, 2}, {10, 9, 90, 72}};
    struct contrast_row sum = contrast_sum(rows, 2);
    assert_true(contrast_odds(&sum, 1) < 1);
    assert_true(contrast_odds(rows, 2) > 1.5);
    assert_true(contrast_uplift(rows, 2) > 0.1);
}

/* While it helps nobody, the e-value reaches 20 once in 20 at most. */
static void false_alarms_stay_below_their_bound(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(9, 0);
    int alarms = 0;
    for (int i = 0; i < 4000; i++) {
        struct contrast_row rows[4] = {{0}};
        for (int s = 0; s < 200; s++) {
            struct contrast_row *row = &rows[s % 4];
            bool is_good = rng_chance(&rng, 0.2 + 0.2 * (s % 4));
            if (rng_chance(&rng, 0.3)) {
                row->with++;
                row->with_good += is_good;
            } else {
                row->without++;
                row->without_good += is_good;
            }
        }
        alarms += contrast_log_e(rows, 4) >= log(20);
    }
    assert_true(alarms <= 200);
}

static void intervals_hold_the_share(void **state)
{
    (void)state;
    double low = 0;
    double high = 0;
    contrast_interval(8, 10, &low, &high);
    assert_true(fabs(low - 0.4901625) < 1e-6 && fabs(high - 0.9433178) < 1e-6);
    contrast_interval(0, 0, &low, &high);
    assert_true(low == 0 && high == 1);
}

static enum err read(const char *text, struct contrast_row *rows, size_t *count)
{
    return contrast_read(bytes_of_text(text), rows, count);
}

static void reads_strata_and_refuses_what_is_none(void **state)
{
    (void)state;
    struct contrast_row rows[CONTRAST_ROWS_MAX];
    size_t count = 0;
    assert_int_equal(
        read("{\"strata\":[[3,2,4,0],[1,1,1,0]],\"x\":1}", rows, &count),
        ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].with, 3);
    assert_int_equal(rows[1].without_good, 0);
    static const char *const wrong[] = {"",
                                        "[]",
                                        "{}",
                                        "{\"strata\":{}}",
                                        "{\"strata\":[[1,2,3,3]]}",
                                        "{\"strata\":[[1,1,3,4]]}",
                                        "{\"strata\":[[1,1,3]]}",
                                        "{\"strata\":[[1,1,3,3,3]]}",
                                        "{\"strata\":[[1,-1,3,3]]}",
                                        "{\"strata\":[[1,1,3,1.5]]}",
                                        "{\"strata\":[[99999999,1,3,1]]}"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(read(wrong[i], rows, &count), ERR_INVALID);
    }
    assert_int_equal(count, 2);
    struct buf many;
    buf_init(&many, 1 << 20);
    buf_add_text(&many, "{\"strata\":[[1,1,1,1]");
    for (int i = 0; i < CONTRAST_ROWS_MAX; i++) {
        buf_add_text(&many, ",[1,1,1,1]");
    }
    buf_add_text(&many, "]}");
    assert_int_equal(read(buf_text(&many), rows, &count), ERR_TOO_BIG);
    buf_fini(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_sum_over_all_tables),
        cmocka_unit_test(large_tables_stay_finite),
        cmocka_unit_test(strata_that_tell_nothing_change_nothing),
        cmocka_unit_test(strata_undo_what_is_mixed),
        cmocka_unit_test(false_alarms_stay_below_their_bound),
        cmocka_unit_test(intervals_hold_the_share),
        cmocka_unit_test(reads_strata_and_refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
