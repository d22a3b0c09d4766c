/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plugin/detect/mistakes/fix/rule.h"

static const struct rule fix = {{4}, 1};
static const struct rule all = {.count = 0};

/* ${times} attempts of a principal with the one feature ${feature}, or plain
 * retries where it is 0. */
static void tries(struct trials *trials, uint64_t person, uint64_t feature,
                  uint32_t times, uint32_t worked)
{
    struct delta delta = {
        .features = {feature}, .count = feature > 0, .is_retry = feature == 0};
    for (uint32_t i = 0; i < times; i++) {
        const struct trial_order order = {.number = i};
        trials_add(trials, person, &delta, &order, i < worked);
    }
}

static struct rule_count counted(struct trials *trials)
{
    struct rule_trials counted = {.trials = trials};
    trials_sort(trials);
    return rule_count(&counted, &fix, &all, false);
}

static void nobody_counts_for_more_than_eight(void **state)
{
    (void)state;
    struct trials trials = {0};
    tries(&trials, 1, 4, 100, 50);
    tries(&trials, 2, 4, 2, 2);
    tries(&trials, 2, 0, 40, 1);
    const struct rule_count count = counted(&trials);
    assert_int_equal(count.table.with, RULE_ATTEMPTS_MAX + 2);
    assert_int_equal(count.table.with_worked, RULE_ATTEMPTS_MAX / 2 + 2);
    assert_int_equal(count.table.without, RULE_ATTEMPTS_MAX);
    assert_int_equal(count.table.without_worked, 0);
    assert_int_equal(count.attempts, 102);
    assert_int_equal(count.people, 2);
    assert_int_equal(count.people_worked, 2);
    assert_int_equal(count.other_people, 1);
    assert_int_equal(count.other_worked, 0);
    trials_fini(&trials);
}

static void what_silences_stands_on_neither_side(void **state)
{
    (void)state;
    struct trials trials = {0};
    tries(&trials, 1, 4, 3, 3);
    tries(&trials, 1, 8, 5, 5);
    struct rule_trials silenced = {.trials = &trials};
    trials_sort(&trials);
    for (uint32_t i = 0; i < trials.count; i++) {
        silenced.silent[i] = trials.items[i].features[0] == 8;
    }
    struct rule_count count = rule_count(&silenced, &fix, &all, false);
    assert_int_equal(count.table.with, 3);
    assert_int_equal(count.table.without, 0);
    const struct rule silence = {{8}, 1};
    count = rule_count(&silenced, &silence, &all, true);
    assert_int_equal(count.table.with, 5);
    assert_int_equal(count.table.without, 3);
    trials_fini(&trials);
}

static void merged_trials_count_once(void **state)
{
    (void)state;
    struct trials one = {0};
    struct trials two = {0};
    tries(&one, 1, 4, 2, 1);
    tries(&two, 1, 4, 1, 1);
    tries(&two, 2, 0, 3, 0);
    struct trials both = {0};
    trials_merge(&both, &one);
    trials_merge(&both, &two);
    const struct rule_count count = counted(&both);
    assert_int_equal(count.attempts, 3);
    assert_int_equal(count.attempts_worked, 2);
    assert_int_equal(count.table.without, 3);
    trials_fini(&both);
    trials_fini(&one);
    trials_fini(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_counts_for_more_than_eight),
        cmocka_unit_test(what_silences_stands_on_neither_side),
        cmocka_unit_test(merged_trials_count_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
