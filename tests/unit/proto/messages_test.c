/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "proto/codec/prescan.h"
#include "proto/field.h"
#include "proto/limits.h"
#include "proto/messages.h"

static enum err scan_hello(const struct buf *in)
{
    return prescan(&reverie__v1__hello__descriptor, buf_bytes(in));
}

/* A message inside its own field 1, ${depth} levels deep: the descriptor is
 * made here, since none of ours holds itself. */
static ProtobufCFieldDescriptor nested_field;
static const unsigned nested_by_name[] = {0};
static const ProtobufCIntRange nested_ranges[] = {{1, 0}, {0, 1}};
static ProtobufCMessageDescriptor nested = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "Nested",
    .fields = &nested_field,
    .n_fields = 1,
    .fields_sorted_by_name = nested_by_name,
    .n_field_ranges = 1,
    .field_ranges = nested_ranges,
};

static int make_nested(void **state)
{
    (void)state;
    nested_field = (ProtobufCFieldDescriptor){
        .name = "inner",
        .id = 1,
        .label = PROTOBUF_C_LABEL_OPTIONAL,
        .type = PROTOBUF_C_TYPE_MESSAGE,
        .descriptor = &nested,
    };
    return 0;
}

static struct buf nest(size_t depth)
{
    struct buf inner;
    buf_init(&inner, 1 << 20);
    for (size_t i = 1; i < depth; i++) {
        struct buf outer;
        buf_init(&outer, 1 << 20);
        field_add_bytes(&outer, 1, buf_bytes(&inner));
        buf_fini(&inner);
        inner = outer;
    }
    return inner;
}

static void nesting_is_limited(void **state)
{
    (void)state;
    struct buf in = nest(PROTO_DEPTH_MAX);
    assert_int_equal(prescan(&nested, buf_bytes(&in)), ERR_OK);
    buf_fini(&in);
    in = nest(PROTO_DEPTH_MAX + 1);
    assert_int_equal(prescan(&nested, buf_bytes(&in)), ERR_TOO_BIG);
    buf_fini(&in);
    in = nest(5000);
    assert_int_equal(prescan(&nested, buf_bytes(&in)), ERR_TOO_BIG);
    buf_fini(&in);
}

static void fields_are_counted_with_packed_elements(void **state)
{
    (void)state;
    struct buf in;
    struct buf packed;
    buf_init(&in, 1 << 20);
    buf_init(&packed, 1 << 20);
    for (int i = 0; i < PROTO_FIELDS_MAX; i++) {
        field_add_number(&in, 1, 1);
    }
    assert_int_equal(scan_hello(&in), ERR_OK);
    field_add_number(&in, 1, 1);
    assert_int_equal(scan_hello(&in), ERR_TOO_BIG);
    for (int i = 0; i < PROTO_FIELDS_MAX; i++) {
        buf_add_u8(&packed, 1);
    }
    buf_reset(&in);
    field_add_bytes(&in, 2, buf_bytes(&packed));
    assert_int_equal(prescan(&reverie__v1__done__descriptor, buf_bytes(&in)),
                     ERR_TOO_BIG);
    buf_reset(&in);
    field_add_bytes(&in, 2, bytes_of(packed.data, PROTO_FIELDS_MAX - 1));
    assert_int_equal(prescan(&reverie__v1__done__descriptor, buf_bytes(&in)),
                     ERR_OK);
    buf_fini(&in);
    buf_fini(&packed);
}

