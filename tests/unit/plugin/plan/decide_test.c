/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/plan/decide.h"

/* A slot of team 0 with ${x} of ${n} votes against a known baseline. */
static struct candidate *add(struct candidates *list, uint32_t n, uint32_t x,
                             double baseline)
{
    static uint8_t number;
    struct candidate *candidate = candidates_add(list);
    candidate->kind = FINDING_KIND_PREFERENCE;
    candidate->finding[0] = ++number;
    candidate->preference = (struct preference_figures){
        .voters = n,
        .supporters = x,
        .now_voters = n,
        .now_supporters = x,
        .options = 3,
        .hypotheses = 3,
        .baseline = baseline,
        .source = BASELINE_TABLE,
        .probability = 1,
    };
    candidate->counts.days = 5;
    candidate->counts.sessions = n;
    return candidate;
}

static void e_bh_rejects_the_largest_that_carry_each_other(void **state)
{
    (void)state;
    /* M / (alpha r) at alpha .05, M = 100: 2000, 1000, 666.7, 500. */
    const double e[] = {1500, 1100, 700, 499};
    double log_e[4];
    for (size_t i = 0; i < 4; i++) {
        log_e[i] = log(e[i]);
    }
    assert_int_equal(decide_rejections(log_e, 4, 100, 0.05), 3);
    assert_int_equal(decide_rejections(log_e, 1, 100, 0.05), 0);
    log_e[3] = log(501);
    assert_int_equal(decide_rejections(log_e, 4, 100, 0.05), 4);
    assert_int_equal(decide_rejections(log_e, 0, 100, 0.05), 0);
}

/* 22 of 24 without f = 7 is 15 of 17: log e = 10.3953 against a third, over
 * log(3 / .05) = 4.09. */
static void a_clear_preference_is_auto(void **state)
{
    (void)state;
    struct candidates list;
    candidates_init(&list);
    struct candidate *candidate = add(&list, 24, 22, 1.0 / 3);
    decide(&list);
    assert_int_equal(candidate->tier, TIER_AUTO);
    assert_float_equal(candidate->log_e, 17.057420, 1e-5);
    assert_int_equal(candidate->family, 3);
    assert_int_equal(candidate->rank, 1);
    assert_float_equal(candidate->alpha, 0.05, 0);
    candidates_fini(&list);
}

static void without_a_baseline_it_is_never_auto(void **state)
{
    (void)state;
    struct candidates list;
    candidates_init(&list);
    struct candidate *candidate = add(&list, 24, 22, 0.5);
    candidate->preference.source = BASELINE_NONE;
    decide(&list);
    assert_int_equal(candidate->tier, TIER_PROPOSAL);
    candidates_fini(&list);
}

static void a_large_family_asks_for_more(void **state)
{
    (void)state;
    struct candidates list;
    candidates_init(&list);
    /* Robust: 9 of 10 against a third, log e = 6.4812; alone in a family of
     * 3 it needs log(15) = 2.7, in one of 3003 log(15015) = 9.6. */
    add(&list, 12, 11, 1.0 / 3);
    decide(&list);
    assert_int_equal(list.items[0].tier, TIER_PROPOSAL);
    candidates_fini(&list);
    candidates_init(&list);
    add(&list, 12, 11, 1.0 / 3);
    for (int i = 0; i < 1000; i++) {
        add(&list, 12, 4, 1.0 / 3);
    }
    decide(&list);
    assert_int_equal(list.items[0].tier, TIER_NONE);
    assert_int_equal(list.items[0].reason, REASON_NOT_SIGNIFICANT);
    candidates_fini(&list);
}

