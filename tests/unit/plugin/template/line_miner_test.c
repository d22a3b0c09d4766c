/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/template/line_miner.h"

static uint64_t add(struct line_miner *miner, const char *line)
{
    return line_miner_add(miner, bytes_of_text(line));
}

static void test_lines_become_templates(void **state)
{
    (void)state;
    struct line_miner *miner = line_miner_new(TEMPLATE_LOGS);
    uint64_t a = add(miner, "Invalid user alice from 10.0.0.1 port 4000");
    uint64_t b = add(miner, "Invalid user bob from 10.0.0.2 port 80");
    uint64_t c = add(miner, "Invalid user bob from 10.0.0.3 port 22");
    uint64_t d = add(miner, "Connection closed by 10.0.0.1");
    struct line_miner_result *result = line_miner_groups(miner);
    assert_int_equal(b, c);
    assert_ptr_equal(line_miner_result_of(result, a),
                     line_miner_result_of(result, b));
    assert_ptr_not_equal(line_miner_result_of(result, a),
                         line_miner_result_of(result, d));
    assert_int_equal(line_miner_result_of(result, a)->count, 3);
    assert_true(bytes_equal_text(line_miner_result_of(result, a)->text,
                                 "Invalid user <*> from <IP> port <NUM>"));
    assert_null(line_miner_result_of(result, a ^ 1));
    assert_int_equal(template_groups_count(line_miner_result_groups(result)),
                     2);
    struct line_miner_counts counts = line_miner_counts(miner);
    assert_int_equal(counts.lines, 4);
    assert_int_equal(counts.hits, 1);
    assert_int_equal(counts.evicted, 0);
    line_miner_result_free(result);
    line_miner_free(miner);
}

static void test_a_miner_goes_on_after_it_was_asked(void **state)
{
    (void)state;
    struct line_miner *miner = line_miner_new(TEMPLATE_ERRORS);
    uint64_t a = add(miner, "file is gone");
    line_miner_result_free(line_miner_groups(miner));
    assert_int_equal(add(miner, "file is gone"), a);
    struct line_miner_result *result = line_miner_groups(miner);
    assert_int_equal(line_miner_result_of(result, a)->count, 2);
    line_miner_result_free(result);
    line_miner_free(miner);
    line_miner_free(NULL);
    line_miner_result_free(NULL);
}

/* More templates than the table has room for, in opposite orders. */
static void test_what_a_full_table_keeps_does_not_depend_on_order(void **state)
{
    (void)state;
    enum {
        MANY = 2 * LINE_MINER_TEMPLATES_MAX + 4096
    };
    struct line_miner *up = line_miner_new(TEMPLATE_ERRORS);
    struct line_miner *down = line_miner_new(TEMPLATE_ERRORS);
    char text[32];
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "w%d", i);
        line_miner_add_template(up, bytes_of_text(text));
        snprintf(text, sizeof(text), "w%d", MANY - 1 - i);
        line_miner_add_template(down, bytes_of_text(text));
    }
    struct line_miner_result *a = line_miner_groups(up);
    struct line_miner_result *b = line_miner_groups(down);
    const struct template_groups *left = line_miner_result_groups(a);
    const struct template_groups *right = line_miner_result_groups(b);
    assert_int_equal(template_groups_count(left), LINE_MINER_TEMPLATES_MAX);
    assert_int_equal(template_groups_count(right), LINE_MINER_TEMPLATES_MAX);
    for (size_t i = 0; i < template_groups_count(left); i++) {
        assert_int_equal(template_groups_at(left, i)->id,
                         template_groups_at(right, i)->id);
        assert_int_equal(template_groups_at(left, i)->count, 1);
    }
    assert_true(line_miner_counts(up).evicted >=
                MANY - LINE_MINER_TEMPLATES_MAX);
    line_miner_result_free(a);
    line_miner_result_free(b);
    line_miner_free(up);
    line_miner_free(down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_become_templates),
        cmocka_unit_test(test_a_miner_goes_on_after_it_was_asked),
        cmocka_unit_test(test_what_a_full_table_keeps_does_not_depend_on_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
