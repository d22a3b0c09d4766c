/* SPDX-License-Identifier: MIT */
#include "client/inbound/letter.h"

#include <string.h>

#include "base/id.h"
#include "proto/envelope.h"

void letter_close(struct letter *letter)
{
    arrival_close(&letter->arrival);
    letter->message = (struct reverie_message){0};
    letter->used = 0;
}

/* NULL for an empty text: absent and empty are the same on the wire. The room
 * suffices because the texts are disjoint parts of two bounded frames. */
static const char *keep(struct letter *letter, struct bytes text)
{
    if (text.len == 0) {
        return NULL;
    }
    assert(letter->used + text.len + 1 <= sizeof(letter->texts));
    char *place = letter->texts + letter->used;
    memcpy(place, text.data, text.len);
    place[text.len] = '\0';
    letter->used += text.len + 1;
    return place;
}

static const uint8_t *keep_id(struct bytes id)
{
    return id.len == ID_BYTES ? id.data : NULL;
}

static void fill_claims(struct letter *letter, const struct envelope *envelope)
{
    struct reverie_message *message = &letter->message;
    if (envelope->id.len == ID_BYTES) {
        memcpy(message->id, envelope->id.data, ID_BYTES);
    }
    message->to = keep(letter, envelope->to);
    message->session = keep(letter, envelope->session);
    message->thread = keep(letter, envelope->thread);
    message->parent = keep_id(envelope->parent);
    message->kind = keep(letter, envelope->kind);
    message->has_occurred = envelope->has_occurred;
    message->occurred_us = envelope->occurred_us;
    message->content_type = keep(letter, envelope->content_type);
    message->lossy = envelope->lossy;
    message->source = keep(letter, envelope->source);
    message->source_id = keep(letter, envelope->source_id);
}

/* What the broker established stands above what the sender claimed. */
static void fill_facts(struct letter *letter, const struct envelope *envelope,
                       const struct stamp *stamp)
{
    struct reverie_message *message = &letter->message;
    struct bytes from = stamp->from.len > 0 ? stamp->from : envelope->from;
    struct bytes team = stamp->team.len > 0 ? stamp->team : envelope->team;
    message->from = keep(letter, from);
    message->team = keep(letter, team);
    message->principal = keep(letter, stamp->principal);
    message->origin = (enum reverie_origin)stamp->origin;
    message->log = stamp->log;
    message->seq = stamp->seq;
    message->epoch = stamp->epoch;
    message->time_us = stamp->time_us;
    message->root = keep_id(stamp->root);
    message->view = keep(letter, stamp->view);
    message->is_asserted = stamp->identity == IDENTITY_ASSERTED;
    message->is_again = stamp->again;
    message->is_erased = stamp->erased;
}

enum err letter_open(struct letter *letter, struct arrival *arrival)
{
    letter_close(letter);
    arrival_move(&letter->arrival, arrival);
    struct stamp stamp;
    struct envelope envelope;
    enum err err = stamp_read(frame_bytes(&letter->arrival.frames[0]), &stamp);
    if (err == ERR_OK) {
        err = envelope_read(frame_bytes(&letter->arrival.frames[1]), &envelope);
    }
    if (err != ERR_OK) {
        letter_close(letter);
        return err;
    }
    fill_claims(letter, &envelope);
    fill_facts(letter, &envelope, &stamp);
    struct bytes body = frame_bytes(&letter->arrival.frames[2]);
    letter->message.body = body.data;
    letter->message.body_bytes = body.len;
    return ERR_OK;
}
