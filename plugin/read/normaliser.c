/* SPDX-License-Identifier: MIT */
#include "plugin/read/normaliser.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/edge/hash.h"
#include "base/text/ascii.h"
#include "memory/gate/remedy.h"
#include "plugin/read/call/slots.h"
#include "plugin/read/said/directives.h"
#include "plugin/read/text/errors.h"
#include "plugin/read/text/harness.h"
#include "proto/codec/tool_body.h"
#include "proto/messages.h"

enum {
    EVENT_BODY_MAX = 2 << 20,       /* a larger body is not read */
    ARENA_MAX = 4 * EVENT_BODY_MAX, /* decoded body, slots, keys */
    REDACTED_MAX = 2 * EVENT_BODY_MAX + 64,
    PLAIN_NAMES = 512,
    KNOWN_TOOLS = 64,
    QUOTE_BEFORE = 64 /* bytes kept before a value far into a long line */
};

/* A name that the redactor leaves as it is. */
struct plain_name {
    uint8_t len; /* 0: none, and the empty name */
    uint8_t text[TUPLE_NAME_MAX];
};

/* What is known of a tool by its name; family and flags only. */
struct known_tool {
    uint8_t len; /* 0: none */
    uint8_t text[TUPLE_NAME_MAX];
    struct slots_tool tool;
};

struct normaliser {
    struct redact_key key;
    struct arena arena;
    struct buf redacted;
    struct buf scratch;
    struct slot_set slots;
    struct mask_result masked;
    struct plain_name plain[PLAIN_NAMES];
    struct known_tool tools[KNOWN_TOOLS];
    struct normaliser_counts counts;
};

/* One event on its way to the sink. */
struct reading {
    struct normaliser *normaliser;
    const struct envelope *envelope;
    struct bytes body;
    tuple_sink sink;
    void *context;
    struct tuple tuple; /* what all tuples of the event share */
};

struct normaliser *normaliser_new(const struct redact_key *key)
{
    struct normaliser *normaliser = mem_new(sizeof(*normaliser));
    normaliser->key = *key;
    arena_init(&normaliser->arena, ARENA_MAX);
    buf_init(&normaliser->redacted, REDACTED_MAX);
    buf_init(&normaliser->scratch, EVENT_BODY_MAX);
    return normaliser;
}

void normaliser_free(struct normaliser *normaliser)
{
    if (normaliser) {
        arena_fini(&normaliser->arena);
        buf_fini(&normaliser->redacted);
        buf_fini(&normaliser->scratch);
        free(normaliser);
    }
}

const struct normaliser_counts *
normaliser_counts(const struct normaliser *normaliser)
{
    return &normaliser->counts;
}

void normaliser_counts_add(struct normaliser_counts *sum,
                           const struct normaliser_counts *more)
{
    sum->events += more->events;
    sum->tuples += more->tuples;
    sum->tool_calls += more->tool_calls;
    sum->tool_results += more->tool_results;
    sum->errors += more->errors;
    sum->silent += more->silent;
    sum->rejected += more->rejected;
    sum->directives += more->directives;
    sum->outcomes += more->outcomes;
    sum->ignored += more->ignored;
    sum->erased += more->erased;
    sum->malformed += more->malformed;
    sum->cut += more->cut;
    sum->redactions += more->redactions;
}

/* ---- helpers
 * ----------------------------------------------------------------- */

/* Lends the redacted text until the next call. */
static struct bytes redacted(struct normaliser *normaliser, struct bytes text)
{
    buf_reset(&normaliser->redacted);
    normaliser->counts.redactions +=
        redact(&normaliser->key, text, &normaliser->redacted);
    return buf_bytes(&normaliser->redacted);
}

/* The place of ${text} among the names in which there was nothing to redact. */
static struct plain_name *plain_name_at(struct normaliser *normaliser,
                                        struct bytes text)
{
    return &normaliser->plain[hash_bytes(text) % PLAIN_NAMES];
}

/* Names (tools, call ids) are texts of the event like any other, but most come
 * again: what nothing was found in is remembered, in place of what fell to the
 * same place before. */
static struct bytes redacted_name(struct normaliser *normaliser,
                                  struct bytes name)
{
    struct bytes text = bytes_clip(name, TUPLE_NAME_MAX);
    if (text.len == 0) {
        return text;
    }
    struct plain_name *plain = plain_name_at(normaliser, text);
    if (bytes_equal(bytes_of(plain->text, plain->len), text)) {
        return text;
    }
    struct bytes out = redacted(normaliser, text);
    if (bytes_equal(out, text)) {
        memcpy(plain->text, text.data, text.len);
        plain->len = (uint8_t)text.len;
        return text;
    }
    return arena_copy(&normaliser->arena, out);
}

