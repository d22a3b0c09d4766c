/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "memory/stats/stats.h"
#include "plugin/plan/baseline.h"

static struct baseline find(const struct baseline_table *table,
                            uint32_t options,
                            const struct baseline_votes *others, size_t count)
{
    const struct baseline_question question = {
        .table = table,
        .slot = BYTES_LITERAL("shell.pm"),
        .option = BYTES_LITERAL("pnpm"),
        .options = options,
    };
    return baseline_find(&question, others, count);
}

/* Quantiles computed by hand: Beta(1, 1) is uniform, Beta(1, 39) has the
 * distribution function 1 - (1 - x)^39; Beta(2, 3) and the last by numeric
 * integration of the density. */
static void upper_bounds_are_beta_quantiles(void **state)
{
    (void)state;
    assert_float_equal(baseline_upper(1, 1, 0.95), 0.95, 1e-9);
    assert_float_equal(baseline_upper(1, 39, 0.95), 0.07393759, 1e-7);
    assert_float_equal(baseline_upper(2, 3, 0.95), 0.7513954, 1e-6);
    assert_float_equal(
        baseline_upper(13.333333333333334, 36.666666666666664, 0.95), 0.3737376,
        1e-6);
}

static void three_teams_of_ten_make_a_baseline(void **state)
{
    (void)state;
    const struct baseline_votes others[] = {{10, 3}, {10, 4}, {10, 3}, {9, 9}};
    struct baseline found = find(NULL, 3, others, 4);
    assert_int_equal(found.source, BASELINE_TEAMS);
    assert_float_equal(found.share, 0.349661, 1e-5);
}

static void fewer_teams_fall_back_to_the_table(void **state)
{
    (void)state;
    const struct baseline_votes others[] = {{10, 3}, {10, 4}, {9, 3}};
    struct buf why;
    struct baseline_table *table = NULL;
    buf_init(&why, 256);
    assert_int_equal(
        baseline_table_read(BYTES_LITERAL("{\"shell.pm\":{\"pnpm\":0.25}}"),
                            &why, &table),
        ERR_OK);
    struct baseline found = find(table, 3, others, 3);
    assert_int_equal(found.source, BASELINE_TABLE);
    assert_float_equal(found.share, 0.25, 0);
    baseline_table_free(table);
    buf_fini(&why);
}

static void without_both_there_is_none(void **state)
{
    (void)state;
    struct baseline found = find(NULL, 2, NULL, 0);
    assert_int_equal(found.source, BASELINE_NONE);
    assert_float_equal(found.share, 0.5, 0);
    assert_float_equal(find(NULL, 9, NULL, 0).share, 1.0 / 3, 1e-12);
    /* What two other teams do as often is not to be proposed. */
    const struct baseline_votes others[] = {{24, 20}, {24, 21}};
    assert_true(find(NULL, 3, others, 2).share > 0.8);
}

static void a_table_that_is_no_table_is_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"[]",
                               "{",
                               "{\"a\":1}",
                               "{\"a\":{\"b\":1}}",
                               "{\"a\":{\"b\":0}}",
                               "{\"a\":{\"b\":\"c\"}}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct buf why;
        struct baseline_table *table = NULL;
        buf_init(&why, 256);
        assert_int_equal(
            baseline_table_read(bytes_of_text(bad[i]), &why, &table),
            ERR_INVALID);
        assert_null(table);
        assert_true(why.len > 0);
        buf_fini(&why);
    }
}

static void equal_tables_have_equal_texts(void **state)
{
    (void)state;
    struct buf why;
    struct baseline_table *a = NULL;
    struct baseline_table *b = NULL;
    buf_init(&why, 256);
    assert_int_equal(
        baseline_table_read(
            BYTES_LITERAL("{\"x\":{\"p\":0.5,\"q\":0.1},\"a\":{}}"), &why, &a),
        ERR_OK);
    assert_int_equal(
        baseline_table_read(
            BYTES_LITERAL("{\"a\":{}, \"x\":{\"q\":0.10,\"p\":0.5}}"), &why,
            &b),
        ERR_OK);
    assert_true(bytes_equal(baseline_table_text(a), baseline_table_text(b)));
    baseline_table_free(a);
    baseline_table_free(b);
    buf_fini(&why);
}

/* What a team prefers itself is no baseline for others, unless most do. */
static void a_team_that_prefers_it_is_left_out(void **state)
{
    (void)state;
    const struct baseline_votes even[] = {{24, 8}, {24, 7}, {24, 9}, {24, 8}};
    const struct baseline_votes one[] = {
        {24, 8}, {24, 23}, {24, 7}, {24, 9}, {24, 8}};
    const struct baseline_votes most[] = {
        {24, 22}, {24, 23}, {24, 22}, {24, 8}, {24, 7}};
    struct baseline clean = find(NULL, 3, even, 4);
    struct baseline found = find(NULL, 3, one, 5);
    assert_int_equal(found.source, BASELINE_TEAMS);
    assert_float_equal(found.share, clean.share, 1e-12);
    found = find(NULL, 3, most, 5);
    assert_true(found.share > 0.65);
}

