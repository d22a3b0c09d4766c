/* SPDX-License-Identifier: MIT */
/* Tool calls and results read by hand: as the generated code reads them. */
#include <stdlib.h>
#include <string.h>

#include "proto/codec/tool_body.h"
#include "proto/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void same_text(struct bytes seen, const char *wanted)
{
    demand(bytes_equal(seen, message_text(wanted)));
}

static void compare_use(struct bytes in, struct arena *arena)
{
    Reverie__V1__ToolUse *wanted = NULL;
    struct tool_use_body seen;
    enum err err = MESSAGE_UNPACK(tool_use, in, arena, &wanted);
    demand(tool_use_read(in, &seen) == err);
    if (err == ERR_OK) {
        same_text(seen.call, wanted->call);
        same_text(seen.tool, wanted->tool);
        same_text(seen.arguments_json, wanted->arguments_json);
    }
}

static void compare_result(struct bytes in, struct arena *arena)
{
    Reverie__V1__ToolResult *wanted = NULL;
    struct tool_result_body seen;
    enum err err = MESSAGE_UNPACK(tool_result, in, arena, &wanted);
    demand(tool_result_read(in, &seen) == err);
    if (err != ERR_OK) {
        return;
    }
    same_text(seen.call, wanted->call);
    same_text(seen.tool, wanted->tool);
    same_text(seen.text, wanted->text);
    demand(seen.has_is_error == (wanted->has_is_error != 0) &&
           seen.is_error == (wanted->is_error != 0) &&
           seen.has_exit_code == (wanted->has_exit_code != 0) &&
           seen.exit_code == wanted->exit_code &&
           seen.has_reward == (wanted->has_reward != 0) &&
           memcmp(&seen.reward, &wanted->reward, sizeof(double)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum {
        BODY_MAX = 1 << 20 /* far from what fills the arena */
    };
    struct arena arena;
    if (size > BODY_MAX) {
        return 0;
    }
    arena_init(&arena, 64 << 20);
    compare_use(bytes_of(data, size), &arena);
    arena_reset(&arena);
    compare_result(bytes_of(data, size), &arena);
    arena_fini(&arena);
    return 0;
}
