/* SPDX-License-Identifier: MIT */
/* Reference values: an independent computation in Python,
 *   log(sum((p/q)**x * ((1-p)/(1-q))**(n-x)) / 16), p = a + (1-a)(j+.5)/16,
 *   a = max(q, .6),
 *   sum(comb(n+1, i) for i in range(x+1)) / 2**(n+1). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "memory/stats/stats.h"

static void e_value_equals_its_formula(void **state)
{
    (void)state;
    static const struct {
        uint32_t n, x;
        double q, log_e;
    } cases[] = {
        {10, 9, 0.3333333333333333, 6.481172703523184},
        {5, 5, 0.1, 10.588963834101346},
        {30, 23, 0.1, 36.619797867040724},
        {7, 3, 0.5, -1.6182273130136076},
        {1, 0, 0.2, -1.3862943611198908},
        {100, 80, 0.5, 17.885243339015492},
        {300, 300, 0.2, 476.28560654343676},
        {100, 80, 0.7, 1.45791239117596},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double log_e = stats_log_e(cases[i].n, cases[i].x, cases[i].q);
        assert_true(fabs(log_e - cases[i].log_e) < 1e-9);
    }
    assert_true(fabs(stats_log_e(0, 0, 0.3)) < 1e-12);
}

static void e_value_stays_finite_for_many_votes(void **state)
{
    (void)state;
    assert_true(isfinite(stats_log_e(100000, 0, 0.9)));
    assert_true(isfinite(stats_log_e(100000, 100000, 0.001)));
}

/* E[e] = 1 at p = q, for every n: sum over x of Binomial(n, q)(x) e(n, x). */
static void e_value_has_mean_one_under_the_baseline(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 20; n++) {
        double mean = 0;
        for (uint32_t x = 0; x <= n; x++) {
            double log_p = lgamma(n + 1.0) - lgamma(x + 1.0) -
                           lgamma(n - x + 1.0) + x * log(0.3) +
                           (double)(n - x) * log(0.7);
            mean += exp(log_p + stats_log_e(n, x, 0.3));
        }
        assert_true(fabs(mean - 1) < 1e-9);
    }
}

static void posterior_equals_the_binomial_tail(void **state)
{
    (void)state;
    static const struct {
        uint32_t n, x;
        double posterior;
    } cases[] = {
        {0, 0, 0.5},
        {5, 5, 0.984375},
        {5, 3, 0.65625},
        {10, 7, 0.88671875},
        {20, 12, 0.808344841003418},
        {100, 60, 0.9769779665353286},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double posterior = stats_posterior(cases[i].n, cases[i].x);
        assert_true(fabs(posterior - cases[i].posterior) < 1e-12);
    }
}

static struct stats_votes votes_of(uint32_t n, uint32_t x)
{
    return (struct stats_votes){.principals = n,
                                .principals_for = x,
                                .days = 3,
                                .has_baseline = true,
                                .baseline = 0.2,
                                .alpha = 0.05,
                                .family = 1,
                                .rank = 1};
}

static void assert_lack(struct stats_votes votes, enum stats_lack proposal,
                        enum stats_lack automatic)
{
    assert_int_equal(stats_preference_lack(&votes, STATS_TIER_PROPOSAL),
                     proposal);
    assert_int_equal(stats_preference_lack(&votes, STATS_TIER_AUTO), automatic);
}

static void each_gate_of_a_preference_holds_alone(void **state)
{
    (void)state;
    struct stats_votes votes = votes_of(14, 14);
    assert_lack(votes, STATS_LACK_NOTHING, STATS_LACK_NOTHING);
    assert_lack(votes_of(4, 4), STATS_LACK_PRINCIPALS, STATS_LACK_PRINCIPALS);
    assert_lack(votes_of(12, 12), STATS_LACK_NOTHING, STATS_LACK_PRINCIPALS);
    assert_lack(votes_of(13, 13), STATS_LACK_NOTHING, STATS_LACK_NOTHING);
    assert_lack(votes_of(20, 11), STATS_LACK_SHARE, STATS_LACK_SHARE);
    assert_lack(votes_of(5, 3), STATS_LACK_POSTERIOR, STATS_LACK_PRINCIPALS);
    votes = votes_of(14, 14);
    votes.days = 2;
    assert_lack(votes, STATS_LACK_DAYS, STATS_LACK_DAYS);
    votes.no_time = true;
    assert_lack(votes, STATS_LACK_NOTHING, STATS_LACK_DAYS);
    votes = votes_of(14, 11);
    votes.baseline = 0.65;
    assert_lack(votes, STATS_LACK_LIFT, STATS_LACK_LIFT);
    votes = votes_of(14, 14);
    votes.family = 1000000000;
    assert_lack(votes, STATS_LACK_SIGNIFICANCE, STATS_LACK_SIGNIFICANCE);
    votes = votes_of(14, 14);
    votes.has_baseline = false;
    assert_lack(votes, STATS_LACK_NOTHING, STATS_LACK_SIGNIFICANCE);
}

