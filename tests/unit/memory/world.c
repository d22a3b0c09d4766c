/* SPDX-License-Identifier: MIT */
#include "tests/unit/memory/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

static const int64_t day_us = INT64_C(86400000000);

/* ---- rows ---------------------------------------------------------------- */

static struct bytes copy_of(struct bytes a)
{
    uint8_t *copy = mem_new(a.len + 1);
    if (a.len) {
        memcpy(copy, a.data, a.len);
    }
    return bytes_of(copy, a.len);
}

static void free_view(struct bytes a)
{
    union {
        const uint8_t *view;
        void *owned;
    } both = {.view = a.data};
    free(both.owned);
}

/* First row whose key is not before ${key}. */
static size_t lower_bound(const struct rows *rows, struct bytes key)
{
    size_t low = 0;
    size_t high = rows->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (bytes_compare(rows->row[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_at(const struct rows *rows, size_t at, struct bytes key)
{
    return at < rows->count && bytes_equal(rows->row[at].key, key);
}

static enum err rows_get(void *context, struct bytes key, struct buf *out)
{
    const struct rows *rows = context;
    size_t at = lower_bound(rows, key);
    if (!has_at(rows, at, key)) {
        return ERR_NOT_FOUND;
    }
    buf_add(out, rows->row[at].value);
    return ERR_OK;
}

static void rows_remove(void *context, struct bytes key)
{
    struct rows *rows = context;
    size_t at = lower_bound(rows, key);
    if (has_at(rows, at, key)) {
        free_view(rows->row[at].key);
        free_view(rows->row[at].value);
        rows->count--;
        memmove(rows->row + at, rows->row + at + 1,
                (rows->count - at) * sizeof(*rows->row));
    }
}

static void rows_put(void *context, struct bytes key, struct bytes value)
{
    struct rows *rows = context;
    size_t at = lower_bound(rows, key);
    if (has_at(rows, at, key)) {
        free_view(rows->row[at].value);
        rows->row[at].value = copy_of(value);
        return;
    }
    assert(rows->count < ROWS_MAX);
    memmove(rows->row + at + 1, rows->row + at,
            (rows->count - at) * sizeof(*rows->row));
    rows->row[at] = (struct row){copy_of(key), copy_of(value)};
    rows->count++;
}

static enum err
rows_scan(void *context, struct bytes prefix, struct bytes after,
          bool (*row)(void *row_context, struct bytes key, struct bytes value),
          void *row_context)
{
    const struct rows *rows = context;
    size_t at = lower_bound(rows, after.len ? after : prefix);
    if (after.len && has_at(rows, at, after)) {
        at++;
    }
    while (at < rows->count && bytes_starts_with(rows->row[at].key, prefix) &&
           row(row_context, rows->row[at].key, rows->row[at].value)) {
        at++;
    }
    return ERR_OK;
}

void rows_init(struct rows *rows, struct memory_table *out_table)
{
    rows->row = mem_new_array(ROWS_MAX, sizeof(*rows->row));
    rows->count = 0;
    *out_table =
        (struct memory_table){rows, rows_get, rows_put, rows_remove, rows_scan};
}

void rows_fini(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free_view(rows->row[i].key);
        free_view(rows->row[i].value);
    }
    free(rows->row);
}

bool rows_equal(const struct rows *a, const struct rows *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if (!bytes_equal(a->row[i].key, b->row[i].key) ||
            !bytes_equal(a->row[i].value, b->row[i].value)) {
            fprintf(stderr, "row %zu differs: key starts with '%c'\n", i,
                    a->row[i].key.data[0]);
            return false;
        }
    }
    return a->count == b->count;
}

/* ---- log ----------------------------------------------------------------- */

static enum err log_read(void *context, uint16_t log, uint64_t seq,
                         struct arena *arena, struct memory_event *out)
{
    const struct world *world = context;
    if (log != LOG_TRAFFIC || seq == 0 || seq > world->logged_count) {
        return ERR_NOT_FOUND;
    }
    const struct logged *it = &world->logged[seq - 1];
    out->stamp = arena_copy(arena, it->stamp);
    out->envelope = arena_copy(arena, it->envelope);
    out->body = arena_copy(arena, it->body);
    return ERR_OK;
}

static enum err log_tenure(void *context, struct bytes principal,
                           struct memory_tenure *out)
{
    const struct world *world = context;
    if (world->everybody_has_tenure) {
        *out = (struct memory_tenure){1000, 0, 1000 * day_us};
        return ERR_OK;
    }
    return tenures_get(world->tenures, principal, out);
}

static struct bytes keep(struct world *world, struct buf *buf)
{
    assert(buf_error(buf) == ERR_OK);
    struct bytes kept = arena_copy(&world->arena, buf_bytes(buf));
    buf_fini(buf);
    return kept;
}

static struct bytes pack(struct world *world, const void *message)
{
    struct buf buf;
    buf_init(&buf, BODY_MAX_LIMIT);
    message_pack(message, &buf);
    return keep(world, &buf);
}

static struct bytes text_or(const char *text, const char *absent)
{
    return bytes_of_text(text ? text : absent);
}

static struct bytes stamp_of(struct world *world, const struct speech *speech,
                             uint64_t seq, bool erased)
{
    struct buf buf;
    struct stamp stamp = {
        .version = STAMP_VERSION,
        .seq = seq,
        .epoch = 1,
        .time_us = world->time_us,
        .principal = bytes_of_text(speech->principal),
        .via = bytes_of_text(speech->via ? speech->via : ""),
        .identity = speech->identity ? speech->identity : IDENTITY_TOKEN,
        .root = bytes_of_text(speech->root),
        .view = bytes_of_text(speech->view),
        .origin = speech->origin ? speech->origin : ORIGIN_AGENT,
        .from = text_or(speech->agent, speech->principal),
        .team = text_or(speech->team, "blue"),
        .erased = erased,
    };
    buf_init(&buf, STAMP_MAX);
    stamp_write_claims(&stamp, &buf);
    stamp_write_place(&stamp, &buf);
    return keep(world, &buf);
}

/* ${body}: packed by now. */
static uint64_t log_event(struct world *world, const struct speech *speech,
                          const char *kind, struct bytes body)
{
    uint64_t seq = world->logged_count + 1;
    uint8_t id[16] = {0};
    struct buf buf;
    assert(world->logged_count < EVENTS_MAX);
    id[6] = 0x70;
    id[8] = 0x80;
    id[14] = (uint8_t)(seq >> 8);
    id[15] = (uint8_t)seq;
    struct envelope envelope = {
        .version = ENVELOPE_VERSION,
        .id = bytes_of(id, sizeof(id)),
        .to = BYTES_LITERAL("team:blue"),
        .session = text_or(speech->session, "s1"),
        .kind = bytes_of_text(kind),
        .has_occurred = speech->day != 0,
        .occurred_us = speech->day * day_us,
    };
    buf_init(&buf, RECORD_ENVELOPE_MAX);
    envelope_write(&envelope, &buf);
    struct logged *it = &world->logged[world->logged_count++];
    it->envelope = keep(world, &buf);
    it->stamp = stamp_of(world, speech, seq, false);
    it->body = body;
    tenures_count(world->tenures, bytes_of_text(speech->principal),
                  envelope.has_occurred, envelope.occurred_us);
    return seq;
}

uint64_t world_says(struct world *world, const struct speech *speech)
{
    Reverie__V1__Message body = REVERIE__V1__MESSAGE__INIT;
    char *copy = bytes_to_text(text_or(speech->text, "nothing to say"));
    body.text = copy;
    struct bytes packed = pack(world, &body);
    free(copy);
    return log_event(world, speech,
                     speech->kind ? speech->kind : "agent.message", packed);
}

uint64_t world_tries(struct world *world, const struct speech *speech,
                     bool works)
{
    Reverie__V1__ToolUse use = REVERIE__V1__TOOL_USE__INIT;
    Reverie__V1__ToolResult result = REVERIE__V1__TOOL_RESULT__INIT;
    struct speech answer = *speech;
    char call[32];
    snprintf(call, sizeof(call), "call-%zu", world->logged_count);
    use.call = result.call = call;
    use.tool = mutable_text("bash");
    use.arguments_json = mutable_text(speech->text);
    result.has_is_error = true;
    result.is_error = !works;
    result.text = mutable_text(works ? "ok" : "it failed");
    answer.origin = ORIGIN_TOOL;
    uint64_t seq =
        log_event(world, speech, "agent.tool_use", pack(world, &use));
    log_event(world, &answer, "agent.tool_result", pack(world, &result));
    return seq;
}

void world_erase(struct world *world, uint64_t seq)
{
    struct logged *it = &world->logged[seq - 1];
    it->stamp = stamp_of(world, &(struct speech){.principal = ""}, seq, true);
    it->body = bytes_of(NULL, 0);
}

/* Generated fields are char *; the literals of tests live long enough. */
char *mutable_text(const char *text)
{
    union {
        const char *given;
        char *field;
    } both = {.given = text};
    return both.field;
}

/* ---- memory -------------------------------------------------------------- */

void world_init(struct world *world, const struct memory_config *config)
{
    *world = (struct world){0};
    arena_init(&world->arena, (size_t)1 << 30);
    rows_init(&world->rows, &world->table);
    world->log = (struct memory_log){world, log_read, log_tenure};
    world->logged = mem_new_array(EVENTS_MAX, sizeof(*world->logged));
    world->ledger = mem_new_array(EVENTS_MAX, sizeof(*world->ledger));
    world->tenures = tenures_new();
    world->everybody_has_tenure = true;
    world->memory = memory_new(&world->table, &world->log, config);
    world->time_us = 1000 * day_us;
    world->asker = (struct memory_asker){
        .principal = BYTES_LITERAL("worker"),
        .identity = IDENTITY_TOKEN,
        .agent = BYTES_LITERAL("dreamer"),
        .team = BYTES_LITERAL("blue"),
        .may_propose = true,
        .may_observe = true,
    };
}

void world_fini(struct world *world)
{
    memory_free(world->memory);
    tenures_free(world->tenures);
    rows_fini(&world->rows);
    arena_fini(&world->arena);
    free(world->logged);
    free(world->ledger);
}

static void append(struct world *world, const struct memory_output_event *it)
{
    if (it->log != LOG_LEDGER) {
        world->updates++;
        return;
    }
    assert(world->ledger_count < EVENTS_MAX);
    size_t at = world->ledger_count++;
    world->ledger[at] =
        (struct ledger_event){at + 1, world->time_us, bytes_of_text(it->kind),
                              arena_copy(&world->arena, it->body)};
}

const char *world_takes(struct world *world, enum memory_input_type type,
                        const char *service, const char *method,
                        struct bytes payload)
{
    struct memory_input input = {
        .type = type,
        .time_us = world->time_us,
        .next_ledger_seq = world->ledger_count + 1,
        .asker = world->asker,
        .service = bytes_of_text(service),
        .method = bytes_of_text(method),
        .payload = payload,
    };
    enum err err = memory_step(world->memory, &input, &world->out);
    if (err != ERR_OK) {
        fprintf(stderr, "step failed: %s\n", err_name(err));
        abort();
    }
    for (size_t i = 0; i < world->out.event_count; i++) {
        append(world, &world->out.events[i]);
    }
    return world->out.code;
}

const char *world_step(struct world *world, enum memory_input_type type,
                       const char *service, const char *method,
                       const void *message)
{
    return world_takes(world, type, service, method,
                       message ? pack(world, message) : bytes_of(NULL, 0));
}

const char *world_request(struct world *world, const char *service,
                          const char *method, const void *message)
{
    return world_step(world, MEMORY_REQUEST, service, method, message);
}

void world_reply(struct world *world, const ProtobufCMessageDescriptor *type,
                 void *out_message)
{
    const void *message = NULL;
    enum err err =
        message_unpack(type, world->out.payload, &world->arena, &message);
    assert(err == ERR_OK);
    memcpy(out_message, message, type->sizeof_message);
}

size_t world_emitted(const struct world *world, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < world->out.event_count; i++) {
        count += strcmp(world->out.events[i].kind, kind) == 0;
    }
    return count;
}

static char *text_of(struct world *world, const char *text)
{
    char *copy = arena_take(&world->arena, strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    return copy;
}

void world_joins(struct world *world, const char *agent, const char *team)
{
    Reverie__V1__PeerJoined joined = REVERIE__V1__PEER_JOINED__INIT;
    joined.agent = text_of(world, agent);
    joined.team = text_of(world, team);
    const char *code = world_step(world, MEMORY_JOINED, "", "", &joined);
    assert(strcmp(code, "ok") == 0);
}

bool world_refolds(const struct world *world)
{
    struct rows rows;
    struct memory_table table;
    rows_init(&rows, &table);
    bool equal = true;
    for (size_t i = 0; equal && i < world->ledger_count; i++) {
        const struct ledger_event *it = &world->ledger[i];
        equal = memory_fold(&table, it->seq, it->time_us, it->kind,
                            bytes_of(NULL, 0), it->body) == ERR_OK;
    }
    equal = equal && rows_equal(&world->rows, &rows);
    rows_fini(&rows);
    return equal;
}
