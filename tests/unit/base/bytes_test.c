/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

static void views_compare_by_byte_then_length(void **state)
{
    (void)state;
    assert_true(bytes_compare(BYTES_LITERAL("a"), BYTES_LITERAL("ab")) < 0);
    assert_true(bytes_compare(BYTES_LITERAL("b"), BYTES_LITERAL("ab")) > 0);
    assert_true(bytes_compare(BYTES_LITERAL("\xff"), BYTES_LITERAL("a")) > 0);
    assert_true(bytes_equal(bytes_of_text(NULL), BYTES_LITERAL("")));
    assert_true(bytes_starts_with(BYTES_LITERAL("ab"), BYTES_LITERAL("")));
    assert_false(bytes_starts_with(BYTES_LITERAL("a"), BYTES_LITERAL("ab")));
}

static void finding_stays_within_bounds(void **state)
{
    (void)state;
    struct bytes hay = BYTES_LITERAL("abcabc");
    assert_int_equal(bytes_find(hay, BYTES_LITERAL("bc"), 2), 4);
    assert_true(bytes_find(hay, BYTES_LITERAL("bc"), 5) == SIZE_MAX);
    assert_true(bytes_find(hay, BYTES_LITERAL("x"), 99) == SIZE_MAX);
    assert_int_equal(bytes_find(hay, BYTES_LITERAL(""), 6), 6);
    assert_int_equal(bytes_slice(hay, 4, SIZE_MAX).len, 2);
    assert_int_equal(bytes_slice(hay, 6, 1).len, 0);
}

static void edges_are_trimmed_of_one_byte(void **state)
{
    (void)state;
    assert_true(
        bytes_equal_text(bytes_trim(BYTES_LITERAL("  a b "), ' '), "a b"));
    assert_true(
        bytes_equal_text(bytes_trim(BYTES_LITERAL("\ta "), ' '), "\ta"));
    assert_int_equal(bytes_trim(BYTES_LITERAL("   "), ' ').len, 0);
    assert_int_equal(bytes_trim(bytes_of(NULL, 0), ' ').len, 0);
}

static void clipping_leaves_characters_whole(void **state)
{
    (void)state;
    struct bytes text = BYTES_LITERAL("a\xc3\xa4\xe2\x82\xac");
    assert_int_equal(bytes_clip(text, 99).len, 6);
    assert_int_equal(bytes_clip(text, 6).len, 6);
    assert_int_equal(bytes_clip(text, 5).len, 3);
    assert_int_equal(bytes_clip(text, 4).len, 3);
    assert_int_equal(bytes_clip(text, 3).len, 3);
    assert_int_equal(bytes_clip(text, 2).len, 1);
    assert_int_equal(bytes_clip(text, 0).len, 0);
    /* What is no UTF-8 is cut away whole rather than run past the start. */
    assert_int_equal(bytes_clip(BYTES_LITERAL("\x80\x80\x80"), 2).len, 0);
}

static void utf8_is_checked_strictly(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a",
                                       "\xc2\x80",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x41",
                                      "\xe0\x9f\xbf",
                                      "\xe2\x82",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(bytes_is_utf8(bytes_of_text(good[i])));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(bytes_is_utf8(bytes_of_text(bad[i])));
    }
}

static void buffers_keep_their_maximum_and_their_error(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 5);
    buf_add_text(&buf, "1234");
    buf_add_text(&buf, "56");
    assert_int_equal(buf.len, 4);
    buf_add_text(&buf, "5");
    assert_int_equal(buf_error(&buf), ERR_TOO_BIG);
    assert_string_equal(buf_text(&buf), "1234");
    buf_reset(&buf);
    assert_int_equal(buf_error(&buf), ERR_OK);
    buf_add_format(&buf, "%d", 12345);
    assert_string_equal(buf_text(&buf), "12345");
    assert_null(buf_reserve(&buf, 1));
    buf_fini(&buf);
    buf_fini(&buf);
}

static void numbers_are_big_endian_both_ways(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 64);
    buf_add_u8(&buf, 1);
    buf_add_u16(&buf, 0x0203);
    buf_add_u32(&buf, 0x04050607);
    buf_add_u64(&buf, 0x08090a0b0c0d0e0f);
    for (size_t i = 0; i < buf.len; i++) {
        assert_int_equal(buf.data[i], i + 1);
    }
    struct reader reader = reader_of(buf_bytes(&buf));
    assert_int_equal(reader_u8(&reader), 1);
    assert_int_equal(reader_u16(&reader), 0x0203);
    assert_int_equal(reader_u32(&reader), 0x04050607);
    assert_int_equal(reader_u64(&reader), 0x08090a0b0c0d0e0f);
    assert_int_equal(reader.err, ERR_OK);
    buf_fini(&buf);
}

static void readers_stay_failed_past_the_end(void **state)
{
    (void)state;
    struct reader reader = reader_of(BYTES_LITERAL("abc"));
    assert_int_equal(reader_u32(&reader), 0);
    assert_int_equal(reader.err, ERR_INVALID);
    assert_int_equal(reader_u8(&reader), 0);
    assert_int_equal(reader_take(&reader, 0).len, 0);
}

static void errors_have_names(void **state)
{
    (void)state;
    assert_string_equal(err_name(ERR_TOO_BIG), "too_big");
    assert_string_equal(err_name((enum err)999), err_name((enum err)1000));
    assert_non_null(err_text(ERR_IO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_compare_by_byte_then_length),
        cmocka_unit_test(finding_stays_within_bounds),
        cmocka_unit_test(edges_are_trimmed_of_one_byte),
        cmocka_unit_test(clipping_leaves_characters_whole),
        cmocka_unit_test(utf8_is_checked_strictly),
        cmocka_unit_test(buffers_keep_their_maximum_and_their_error),
        cmocka_unit_test(numbers_are_big_endian_both_ways),
        cmocka_unit_test(readers_stay_failed_past_the_end),
        cmocka_unit_test(errors_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
