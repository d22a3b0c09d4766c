/* SPDX-License-Identifier: MIT */
#include "memory/text.h"

#include "proto/address.h"
#include "proto/limits.h"
#include "proto/messages.h"

static const struct {
    const char *pattern;
    const ProtobufCMessageDescriptor *type;
} typed_kinds[] = {
    {"user.message", &reverie__v1__message__descriptor},
    {"agent.message", &reverie__v1__message__descriptor},
    {"agent.thread_message", &reverie__v1__message__descriptor},
    {"note.*", &reverie__v1__message__descriptor},
    {"agent.tool_use", &reverie__v1__tool_use__descriptor},
    {"agent.tool_result", &reverie__v1__tool_result__descriptor},
    {"outcome.defined", &reverie__v1__outcome_defined__descriptor},
    {"outcome.evaluated", &reverie__v1__outcome_evaluated__descriptor},
    {"session.started", &reverie__v1__session_started__descriptor},
    {"session.ended", &reverie__v1__session_ended__descriptor},
    {"session.error", &reverie__v1__session_error__descriptor},
};

static const ProtobufCMessageDescriptor *type_of_kind(struct bytes kind)
{
    for (size_t i = 0; i < ARRAY_LEN(typed_kinds); i++) {
        if (kind_matches(bytes_of_text(typed_kinds[i].pattern), kind)) {
            return typed_kinds[i].type;
        }
    }
    return NULL;
}

/* The types above are flat, so one pass over the fields is the whole text. */
static void add_text_fields(const ProtobufCMessageDescriptor *type,
                            const void *message, struct buf *out)
{
    bool first = true;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (field->type != PROTOBUF_C_TYPE_STRING) {
            continue;
        }
        const void *member = (const uint8_t *)message + field->offset;
        const char *text = *(const char *const *)member;
        if (!text) {
            continue;
        }
        if (!first) {
            buf_add_u8(out, '\n');
        }
        buf_add_text(out, text);
        first = false;
    }
}

void event_text(struct bytes kind, struct bytes body, struct arena *arena,
                struct buf *out)
{
    const ProtobufCMessageDescriptor *type = type_of_kind(kind);
    const void *message = NULL;
    if (type && message_unpack(type, body, arena, &message) == ERR_OK) {
        add_text_fields(type, message, out);
    } else if (bytes_is_utf8(body)) {
        buf_add(out, body);
    }
}

void event_text_redacted(const struct redact_key *key, struct bytes kind,
                         struct bytes body, struct arena *arena,
                         struct buf *out)
{
    struct buf text;
    buf_init(&text, BODY_MAX_LIMIT);
    event_text(kind, body, arena, &text);
    redact(key, buf_bytes(&text), out);
    buf_fini(&text);
}
