/* SPDX-License-Identifier: MIT */
#include "plugin/read/batch.h"

#include <stdlib.h>
#include <string.h>

enum {
    TUPLES_BYTES_MAX = 64 << 20
};

void batch_init(struct batch *batch)
{
    *batch = (struct batch){
        .events = mem_new_array(BATCH_EVENTS_MAX, sizeof(*batch->events))};
    arena_init(&batch->arena, BATCH_BYTES_MAX);
}

void batch_fini(struct batch *batch)
{
    free(batch->events);
    arena_fini(&batch->arena);
    *batch = (struct batch){.events = NULL};
}

void batch_reset(struct batch *batch)
{
    batch->count = 0;
    arena_reset(&batch->arena);
}

/* Moves a view into the arena; false if there is no room. */
static bool keep(struct arena *arena, struct bytes *text)
{
    if (text->len == 0) {
        return true;
    }
    *text = arena_copy(arena, *text);
    return text->data;
}

bool batch_add(struct batch *batch, const struct stamp *stamp,
               const struct envelope *envelope, struct bytes body)
{
    if (batch->count == BATCH_EVENTS_MAX) {
        return false;
    }
    struct batch_event *event = &batch->events[batch->count];
    *event = (struct batch_event){*stamp, *envelope, body};
    struct bytes *texts[] = {
        &event->stamp.principal, &event->stamp.root,       &event->stamp.view,
        &event->stamp.from,      &event->stamp.team,       &event->envelope.id,
        &event->envelope.kind,   &event->envelope.session, &event->body,
    };
    /* What no tuple is made of is not kept. */
    event->stamp.via = event->stamp.swarm = bytes_of(NULL, 0);
    struct bytes none = bytes_of(NULL, 0);
    event->envelope.to = event->envelope.from = event->envelope.team = none;
    event->envelope.thread = event->envelope.parent = none;
    event->envelope.content_type = event->envelope.swarm = none;
    event->envelope.principal = event->envelope.source = none;
    event->envelope.source_id = none;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (!keep(&batch->arena, texts[i])) {
            return false;
        }
    }
    batch->count++;
    return true;
}

/* ---- tuples -------------------------------------------------------------- */

void tuples_init(struct tuples *tuples)
{
    *tuples = (struct tuples){.items = NULL};
    arena_init(&tuples->arena, TUPLES_BYTES_MAX);
}

void tuples_fini(struct tuples *tuples)
{
    free(tuples->items);
    arena_fini(&tuples->arena);
    *tuples = (struct tuples){.items = NULL};
}

static void *keep_array(struct arena *arena, const void *items, size_t bytes)
{
    void *kept = arena_take(arena, bytes > 0 ? bytes : 1);
    if (kept && bytes > 0) {
        memcpy(kept, items, bytes);
    }
    return kept;
}

static void move_to(uint8_t **at, struct bytes *text)
{
    if (text->len > 0) {
        memcpy(*at, text->data, text->len);
        *text = bytes_of(*at, text->len);
        *at += text->len;
    }
}

static bool keep_slots(struct arena *arena, struct tuple_slot *slots,
                       size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += slots[i].name.len + slots[i].option.len;
    }
    uint8_t *at = arena_take(arena, bytes + 1);
    for (size_t i = 0; i < count && at; i++) {
        move_to(&at, &slots[i].name);
        move_to(&at, &slots[i].option);
    }
    return at != NULL;
}

static bool keep_call(struct arena *arena, struct tuple_call *call)
{
    struct tuple_slot *slots =
        keep_array(arena, call->slots, call->slot_count * sizeof(*call->slots));
    struct tuple_ref *refs =
        keep_array(arena, call->refs, call->ref_count * sizeof(*call->refs));
    if (!slots || !refs) {
        return false;
    }
    bool is_kept = keep(arena, &call->tool) && keep(arena, &call->call) &&
                   keep_slots(arena, slots, call->slot_count);
    for (size_t i = 0; i < call->ref_count && is_kept; i++) {
        is_kept = keep(arena, &refs[i].owner) && keep(arena, &refs[i].name) &&
                  keep(arena, &refs[i].said);
    }
    call->slots = slots;
    call->refs = refs;
    return is_kept;
}