static struct slots_tool tool_of(struct normaliser *normaliser,
                                 struct bytes name)
{
    if (name.len == 0 || name.len > TUPLE_NAME_MAX) {
        return slots_tool_of(name);
    }
    struct known_tool *known =
        &normaliser->tools[hash_bytes(name) % KNOWN_TOOLS];
    if (!bytes_equal(bytes_of(known->text, known->len), name)) {
        known->tool = slots_tool_of(name);
        known->len = (uint8_t)name.len;
        memcpy(known->text, name.data, name.len);
    }
    struct slots_tool tool = known->tool;
    tool.name = name;
    return tool;
}

static void emit(struct reading *reading, enum tuple_kind kind)
{
    if (reading->tuple.ordinal >= TUPLES_PER_EVENT_MAX) {
        reading->normaliser->counts.cut++;
        return;
    }
    reading->tuple.kind = kind;
    reading->normaliser->counts.tuples++;
    reading->sink(reading->context, &reading->tuple);
    reading->tuple.ordinal++;
}

static bool is_read(struct reading *reading, enum err err)
{
    reading->normaliser->counts.malformed += err != ERR_OK;
    return err == ERR_OK;
}

static bool unpack(struct reading *reading,
                   const ProtobufCMessageDescriptor *type, void *out_message)
{
    return is_read(reading,
                   message_unpack(type, reading->body,
                                  &reading->normaliser->arena, out_message));
}

/* The part of a line that shows ${value}; the line itself where it is short. */
static struct bytes quote_of(struct bytes line, struct bytes value)
{
    size_t at = 0;
    if (value.data >= line.data && value.data < line.data + line.len) {
        at = (size_t)(value.data - line.data);
    }
    size_t from = at + value.len > TUPLE_QUOTE_MAX && at > QUOTE_BEFORE
                      ? at - QUOTE_BEFORE
                      : 0;
    while (from > 0 && from < line.len && (line.data[from] & 0xC0) == 0x80) {
        from--;
    }
    return bytes_clip(bytes_slice(line, from, line.len), TUPLE_QUOTE_MAX);
}

/* ---- kinds
 * --------------------------------------------------------------------- */

/* A call that neither an agent nor a person made is counted, but nothing in it
 * was anybody's choice. */
static bool is_tainted(enum origin origin)
{
    return origin != ORIGIN_AGENT && origin != ORIGIN_USER &&
           origin != ORIGIN_OWNER;
}

static void read_tool_use(struct reading *reading)
{
    struct normaliser *normaliser = reading->normaliser;
    struct tool_use_body use;
    if (!is_read(reading, tool_use_read(reading->body, &use))) {
        return;
    }
    struct bytes tool = redacted_name(normaliser, use.tool);
    struct bytes call = redacted_name(normaliser, use.call);
    struct bytes arguments = redacted(normaliser, use.arguments_json);
    slot_set_init(&normaliser->slots, &normaliser->arena);
    if (!is_tainted(reading->tuple.origin)) {
        const struct slots_tool kind = tool_of(normaliser, tool);
        slots_add_call_of(&normaliser->slots, &kind, arguments,
                          &normaliser->scratch);
    }
    normaliser->counts.tool_calls++;
    normaliser->counts.cut += normaliser->slots.is_cut;
    reading->tuple.call =
        (struct tuple_call){.tool = tool,
                            .call = call,
                            .slots = normaliser->slots.slots,
                            .slot_count = normaliser->slots.count,
                            .refs = normaliser->slots.refs,
                            .ref_count = normaliser->slots.ref_count,
                            .is_cut = normaliser->slots.is_cut};
    reading->tuple.quote = bytes_clip(arguments, TUPLE_QUOTE_MAX);
    emit(reading, TUPLE_TOOL_CALL);
}

static uint64_t error_key(const struct tuple_error *error)
{
    uint64_t id = hash_bytes_seeded(error->tool, error->template_id);
    for (size_t i = 0; i < error->value_count; i++) {
        if (error->values[i].identifies) {
            id = hash_bytes_seeded(error->values[i].key, id);
        }
    }
    return id;
}

static struct bytes first_identifying(const struct mask_result *masked)
{
    for (size_t i = 0; i < masked->value_count; i++) {
        if (masked->values[i].identifies) {
            return masked->values[i].text;
        }
    }
    return bytes_of(NULL, 0);
}

