/* SPDX-License-Identifier: MIT */
#include "memory/service/step.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory/rows.pb-c.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    SENTENCE_MAX = 1024
};

bool step_read(struct memory *memory,
               const struct ProtobufCMessageDescriptor *type, void *out_message)
{
    enum err err =
        row_read(memory->input->payload, type, &memory->arena, out_message);
    if (err != ERR_OK) {
        step_refuse(memory, err == ERR_TOO_BIG ? "too_big" : "malformed",
                    "the payload is not a %s", type->short_name);
    }
    return err == ERR_OK;
}

enum err step_refuse(struct memory *memory, const char *code,
                     const char *format, ...)
{
    char text[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    memory->code = code;
    buf_reset(&memory->sentence);
    buf_add_text(&memory->sentence, text);
    return ERR_OK;
}

enum err step_reply(struct memory *memory, const void *message)
{
    buf_reset(&memory->payload);
    message_pack(message, &memory->payload);
    if (buf_error(&memory->payload) != ERR_OK) {
        buf_reset(&memory->payload);
        return step_refuse(memory, "too_big",
                           "the reply would exceed %d bytes: ask for less",
                           REPLY_MAX);
    }
    return ERR_OK;
}

static struct memory_output_event *event_add(struct memory *memory)
{
    if (memory->event_count == memory->event_capacity) {
        size_t capacity =
            memory->event_capacity ? 2 * memory->event_capacity : 64;
        memory->events =
            mem_grow(memory->events, capacity * sizeof(*memory->events));
        memory->event_capacity = capacity;
    }
    struct memory_output_event *event = &memory->events[memory->event_count++];
    *event = (struct memory_output_event){0};
    return event;
}

enum err step_emit(struct memory *memory, const char *kind, const void *message)
{
    struct buf packed;
    buf_init(&packed, BODY_MAX_LIMIT);
    message_pack(message, &packed);
    enum err err = buf_error(&packed);
    struct bytes body = arena_copy(&memory->arena, buf_bytes(&packed));
    buf_fini(&packed);
    if (err == ERR_OK && !body.data) {
        err = ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        err = memory_fold(memory->table, memory->next_seq,
                          memory->input->time_us, bytes_of_text(kind),
                          memory->input->asker.principal, body);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct memory_output_event *event = event_add(memory);
    event->log = LOG_LEDGER;
    event->kind = kind;
    event->body = body;
    memory->next_seq++;
    return ERR_OK;
}

void step_emit_update(struct memory *memory, struct bytes body,
                      struct bytes store, uint64_t store_version)
{
    struct memory_output_event *event = event_add(memory);
    struct bytes name = bytes_of(NULL, 0);
    bool valid = store_name_is_valid(store, &name);
    assert(valid);
    struct buf to;
    buf_init(&to, ADDRESS_MAX_BYTES);
    buf_add_text(&to, store_is_team(store) ? "team:" : "agent:");
    buf_add(&to, name);
    event->log = LOG_TRAFFIC;
    event->kind = "memory.update";
    event->to = arena_copy(&memory->arena, buf_bytes(&to));
    event->team = store_is_team(store) ? name : bytes_of(NULL, 0);
    event->body = body;
    event->store = store;
    event->store_version = store_version;
    buf_fini(&to);
}

void *step_take(struct memory *memory, size_t size)
{
    return arena_take(&memory->arena, size);
}

char *step_text(struct memory *memory, struct bytes text)
{
    char *copy = arena_take(&memory->arena, text.len + 1);
    for (size_t i = 0; copy && i < text.len; i++) {
        copy[i] = (char)text.data[i];
    }
    return copy;
}

char *step_remark(struct memory *memory, struct bytes text)
{
    struct buf redacted;
    buf_init(&redacted, 2 * text.len + 64);
    redact(&memory->config.redact, text, &redacted);
    char *copy = step_text(memory, buf_bytes(&redacted));
    buf_fini(&redacted);
    return copy;
}

char *step_policy(struct memory *memory)
{
    return step_text(memory,
                     bytes_of_text(memory_policy_name(memory->config.policy)));
}

uint32_t step_limit(uint32_t asked)
{
    uint32_t limit = asked ? asked : LIST_DEFAULT;
    return limit < LIST_MAX ? limit : LIST_MAX;
}

/* ---- reading ------------------------------------------------------------- */

enum err head_get(struct memory *memory, struct bytes store, struct bytes path,
                  struct head *out)
{
    struct Reverie__V1__MemoryRow row = REVERIE__V1__MEMORY_ROW__INIT;
    struct row_key key = key_memory(store, path);
    *out = (struct head){0};
    enum err err =
        row_get(memory->table, &key, &reverie__v1__memory_row__descriptor,
                &memory->arena, &row);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    if (err != ERR_OK) {
        return err;
    }
    struct row_key version = key_version(store, path, row.head);
    out->version = step_take(memory, sizeof(*out->version));
    if (!out->version) {
        return ERR_TOO_BIG;
    }
    out->exists = true;
    out->live = version_is_live(row.state);
    err = row_get(memory->table, &version, &reverie__v1__version__descriptor,
                  &memory->arena, out->version);
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

uint64_t head_number(const struct head *head)
{
    return head->live ? head->version->number : 0;
}

enum err store_version_get(struct memory *memory, struct bytes store,
                           uint64_t *out)
{
    struct Reverie__V1__StoreRow row = REVERIE__V1__STORE_ROW__INIT;
    struct row_key key = key_store(store);
    enum err err = row_get_or_zero(memory->table, &key,
                                   &reverie__v1__store_row__descriptor,
                                   &memory->arena, &row);
    *out = row.version;
    return err;
}

enum err evidence_source_get(struct memory *memory, struct bytes store,
                             struct bytes finding, struct evidence_source *out)
{
    struct Reverie__V1__FindingRow row = REVERIE__V1__FINDING_ROW__INIT;
    struct row_key key = key_finding(store, finding);
    enum err err =
        row_get(memory->table, &key, &reverie__v1__finding_row__descriptor,
                &memory->arena, &row);
    *out = (struct evidence_source){
        .log = memory->log,
        .redact = &memory->config.redact,
        .exposure = {err == ERR_OK, row.from, row.gone},
    };
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}
