/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "agents-sim/trace.h"
#include "base/clock.h"
#include "base/edge/json.h"
#include "proto/address.h"
#include "proto/limits.h"
#include "proto/messages.h"

/* What a row becomes: (kind, role) -> kind of the envelope, origin, body. An
 * empty role matches any. Rows of other kinds become notes. */
enum body_type {
    BODY_MESSAGE,
    BODY_TOOL_USE,
    BODY_TOOL_RESULT,
    BODY_OUTCOME
};

struct mapping {
    const char *kind;
    const char *role;
    const char *to_kind;
    enum origin origin;
    enum body_type body;
};

static const struct mapping mappings[] = {
    {"message", "user", "user.message", ORIGIN_USER, BODY_MESSAGE},
    {"message", "assistant", "agent.message", ORIGIN_AGENT, BODY_MESSAGE},
    {"task", "user", "user.message", ORIGIN_USER, BODY_MESSAGE},
    {"tool_call", "", "agent.tool_use", ORIGIN_AGENT, BODY_TOOL_USE},
    {"tool_result", "", "agent.tool_result", ORIGIN_TOOL, BODY_TOOL_RESULT},
    {"outcome", "", "outcome.evaluated", ORIGIN_TOOL, BODY_OUTCOME},
    {"interrupt", "", "note.interrupt", ORIGIN_USER, BODY_MESSAGE},
    {"harness", "", "note.harness", ORIGIN_TOOL, BODY_MESSAGE},
};

static const struct mapping note = {"", "", "", ORIGIN_AGENT, BODY_MESSAGE};

static const struct mapping *find_mapping(struct bytes kind, struct bytes role)
{
    for (size_t i = 0; i < ARRAY_LEN(mappings); i++) {
        const struct mapping *mapping = &mappings[i];
        if (bytes_equal_text(kind, mapping->kind) &&
            (!*mapping->role || bytes_equal_text(role, mapping->role))) {
            return mapping;
        }
    }
    return &note;
}

/* One row on its way: the first thing that is wrong with it sticks. */
struct row_reader {
    const struct json *json;
    struct arena *arena;
    struct buf *why;
    enum err err;
};

static void refuse(struct row_reader *reader, const char *key,
                   const char *problem)
{
    if (reader->err == ERR_OK) {
        reader->err = ERR_INVALID;
        buf_add_format(reader->why, "key \"%s\" %s", key, problem);
    }
}

static struct bytes keep(struct row_reader *reader, struct bytes bytes)
{
    struct bytes copy = arena_copy(reader->arena, bytes);
    if (!copy.data && reader->err == ERR_OK) {
        reader->err = ERR_TOO_BIG;
        buf_add_text(reader->why, "the row is too big");
    }
    return copy;
}

static struct bytes optional_text(struct row_reader *reader, const char *key)
{
    const struct json *value = json_get(reader->json, key);
    if (value && json_kind(value) != JSON_STRING) {
        refuse(reader, key, "is not a text");
    }
    return keep(reader, json_as_string(value, bytes_of("", 0)));
}

static struct bytes required_name(struct row_reader *reader, const char *key)
{
    struct bytes text = optional_text(reader, key);
    if (!name_is_valid(text)) {
        refuse(reader, key,
               text.len ? "is not a valid name" : "is missing or empty");
    }
    return text;
}

static struct bytes printed(struct row_reader *reader, const char *key)
{
    const struct json *value = json_get(reader->json, key);
    struct buf text;
    buf_init(&text, TRACE_LINE_MAX);
    if (value) {
        json_print(value, &text);
    }
    struct bytes kept = keep(reader, buf_bytes(&text));
    buf_fini(&text);
    return kept;
}

static char *c_text(struct bytes text)
{
    /* Arena copies end in a NUL; a text with a NUL inside ends there. */
    return text.len ? message_field(text.data) : NULL;
}

static struct bytes pack(struct row_reader *reader, const void *message)
{
    struct buf packed;
    buf_init(&packed, TRACE_LINE_MAX);
    message_pack(message, &packed);
    struct bytes kept = keep(reader, buf_bytes(&packed));
    if (buf_error(&packed) != ERR_OK) {
        refuse(reader, "text", "is too long");
    }
    buf_fini(&packed);
    return kept;
}

static struct bytes message_body(struct row_reader *reader)
{
    Reverie__V1__Message message = REVERIE__V1__MESSAGE__INIT;
    message.text = c_text(optional_text(reader, "text"));
    message.fields_json = c_text(printed(reader, "decision"));
    return pack(reader, &message);
}

static struct bytes tool_use_body(struct row_reader *reader)
{
    Reverie__V1__ToolUse use = REVERIE__V1__TOOL_USE__INIT;
    use.call = c_text(optional_text(reader, "call"));
    use.tool = c_text(required_name(reader, "tool"));
    use.arguments_json = c_text(printed(reader, "args"));
    return pack(reader, &use);
}

static struct bytes tool_result_body(struct row_reader *reader)
{
    Reverie__V1__ToolResult result = REVERIE__V1__TOOL_RESULT__INIT;
    const struct json *error = json_get(reader->json, "error");
    const struct json *exit_code = json_get(reader->json, "exit");
    const struct json *reward = json_get(reader->json, "reward");
    result.call = c_text(optional_text(reader, "call"));
    result.tool = c_text(optional_text(reader, "tool"));
    result.text = c_text(optional_text(reader, "text"));
    result.has_is_error = json_kind(error) == JSON_BOOL;
    result.is_error = json_as_bool(error, false);
    result.has_exit_code = json_kind(exit_code) == JSON_INT;
    result.exit_code = (int32_t)json_as_int(exit_code, 0);
    result.has_reward = reward != NULL;
    result.reward = json_as_real(reward, 0);
    return pack(reader, &result);
}

