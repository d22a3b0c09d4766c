/* SPDX-License-Identifier: MIT */
#include "cli/render/event.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "cli/render/json.h"
#include "cli/render/text.h"

enum {
    LINE_MAX_BYTES = 160,
    NAME_MAX_LEN = 64
};

/* A name that ends in '.' stands for all kinds that begin with it. */
static const struct {
    const char *kind;
    const char *type;
} kinds[] = {
    {"user.message", "Message"},
    {"agent.message", "Message"},
    {"agent.thread_message", "Message"},
    {"note.", "Message"},
    {"agent.tool_use", "ToolUse"},
    {"agent.tool_result", "ToolResult"},
    {"outcome.defined", "OutcomeDefined"},
    {"outcome.evaluated", "OutcomeEvaluated"},
    {"session.started", "SessionStarted"},
    {"session.ended", "SessionEnded"},
    {"session.error", "SessionError"},
    {"memory.update", "MemoryUpdate"},
    {"memory.ack", "MemoryAck"},
    {"peer.joined", "PeerJoined"},
    {"broker.started", "BrokerStarted"},
    {"dream.started", "DreamStarted"},
    {"dream.candidates", "DreamCandidates"},
    {"dream.finished", "DreamFinished"},
    {"memory.proposed", "MemoryProposed"},
    {"memory.decided", "MemoryDecided"},
    {"memory.gated", "MemoryGated"},
    {"memory.applied", "MemoryApplied"},
    {"memory.reverted", "MemoryReverted"},
    {"memory.published", "MemoryPublished"},
    {"memory.acknowledged", "MemoryAcknowledged"},
    {"log.erased", "LogErased"},
};

const char *render_type_of_kind(struct bytes kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const char *text = kinds[i].kind;
        struct bytes name = bytes_of_text(text);
        bool is_prefix = text[name.len - 1] == '.';
        if (is_prefix ? bytes_starts_with(kind, name)
                      : bytes_equal(kind, name)) {
            return kinds[i].type;
        }
    }
    return NULL;
}

static const char *origin_text(enum reverie_origin origin)
{
    switch (origin) {
    case REVERIE_ORIGIN_OWNER:
        return "owner";
    case REVERIE_ORIGIN_USER:
        return "user";
    case REVERIE_ORIGIN_AGENT:
        return "agent";
    case REVERIE_ORIGIN_TOOL:
        return "tool";
    case REVERIE_ORIGIN_EXTERNAL:
        return "external";
    case REVERIE_ORIGIN_NONE:
        break;
    }
    return NULL;
}

static bool is_text(const struct reverie_message *event)
{
    struct bytes type = bytes_of_text(event->content_type);
    return bytes_starts_with(type, BYTES_LITERAL("text/")) ||
           bytes_starts_with(type, BYTES_LITERAL("application/json"));
}

/* The type of a body, where it says that it is one of ours. */
static const char *body_type(const struct reverie_message *event)
{
    struct bytes type = bytes_of_text(event->content_type);
    bool may_be_typed =
        type.len == 0 || bytes_equal_text(type, "application/x-protobuf");
    return may_be_typed ? render_type_of_kind(bytes_of_text(event->kind))
                        : NULL;
}

static void add_body(const struct reverie_message *event, struct buf *out)
{
    struct bytes body = bytes_of(event->body, event->body_bytes);
    const char *type = body_type(event);
    if (event->is_erased) {
        buf_add_text(out, "(erased)");
    } else if (is_text(event)) {
        text_line(out, body, LINE_MAX_BYTES);
    } else if (!type || !render_summary(type, body, out)) {
        buf_add_format(out, "(%zu bytes%s", body.len,
                       event->content_type ? " of " : "");
        text_line(out, bytes_of_text(event->content_type), NAME_MAX_LEN);
        buf_add_text(out, ")");
    }
}

void render_event_line(const struct reverie_message *event, struct buf *out)
{
    buf_add_format(out, "%u:%llu ", event->log, (unsigned long long)event->seq);
    text_time(out, event->has_occurred ? event->occurred_us : event->time_us);
    buf_add_u8(out, ' ');
    text_line(out, bytes_of_text(event->from ? event->from : "broker"),
              NAME_MAX_LEN);
    if (event->to) {
        buf_add_text(out, " -> ");
        text_line(out, bytes_of_text(event->to), NAME_MAX_LEN);
    }
    buf_add_u8(out, ' ');
    text_line(out, bytes_of_text(event->kind), NAME_MAX_LEN);
    buf_add_u8(out, ' ');
    add_body(event, out);
    buf_add_u8(out, '\n');
}

/* ---- JSON ------------------------------------------------------------------
 */

static void set_text(struct json *object, const char *name, const char *text)
{
    if (text) {
        json_set_text(object, name, text);
    }
}

static void set_id(struct json *object, const char *name, const uint8_t *id)
{
    char text[ID_TEXT_BYTES];
    if (id) {
        json_set_text(object, name, hex_text(bytes_of(id, ID_BYTES), text));
    }
}

static void set_body(struct json *object, const struct reverie_message *event)
{
    struct bytes body = bytes_of(event->body, event->body_bytes);
    const char *type = body_type(event);
    struct json *value = NULL;
    json_set_int(object, "body_bytes", (int64_t)body.len);
    if (type && render_json_value(type, body, &value) == ERR_OK) {
        json_set_text(object, "type", type);
        json_set(object, "body", value);
    } else if (is_text(event) && bytes_is_utf8(body)) {
        json_set_string(object, "body", body);
    }
}

void render_event_json(const struct reverie_message *event, struct buf *out)
{
    struct json *object = json_new_object();
    json_set_int(object, "log", event->log);
    json_set_int(object, "seq", (int64_t)event->seq);
    json_set_int(object, "epoch", (int64_t)event->epoch);
    json_set_int(object, "time_us", event->time_us);
    if (event->has_occurred) {
        json_set_int(object, "occurred_us", event->occurred_us);
    }
    set_id(object, "id", event->id);
    set_text(object, "kind", event->kind);
    set_text(object, "from", event->from);
    set_text(object, "to", event->to);
    set_text(object, "team", event->team);
    set_text(object, "session", event->session);
    set_text(object, "thread", event->thread);
    set_id(object, "parent", event->parent);
    set_id(object, "root", event->root);
    set_text(object, "origin", origin_text(event->origin));
    set_text(object, "principal", event->principal);
    json_set_bool(object, "asserted", event->is_asserted);
    set_text(object, "view", event->view);
    set_text(object, "source", event->source);
    set_text(object, "source_id", event->source_id);
    set_text(object, "content_type", event->content_type);
    if (event->is_erased) {
        json_set_bool(object, "erased", true);
    }
    set_body(object, event);
    render_json_line(object, out);
    json_free(object);
}
