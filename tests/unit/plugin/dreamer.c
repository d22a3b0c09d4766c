/* SPDX-License-Identifier: MIT */
#include "tests/unit/plugin/dreamer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "plugin/dream.h"
#include "proto/limits.h"
#include "proto/messages.h"

struct dreamer {
    struct dream *dream;
    struct known *known;
    uint64_t fed;
};

struct dreamer *dreamer_new(uint64_t budget_tokens)
{
    const struct dream_config config = {.budget_tokens = budget_tokens};
    struct dreamer *dreamer = mem_new(sizeof(*dreamer));
    struct buf why;
    buf_init(&why, 256);
    enum err err = dream_new(&config, &why, &dreamer->dream);
    assert(err == ERR_OK);
    dreamer->known = known_new();
    buf_fini(&why);
    return dreamer;
}

void dreamer_free(struct dreamer *dreamer)
{
    known_free(dreamer->known);
    dream_free(dreamer->dream);
    free(dreamer);
}

static char *mutable(const char *text)
{
    return (char *)(uintptr_t)text;
}

void dreamer_works(struct dreamer *dreamer, const char *agent, const char *file,
                   int day)
{
    char arguments[128];
    struct buf body;
    Reverie__V1__ToolUse use = REVERIE__V1__TOOL_USE__INIT;
    uint64_t seq = ++dreamer->fed;
    struct id id = id_make((int64_t)seq, 1, seq);
    const struct envelope envelope = {
        .version = ENVELOPE_VERSION,
        .id = id_bytes(&id),
        .to = BYTES_LITERAL("topic:work"),
        .from = bytes_of_text(agent),
        .team = BYTES_LITERAL("blue"),
        .session = BYTES_LITERAL("s"),
        .kind = BYTES_LITERAL("agent.tool_use"),
        .origin = ORIGIN_AGENT,
        .has_occurred = true,
        .occurred_us = day * US_PER_DAY,
        .content_type = BYTES_LITERAL("application/x-protobuf")};
    const struct stamp stamp = {.version = STAMP_VERSION,
                                .seq = seq,
                                .epoch = 1,
                                .principal = bytes_of_text(agent),
                                .identity = IDENTITY_TOKEN,
                                .root = id_bytes(&id),
                                .origin = ORIGIN_AGENT,
                                .from = bytes_of_text(agent),
                                .team = BYTES_LITERAL("blue")};
    snprintf(arguments, sizeof(arguments), "{\"path\":\"%s\"}", file);
    use.call = mutable("1");
    use.tool = mutable("read_file");
    use.arguments_json = arguments;
    buf_init(&body, 1024);
    message_pack(&use, &body);
    dream_feed(dreamer->dream, &stamp, &envelope, buf_bytes(&body));
    buf_fini(&body);
}

void dreamer_reads_memory(struct dreamer *dreamer, struct bytes reply)
{
    struct bytes next;
    enum err err = known_add(dreamer->known, reply, &next);
    assert(err == ERR_OK && next.len == 0);
}

void dreamer_reads_waiting(struct dreamer *dreamer, struct bytes reply)
{
    struct bytes next;
    enum err err = known_add_waiting(dreamer->known, reply, &next);
    assert(err == ERR_OK && next.len == 0);
}

void dreamer_dreams(struct dreamer *dreamer, uint64_t ledger_seq,
                    void (*propose)(void *context, struct bytes packed),
                    void *context)
{
    struct dream_result result;
    const struct dream_question question = {.known = dreamer->known,
                                            .ledger_seq = ledger_seq};
    dream_finish(dreamer->dream, &question, &result);
    for (size_t i = 0; i < result.plan.count; i++) {
        propose(context, buf_bytes(&result.plan.sets[i].packed));
    }
    dream_result_fini(&result);
    known_free(dreamer->known);
    dreamer->known = known_new();
}