static struct bytes outcome_body(struct row_reader *reader)
{
    Reverie__V1__OutcomeEvaluated outcome =
        REVERIE__V1__OUTCOME_EVALUATED__INIT;
    const struct json *reward = json_get(reader->json, "reward");
    double score = json_as_real(reward, 0);
    outcome.has_score = reward != NULL;
    outcome.score = score;
    outcome.has_result = reward != NULL;
    outcome.result = score >= 1
                         ? REVERIE__V1__OUTCOME_EVALUATED__RESULT__SATISFIED
                         : REVERIE__V1__OUTCOME_EVALUATED__RESULT__FAILED;
    outcome.explanation = c_text(optional_text(reader, "text"));
    return pack(reader, &outcome);
}

static struct bytes body_of(struct row_reader *reader, enum body_type type)
{
    switch (type) {
    case BODY_MESSAGE:
        return message_body(reader);
    case BODY_TOOL_USE:
        return tool_use_body(reader);
    case BODY_TOOL_RESULT:
        return tool_result_body(reader);
    case BODY_OUTCOME:
        return outcome_body(reader);
    }
    return bytes_of(NULL, 0);
}

/* "completion-evidence" -> "note.completion_evidence". */
static struct bytes note_kind(struct row_reader *reader, struct bytes kind)
{
    struct buf text;
    buf_init(&text, KIND_MAX_BYTES);
    buf_add_text(&text, "note.");
    for (size_t i = 0; i < kind.len; i++) {
        buf_add_u8(&text, kind.data[i] == '-' ? '_' : kind.data[i]);
    }
    if (buf_error(&text) != ERR_OK || !kind_is_valid(buf_bytes(&text))) {
        refuse(reader, "kind", "is not a valid kind");
    }
    struct bytes kept = keep(reader, buf_bytes(&text));
    buf_fini(&text);
    return kept;
}

/* The person behind "claude-code@dev3/sub" is "dev3". */
static struct bytes person_behind(struct row_reader *reader, struct bytes agent)
{
    size_t at = bytes_find(agent, BYTES_LITERAL("@"), 0);
    if (at == SIZE_MAX || at + 1 == agent.len) {
        return agent;
    }
    struct bytes person = bytes_slice(agent, at + 1, SIZE_MAX);
    size_t slash = bytes_find(person, BYTES_LITERAL("/"), 0);
    return keep(reader, bytes_slice(person, 0, slash));
}

static struct bytes team_of(struct row_reader *reader, struct bytes set)
{
    static const char *const keys[] = {"team", "db"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (json_get(reader->json, keys[i])) {
            return required_name(reader, keys[i]);
        }
    }
    return set;
}

static struct bytes joined(struct row_reader *reader, const char *prefix,
                           struct bytes text, const char *suffix)
{
    struct buf whole;
    buf_init(&whole, 1024);
    buf_add_text(&whole, prefix);
    buf_add(&whole, text);
    buf_add_text(&whole, suffix);
    struct bytes kept = keep(reader, buf_bytes(&whole));
    buf_fini(&whole);
    return kept;
}

static void read_time(struct row_reader *reader, struct trace_row *row)
{
    struct bytes text = optional_text(reader, "ts");
    if (text.len == 0) {
        return;
    }
    if (clock_parse(text, &row->occurred_us) == ERR_OK) {
        row->has_occurred = true;
    } else {
        refuse(reader, "ts", "is not an RFC 3339 time");
    }
}

static void read_place(struct row_reader *reader, struct trace_row *row)
{
    row->set = required_name(reader, "set");
    row->session = required_name(reader, "session");
    row->agent = required_name(reader, "agent");
    int64_t seq = json_as_int(json_get(reader->json, "seq"), -1);
    if (seq < 0) {
        refuse(reader, "seq", "is missing or not a number from 0");
    }
    row->seq = (uint64_t)seq;
    char number[32];
    struct buf suffix;
    buf_init(&suffix, sizeof(number));
    buf_add_format(&suffix, "#%lld", (long long)seq);
    row->source_id = joined(reader, "", row->session, buf_text(&suffix));
    buf_fini(&suffix);
    row->source = joined(reader, "trace:", row->set, "");
    row->to = joined(reader, "topic:trace.", row->set, "");
    row->principal = person_behind(reader, row->agent);
    row->team = team_of(reader, row->set);
    row->names_team =
        json_get(reader->json, "team") || json_get(reader->json, "db");
}

enum err trace_row_read(struct bytes line, struct arena *arena,
                        struct buf *out_why, struct trace_row *out_row)
{
    struct json *json = NULL;
    enum err err = json_parse(line, &json);
    if (err != ERR_OK) {
        buf_add_text(out_why, "the line is not valid JSON");
        return err;
    }
    struct row_reader reader = {.json = json, .arena = arena, .why = out_why};
    if (json_kind(json) != JSON_OBJECT) {
        buf_add_text(out_why, "the line is not a JSON object");
        reader.err = ERR_INVALID;
    }
    struct trace_row row = {0};
    if (reader.err == ERR_OK) {
        read_place(&reader, &row);
        read_time(&reader, &row);
        struct bytes kind = optional_text(&reader, "kind");
        const struct mapping *mapping =
            find_mapping(kind, optional_text(&reader, "role"));
        row.kind = *mapping->to_kind
                       ? keep(&reader, bytes_of_text(mapping->to_kind))
                       : note_kind(&reader, kind);
        row.origin = mapping->origin;
        row.body = body_of(&reader, mapping->body);
    }
    json_free(json);
    if (reader.err == ERR_OK) {
        *out_row = row;
    }
    return reader.err;
}
