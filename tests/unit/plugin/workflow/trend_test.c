/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plugin/workflow/trend.h"

/* Eight buckets of twenty votes, so many for it and for the rival. */
static struct trend trend_for(const uint32_t votes_for[TREND_BUCKETS],
                              uint32_t rival)
{
    struct trend_bucket buckets[TREND_BUCKETS];
    for (size_t i = 0; i < TREND_BUCKETS; i++) {
        buckets[i] = (struct trend_bucket){20, votes_for[i], rival};
    }
    return trend_of(buckets, TREND_BUCKETS);
}

static void assert_label(const uint32_t votes_for[TREND_BUCKETS],
                         uint32_t rival, const char *label)
{
    struct trend trend = trend_for(votes_for, rival);
    assert_string_equal(trend_label_name(trend.label), label);
}

static void labels_what_happened(void **state)
{
    (void)state;
    assert_label((uint32_t[]){2, 4, 5, 8, 11, 13, 16, 18}, 1, "converging");
    assert_label((uint32_t[]){18, 16, 14, 11, 8, 5, 3, 2}, 1, "diverging");
    assert_label((uint32_t[]){15, 16, 15, 14, 16, 15, 16, 15}, 1,
                 "established");
    assert_label((uint32_t[]){9, 8, 9, 8, 9, 8, 9, 9}, 9, "contested");
    assert_label((uint32_t[]){2, 1, 2, 3, 1, 2, 2, 1}, 9, "rare");
}

static void figures_are_those_of_the_literature(void **state)
{
    (void)state;
    struct trend trend = trend_for((uint32_t[]){2, 4, 6, 8, 10, 12, 14, 16}, 0);
    assert_true(fabs(trend.slope - 0.1) < 1e-9);
    /* S = 28, variance 65.33, z = 27 / 8.083. */
    assert_true(fabs(trend.p - 0.000418) < 1e-5);
    assert_true(trend.log_e > 3);
    trend = trend_for((uint32_t[]){5, 5, 5, 5, 5, 5, 5, 5}, 0);
    assert_true(trend.p == 0.5 && trend.slope == 0 && trend.log_e < 0);
}

static void too_few_votes_say_nothing(void **state)
{
    (void)state;
    struct trend_bucket buckets[TREND_BUCKETS] = {
        {20, 2, 0}, {2, 2, 0}, {20, 20, 0}, {20, 20, 0}, {20, 20, 0}};
    struct trend trend = trend_of(buckets, TREND_BUCKETS);
    assert_int_equal(trend.buckets, 4);
    assert_int_equal(trend.label, TREND_UNKNOWN);
    trend = trend_of(NULL, 0);
    assert_int_equal(trend.label, TREND_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_what_happened),
        cmocka_unit_test(figures_are_those_of_the_literature),
        cmocka_unit_test(too_few_votes_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
