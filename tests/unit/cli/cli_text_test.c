/* SPDX-License-Identifier: MIT */
/* Untrusted texts on a terminal, and differences of texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cli/render/terminal/wrap.h"
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

/* Signs take their place: nothing is obeyed, and nothing vanishes. */
static void test_what_a_terminal_would_obey_is_seen_instead(void **state)
{
    (void)state;
    text_line(&out,
              BYTES_LITERAL("a\x1b[31mred\x07 \xc2\x9b"
                            "b\x7f\x9b"),
              100);
    assert_string_equal(buf_text(&out),
                        "a\\x1b[31mred\\x07 \\u{009b}b\\x7f\\x9b");
    buf_reset(&out);
    text_block(&out, BYTES_LITERAL("x\x1b]0;t\x07\n\ty\r\n1\r2\n"), "> ");
    assert_string_equal(buf_text(&out),
                        "> x\\x1b]0;t\\x07\n>     y\n> 1\\x0d2\n");
    buf_reset(&out);
    text_line(&out, BYTES_LITERAL("two\nlines\r\n"), 100);
    assert_string_equal(buf_text(&out), "two lines");
}

static void test_what_turns_text_around_or_hides_is_seen(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *shown;
    } cases[] = {
        {"\xe2\x80\xae", "\\u{202e}"},       /* right to left override */
        {"\xe2\x81\xa6", "\\u{2066}"},       /* isolate */
        {"\xe2\x80\x8b", "\\u{200b}"},       /* zero width */
        {"\xef\xbb\xbf", "\\u{feff}"},       /* byte order mark */
        {"\xc2\xad", "\\u{00ad}"},           /* soft hyphen */
        {"\xd8\x9c", "\\u{061c}"},           /* Arabic letter mark */
        {"\xf3\xa0\x81\xa1", "\\u{e0061}"},  /* tag */
        {"\xe3\x85\xa4", "\\u{3164}"},       /* a letter that looks like none */
        {"\xe2\x80\xa8", "\\u{2028}"},       /* line separator */
        {"\xee\x80\x80", "\\u{e000}"},       /* of nobody's alphabet */
        {"\xc0\x9b", "\\xc0\\x9b"},          /* too long a form of ESC [ */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* half a character */
        {"\xf8\x80", "\\xf8\\x80"},          /* no UTF-8 at all */
        {"\xe2\x80", "\\xe2\\x80"},          /* cut off */
        {"\xc3\xa9", "\xc3\xa9"},            /* as it is */
        {"\xe6\x97\xa5", "\xe6\x97\xa5"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        buf_reset(&out);
        text_line(&out, bytes_of_text(cases[i].bytes), 100);
        assert_string_equal(buf_text(&out), cases[i].shown);
    }
}

/* Whatever bytes come: printable ASCII, or whole characters of UTF-8. */
static void test_no_byte_gets_through_that_could_be_obeyed(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            const uint8_t bytes[] = {'a', (uint8_t)first, (uint8_t)second, 'b'};
            buf_reset(&out);
            text_line(&out, bytes_of(bytes, sizeof(bytes)), 100);
            assert_true(bytes_is_utf8(buf_bytes(&out)));
            for (size_t i = 0; i < out.len; i++) {
                assert_true(out.data[i] >= ' ' && out.data[i] != 0x7f);
                assert_false(out.data[i] == 0xc2 && out.data[i + 1] < 0xa0);
            }
        }
    }
}

static void test_long_lines_go_on_further_in(void **state)
{
    (void)state;
    wrap(&out, BYTES_LITERAL(
                   "  quotes: one two three four five six seven eight nine ten "
                   "eleven twelve thirteen fourteen\n"
                   "short\n\n    + a\n"));
    assert_string_equal(
        buf_text(&out),
        "  quotes: one two three four five six seven eight nine ten eleven "
        "twelve\n    thirteen fourteen\nshort\n\n    + a\n");
}

static void test_words_are_never_broken(void **state)
{
    (void)state;
    char word[121] = "";
    memset(word, 'x', sizeof(word) - 1);
    struct buf text;
    buf_init(&text, 1000);
    buf_add_format(&text, "before %s after", word);
    wrap(&out, buf_bytes(&text));
    buf_reset(&text);
    buf_add_format(&text, "before\n  %s\n  after", word);
    assert_string_equal(buf_text(&out), buf_text(&text));
    buf_fini(&text);
}

static void test_columns_are_counted_rather_than_bytes(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 1000);
    for (size_t i = 0; i < 78; i++) {
        buf_add_text(&text, "\xc3\xa9");
    }
    buf_add_text(&text, " b c");
    wrap(&out, buf_bytes(&text));
    assert_non_null(strstr(buf_text(&out), " b\n  c"));
    buf_fini(&text);
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
            test_what_a_terminal_would_obey_is_seen_instead, begin, end),
        cmocka_unit_test_setup_teardown(
            test_what_turns_text_around_or_hides_is_seen, begin, end),
        cmocka_unit_test_setup_teardown(
            test_no_byte_gets_through_that_could_be_obeyed, begin, end),
        cmocka_unit_test_setup_teardown(test_long_lines_go_on_further_in, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_words_are_never_broken, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            test_columns_are_counted_rather_than_bytes, begin, end),
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
