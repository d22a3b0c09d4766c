/* SPDX-License-Identifier: MIT */
/* The readers by hand against protobuf-c: what one refuses the other refuses,
 * and what both accept says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "proto/codec/tool_body.h"
#include "proto/field.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    BODY_MAX = 4096,
    MUTATIONS = 40000,
    ARENA_BYTES_MAX = 16 << 20
};

static void assert_text(struct bytes seen, const char *text)
{
    struct bytes wanted = message_text(text);
    assert_int_equal(seen.len, wanted.len);
    assert_true(bytes_equal(seen, wanted));
}

static void compare_use(struct bytes in, struct arena *arena)
{
    Reverie__V1__ToolUse *wanted = NULL;
    struct tool_use_body seen;
    enum err err = MESSAGE_UNPACK(tool_use, in, arena, &wanted);
    assert_int_equal(tool_use_read(in, &seen), err);
    if (err == ERR_OK) {
        assert_text(seen.call, wanted->call);
        assert_text(seen.tool, wanted->tool);
        assert_text(seen.arguments_json, wanted->arguments_json);
    }
}

static void compare_result(struct bytes in, struct arena *arena)
{
    Reverie__V1__ToolResult *wanted = NULL;
    struct tool_result_body seen;
    enum err err = MESSAGE_UNPACK(tool_result, in, arena, &wanted);
    assert_int_equal(tool_result_read(in, &seen), err);
    if (err != ERR_OK) {
        return;
    }
    assert_text(seen.call, wanted->call);
    assert_text(seen.tool, wanted->tool);
    assert_text(seen.text, wanted->text);
    assert_int_equal(seen.has_is_error, wanted->has_is_error != 0);
    assert_int_equal(seen.is_error, wanted->is_error != 0);
    assert_int_equal(seen.has_exit_code, wanted->has_exit_code != 0);
    assert_int_equal(seen.exit_code, wanted->exit_code);
    assert_int_equal(seen.has_reward, wanted->has_reward != 0);
    assert_memory_equal(&seen.reward, &wanted->reward, sizeof(double));
}

static void compare(struct bytes in, struct arena *arena)
{
    arena_reset(arena);
    compare_use(in, arena);
    compare_result(in, arena);
}

static char call[] = "call-1";
static char tool[] = "Bash";
static char arguments[] = "{\"command\":\"ls caf\xc3\xa9\"}";
static char error[] = "Error: no such file";

static void add_use(struct buf *out)
{
    Reverie__V1__ToolUse use = REVERIE__V1__TOOL_USE__INIT;
    use.call = call;
    use.tool = tool;
    use.arguments_json = arguments;
    message_pack(&use, out);
}

static void add_result(struct buf *out)
{
    Reverie__V1__ToolResult result = REVERIE__V1__TOOL_RESULT__INIT;
    result.call = call;
    result.tool = tool;
    result.has_is_error = 1;
    result.is_error = 1;
    result.text = error;
    result.has_exit_code = 1;
    result.exit_code = -7;
    result.has_reward = 1;
    result.reward = 0.625;
    message_pack(&result, out);
}

static void bodies_are_read_as_they_were_written(void **state)
{
    (void)state;
    struct buf body;
    struct arena arena;
    struct tool_use_body use;
    struct tool_result_body result;
    buf_init(&body, BODY_MAX);
    arena_init(&arena, ARENA_BYTES_MAX);
    add_use(&body);
    compare_use(buf_bytes(&body), &arena);
    assert_int_equal(tool_use_read(buf_bytes(&body), &use), ERR_OK);
    assert_true(bytes_equal_text(use.tool, "Bash"));
    buf_reset(&body);
    add_result(&body);
    compare_result(buf_bytes(&body), &arena);
    assert_int_equal(tool_result_read(buf_bytes(&body), &result), ERR_OK);
    assert_true(result.is_error);
    assert_int_equal(result.exit_code, -7);
    assert_true(result.reward == 0.625);
    compare(bytes_of(NULL, 0), &arena);
    arena_fini(&arena);
    buf_fini(&body);
}

/* A field with a number and a type that may not belong together. */
static void add_odd_field(struct rng *rng, struct buf *out)
{
    static const uint8_t types[] = {
        WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32, 3, 7};
    uint8_t bytes[12];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)rng_below(rng, 256);
    }
    uint64_t type = types[rng_below(rng, ARRAY_LEN(types))];
    buf_add_u8(out, (uint8_t)(rng_below(rng, 8) << 3 | type));
    if (type == WIRE_BYTES) {
        bytes[0] = (uint8_t)rng_below(rng, sizeof(bytes));
    }
    buf_add(out, bytes_of(bytes, rng_below(rng, sizeof(bytes)) + 1));
}