static void every_gate_has_its_reason(void **state)
{
    (void)state;
    struct candidates list;
    candidates_init(&list);
    add(&list, 4, 4, 0.1);
    add(&list, 24, 12, 0.1);
    add(&list, 24, 20, 0.7);
    add(&list, 24, 22, 0.3)->counts.days = 2;
    add(&list, 24, 22, 0.3)->preference.now_supporters = 5;
    decide(&list);
    assert_int_equal(list.items[0].reason, REASON_TOO_FEW_PRINCIPALS);
    assert_int_equal(list.items[1].reason, REASON_LOW_SHARE);
    assert_int_equal(list.items[2].reason, REASON_LOW_LIFT);
    assert_int_equal(list.items[3].reason, REASON_TOO_FEW_DAYS);
    assert_int_equal(list.items[4].reason, REASON_MOVED_ON);
    candidates_fini(&list);
}

static void a_burst_that_cannot_be_ruled_out_is_not_auto(void **state)
{
    (void)state;
    struct candidates list;
    candidates_init(&list);
    struct candidate *candidate = add(&list, 24, 22, 1.0 / 3);
    candidate->counts.no_time = true;
    candidate->counts.days = 0;
    decide(&list);
    assert_int_equal(candidate->tier, TIER_PROPOSAL);
    candidates_fini(&list);
}

static void a_reason_that_was_given_stays(void **state)
{
    (void)state;
    struct candidates list;
    candidates_init(&list);
    add(&list, 24, 24, 0.1)->reason = REASON_CONSTANT;
    decide(&list);
    assert_int_equal(list.items[0].reason, REASON_CONSTANT);
    assert_int_equal(list.items[0].tier, TIER_NONE);
    candidates_fini(&list);
}

static void teams_have_budgets_of_their_own(void **state)
{
    (void)state;
    struct candidates list;
    candidates_init(&list);
    add(&list, 12, 11, 1.0 / 3);
    for (int i = 0; i < 1000; i++) {
        add(&list, 12, 4, 1.0 / 3)->team = 1;
    }
    decide(&list);
    assert_int_equal(list.items[0].tier, TIER_PROPOSAL);
    candidates_fini(&list);
}

/* A workflow that all tests let through, and how those that fail do it. */
static enum reason reason_of_workflow(const char *failing)
{
    struct candidates list;
    candidates_init(&list);
    struct candidate *candidate = candidates_add(&list);
    candidate->kind = FINDING_KIND_WORKFLOW;
    candidate->option = BYTES_LITERAL("sql.select > lookup");
    candidate->counts.principals = 20;
    candidate->counts.sessions = 80;
    candidate->log_e = 20;
    const struct workflow_figures figures = {
        .tested = 1,
        .kind_log_e = 20,
        .robust_log_e = 20,
        .uplift = .3,
        .failing = bytes_of_text(failing),
    };
    candidate->workflow = &figures;
    decide_workflows(list.items, list.count);
    enum reason reason = list.items[0].reason;
    candidates_fini(&list);
    return reason;
}

static void steps_that_only_fail_less_are_no_workflow(void **state)
{
    (void)state;
    static const char *const same[] = {"sql.select! > lookup",
                                       "sql.select > lookup!",
                                       "sql.select! > sql.select > lookup!"};
    static const char *const other[] = {"", "lookup", "lookup > sql.select",
                                        "sql.select! > sql.show > lookup",
                                        "sql.select > lookup > check!"};
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        assert_int_equal(reason_of_workflow(same[i]), REASON_NO_UPLIFT);
    }
    for (size_t i = 0; i < ARRAY_LEN(other); i++) {
        assert_int_equal(reason_of_workflow(other[i]), REASON_PROPOSED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_that_only_fail_less_are_no_workflow),
        cmocka_unit_test(e_bh_rejects_the_largest_that_carry_each_other),
        cmocka_unit_test(a_clear_preference_is_auto),
        cmocka_unit_test(without_a_baseline_it_is_never_auto),
        cmocka_unit_test(a_large_family_asks_for_more),
        cmocka_unit_test(every_gate_has_its_reason),
        cmocka_unit_test(a_burst_that_cannot_be_ruled_out_is_not_auto),
        cmocka_unit_test(a_reason_that_was_given_stays),
        cmocka_unit_test(teams_have_budgets_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
