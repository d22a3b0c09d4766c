/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "memory/stats/two_by_two.h"

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-4;
}

static void known_tables_give_known_figures(void **state)
{
    (void)state;
    const struct two_by_two all = {5, 5, 5, 0};
    /* Fisher, one-sided: 1/252; mid-p is half of it. */
    assert_true(is_near(two_by_two_mid_p(&all), 1 / 504.0));
    assert_true(is_near(two_by_two_log_odds(&all), log(121)));
    assert_true(is_near(two_by_two_ochiai(&all), 1));
    const struct two_by_two even = {10, 5, 10, 5};
    assert_true(is_near(two_by_two_mid_p(&even), .5));
    assert_true(is_near(two_by_two_log_odds(&even), 0));
    assert_true(two_by_two_log_e(&even) < 0);
    const struct two_by_two none = {0, 0, 0, 0};
    assert_true(is_near(two_by_two_log_e(&none), 0));
    assert_true(is_near(two_by_two_ochiai(&none), 0));
}

static void a_clear_difference_is_evidence(void **state)
{
    (void)state;
    const struct two_by_two clear = {10, 9, 10, 2};
    const struct two_by_two wrong = {10, 2, 10, 9};
    assert_true(two_by_two_log_e(&clear) > log(20));
    assert_true(two_by_two_log_e(&wrong) < 0);
}

static double choose(uint32_t n, uint32_t k)
{
    double value = 1;
    for (uint32_t i = 1; i <= k; i++) {
        value *= (double)(n - k + i) / i;
    }
    return value;
}

/* While both rates are equal the expectation is at most one: summed exactly
 * over all tables. */
static void its_expectation_is_at_most_one(void **state)
{
    (void)state;
    enum {
        N = 7,
        M = 6
    };
    for (int step = 1; step < 20; step++) {
        double p = step / 20.0;
        double expected = 0;
        for (uint32_t x = 0; x <= N; x++) {
            for (uint32_t y = 0; y <= M; y++) {
                const struct two_by_two table = {N, x, M, y};
                expected += choose(N, x) * choose(M, y) * pow(p, x + y) *
                            pow(1 - p, N + M - x - y) *
                            exp(two_by_two_log_e(&table));
            }
        }
        assert_true(expected <= 1 + 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_tables_give_known_figures),
        cmocka_unit_test(a_clear_difference_is_evidence),
        cmocka_unit_test(its_expectation_is_at_most_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