static void mutate(struct rng *rng, struct buf *body)
{
    uint64_t changes = rng_below(rng, 4);
    if (rng_below(rng, 3) == 0) {
        add_odd_field(rng, body);
    }
    for (uint64_t i = 0; i < changes; i++) {
        body->data[rng_below(rng, body->len)] = (uint8_t)rng_below(rng, 256);
    }
    if (rng_below(rng, 4) == 0) {
        body->len = rng_below(rng, body->len) + 1;
    }
}

static void noise_is_read_as_the_generated_code_reads_it(void **state)
{
    (void)state;
    struct buf body;
    struct arena arena;
    struct rng rng = rng_seeded(7, 0);
    buf_init(&body, BODY_MAX);
    arena_init(&arena, ARENA_BYTES_MAX);
    for (int i = 0; i < MUTATIONS; i++) {
        buf_reset(&body);
        if (rng_below(&rng, 2) == 0) {
            add_use(&body);
        }
        if (rng_below(&rng, 2) == 0 || body.len == 0) {
            add_result(&body);
        }
        mutate(&rng, &body);
        compare(buf_bytes(&body), &arena);
    }
    arena_fini(&arena);
    buf_fini(&body);
}

/* 0, as a length of ${size} bytes. */
static void add_long_zero(struct buf *out, size_t size)
{
    buf_add_u8(out, 7 << 3 | WIRE_BYTES);
    for (size_t i = 1; i < size; i++) {
        buf_add_u8(out, 0x80);
    }
    buf_add_u8(out, 0);
}

static void lengths_of_more_than_five_bytes_are_refused(void **state)
{
    (void)state;
    struct arena arena;
    struct tool_use_body use;
    arena_init(&arena, ARENA_BYTES_MAX);
    for (size_t size = 1; size <= 10; size++) {
        struct buf body;
        buf_init(&body, BODY_MAX);
        add_long_zero(&body, size);
        compare(buf_bytes(&body), &arena);
        assert_int_equal(tool_use_read(buf_bytes(&body), &use),
                         size <= 5 ? ERR_OK : ERR_INVALID);
        buf_fini(&body);
    }
    arena_fini(&arena);
}

static void fields_are_counted(void **state)
{
    (void)state;
    struct buf body;
    struct arena arena;
    struct tool_result_body result;
    buf_init(&body, 1 << 20);
    arena_init(&arena, ARENA_BYTES_MAX);
    for (uint32_t i = 0; i < PROTO_FIELDS_MAX; i++) {
        field_add_number(&body, 3, 1);
    }
    assert_int_equal(tool_result_read(buf_bytes(&body), &result), ERR_OK);
    compare(buf_bytes(&body), &arena);
    field_add_number(&body, 3, 0);
    assert_int_equal(tool_result_read(buf_bytes(&body), &result), ERR_TOO_BIG);
    compare(buf_bytes(&body), &arena);
    arena_fini(&arena);
    buf_fini(&body);
}

static void the_last_of_two_counts_and_big_numbers_are_cut(void **state)
{
    (void)state;
    struct buf body;
    struct arena arena;
    struct tool_result_body result;
    buf_init(&body, BODY_MAX);
    arena_init(&arena, ARENA_BYTES_MAX);
    field_add_bytes(&body, 2, BYTES_LITERAL("first"));
    field_add_bytes(&body, 2, BYTES_LITERAL(""));
    field_add_number(&body, 3, UINT64_C(1) << 40);
    field_add_number(&body, 5, (UINT64_C(1) << 40) + 3);
    compare(buf_bytes(&body), &arena);
    assert_int_equal(tool_result_read(buf_bytes(&body), &result), ERR_OK);
    assert_int_equal(result.tool.len, 0);
    assert_true(result.is_error);
    assert_int_equal(result.exit_code, -2);
    arena_fini(&arena);
    buf_fini(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_read_as_they_were_written),
        cmocka_unit_test(noise_is_read_as_the_generated_code_reads_it),
        cmocka_unit_test(lengths_of_more_than_five_bytes_are_refused),
        cmocka_unit_test(fields_are_counted),
        cmocka_unit_test(the_last_of_two_counts_and_big_numbers_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
