/* SPDX-License-Identifier: MIT */
/* Untrusted texts on a terminal, and differences of texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cli/render/text.h"

static struct buf out;

static int begin(void **state)
{
    (void)state;
    buf_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_fini(&out);
    return 0;
}

static void test_control_characters_never_get_through(void **state)
{
    (void)state;
    text_line(&out,
              BYTES_LITERAL("a\x1b[31mred\x07 \xc2\x9b"
                            "b\x7f"),
              100);
    assert_string_equal(buf_text(&out), "a [31mred b");
    buf_reset(&out);
    text_block(&out, BYTES_LITERAL("x\x1b]0;t\x07\n\ty\r\n"), "> ");
    assert_string_equal(buf_text(&out), "> x]0;t\n>     y\n");
}

static void test_lines_are_cut_at_a_character(void **state)
{
    (void)state;
    text_line(&out,
              BYTES_LITERAL("ab\xc3\xa9"
                            "cd"),
              3);
    assert_string_equal(buf_text(&out), "ab\xc3\xa9...");
    buf_reset(&out);
    text_line(&out, BYTES_LITERAL("  a \n\n b  "), 100);
    assert_string_equal(buf_text(&out), "a b");
}

static void test_differences_show_what_changed(void **state)
{
    (void)state;
    text_diff(&out, BYTES_LITERAL("one\ntwo\nthree\n"),
              BYTES_LITERAL("one\n2\nthree\nfour\n"), "");
    assert_string_equal(buf_text(&out), "  one\n- two\n+ 2\n  three\n+ four\n");
}

static void test_far_lines_are_left_out(void **state)
{
    (void)state;
    text_diff(&out, BYTES_LITERAL("1\n2\n3\n4\n5\n6\n"),
              BYTES_LITERAL("1\n2\n3\n4\n5\nsix\n"), "");
    assert_string_equal(buf_text(&out), "  ...\n  4\n  5\n- 6\n+ six\n");
}

static void test_nothing_to_something_and_back(void **state)
{
    (void)state;
    text_diff(&out, (struct bytes){0}, BYTES_LITERAL("new"), "  ");
    assert_string_equal(buf_text(&out), "  + new\n");
    buf_reset(&out);
    text_diff(&out, BYTES_LITERAL("old"), (struct bytes){0}, "");
    assert_string_equal(buf_text(&out), "- old\n");
    buf_reset(&out);
    text_diff(&out, BYTES_LITERAL("same\n"), BYTES_LITERAL("same\n"), "");
    assert_string_equal(buf_text(&out), "  ...\n");
}

static void test_texts_with_too_many_lines_are_shown_whole(void **state)
{
    (void)state;
    struct buf many;
    buf_init(&many, 1 << 20);
    for (int i = 0; i < 3000; i++) {
        buf_add_text(&many, "line\n");
    }
    text_diff(&out, buf_bytes(&many), BYTES_LITERAL("short"), "");
    assert_non_null(strstr(buf_text(&out), "before:\n"));
    assert_non_null(strstr(buf_text(&out), "after:\nshort\n"));
    buf_fini(&many);
}

static void test_counts_and_times(void **state)
{
    (void)state;
    text_count(&out, 1, "agent", "agents");
    buf_add_text(&out, " ");
    text_count(&out, 0, "agent", "agents");
    buf_add_text(&out, " ");
    text_time(&out, 0);
    buf_add_text(&out, " ");
    text_time(&out, INT64_C(1767615451459000));
    assert_string_equal(buf_text(&out),
                        "1 agent 0 agents - 2026-01-05 12:17:31");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_control_characters_never_get_through, begin, end),
        cmocka_unit_test_setup_teardown(test_lines_are_cut_at_a_character,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_differences_show_what_changed,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_far_lines_are_left_out, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_nothing_to_something_and_back,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            test_texts_with_too_many_lines_are_shown_whole, begin, end),
        cmocka_unit_test_setup_teardown(test_counts_and_times, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
