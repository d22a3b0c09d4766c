/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "proto/field.h"

/* The same bytes read by both; what is behind the varint is ${tail} bytes, in a
 * block of exactly that size. */
static void read_alike(const uint8_t *data, size_t len, size_t tail)
{
    uint8_t *exact = mem_new(len + tail);
    memcpy(exact, data, len);
    memset(exact + len, 0xff, tail);
    struct bytes quick = bytes_of(exact, len + tail);
    struct bytes slow = quick;
    uint64_t a = 0;
    uint64_t b = 0;
    enum err err = field_take_varint(&slow, &b);
    if (field_take_varint_short(&quick, &a)) {
        assert_int_equal(err, ERR_OK);
        assert_true(a == b);
        assert_int_equal(quick.len, slow.len);
        assert_ptr_equal(quick.data, slow.data);
    } else {
        assert_int_equal(quick.len, len + tail);
        assert_true(len > 8 || len + tail < 8);
    }
    free(exact);
}

static void read_any(struct rng *rng, size_t len, size_t tail)
{
    uint8_t data[10];
    for (size_t i = 0; i < len; i++) {
        data[i] = (uint8_t)(rng_next(rng) | 0x80);
    }
    data[len - 1] &= len == 10 ? 0x01 : 0x7f;
    read_alike(data, len, tail);
}

static void short_varints_are_as_long_ones(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(7, 1);
    for (size_t round = 0; round < 2000; round++) {
        for (size_t len = 1; len <= 10; len++) {
            read_any(&rng, len, round % 9);
        }
    }
}

static void varints_without_an_end_are_left(void **state)
{
    (void)state;
    const uint8_t data[] = {0xff, 0xff, 0xff, 0xff, 0xff,
                            0xff, 0xff, 0xff, 0xff};
    for (size_t len = 0; len <= sizeof(data); len++) {
        uint8_t *exact = mem_new(len + 1);
        memcpy(exact, data, len);
        struct bytes rest = bytes_of(exact, len);
        uint64_t value = 77;
        assert_false(field_take_varint_short(&rest, &value));
        assert_int_equal(rest.len, len);
        assert_int_equal(value, 77);
        free(exact);
    }
}

static void one_odd_byte_anywhere_is_seen(void **state)
{
    (void)state;
    static const uint8_t odd[] = {0, 0x80, 0xc0, 0xff};
    for (size_t len = 0; len < 40; len++) {
        uint8_t *exact = mem_new(len + 1);
        memset(exact, 'a', len);
        assert_true(field_is_text(bytes_of(exact, len)));
        for (size_t i = 0; i < len * sizeof(odd); i++) {
            exact[i / sizeof(odd)] = odd[i % sizeof(odd)];
            assert_false(field_is_text(bytes_of(exact, len)));
            exact[i / sizeof(odd)] = i % 2 ? 0x7f : 0x01;
            assert_true(field_is_text(bytes_of(exact, len)));
        }
        free(exact);
    }
}

static void text_beyond_ascii_is_text(void **state)
{
    (void)state;
    for (size_t len = 2; len < 40; len++) {
        for (size_t at = 0; at + 2 <= len; at++) {
            uint8_t text[40];
            memset(text, 'a', len);
            text[at] = 0xc3;
            text[at + 1] = 0xa9;
            assert_true(field_is_text(bytes_of(text, len)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_varints_are_as_long_ones),
        cmocka_unit_test(varints_without_an_end_are_left),
        cmocka_unit_test(one_odd_byte_anywhere_is_seen),
        cmocka_unit_test(text_beyond_ascii_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
