/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text/ascii.h"

/* Every byte there is, against the plain list of what belongs to a class. */
static void check_class(bool (*is)(uint8_t c), const char *members,
                        bool has_high)
{
    for (unsigned c = 0; c < 256; c++) {
        bool expected = c >= 0x80 ? has_high : c && strchr(members, (int)c);
        if (is((uint8_t)c) != expected) {
            fail_msg("byte 0x%02x is in the wrong class", c);
        }
    }
}

#define SMALL    "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS   "0123456789"

static void every_byte_has_its_classes(void **state)
{
    (void)state;
    check_class(ascii_is_digit, DIGITS, false);
    check_class(ascii_is_upper, CAPITALS, false);
    check_class(ascii_is_lower, SMALL, false);
    check_class(ascii_is_alpha, SMALL CAPITALS, false);
    check_class(ascii_is_alnum, SMALL CAPITALS DIGITS, false);
    check_class(ascii_is_letter, SMALL CAPITALS, true);
    check_class(ascii_is_word, SMALL CAPITALS DIGITS "_", true);
    check_class(ascii_is_hex, DIGITS "abcdefABCDEF", false);
    check_class(ascii_is_space, " \t\n\v\f\r", false);
}

static void only_capitals_are_folded(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        bool is_capital = c >= 'A' && c <= 'Z';
        assert_int_equal(ascii_fold((uint8_t)c), is_capital ? c + 32 : c);
    }
    assert_int_equal(ascii_hex_value('0'), 0);
    assert_int_equal(ascii_hex_value('9'), 9);
    assert_int_equal(ascii_hex_value('a'), 10);
    assert_int_equal(ascii_hex_value('F'), 15);
    assert_int_equal(ascii_hex_value('g'), -1);
    assert_int_equal(ascii_hex_value('@'), -1);
    assert_int_equal(ascii_hex_value(0), -1);
}

static void nul_is_in_no_set(void **state)
{
    (void)state;
    assert_true(ascii_in('.', ",."));
    assert_false(ascii_in('.', ""));
    assert_false(ascii_in(0, ",."));
}

static void case_is_ignored_on_both_sides(void **state)
{
    (void)state;
    struct bytes none = bytes_of(NULL, 0);
    assert_true(ascii_same(BYTES_LITERAL("PyTest"), BYTES_LITERAL("pYtEST")));
    assert_false(ascii_same(BYTES_LITERAL("pytest"), BYTES_LITERAL("pytes")));
    assert_true(ascii_same(none, BYTES_LITERAL("")));
    /* '@' and '`' differ by the bit of case, and are no letters. */
    assert_false(ascii_same(BYTES_LITERAL("@"), BYTES_LITERAL("`")));
    assert_false(ascii_same(BYTES_LITERAL("\xc3"), BYTES_LITERAL("\xe3")));
    assert_true(ascii_equal(BYTES_LITERAL("Exit"), "eXIT"));
    assert_false(ascii_equal(BYTES_LITERAL("Exit"), "exits"));
    assert_true(ascii_equal(none, ""));
    assert_false(ascii_equal(none, "a"));
    assert_true(ascii_starts(BYTES_LITERAL("Error: x"), "ERROR"));
    assert_false(ascii_starts(BYTES_LITERAL("Err"), "error"));
    assert_true(ascii_starts(none, ""));
    assert_true(ascii_ends(BYTES_LITERAL("a.PY"), ".py"));
    assert_false(ascii_ends(BYTES_LITERAL("py"), ".py"));
}

static void searching_finds_the_first_at_or_after(void **state)
{
    (void)state;
    struct bytes hay = BYTES_LITERAL("ab-AB-aB");
    struct bytes ab = BYTES_LITERAL("Ab");
    assert_int_equal(ascii_search(hay, ab, 0), 0);
    assert_int_equal(ascii_search(hay, ab, 1), 3);
    assert_int_equal(ascii_search(hay, ab, 4), 6);
    assert_true(ascii_search(hay, ab, 7) == SIZE_MAX);
    assert_true(ascii_search(hay, ab, 99) == SIZE_MAX);
    assert_int_equal(ascii_search(hay, BYTES_LITERAL("-a"), 3), 5);
    assert_int_equal(ascii_search(hay, BYTES_LITERAL(""), 8), 8);
    assert_true(ascii_search(hay, BYTES_LITERAL(""), 9) == SIZE_MAX);
    assert_int_equal(ascii_find(hay, "B-a"), 1);
    assert_true(ascii_find(BYTES_LITERAL("ab"), "abc") == SIZE_MAX);
    assert_true(ascii_find(BYTES_LITERAL("x`x"), "@") == SIZE_MAX);
    assert_true(ascii_holds(hay, "b-ab"));
    assert_false(ascii_holds(bytes_of(NULL, 0), "a"));
}

static void a_word_is_looked_up_whole(void **state)
{
    (void)state;
    static const char *const list[] = {"install", "777", "-f", NULL};
    assert_true(ascii_among(BYTES_LITERAL("Install"), list));
    assert_true(ascii_among(BYTES_LITERAL("777"), list));
    assert_true(ascii_among(BYTES_LITERAL("-F"), list));
    assert_false(ascii_among(BYTES_LITERAL("installs"), list));
    assert_false(ascii_among(BYTES_LITERAL("-"), list));
    assert_false(ascii_among(BYTES_LITERAL(""), list));
}

static void lines_end_at_either_return(void **state)
{
    (void)state;
    struct bytes rest = BYTES_LITERAL(" one \r\ntwo\nthree");
    static const char *const lines[] = {" one ", "", "two", "three"};
    struct bytes line;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        assert_true(ascii_next_line(&rest, &line));
        assert_true(bytes_equal_text(line, lines[i]));
    }
    assert_false(ascii_next_line(&rest, &line));
    assert_true(
        bytes_equal_text(ascii_trim(BYTES_LITERAL("\t a b\v\n")), "a b"));
    assert_int_equal(ascii_trim(BYTES_LITERAL(" \f ")).len, 0);
}

static void a_copy_in_lower_case_is_bounded(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024);
    struct bytes text = BYTES_LITERAL("Tbl_\xc3\x84 X");
    assert_true(
        bytes_equal_text(ascii_fold_copy(&arena, text), "tbl_\xc3\x84 x"));
    struct bytes large = bytes_of(text.data, 1025);
    assert_int_equal(ascii_fold_copy(&arena, large).len, 0);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_has_its_classes),
        cmocka_unit_test(only_capitals_are_folded),
        cmocka_unit_test(nul_is_in_no_set),
        cmocka_unit_test(case_is_ignored_on_both_sides),
        cmocka_unit_test(searching_finds_the_first_at_or_after),
        cmocka_unit_test(a_word_is_looked_up_whole),
        cmocka_unit_test(lines_end_at_either_return),
        cmocka_unit_test(a_copy_in_lower_case_is_bounded),
    };
    return cmocka_run_group_tests_name("ascii", tests, NULL, NULL);
}
