/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/id.h"
#include "store/format/key.h"
#include "store/format/record.h"

static const struct record_place place = {.swarm = 1, .log = 1, .seq = 7};

static void write_sample(struct buf *out)
{
    struct record record = {.flags = RECORD_REMEMBERED,
                            .address = 2,
                            .session = 3,
                            .epoch = 4,
                            .time_us = 5,
                            .stamp = BYTES_LITERAL("st"),
                            .envelope = BYTES_LITERAL("env"),
                            .body = BYTES_LITERAL("body")};
    buf_init(out, RECORD_MAX);
    assert_int_equal(record_write(&record, &place, out), ERR_OK);
}

/* The drawing in store/README.md. */
static void the_layout_is_the_one_drawn(void **state)
{
    (void)state;
    struct buf out;
    char text[256];
    write_sample(&out);
    assert_int_equal(out.len, RECORD_HEADER_BYTES + 9 + RECORD_CHECKSUM_BYTES);
    hex_text(bytes_slice(buf_bytes(&out), 0, out.len - RECORD_CHECKSUM_BYTES),
             text);
    assert_string_equal(text, "01"
                              "02"
                              "0002"
                              "0003"
                              "00000004"
                              "00000002"
                              "00000003"
                              "0000000000000004"
                              "0000000000000005"
                              "7374656e76626f6479");
    buf_fini(&out);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct buf out;
    struct record record;
    write_sample(&out);
    assert_int_equal(record_read(buf_bytes(&out), &place, &record), ERR_OK);
    assert_int_equal(record.flags, RECORD_REMEMBERED);
    assert_int_equal(record.address, 2);
    assert_int_equal(record.session, 3);
    assert_int_equal(record.epoch, 4);
    assert_int_equal(record.time_us, 5);
    assert_true(bytes_equal_text(record.stamp, "st"));
    assert_true(bytes_equal_text(record.envelope, "env"));
    assert_true(bytes_equal_text(record.body, "body"));
    buf_fini(&out);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct buf out;
    struct record record;
    write_sample(&out);
    for (size_t bit = 0; bit < out.len * 8; bit++) {
        out.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(record_read(buf_bytes(&out), &place, &record),
                             ERR_OK);
        out.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buf_fini(&out);
}

static void every_shortening_is_noticed(void **state)
{
    (void)state;
    struct buf out;
    struct record record;
    write_sample(&out);
    for (size_t len = 0; len < out.len; len++) {
        assert_int_equal(
            record_read(bytes_slice(buf_bytes(&out), 0, len), &place, &record),
            ERR_CORRUPT);
    }
    buf_fini(&out);
}

static void a_record_belongs_to_its_place(void **state)
{
    (void)state;
    struct buf out;
    struct record record;
    const struct record_place others[] = {{.swarm = 2, .log = 1, .seq = 7},
                                          {.swarm = 1, .log = 0, .seq = 7},
                                          {.swarm = 1, .log = 1, .seq = 8}};
    write_sample(&out);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_int_equal(record_read(buf_bytes(&out), &others[i], &record),
                         ERR_CORRUPT);
    }
    buf_fini(&out);
}

static void a_newer_format_is_refused(void **state)
{
    (void)state;
    struct buf out;
    struct record record;
    write_sample(&out);
    out.data[0] = RECORD_FORMAT + 1;
    assert_int_equal(record_read(buf_bytes(&out), &place, &record),
                     ERR_UNSUPPORTED);
    buf_fini(&out);
}

static void parts_beyond_their_width_are_refused(void **state)
{
    (void)state;
    struct buf out;
    uint8_t *large = mem_new(UINT16_MAX + 1);
    buf_init(&out, RECORD_MAX);
    struct record record = {.envelope = bytes_of(large, UINT16_MAX + 1)};
    assert_int_equal(record_write(&record, &place, &out), ERR_TOO_BIG);
    record = (struct record){.stamp = bytes_of(large, UINT16_MAX + 1)};
    assert_int_equal(record_write(&record, &place, &out), ERR_TOO_BIG);
    record.stamp.len = UINT16_MAX;
    assert_int_equal(record_write(&record, &place, &out), ERR_OK);
    free(large);
    buf_fini(&out);
}

static void keys_sort_by_swarm_log_and_position(void **state)
{
    (void)state;
    const struct key keys[] = {
        key_event(1, 0, 1), key_event(1, 0, 255),        key_event(1, 0, 256),
        key_event(1, 1, 1), key_event(1, 1, UINT64_MAX), key_event(2, 0, 0)};
    for (size_t i = 1; i < ARRAY_LEN(keys); i++) {
        assert_true(
            bytes_compare(key_bytes(&keys[i - 1]), key_bytes(&keys[i])) < 0);
    }
    struct key end = key_swarm_end(1);
    assert_true(bytes_compare(key_bytes(&keys[4]), key_bytes(&end)) < 0);
    assert_true(bytes_compare(key_bytes(&end), key_bytes(&keys[5])) <= 0);
    uint32_t swarm = 0;
    uint16_t log = 0;
    uint64_t seq = 0;
    assert_int_equal(key_event_read(key_bytes(&keys[2]), &swarm, &log, &seq),
                     ERR_OK);
    assert_int_equal(seq, 256);
    assert_int_equal(
        key_event_read(bytes_of(keys[2].data, 13), &swarm, &log, &seq),
        ERR_CORRUPT);
}

static void source_and_source_id_do_not_run_together(void **state)
{
    (void)state;
    struct key a = key_import(1, BYTES_LITERAL("ab"), BYTES_LITERAL("c"));
    struct key b = key_import(1, BYTES_LITERAL("a"), BYTES_LITERAL("bc"));
    assert_false(bytes_equal(key_bytes(&a), key_bytes(&b)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout_is_the_one_drawn),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(every_shortening_is_noticed),
        cmocka_unit_test(a_record_belongs_to_its_place),
        cmocka_unit_test(a_newer_format_is_refused),
        cmocka_unit_test(parts_beyond_their_width_are_refused),
        cmocka_unit_test(keys_sort_by_swarm_log_and_position),
        cmocka_unit_test(source_and_source_id_do_not_run_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
