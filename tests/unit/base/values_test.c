/* SPDX-License-Identifier: MIT */
/* Time, randomness, ids, digests and hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/edge/crypto.h"
#include "base/edge/hash.h"
#include "base/id.h"
#include "base/rng.h"

/* Values of another implementation: stored simulations depend on them. */
static void seeds_give_the_same_numbers_for_ever(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(42, 0);
    assert_true(rng_next(&rng) == UINT64_C(0x1ff785474f113b15));
    assert_true(rng_next(&rng) == UINT64_C(0x4b7867ceff5d8325));
    rng = rng_seeded(42, 1);
    assert_true(rng_next(&rng) == UINT64_C(0x584870a53e6ddcdf));
}

static void draws_stay_in_range(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(1, 2);
    unsigned seen[3] = {0};
    for (int i = 0; i < 3000; i++) {
        seen[rng_below(&rng, 3)]++;
        double unit = rng_unit(&rng);
        assert_true(unit >= 0 && unit < 1);
        assert_true(rng_exponential(&rng, 2) >= 0);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_true(seen[i] > 900 && seen[i] < 1100);
    }
    assert_int_equal(rng_below(&rng, 1), 0);
    assert_false(rng_chance(&rng, 0));
    assert_true(rng_chance(&rng, 1));
}

static void times_are_written_and_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        {"1970-01-01T00:00:00.000Z", 0},
        {"1969-12-31T23:59:59.999Z", -1000},
        {"2026-01-05T12:17:31.459Z", INT64_C(1767615451459000)},
        {"2000-02-29T00:00:00.000Z", INT64_C(951782400000000)},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[CLOCK_TEXT_BYTES];
        int64_t us = 0;
        assert_string_equal(clock_text(rows[i].us, text), rows[i].text);
        assert_int_equal(clock_parse(bytes_of_text(text), &us), ERR_OK);
        assert_int_equal(us, rows[i].us);
    }
}

static void offsets_and_fractions_are_understood(void **state)
{
    (void)state;
    int64_t us = 0;
    assert_int_equal(
        clock_parse(BYTES_LITERAL("1970-01-01T02:00:00.123456789+02:00"), &us),
        ERR_OK);
    assert_int_equal(us, 123456);
    assert_int_equal(clock_parse(BYTES_LITERAL("1970-01-01 00:00:00z"), &us),
                     ERR_OK);
    assert_int_equal(us, 0);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2026-01-05",
        "2026-01-05T12:17:31",
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-05T24:00:00Z",
        "2026-01-05T12:60:00Z",
        "2026-01-05T12:17:31.Z",
        "2026-01-05T12:17:31.1234567890Z",
        "2026-01-05T12:17:31+2:00",
        "2026-01-05T12:17:31+24:00",
        "2026-01-05T12:17:31ZZ",
        "2026-1-05T12:17:31Z",
        "-026-01-05T12:17:31Z",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        int64_t us;
        assert_int_equal(clock_parse(bytes_of_text(texts[i]), &us),
                         ERR_INVALID);
    }
}

static void extreme_times_are_clamped(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_BYTES];
    assert_string_equal(clock_text(INT64_MIN, text),
                        "0000-01-01T00:00:00.000Z");
    assert_int_equal(strlen(clock_text(INT64_MAX, text)), 24);
    assert_int_equal(clock_day(-1), -1);
    assert_int_equal(clock_day(US_PER_DAY), 1);
    assert_true(clock_monotonic_us() <= clock_monotonic_us());
}

static void ids_sort_by_time_and_keep_it(void **state)
{
    (void)state;
    struct id a = id_make(1767616651459000, UINT64_MAX, UINT64_MAX);
    struct id b = id_make(1767616651460000, 0, 0);
    struct id read;
    assert_true(bytes_compare(id_bytes(&a), id_bytes(&b)) < 0);
    assert_int_equal(id_time_us(&a), 1767616651459000);
    assert_int_equal(id_read(id_bytes(&a), &read), ERR_OK);
    assert_true(id_equal(&a, &read));
    assert_false(id_is_zero(&a));
    assert_int_equal(id_read(bytes_of(a.bytes, 15), &read), ERR_INVALID);
    b.bytes[6] = 0x40;
    assert_int_equal(id_read(id_bytes(&b), &read), ERR_INVALID);
}

static void hexadecimal_goes_both_ways(void **state)
{
    (void)state;
    uint8_t out[2];
    char text[5];
    assert_string_equal(hex_text(BYTES_LITERAL("\x00\xff"), text), "00ff");
    assert_int_equal(hex_parse(BYTES_LITERAL("0aFf"), out, 2), ERR_OK);
    assert_int_equal(out[1], 0xff);
    assert_int_equal(hex_parse(BYTES_LITERAL("0aF"), out, 2), ERR_INVALID);
    assert_int_equal(hex_parse(BYTES_LITERAL("0aFg"), out, 2), ERR_INVALID);
}

static void digests_are_blake2b(void **state)
{
    (void)state;
    char text[DIGEST_TEXT_BYTES];
    struct digest empty = digest_of(bytes_of(NULL, 0), bytes_of(NULL, 0));
    struct digest keyed = digest_of(bytes_of(NULL, 0), BYTES_LITERAL("key"));
    assert_string_equal(
        hex_text(bytes_of(empty.bytes, DIGEST_BYTES), text),
        "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    assert_false(digest_equal(&empty, &keyed));
    assert_true(crypto_equal(BYTES_LITERAL("ab"), BYTES_LITERAL("ab")));
    assert_false(crypto_equal(BYTES_LITERAL("ab"), BYTES_LITERAL("a")));
}

static void hashes_may_be_stored(void **state)
{
    (void)state;
    assert_true(hash_bytes(bytes_of(NULL, 0)) == UINT64_C(0x2d06800538d394c2));
    assert_true(hash_bytes_seeded(BYTES_LITERAL("a"), 1) !=
                hash_bytes_seeded(BYTES_LITERAL("a"), 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_give_the_same_numbers_for_ever),
        cmocka_unit_test(draws_stay_in_range),
        cmocka_unit_test(times_are_written_and_read),
        cmocka_unit_test(offsets_and_fractions_are_understood),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(extreme_times_are_clamped),
        cmocka_unit_test(ids_sort_by_time_and_keep_it),
        cmocka_unit_test(hexadecimal_goes_both_ways),
        cmocka_unit_test(digests_are_blake2b),
        cmocka_unit_test(hashes_may_be_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
