/* SPDX-License-Identifier: MIT */
#include "memory/text.h"

#include "proto/address.h"
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

/* Where text goes: as it is, or redacted text by text, so that what one field
 * holds does not change what is found in the next. */
struct sink {
    const struct redact_key *key; /* NULL: as it is */
    struct buf *out;
};

static void add_text(const struct sink *sink, struct bytes text)
{
    if (sink->key) {
        redact(sink->key, text, sink->out);
    } else {
        buf_add(sink->out, text);
    }
}

/* The types above are flat, so one pass over the fields is the whole text. */
static void add_text_fields(const ProtobufCMessageDescriptor *type,
                            const void *message, const struct sink *sink)
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
            buf_add_u8(sink->out, '\n');
        }
        add_text(sink, bytes_of_text(text));
        first = false;
    }
}

static void add_event(struct bytes kind, struct bytes body, struct arena *arena,
                      const struct sink *sink)
{
    const ProtobufCMessageDescriptor *type = type_of_kind(kind);
    const void *message = NULL;
    if (type && message_unpack(type, body, arena, &message) == ERR_OK) {
        add_text_fields(type, message, sink);
    } else if (bytes_is_utf8(body)) {
        add_text(sink, body);
    }
}

void event_text(struct bytes kind, struct bytes body, struct arena *arena,
                struct buf *out)
{
    add_event(kind, body, arena, &(struct sink){NULL, out});
}

void event_text_redacted(const struct redact_key *key, struct bytes kind,
                         struct bytes body, struct arena *arena,
                         struct buf *out)
{
    add_event(kind, body, arena, &(struct sink){key, out});
}