/* Many counts, some in one row, each of them twice. */
static void what_is_remembered_changes_no_result(void **state)
{
    (void)state;
    struct baseline_memo *memo = baseline_memo_new();
    for (uint32_t i = 0; i < 2 * 1500; i++) {
        uint32_t k = i / 2;
        struct baseline_votes teams[4];
        for (uint32_t t = 0; t < 4; t++) {
            teams[t] = (struct baseline_votes){5 + k % 37, (k + t) % 6};
        }
        size_t count = 1 + k % 4;
        uint32_t options = 2 + k % 5;
        struct baseline fresh = find(NULL, options, teams, count);
        const struct baseline_question question = {
            .slot = BYTES_LITERAL("shell.pm"),
            .option = BYTES_LITERAL("pnpm"),
            .options = options,
            .memo = memo,
        };
        struct baseline found = baseline_find(&question, teams, count);
        assert_memory_equal(&found.share, &fresh.share, sizeof(found.share));
        assert_int_equal(found.source, fresh.source);
    }
    baseline_memo_free(memo);
}

/* Where all other choices are even, four teams that by chance chose it more
 * often hardly are a reason to think that the world does; but what the choice
 * itself says stays a bound. */
static void other_choices_tell_how_large_shares_are(void **state)
{
    (void)state;
    const struct baseline_votes chance[] = {
        {24, 10}, {24, 9}, {24, 9}, {24, 10}};
    const struct baseline_votes custom[] = {
        {24, 16}, {24, 15}, {24, 16}, {24, 15}};
    struct prior *shares = prior_new();
    for (uint32_t i = 0; i < 600; i++) {
        prior_add(shares, 96, 27 + i % 11);
    }
    prior_fit(shares, NULL);
    const struct baseline_question question = {
        .slot = BYTES_LITERAL("shell.pm"),
        .option = BYTES_LITERAL("pnpm"),
        .options = 3,
        .shares = shares,
    };
    double alone = find(NULL, 3, chance, 4).share;
    double learnt = baseline_find(&question, chance, 4).share;
    assert_true(alone > 0.39 && learnt < 0.37 && learnt > 0.33);
    alone = find(NULL, 3, custom, 4).share;
    learnt = baseline_find(&question, custom, 4).share;
    assert_true(learnt > alone - 0.06);
    prior_free(shares);
}

enum {
    WORLD_SLOTS = 200,
    WORLD_TEAMS = 7,
    WORLD_VOTERS = 22
};

struct world_choice {
    double share; /* in truth */
    struct baseline_votes teams[WORLD_TEAMS];
};

static void draw_votes(struct rng *rng, struct world_choice *it)
{
    for (int team = 0; team < WORLD_TEAMS; team++) {
        it->teams[team] = (struct baseline_votes){.voters = WORLD_VOTERS};
        for (int voter = 0; voter < WORLD_VOTERS; voter++) {
            it->teams[team].supporters += rng_chance(rng, it->share);
        }
    }
}

/* Three options a slot, mostly even; a tenth are defaults of the world. */
static void draw_world(struct world_choice choices[WORLD_SLOTS * 3],
                       struct prior *shares)
{
    static const double of_default[] = {.65, .25, .10};
    struct rng rng = rng_seeded(7, 3);
    for (int i = 0; i < WORLD_SLOTS * 3; i++) {
        struct world_choice *it = &choices[i];
        struct baseline_votes sum;
        it->share = i < WORLD_SLOTS * 3 / 10 ? of_default[i % 3] : 1.0 / 3;
        draw_votes(&rng, it);
        if (baseline_pool(NULL, 3, it->teams, WORLD_TEAMS, &sum)) {
            prior_add(shares, sum.voters, sum.supporters);
        }
    }
    prior_fit(shares, NULL);
}

/* The expectation of the e-value of ${n} votes if nobody prefers anything. */
static double expected_e(uint32_t n, double share, double baseline)
{
    double expected = 0;
    double probability = pow(1 - share, n); /* of x = 0, then the next */
    for (uint32_t x = 0; x <= n; x++) {
        expected += probability * exp(stats_log_e(n, x, baseline));
        probability *= (double)(n - x) / (x + 1) * share / (1 - share);
    }
    return expected;
}

static void e_values_against_what_is_learnt_average_at_most_one(void **state)
{
    (void)state;
    static struct world_choice choices[WORLD_SLOTS * 3];
    struct prior *shares = prior_new();
    struct baseline_memo *memo = baseline_memo_new();
    double alone = 0;
    double learnt = 0;
    draw_world(choices, shares);
    for (int i = 0; i < WORLD_SLOTS * 3; i++) {
        const struct world_choice *it = &choices[i];
        struct baseline_question question = {.options = 3, .memo = memo};
        alone +=
            expected_e(12, it->share,
                       baseline_find(&question, it->teams, WORLD_TEAMS).share);
        question.shares = shares;
        learnt +=
            expected_e(12, it->share,
                       baseline_find(&question, it->teams, WORLD_TEAMS).share);
    }
    assert_true(learnt <= WORLD_SLOTS * 3);
    assert_true(learnt < alone);
    baseline_memo_free(memo);
    prior_free(shares);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upper_bounds_are_beta_quantiles),
        cmocka_unit_test(three_teams_of_ten_make_a_baseline),
        cmocka_unit_test(fewer_teams_fall_back_to_the_table),
        cmocka_unit_test(without_both_there_is_none),
        cmocka_unit_test(a_table_that_is_no_table_is_refused),
        cmocka_unit_test(equal_tables_have_equal_texts),
        cmocka_unit_test(a_team_that_prefers_it_is_left_out),
        cmocka_unit_test(what_is_remembered_changes_no_result),
        cmocka_unit_test(other_choices_tell_how_large_shares_are),
        cmocka_unit_test(e_values_against_what_is_learnt_average_at_most_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