/* ${text} is redacted. */
static void emit_error(struct reading *reading, struct bytes tool,
                       struct bytes call, struct bytes text)
{
    struct normaliser *normaliser = reading->normaliser;
    struct mask_result *masked = &normaliser->masked;
    struct bytes line;
    errors_read(text, &normaliser->arena, &line, masked);
    if (line.len == 0) {
        normaliser->counts.silent++;
        return;
    }
    struct tuple_error *error = &reading->tuple.error;
    *error = (struct tuple_error){.tool = tool,
                                  .call = call,
                                  .template_text = mask_text(masked),
                                  .values = masked->values,
                                  .value_count = masked->value_count,
                                  .is_bare = errors_is_bare(text, line)};
    error->template_id = hash_bytes(error->template_text);
    error->key_id = error_key(error);
    normaliser->counts.errors++;
    normaliser->counts.cut += masked->is_cut;
    reading->tuple.quote = quote_of(line, first_identifying(masked));
    emit(reading, TUPLE_ERROR);
}

static void emit_rejected(struct reading *reading, struct tuple_rejected found,
                          struct bytes text)
{
    reading->tuple.rejected = found;
    reading->tuple.quote =
        bytes_clip(found.said.len ? found.said : text, TUPLE_QUOTE_MAX);
    reading->normaliser->counts.rejected++;
    emit(reading, TUPLE_REJECTED);
}

static void read_tool_result(struct reading *reading)
{
    struct normaliser *normaliser = reading->normaliser;
    struct tool_result_body result;
    if (!is_read(reading, tool_result_read(reading->body, &result))) {
        return;
    }
    struct bytes tool = redacted_name(normaliser, result.tool);
    struct bytes call = redacted_name(normaliser, result.call);
    bool failed = result_failed(&result);
    bool may_be_rejected = failed || !result.has_is_error;
    struct bytes text = bytes_of(NULL, 0);
    struct tuple_rejected rejected = {.tool = tool, .call = call};
    bool is_rejected = false;
    if (may_be_rejected) {
        text = redacted(normaliser, result.text);
        is_rejected = harness_is_rejection(text, &rejected.by, &rejected.said);
    }
    normaliser->counts.tool_results++;
    reading->tuple.result =
        (struct tuple_result){.tool = tool,
                              .call = call,
                              .is_error = failed && !is_rejected,
                              .is_rejected = is_rejected,
                              .has_exit_code = result.has_exit_code,
                              .exit_code = result.exit_code,
                              .has_reward = result.has_reward,
                              .reward = result.reward};
    emit(reading, TUPLE_TOOL_RESULT);
    if (is_rejected) {
        emit_rejected(reading, rejected, text);
    } else if (failed) {
        emit_error(reading, tool, call, text);
    }
}

static void visit_directive(void *opaque,
                            const struct tuple_directive *directive,
                            struct bytes sentence)
{
    struct reading *reading = opaque;
    reading->tuple.directive = *directive;
    reading->tuple.quote = sentence;
    reading->normaliser->counts.directives++;
    emit(reading, TUPLE_DIRECTIVE);
}

/* Only the words of people: what a tool answered or an agent said is never a
 * directive, whatever its kind claims. */
static void read_user_message(struct reading *reading)
{
    enum origin origin = reading->tuple.origin;
    Reverie__V1__Message *message = NULL;
    if ((origin != ORIGIN_OWNER && origin != ORIGIN_USER) ||
        !unpack(reading, &reverie__v1__message__descriptor, &message)) {
        return;
    }
    struct bytes text =
        redacted(reading->normaliser, message_text(message->text));
    directives_read(text, &reading->normaliser->arena, visit_directive,
                    reading);
}

static void read_interrupt(struct reading *reading)
{
    Reverie__V1__Message *message = NULL;
    if (!unpack(reading, &reverie__v1__message__descriptor, &message)) {
        return;
    }
    struct bytes text =
        redacted(reading->normaliser, message_text(message->text));
    emit_rejected(reading, (struct tuple_rejected){.by = REJECTED_BY_INTERRUPT},
                  text);
}

static enum outcome outcome_of(Reverie__V1__OutcomeEvaluated__Result result)
{
    switch (result) {
    case REVERIE__V1__OUTCOME_EVALUATED__RESULT__SATISFIED:
        return OUTCOME_SUCCESS;
    case REVERIE__V1__OUTCOME_EVALUATED__RESULT__NEEDS_REVISION:
    case REVERIE__V1__OUTCOME_EVALUATED__RESULT__MAX_ITERATIONS_REACHED:
    case REVERIE__V1__OUTCOME_EVALUATED__RESULT__FAILED:
        return OUTCOME_FAILURE;
    case REVERIE__V1__OUTCOME_EVALUATED__RESULT__RESULT_UNSPECIFIED:
    case REVERIE__V1__OUTCOME_EVALUATED__RESULT__INTERRUPTED:
    default: /* protobuf-c adds a member of its own */
        return OUTCOME_UNKNOWN;
    }
}

