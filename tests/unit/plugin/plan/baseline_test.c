/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/plan/baseline.h"

static struct baseline find(const struct baseline_table *table,
                            uint32_t options,
                            const struct baseline_votes *others, size_t count)
{
    return baseline_find(table, BYTES_LITERAL("shell.pm"),
                         BYTES_LITERAL("pnpm"), options, others, count, NULL);
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
    struct bytes slot = BYTES_LITERAL("shell.pm");
    struct bytes option = BYTES_LITERAL("pnpm");
    struct baseline clean = baseline_find(NULL, slot, option, 3, even, 4, NULL);
    struct baseline found = baseline_find(NULL, slot, option, 3, one, 5, NULL);
    assert_int_equal(found.source, BASELINE_TEAMS);
    assert_float_equal(found.share, clean.share, 1e-12);
    found = baseline_find(NULL, slot, option, 3, most, 5, NULL);
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
        struct baseline found =
            baseline_find(NULL, BYTES_LITERAL("shell.pm"),
                          BYTES_LITERAL("pnpm"), options, teams, count, memo);
        assert_memory_equal(&found.share, &fresh.share, sizeof(found.share));
        assert_int_equal(found.source, fresh.source);
    }
    baseline_memo_free(memo);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