static bool keep_error(struct arena *arena, struct tuple_error *error)
{
    struct tuple_value *values = keep_array(
        arena, error->values, error->value_count * sizeof(*error->values));
    if (!values) {
        return false;
    }
    bool is_kept = keep(arena, &error->tool) && keep(arena, &error->call) &&
                   keep(arena, &error->template_text);
    for (size_t i = 0; i < error->value_count && is_kept; i++) {
        is_kept = keep(arena, &values[i].text) && keep(arena, &values[i].key);
    }
    error->values = values;
    return is_kept;
}

static bool keep_directive(struct arena *arena, struct tuple_directive *said)
{
    return keep(arena, &said->object) && keep(arena, &said->instead) &&
           keep(arena, &said->key);
}

/* What the normaliser lends; the rest of a tuple points into the batch. */
static bool keep_texts(struct arena *arena, struct tuple *tuple)
{
    if (!keep(arena, &tuple->quote)) {
        return false;
    }
    switch (tuple->kind) {
    case TUPLE_TOOL_CALL:
        return keep_call(arena, &tuple->call);
    case TUPLE_TOOL_RESULT:
        return keep(arena, &tuple->result.tool) &&
               keep(arena, &tuple->result.call);
    case TUPLE_ERROR:
        return keep_error(arena, &tuple->error);
    case TUPLE_REJECTED:
        return keep(arena, &tuple->rejected.tool) &&
               keep(arena, &tuple->rejected.call) &&
               keep(arena, &tuple->rejected.said);
    case TUPLE_DIRECTIVE:
        return keep_directive(arena, &tuple->directive);
    case TUPLE_SESSION_START:
        return keep(arena, &tuple->session_start.repository) &&
               keep(arena, &tuple->session_start.role);
    case TUPLE_SESSION_END:
    case TUPLE_OUTCOME:
        break;
    }
    return true;
}

/* What the event lends; in one block, since every tuple has all of it. */
static bool keep_event(struct arena *arena, struct tuple *tuple)
{
    struct bytes *texts[] = {&tuple->id,    &tuple->root, &tuple->principal,
                             &tuple->agent, &tuple->team, &tuple->session,
                             &tuple->view};
    size_t bytes = 0;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        bytes += texts[i]->len;
    }
    uint8_t *at = arena_take(arena, bytes + 1);
    for (size_t i = 0; i < ARRAY_LEN(texts) && at; i++) {
        move_to(&at, texts[i]);
    }
    return at != NULL;
}

static void append(struct tuples *tuples, const struct tuple *kept)
{
    if (tuples->count == tuples->capacity) {
        tuples->capacity = tuples->capacity ? tuples->capacity * 2 : 64;
        tuples->items =
            mem_grow(tuples->items, tuples->capacity * sizeof(*tuples->items));
    }
    tuples->items[tuples->count++] = *kept;
}

static void add(void *context, const struct tuple *tuple)
{
    struct tuples *tuples = context;
    struct tuple kept = *tuple;
    if (keep_texts(&tuples->arena, &kept)) {
        append(tuples, &kept);
    } else {
        tuples->refused++;
    }
}

bool tuples_keep(struct tuples *tuples, const struct tuple *tuple)
{
    struct tuple kept = *tuple;
    bool is_kept =
        keep_event(&tuples->arena, &kept) && keep_texts(&tuples->arena, &kept);
    if (is_kept) {
        append(tuples, &kept);
    }
    tuples->refused += !is_kept;
    return is_kept;
}

void tuples_reset(struct tuples *tuples)
{
    tuples->count = 0;
    arena_reset(&tuples->arena);
}

void tuples_read(struct tuples *tuples, struct normaliser *normaliser,
                 const struct batch *batch, size_t from, size_t to)
{
    tuples_reset(tuples);
    for (size_t i = from; i < to; i++) {
        const struct batch_event *event = &batch->events[i];
        normaliser_read(normaliser, &event->stamp, &event->envelope,
                        event->body, add, tuples);
    }
}
