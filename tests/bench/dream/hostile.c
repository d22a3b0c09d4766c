/* SPDX-License-Identifier: MIT */
#include "tests/bench/dream/hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/messages.h"

enum {
    HOSTILE_NAME_BYTES = 64,
    HOSTILE_TEXT_BYTES = 4096,
    BODY_MAX_BYTES = 16384,
    TEAMS = 1500,
    PER_TEAM = 6000, /* principals */
    KEYS = 12        /* slots of a call */
};

struct hostile {
    uint64_t seq;
    uint8_t id[16];
    char team[HOSTILE_NAME_BYTES];
    char principal[HOSTILE_NAME_BYTES];
    char session[HOSTILE_NAME_BYTES];
    char tool[HOSTILE_NAME_BYTES];
    char call[HOSTILE_NAME_BYTES];
    char text[HOSTILE_TEXT_BYTES];
    const char *kind;
    struct buf body;
};

struct hostile *hostile_new(void)
{
    struct hostile *hostile = mem_new(sizeof(*hostile));
    buf_init(&hostile->body, BODY_MAX_BYTES);
    return hostile;
}

void hostile_free(struct hostile *hostile)
{
    if (hostile) {
        buf_fini(&hostile->body);
        free(hostile);
    }
}

/* A number that looks like chance and is the same in every run. */
static uint64_t mixed(uint64_t n)
{
    n = (n ^ (n >> 31)) * UINT64_C(0x9e3779b97f4a7c15);
    return n ^ (n >> 29);
}

static void set_names(struct hostile *hostile, uint64_t turn)
{
    uint64_t chance = mixed(turn);
    snprintf(hostile->team, HOSTILE_NAME_BYTES, "team-%llu",
             (unsigned long long)(chance % TEAMS));
    snprintf(hostile->principal, HOSTILE_NAME_BYTES, "principal-%llu",
             (unsigned long long)(chance / TEAMS % PER_TEAM));
    snprintf(hostile->session, HOSTILE_NAME_BYTES, "session-%llu",
             (unsigned long long)turn);
    snprintf(hostile->tool, HOSTILE_NAME_BYTES, "tool_%llu_sql",
             (unsigned long long)(chance % 9973));
    snprintf(hostile->call, HOSTILE_NAME_BYTES, "call-%llu",
             (unsigned long long)turn);
}

/* Odd keys are new in every call, even ones come again with new values. */
static void add_call(struct hostile *hostile, uint64_t turn)
{
    Reverie__V1__ToolUse use = REVERIE__V1__TOOL_USE__INIT;
    size_t len = 0;
    hostile->kind = "agent.tool_use";
    for (uint64_t k = 0; k < KEYS; k++) {
        len += (size_t)snprintf(
            hostile->text + len, HOSTILE_TEXT_BYTES - len,
            "%s\"key_%llu\":\"v%llu\"", k ? "," : "{",
            (unsigned long long)(k % 2 ? turn * KEYS + k : k + turn % 400),
            (unsigned long long)(mixed(turn + k) % 90));
    }
    snprintf(hostile->text + len, HOSTILE_TEXT_BYTES - len,
             ",\"sql\":\"select column_%llu from table_%llu\"}",
             (unsigned long long)turn, (unsigned long long)(turn % 99991));
    use.tool = hostile->tool;
    use.call = hostile->call;
    use.arguments_json = hostile->text;
    message_pack(&use, &hostile->body);
}

static void add_result(struct hostile *hostile, uint64_t turn)
{
    Reverie__V1__ToolResult result = REVERIE__V1__TOOL_RESULT__INIT;
    hostile->kind = "agent.tool_result";
    snprintf(hostile->text, HOSTILE_TEXT_BYTES,
             turn % 2 ? "Error: word%llx other%llx failed because of thing%llx"
                      : "Error: Unknown column 'column_%llu' in 'table_%llx' "
                        "%llx",
             (unsigned long long)turn, (unsigned long long)mixed(turn),
             (unsigned long long)mixed(turn + 1));
    result.tool = hostile->tool;
    result.call = hostile->call;
    result.has_is_error = 1;
    result.is_error = turn % 3 != 0;
    result.text = hostile->text;
    message_pack(&result, &hostile->body);
}

static void add_words(struct hostile *hostile, uint64_t turn)
{
    Reverie__V1__Message message = REVERIE__V1__MESSAGE__INIT;
    hostile->kind = "user.message";
    snprintf(hostile->text, HOSTILE_TEXT_BYTES,
             "Always use program-%llx instead of program-%llx for the builds.",
             (unsigned long long)(mixed(turn) % 4000000),
             (unsigned long long)turn);
    message.text = hostile->text;
    message_pack(&message, &hostile->body);
}

void hostile_next(struct hostile *hostile, struct stamp *out_stamp,
                  struct envelope *out_envelope, struct bytes *out_body)
{
    uint64_t seq = ++hostile->seq;
    uint64_t turn = seq / 3;
    buf_reset(&hostile->body);
    set_names(hostile, turn);
    memcpy(hostile->id, &seq, sizeof(seq));
    if (seq % 3 == 0) {
        add_call(hostile, turn);
    } else if (seq % 3 == 1) {
        add_result(hostile, turn);
    } else {
        add_words(hostile, turn);
    }
    bool is_user = seq % 3 == 2;
    struct bytes id = bytes_of(hostile->id, sizeof(hostile->id));
    *out_stamp = (struct stamp){
        .version = STAMP_VERSION,
        .seq = seq,
        .principal = bytes_of_text(hostile->principal),
        .from = bytes_of_text(hostile->principal),
        .team = bytes_of_text(hostile->team),
        .root = id,
        .view = BYTES_LITERAL("team/x@0"),
        .identity = IDENTITY_ASSERTED,
        .origin = is_user ? ORIGIN_USER : ORIGIN_AGENT,
    };
    *out_envelope = (struct envelope){
        .version = ENVELOPE_VERSION,
        .id = id,
        .session = bytes_of_text(hostile->session),
        .kind = bytes_of_text(hostile->kind),
        .has_occurred = true,
        .occurred_us = (int64_t)seq * INT64_C(50000000),
    };
    *out_body = buf_bytes(&hostile->body);
}