static void read_outcome(struct reading *reading)
{
    Reverie__V1__OutcomeEvaluated *outcome = NULL;
    if (!unpack(reading, &reverie__v1__outcome_evaluated__descriptor,
                &outcome)) {
        return;
    }
    reading->tuple.outcome =
        (struct tuple_outcome){.outcome = outcome_of(outcome->result),
                               .has_score = outcome->has_score != 0,
                               .score = outcome->score};
    reading->normaliser->counts.outcomes++;
    emit(reading, TUPLE_OUTCOME);
}

static void read_session_error(struct reading *reading)
{
    Reverie__V1__SessionError *error = NULL;
    if (!unpack(reading, &reverie__v1__session_error__descriptor, &error)) {
        return;
    }
    struct bytes text =
        redacted(reading->normaliser, message_text(error->text));
    emit_error(reading, BYTES_LITERAL("session"), bytes_of(NULL, 0), text);
}

/* A prompt that nobody knows is not the same as another unknown one. */
static uint64_t configuration_of(const Reverie__V1__SessionStarted *started)
{
    struct bytes prompt =
        message_bytes(started->has_prompt_digest, started->prompt_digest);
    uint64_t model = hash_bytes(message_text(started->model));
    return prompt.len > 0 ? hash_bytes_seeded(prompt, model) | 1 : 0;
}

static bool is_name_byte(uint8_t c)
{
    return ascii_is_alnum(c) || ascii_in(c, "._-/");
}

/* What a session calls its repository or role comes to stand in memories, so
 * it is a name or nothing. */
static struct bytes name_in(struct reading *reading, const char *text)
{
    struct bytes name = redacted_name(reading->normaliser, message_text(text));
    bool is_name = name.len <= TUPLE_PART_MAX;
    for (size_t i = 0; i < name.len && is_name; i++) {
        is_name = is_name_byte(name.data[i]);
    }
    return is_name ? name : bytes_of(NULL, 0);
}

static void read_session_started(struct reading *reading)
{
    Reverie__V1__SessionStarted *started = NULL;
    if (!unpack(reading, &reverie__v1__session_started__descriptor, &started)) {
        return;
    }
    reading->tuple.session_start = (struct tuple_session){
        .configuration = configuration_of(started),
        .repository = name_in(reading, started->repository),
        .role = name_in(reading, started->role),
    };
    emit(reading, TUPLE_SESSION_START);
}

static void read_session_ended(struct reading *reading)
{
    emit(reading, TUPLE_SESSION_END);
}

struct kind {
    const char *name;
    size_t len;
    void (*read)(struct reading *reading);
};

#define KIND(name, read)                                                       \
    {                                                                          \
        name, sizeof(name) - 1, read                                           \
    }

static const struct kind kinds[] = {
    KIND("agent.tool_use", read_tool_use),
    KIND("agent.tool_result", read_tool_result),
    KIND("user.message", read_user_message),
    KIND("outcome.evaluated", read_outcome),
    KIND("note.interrupt", read_interrupt),
    KIND("session.error", read_session_error),
    KIND("session.started", read_session_started),
    KIND("session.ended", read_session_ended),
};

static const struct kind *kind_of(struct bytes name)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (bytes_equal(name, bytes_of(kinds[i].name, kinds[i].len))) {
            return &kinds[i];
        }
    }
    return NULL;
}

static struct tuple common_of(const struct stamp *stamp,
                              const struct envelope *envelope)
{
    return (struct tuple){.log = stamp->log,
                          .seq = stamp->seq,
                          .id = envelope->id,
                          .root = stamp->root,
                          .principal = stamp->principal,
                          .agent = stamp->from,
                          .team = stamp->team,
                          .session = envelope->session,
                          .view = stamp->view,
                          .origin = stamp->origin,
                          .identity = stamp->identity,
                          .has_occurred = envelope->has_occurred,
                          .occurred_us = envelope->occurred_us};
}

void normaliser_read(struct normaliser *normaliser, const struct stamp *stamp,
                     const struct envelope *envelope, struct bytes body,
                     tuple_sink sink, void *context)
{
    normaliser->counts.events++;
    const struct kind *kind = kind_of(envelope->kind);
    if (stamp->erased) {
        normaliser->counts.erased++;
        return;
    }
    if (!kind) {
        normaliser->counts.ignored++;
        return;
    }
    if (body.len > EVENT_BODY_MAX) {
        normaliser->counts.cut++;
        return;
    }
    struct reading reading = {.normaliser = normaliser,
                              .envelope = envelope,
                              .body = body,
                              .sink = sink,
                              .context = context,
                              .tuple = common_of(stamp, envelope)};
    arena_reset(&normaliser->arena);
    kind->read(&reading);
}
