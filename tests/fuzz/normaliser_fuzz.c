/* SPDX-License-Identifier: MIT */
/* One event's body through the normaliser. The first byte chooses the kind,
 * the second who is said to have sent it, the rest is the body. Every byte of
 * every tuple is looked at, and equal events give equal tuples. */
#include <stdlib.h>

#include "base/edge/hash.h"
#include "plugin/read/normaliser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const kinds[] = {
    "agent.tool_use",    "agent.tool_result", "user.message",
    "outcome.evaluated", "note.interrupt",    "session.error",
    "session.started",   "session.ended",     "memory.update",
};

static const struct redact_key key = {{1, 2, 3}};

struct seen {
    uint64_t hash;
    uint32_t tuples;
};

static void touch(struct seen *seen, struct bytes bytes)
{
    seen->hash = hash_bytes_seeded(bytes, seen->hash);
}

static void touch_number(struct seen *seen, uint64_t number)
{
    touch(seen, bytes_of(&number, sizeof(number)));
}

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void touch_call(struct seen *seen, const struct tuple_call *call)
{
    require(call->slot_count <= TUPLE_SLOTS_MAX);
    touch(seen, call->tool);
    touch(seen, call->call);
    for (size_t i = 0; i < call->slot_count; i++) {
        const struct tuple_slot *slot = &call->slots[i];
        require(slot->name.len <= TUPLE_NAME_MAX);
        require(slot->option.len <= TUPLE_OPTION_MAX);
        require((int)slot->form >= 0 && slot->form < SLOT_FORM_COUNT);
        touch(seen, slot->name);
        touch(seen, slot->option);
    }
}

static void touch_error(struct seen *seen, const struct tuple_error *error)
{
    require(error->value_count <= TUPLE_VALUES_MAX);
    require(error->template_text.len <= TUPLE_TEMPLATE_MAX);
    touch(seen, error->tool);
    touch(seen, error->call);
    touch(seen, error->template_text);
    touch_number(seen, error->key_id);
    for (size_t i = 0; i < error->value_count; i++) {
        require((int)error->values[i].mask >= 0 &&
                error->values[i].mask < MASK_COUNT);
        touch(seen, error->values[i].text);
        touch(seen, error->values[i].key);
    }
}

static void touch_directive(struct seen *seen, const struct tuple *tuple)
{
    const struct tuple_directive *directive = &tuple->directive;
    require(directive->key.len <= TUPLE_KEY_MAX);
    require(bytes_find(tuple->quote, directive->object, 0) != SIZE_MAX);
    require(bytes_find(tuple->quote, directive->instead, 0) != SIZE_MAX);
    touch(seen, directive->object);
    touch(seen, directive->instead);
    touch(seen, directive->key);
    touch_number(seen, directive->key_id);
}

static void take(void *context, const struct tuple *tuple)
{
    struct seen *seen = context;
    require(tuple->ordinal == seen->tuples++);
    require(seen->tuples <= TUPLES_PER_EVENT_MAX);
    require(tuple->quote.len <= TUPLE_QUOTE_MAX);
    require(bytes_is_utf8(tuple->quote));
    touch(seen, tuple->quote);
    touch_number(seen, tuple->kind);
    switch (tuple->kind) {
    case TUPLE_TOOL_CALL:
        touch_call(seen, &tuple->call);
        break;
    case TUPLE_TOOL_RESULT:
        touch(seen, tuple->result.tool);
        touch(seen, tuple->result.call);
        break;
    case TUPLE_ERROR:
        touch_error(seen, &tuple->error);
        break;
    case TUPLE_REJECTED:
        touch(seen, tuple->rejected.tool);
        touch(seen, tuple->rejected.call);
        touch(seen, tuple->rejected.said);
        break;
    case TUPLE_DIRECTIVE:
        touch_directive(seen, tuple);
        break;
    case TUPLE_OUTCOME:
    case TUPLE_SESSION_START:
    case TUPLE_SESSION_END:
        break;
    }
}

static struct seen read_once(struct normaliser *normaliser, const uint8_t *data,
                             size_t size)
{
    const struct envelope envelope = {
        .version = 1,
        .id = BYTES_LITERAL("0123456789abcdef"),
        .session = BYTES_LITERAL("s"),
        .kind = bytes_of_text(kinds[data[0] % ARRAY_LEN(kinds)])};
    const struct stamp stamp = {
        .version = 1,
        .seq = 1,
        .origin = (enum origin)(data[1] % (ORIGIN_EXTERNAL + 1)),
        .identity = IDENTITY_TOKEN,
        .principal = BYTES_LITERAL("p"),
        .from = BYTES_LITERAL("a"),
        .team = BYTES_LITERAL("t")};
    struct seen seen = {0};
    normaliser_read(normaliser, &stamp, &envelope, bytes_of(data + 2, size - 2),
                    take, &seen);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct normaliser *normaliser = normaliser_new(&key);
    struct seen first = read_once(normaliser, data, size);
    struct seen again = read_once(normaliser, data, size);
    require(first.hash == again.hash && first.tuples == again.tuples);
    normaliser_free(normaliser);
    return 0;
}