static void a_test_that_cheats_is_not_significant(void **state)
{
    (void)state;
    struct stats_votes votes = votes_of(14, 14);
    votes.alpha = 0.2; /* the proposal level */
    assert_lack(votes, STATS_LACK_NOTHING, STATS_LACK_SIGNIFICANCE);
    votes.alpha = 0.5;
    assert_lack(votes, STATS_LACK_SIGNIFICANCE, STATS_LACK_SIGNIFICANCE);
    votes = votes_of(14, 14);
    votes.rank = 2;
    assert_lack(votes, STATS_LACK_SIGNIFICANCE, STATS_LACK_SIGNIFICANCE);
    votes = votes_of(14, 14);
    votes.rank = 0;
    assert_lack(votes, STATS_LACK_SIGNIFICANCE, STATS_LACK_SIGNIFICANCE);
    votes = votes_of(14, 14);
    votes.baseline = 0;
    assert_lack(votes, STATS_LACK_SIGNIFICANCE, STATS_LACK_SIGNIFICANCE);
    votes.baseline = NAN;
    assert_lack(votes, STATS_LACK_SIGNIFICANCE, STATS_LACK_SIGNIFICANCE);
    votes = votes_of(14, 14);
    votes.alpha = NAN;
    assert_lack(votes, STATS_LACK_SIGNIFICANCE, STATS_LACK_SIGNIFICANCE);
}

static void margin_must_be_survived(void **state)
{
    (void)state;
    assert_int_equal(stats_margin(7, STATS_TIER_PROPOSAL), 2);
    assert_int_equal(stats_margin(7, STATS_TIER_AUTO), 2);
    assert_int_equal(stats_margin(10, STATS_TIER_AUTO), 3);
    assert_int_equal(stats_margin(30, STATS_TIER_AUTO), 9);
    /* 20 of 30 is 0.67; without 9 of them it is 11 of 21. */
    assert_lack(votes_of(30, 20), STATS_LACK_NOTHING, STATS_LACK_ROBUSTNESS);
    assert_lack(votes_of(5, 4), STATS_LACK_ROBUSTNESS, STATS_LACK_PRINCIPALS);
}

/* What the promise rests on: more support never loses a tier. */
static void support_is_monotone(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(7, 0);
    for (int i = 0; i < 2000; i++) {
        uint32_t n = 5 + (uint32_t)rng_below(&rng, 40);
        uint32_t x = (uint32_t)rng_below(&rng, n);
        struct stats_votes less = votes_of(n, x);
        less.baseline = 0.05 + 0.5 * rng_unit(&rng);
        struct stats_votes more = less;
        more.principals_for++;
        for (int tier = 0; tier < 2; tier++) {
            bool had = stats_preference_lack(&less, (enum stats_tier)tier) ==
                       STATS_LACK_NOTHING;
            bool has = stats_preference_lack(&more, (enum stats_tier)tier) ==
                       STATS_LACK_NOTHING;
            assert_true(has || !had);
        }
    }
}

static void mistakes_are_counted_by_tier(void **state)
{
    (void)state;
    static const struct {
        struct stats_mistake mistake;
        enum stats_lack proposal, automatic;
    } cases[] = {
        {{3, 5, 5, 3, false}, STATS_LACK_NOTHING, STATS_LACK_NOTHING},
        {{1, 9, 9, 9, false}, STATS_LACK_PRINCIPALS, STATS_LACK_PRINCIPALS},
        {{2, 3, 3, 0, false}, STATS_LACK_NOTHING, STATS_LACK_PRINCIPALS},
        {{2, 2, 2, 2, false}, STATS_LACK_SESSIONS, STATS_LACK_PRINCIPALS},
        {{3, 4, 4, 3, false}, STATS_LACK_NOTHING, STATS_LACK_SESSIONS},
        {{3, 5, 5, 2, false}, STATS_LACK_NOTHING, STATS_LACK_DAYS},
        {{3, 5, 5, 3, true}, STATS_LACK_NOTHING, STATS_LACK_DAYS},
        {{4, 9, 4, 3, false}, STATS_LACK_NOTHING, STATS_LACK_ROBUSTNESS},
        {{4, 9, 5, 3, false}, STATS_LACK_NOTHING, STATS_LACK_NOTHING},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(
            stats_mistake_lack(&cases[i].mistake, STATS_TIER_PROPOSAL),
            cases[i].proposal);
        assert_int_equal(stats_mistake_lack(&cases[i].mistake, STATS_TIER_AUTO),
                         cases[i].automatic);
    }
}

