/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/tape.h"

#include <stdlib.h>

#include "base/edge/hash.h"
#include "base/id.h"
#include "base/map.h"
#include "memory/tenure.h"
#include "proto/limits.h"

enum {
    TAPE_TEXTS_MAX = 8 << 20,
    TAPE_DELAY_US = 40000 /* from what happened to the broker's clock */
};

/* Texts are kept once and referred to. */
struct text {
    struct bytes bytes;
};

struct record {
    const struct text *agent;
    const struct text *principal;
    const struct text *team;
    const struct text *session;
    const struct text *view;
    const struct text *to;
    const struct text *kind;
    struct bytes body;
    uint64_t parent;
    uint64_t root;
    int64_t occurred_us;
    uint8_t origin;
    uint8_t identity;
    bool has_occurred;
    bool is_erased;
};

struct tape {
    struct arena arena; /* bodies and texts */
    struct map *texts;
    struct tenures *tenures;
    struct record *records;
    size_t count;
    size_t capacity;
    uint64_t seed;
    struct id id; /* of the event that is lent; its parent's; its root's */
    struct id parent_id;
    struct id root_id;
};

struct tape *tape_new(uint64_t seed)
{
    struct tape *tape = mem_new(sizeof(*tape));
    arena_init(&tape->arena, SIZE_MAX / 2);
    tape->texts = map_new(TAPE_TEXTS_MAX, NULL);
    tape->tenures = tenures_new();
    tape->seed = seed;
    return tape;
}

void tape_free(struct tape *tape)
{
    if (tape) {
        map_free(tape->texts);
        tenures_free(tape->tenures);
        arena_fini(&tape->arena);
        free(tape->records);
        free(tape);
    }
}

static const struct text *intern(struct tape *tape, struct bytes bytes)
{
    struct text *text = map_get(tape->texts, bytes);
    if (!text) {
        text = arena_take(&tape->arena, sizeof(*text));
        text->bytes = arena_copy(&tape->arena, bytes);
        enum err err = map_put(tape->texts, bytes, text);
        assert(err == ERR_OK);
    }
    return text;
}

static struct record *room(struct tape *tape)
{
    if (tape->count == tape->capacity) {
        tape->capacity = tape->capacity ? 2 * tape->capacity : 4096;
        tape->records =
            mem_grow(tape->records, tape->capacity * sizeof(*tape->records));
    }
    return &tape->records[tape->count++];
}

uint64_t tape_append(struct tape *tape, const struct tape_event *event)
{
    struct record *record = room(tape);
    uint64_t seq = tape->count;
    bool is_rooted = event->parent && !event->is_parent_hidden;
    *record = (struct record){
        .agent = intern(tape, event->agent),
        .principal = intern(tape, event->principal),
        .team = intern(tape, event->team),
        .session = intern(tape, event->session),
        .view = intern(tape, event->view),
        .to = intern(tape, event->to),
        .kind = intern(tape, event->kind),
        .body = arena_copy(&tape->arena, event->body),
        .parent = is_rooted ? event->parent : 0,
        .root = is_rooted ? tape->records[event->parent - 1].root : seq,
        .occurred_us = event->occurred_us,
        .origin = (uint8_t)event->origin,
        .identity = (uint8_t)event->identity,
        .has_occurred = event->has_occurred,
    };
    tenures_count(tape->tenures, event->principal, event->has_occurred,
                  event->occurred_us);
    return seq;
}

uint64_t tape_len(const struct tape *tape)
{
    return tape->count;
}

static struct id id_at(const struct tape *tape, uint64_t seq)
{
    const struct record *record = &tape->records[seq - 1];
    return id_make(record->occurred_us,
                   hash_bytes_seeded(bytes_of(&seq, sizeof(seq)), tape->seed),
                   seq);
}

static void fill_stamp(struct tape *tape, uint64_t seq, struct stamp *out)
{
    const struct record *record = &tape->records[seq - 1];
    tape->root_id = id_at(tape, record->root);
    *out = (struct stamp){
        .version = STAMP_VERSION,
        .log = LOG_TRAFFIC,
        .seq = seq,
        .epoch = 1,
        .time_us = record->occurred_us + TAPE_DELAY_US,
        .principal = record->principal->bytes,
        .identity = (enum identity)record->identity,
        .root = id_bytes(&tape->root_id),
        .view = record->view->bytes,
        .origin = (enum origin)record->origin,
        .from = record->agent->bytes,
        .team = record->team->bytes,
        .swarm = BYTES_LITERAL("default"),
        .erased = record->is_erased,
    };
}

static void fill_envelope(struct tape *tape, uint64_t seq, struct envelope *out)
{
    const struct record *record = &tape->records[seq - 1];
    tape->id = id_at(tape, seq);
    *out = (struct envelope){
        .version = ENVELOPE_VERSION,
        .id = id_bytes(&tape->id),
        .to = record->to->bytes,
        .from = record->agent->bytes,
        .team = record->team->bytes,
        .session = record->session->bytes,
        .kind = record->kind->bytes,
        .origin = (enum origin)record->origin,
        .has_occurred = record->has_occurred,
        .occurred_us = record->has_occurred ? record->occurred_us : 0,
        .content_type = BYTES_LITERAL("application/x-protobuf"),
    };
    if (record->parent) {
        tape->parent_id = id_at(tape, record->parent);
        out->parent = id_bytes(&tape->parent_id);
    }
}

void tape_get(struct tape *tape, uint64_t seq, struct stamp *out_stamp,
              struct envelope *out_envelope, struct bytes *out_body)
{
    assert(seq > 0 && seq <= tape->count);
    fill_stamp(tape, seq, out_stamp);
    fill_envelope(tape, seq, out_envelope);
    *out_body = tape->records[seq - 1].body;
}

void tape_erase(struct tape *tape, uint64_t seq)
{
    assert(seq > 0 && seq <= tape->count);
    tape->records[seq - 1].is_erased = true;
    tape->records[seq - 1].body = bytes_of(NULL, 0);
}

static struct bytes packed(struct buf *buf, struct arena *arena)
{
    struct bytes copy = arena_copy(arena, buf_bytes(buf));
    buf_fini(buf);
    return copy;
}

static enum err read_event(void *context, uint16_t log, uint64_t seq,
                           struct arena *arena, struct memory_event *out)
{
    struct tape *tape = context;
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
    struct buf buf;
    if (log != LOG_TRAFFIC || seq == 0 || seq > tape->count) {
        return ERR_NOT_FOUND;
    }
    tape_get(tape, seq, &stamp, &envelope, &body);
    buf_init(&buf, STAMP_MAX);
    stamp_write_claims(&stamp, &buf);
    stamp_write_place(&stamp, &buf);
    out->stamp = packed(&buf, arena);
    buf_init(&buf, RECORD_ENVELOPE_MAX);
    envelope_write(&envelope, &buf);
    out->envelope = packed(&buf, arena);
    out->body = arena_copy(arena, body);
    return ERR_OK;
}

static enum err read_tenure(void *context, struct bytes principal,
                            struct memory_tenure *out)
{
    struct tape *tape = context;
    return tenures_get(tape->tenures, principal, out);
}

struct memory_log tape_log(struct tape *tape)
{
    return (struct memory_log){
        .context = tape, .read = read_event, .tenure = read_tenure};
}