static enum err scan_raw(const ProtobufCMessageDescriptor *type,
                         const char *raw, size_t len)
{
    uint8_t *exact = mem_new(len + (len == 0));
    memcpy(exact, raw, len);
    enum err err = prescan(type, bytes_of(exact, len));
    free(exact);
    return err;
}
#define SCAN(type, raw)                                                        \
    scan_raw(&reverie__v1__##type##__descriptor, (raw), sizeof(raw) - 1)

static void malformed_messages_are_refused(void **state)
{
    (void)state;
    assert_int_equal(SCAN(hello, ""), ERR_OK);
    assert_int_equal(SCAN(hello, "\x1a\x05"
                                 "blu"),
                     ERR_INVALID);
    assert_int_equal(SCAN(hello, "\x1a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
                     ERR_INVALID);
    assert_int_equal(SCAN(hello, "\x1a\x01\xff"), ERR_INVALID);
    assert_int_equal(SCAN(hello, "\x1a\x02\x61\x00"), ERR_INVALID);
    assert_int_equal(SCAN(hello, "\x18\x01"), ERR_INVALID);
    assert_int_equal(SCAN(hello, "\x0a\x01\x01"), ERR_INVALID);
    assert_int_equal(SCAN(hello, "\x0b\x0c"), ERR_INVALID);
    assert_int_equal(SCAN(hello, "\xfb\x07"), ERR_INVALID);
    assert_int_equal(SCAN(hello, "\x08"), ERR_INVALID);
    assert_int_equal(SCAN(hello, "\x80"), ERR_INVALID);
    assert_int_equal(SCAN(done, "\x12\x01\x80"), ERR_INVALID);
    assert_int_equal(SCAN(accepted, "\x12\x02\x0a\x05"), ERR_INVALID);
}

static void unknown_fields_and_unpacked_lists_pass(void **state)
{
    (void)state;
    assert_int_equal(SCAN(hello, "\xc2\x3e\x02\xff\xfe"), ERR_OK);
    assert_int_equal(SCAN(done, "\x12\x03\x01\x02\x03\x10\x04"), ERR_OK);
}

static void messages_survive_the_round_trip(void **state)
{
    (void)state;
    struct arena arena;
    struct buf out;
    uint64_t seqs[] = {1, 300, UINT64_MAX};
    Reverie__V1__Done done = REVERIE__V1__DONE__INIT;
    Reverie__V1__Done *back = NULL;
    done.has_log = 1;
    done.n_seqs = ARRAY_LEN(seqs);
    done.seqs = seqs;
    arena_init(&arena, 1 << 16);
    buf_init(&out, 1 << 16);
    message_pack(&done, &out);
    assert_int_equal(MESSAGE_UNPACK(done, buf_bytes(&out), &arena, &back),
                     ERR_OK);
    assert_int_equal(back->n_seqs, 3);
    assert_int_equal(back->seqs[2], UINT64_MAX);
    arena_fini(&arena);
    buf_fini(&out);
}

static void no_field_points_into_the_input(void **state)
{
    (void)state;
    struct arena arena;
    struct buf in;
    Reverie__V1__Hello *hello = NULL;
    arena_init(&arena, 1 << 16);
    buf_init(&in, 64);
    field_add_bytes(&in, 3, BYTES_LITERAL("default"));
    assert_int_equal(MESSAGE_UNPACK(hello, buf_bytes(&in), &arena, &hello),
                     ERR_OK);
    memset(in.data, 'x', in.len);
    assert_string_equal(hello->swarm, "default");
    assert_int_equal(message_text(hello->agent).len, 0);
    arena_fini(&arena);
    buf_fini(&in);
}

static void a_full_arena_is_too_big(void **state)
{
    (void)state;
    struct arena arena;
    struct buf in;
    Reverie__V1__Hello *hello = NULL;
    arena_init(&arena, 4096);
    buf_init(&in, 1 << 16);
    for (int i = 0; i < 1000; i++) {
        field_add_bytes(&in, 6, BYTES_LITERAL("role"));
    }
    assert_int_equal(MESSAGE_UNPACK(hello, buf_bytes(&in), &arena, &hello),
                     ERR_TOO_BIG);
    assert_null(hello);
    arena_fini(&arena);
    buf_fini(&in);
}

static void a_full_buffer_says_so(void **state)
{
    (void)state;
    struct buf out;
    Reverie__V1__Bye bye = REVERIE__V1__BYE__INIT;
    char sentence[] = "longer than eight";
    bye.sentence = sentence;
    buf_init(&out, 8);
    message_pack(&bye, &out);
    assert_int_equal(buf_error(&out), ERR_TOO_BIG);
    assert_int_equal(out.len, 0);
    buf_fini(&out);
}

static void binary_fields_are_views(void **state)
{
    (void)state;
    ProtobufCBinaryData data = message_binary(BYTES_LITERAL("abc"));
    assert_true(bytes_equal_text(message_bytes(true, data), "abc"));
    assert_int_equal(message_bytes(false, data).len, 0);
}

/* What passes the pre-scan is unpacked; nothing crashes. */
static void noise_that_passes_is_unpacked(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(11, 0);
    struct arena arena;
    size_t taken = 0;
    arena_init(&arena, 1 << 20);
    for (int round = 0; round < 20000; round++) {
        uint8_t data[24];
        size_t len = (size_t)rng_below(&rng, sizeof(data));
        for (size_t i = 0; i < len; i++) {
            data[i] = (uint8_t)(rng_next(&rng) & 0x3f);
        }
        struct bytes in = bytes_of(data, len);
        Reverie__V1__StreamOpen *open = NULL;
        enum err err = prescan(&reverie__v1__stream_open__descriptor, in);
        assert_int_equal(err, MESSAGE_UNPACK(stream_open, in, &arena, &open));
        taken += err == ERR_OK;
        arena_reset(&arena);
    }
    assert_true(taken > 100);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(fields_are_counted_with_packed_elements),
        cmocka_unit_test(malformed_messages_are_refused),
        cmocka_unit_test(unknown_fields_and_unpacked_lists_pass),
        cmocka_unit_test(messages_survive_the_round_trip),
        cmocka_unit_test(no_field_points_into_the_input),
        cmocka_unit_test(a_full_arena_is_too_big),
        cmocka_unit_test(a_full_buffer_says_so),
        cmocka_unit_test(binary_fields_are_views),
        cmocka_unit_test(noise_that_passes_is_unpacked),
    };
    return cmocka_run_group_tests(tests, make_nested, NULL);
}