static void tenure_is_days_and_events(void **state)
{
    (void)state;
    const int64_t day_us = INT64_C(86400000000);
    assert_true(stats_has_tenure(20, 5 * day_us, 12 * day_us));
    assert_false(stats_has_tenure(19, 5 * day_us, 12 * day_us));
    assert_false(stats_has_tenure(20, 5 * day_us, 12 * day_us - 1));
    assert_false(stats_has_tenure(1000, 0, 0));
}

static void a_habit_is_one_persons_on_three_days(void **state)
{
    (void)state;
    assert_int_equal(stats_habit_lack(1, 1, 3, 3), STATS_LACK_NOTHING);
    assert_int_equal(stats_habit_lack(1, 1, 300, 30), STATS_LACK_NOTHING);
    assert_int_equal(stats_habit_lack(0, 0, 3, 3), STATS_LACK_PRINCIPALS);
    assert_int_equal(stats_habit_lack(1, 0, 3, 3), STATS_LACK_PRINCIPALS);
    /* Of two it is no longer one person's, whatever the second chose. */
    assert_int_equal(stats_habit_lack(2, 1, 9, 9), STATS_LACK_PRINCIPALS);
    assert_int_equal(stats_habit_lack(2, 2, 9, 9), STATS_LACK_PRINCIPALS);
    assert_int_equal(stats_habit_lack(1, 1, 2, 3), STATS_LACK_SESSIONS);
    assert_int_equal(stats_habit_lack(1, 1, 3, 2), STATS_LACK_DAYS);
    /* Unknown days are counted as none. */
    assert_int_equal(stats_habit_lack(1, 1, 3, 0), STATS_LACK_DAYS);
}

/* One person, and no other: three sessions, on three days. */
static void a_habit_is_of_one_person_on_three_days(void **state)
{
    (void)state;
    static const struct {
        uint32_t principals, principals_for, sessions, days;
        enum stats_lack lack;
    } cases[] = {
        {1, 1, 3, 3, STATS_LACK_NOTHING},
        {1, 1, UINT32_MAX, UINT32_MAX, STATS_LACK_NOTHING},
        {0, 0, 3, 3, STATS_LACK_PRINCIPALS},
        {1, 0, 3, 3, STATS_LACK_PRINCIPALS},
        {2, 1, 3, 3, STATS_LACK_PRINCIPALS},
        {2, 2, 9, 9, STATS_LACK_PRINCIPALS},
        {1, 1, 2, 3, STATS_LACK_SESSIONS},
        {1, 1, 0, 0, STATS_LACK_SESSIONS},
        {1, 1, 3, 2, STATS_LACK_DAYS},
        {1, 1, 9, 0, STATS_LACK_DAYS},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(stats_habit_lack(cases[i].principals,
                                          cases[i].principals_for,
                                          cases[i].sessions, cases[i].days),
                         cases[i].lack);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_habit_is_of_one_person_on_three_days),
        cmocka_unit_test(e_value_equals_its_formula),
        cmocka_unit_test(e_value_stays_finite_for_many_votes),
        cmocka_unit_test(e_value_has_mean_one_under_the_baseline),
        cmocka_unit_test(posterior_equals_the_binomial_tail),
        cmocka_unit_test(each_gate_of_a_preference_holds_alone),
        cmocka_unit_test(a_test_that_cheats_is_not_significant),
        cmocka_unit_test(margin_must_be_survived),
        cmocka_unit_test(support_is_monotone),
        cmocka_unit_test(mistakes_are_counted_by_tier),
        cmocka_unit_test(a_habit_is_one_persons_on_three_days),
        cmocka_unit_test(tenure_is_days_and_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
