/* SPDX-License-Identifier: MIT */
#include "client/core/outgoing.h"

#include <stdlib.h>

enum {
    OUTGOING_FIRST_CAPACITY = 16
};

void outgoing_init(struct outgoing *out, size_t max_count, size_t max_bytes)
{
    *out = (struct outgoing){.max_count = max_count, .max_bytes = max_bytes};
}

static struct outgoing_message *at(const struct outgoing *out, uint64_t place)
{
    return &out->ring[place & (out->capacity - 1)];
}

void outgoing_fini(struct outgoing *out)
{
    for (uint64_t i = out->head; i < out->tail; i++) {
        compose_close(at(out, i)->frames, COMPOSE_FRAMES);
    }
    free(out->ring);
    *out = (struct outgoing){0};
}

static void move_message(struct outgoing_message *to,
                         struct outgoing_message *from)
{
    to->id = from->id;
    to->bytes = from->bytes;
    to->is_settled = from->is_settled;
    to->was_sent = from->was_sent;
    for (size_t i = 0; i < COMPOSE_FRAMES; i++) {
        frame_move(&to->frames[i], &from->frames[i]);
    }
}

static void grow(struct outgoing *out)
{
    struct outgoing old = *out;
    out->capacity = old.capacity ? old.capacity * 2 : OUTGOING_FIRST_CAPACITY;
    out->ring = mem_new_array(out->capacity, sizeof(*out->ring));
    for (uint64_t i = old.head; i < old.tail; i++) {
        move_message(at(out, i), at(&old, i));
    }
    free(old.ring);
}

enum err outgoing_add(struct outgoing *out, const struct id *id,
                      struct frame frames[COMPOSE_FRAMES])
{
    size_t bytes = compose_bytes(frames, COMPOSE_FRAMES);
    size_t used = (size_t)(out->tail - out->head);
    /* One message always fits, however large: it is bounded by the wire. */
    bool is_crowded = out->count > 0 && out->bytes + bytes > out->max_bytes;
    if (used >= out->max_count || is_crowded) {
        return ERR_FULL;
    }
    if (used == out->capacity) {
        grow(out);
    }
    struct outgoing_message *message = at(out, out->tail);
    message->id = *id;
    message->bytes = bytes;
    message->is_settled = false;
    message->was_sent = false;
    for (size_t i = 0; i < COMPOSE_FRAMES; i++) {
        frame_move(&message->frames[i], &frames[i]);
    }
    out->tail++;
    out->count++;
    out->bytes += bytes;
    return ERR_OK;
}

struct outgoing_message *outgoing_peek(struct outgoing *out)
{
    while (out->next < out->tail && at(out, out->next)->is_settled) {
        out->next++;
    }
    return out->next < out->tail ? at(out, out->next) : NULL;
}

void outgoing_advance(struct outgoing *out)
{
    assert(out->next < out->tail);
    at(out, out->next)->was_sent = true;
    out->next++;
}

static bool find(const struct outgoing *out, struct bytes id,
                 uint64_t *out_place)
{
    /* Acceptances come in the order of sending, so the first one is it nearly
     * always. */
    for (uint64_t i = out->head; i < out->tail; i++) {
        const struct outgoing_message *message = at(out, i);
        if (!message->is_settled && bytes_equal(id_bytes(&message->id), id)) {
            *out_place = i;
            return true;
        }
    }
    return false;
}

static void drop_settled(struct outgoing *out)
{
    while (out->head < out->tail && at(out, out->head)->is_settled) {
        out->head++;
    }
    if (out->next < out->head) {
        out->next = out->head;
    }
}

bool outgoing_settle(struct outgoing *out, struct bytes id)
{
    uint64_t place = 0;
    if (!find(out, id, &place)) {
        return false;
    }
    struct outgoing_message *message = at(out, place);
    compose_close(message->frames, COMPOSE_FRAMES);
    message->is_settled = true;
    out->count--;
    out->bytes -= message->bytes;
    drop_settled(out);
    return true;
}

bool outgoing_rewind(struct outgoing *out, struct bytes id)
{
    uint64_t place = out->head;
    if (id.len > 0 && !find(out, id, &place)) {
        return false;
    }
    if (place < out->next) {
        out->next = place;
    }
    return true;
}
