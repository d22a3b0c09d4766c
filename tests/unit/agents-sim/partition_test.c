/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agents-sim/lab/traces/partition.h"

static void check(double value, double expected)
{
    assert_float_equal(value, expected, 1e-9);
}

static void test_equal_groupings_agree(void **state)
{
    (void)state;
    const uint64_t groups[] = {7, 7, 9, 9, 9, 1};
    const uint64_t classes[] = {1, 1, 2, 2, 2, 3};
    struct partition same = partition_compare(groups, classes, 6);
    check(same.grouping_accuracy, 1);
    check(same.group_f1, 1);
    check(same.purity, 1);
    check(same.rand_index, 1);
    assert_int_equal(same.groups, 3);
    assert_int_equal(same.classes, 3);
}

/* Class 1 is split, class 2 is right, 3 and 4 are one group. */
static void test_figures_are_those_of_the_literature(void **state)
{
    (void)state;
    const uint64_t groups[] = {1, 1, 2, 3, 3, 4, 4, 4};
    const uint64_t classes[] = {1, 1, 1, 2, 2, 3, 3, 4};
    struct partition some = partition_compare(groups, classes, 8);
    check(some.grouping_accuracy, 2. / 8);
    check(some.group_f1, 2. * 1 / (4 + 4));
    check(some.purity, 7. / 8);
    /* Pairs: 3 shared, 5 by group, 5 by class, 28 in all. */
    double expected = 5. * 5 / 28;
    check(some.rand_index, (3 - expected) / (5 - expected));
}

static void test_one_group_for_all_is_worth_nothing(void **state)
{
    (void)state;
    const uint64_t groups[] = {1, 1, 1, 1};
    const uint64_t classes[] = {1, 1, 2, 2};
    struct partition one = partition_compare(groups, classes, 4);
    check(one.grouping_accuracy, 0);
    check(one.rand_index, 0);
    check(one.purity, .5);
    assert_int_equal(partition_compare(groups, classes, 0).groups, 0);
}

static void test_named_groups_need_their_class_alone(void **state)
{
    (void)state;
    const uint64_t names[] = {1, 1, 2, 2, 5};
    const uint64_t classes[] = {1, 1, 2, 3, 3};
    check(partition_named_f1(names, classes, 5), 2. * 1 / (3 + 3));
    /* A part of a class is enough, as loghub-2.0 counts it. */
    const uint64_t parts[] = {1, 9};
    const uint64_t whole[] = {1, 1};
    check(partition_named_f1(parts, whole, 2), 2. * 1 / (2 + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_groupings_agree),
        cmocka_unit_test(test_figures_are_those_of_the_literature),
        cmocka_unit_test(test_one_group_for_all_is_worth_nothing),
        cmocka_unit_test(test_named_groups_need_their_class_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
