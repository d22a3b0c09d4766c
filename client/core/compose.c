/* SPDX-License-Identifier: MIT */
#include "client/core/compose.h"

#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages.h"

void compose_close(struct frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        frame_close(&frames[i]);
    }
}

size_t compose_bytes(struct frame *frames, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += frame_bytes(&frames[i]).len;
    }
    return total;
}

static enum err write_envelope(const struct envelope *envelope,
                               struct frame *out_frame)
{
    struct buf buf;
    buf_init(&buf, RECORD_ENVELOPE_MAX);
    envelope_write(envelope, &buf);
    enum err err = buf_error(&buf);
    if (err == ERR_OK) {
        frame_copy(out_frame, buf_bytes(&buf));
    }
    buf_fini(&buf);
    return err;
}

enum err compose_control(const char *kind, const void *message,
                         struct frame out_frames[COMPOSE_FRAMES])
{
    struct frame head = {.is_open = false};
    struct envelope envelope = {.version = ENVELOPE_VERSION,
                                .kind = bytes_of_text(kind)};
    struct buf body;
    buf_init(&body, CONTROL_MAX);
    message_pack(message, &body);
    enum err err = buf_error(&body);
    if (err == ERR_OK) {
        err = write_envelope(&envelope, &head);
    }
    if (err == ERR_OK) {
        frame_move(&out_frames[0], &head);
        frame_copy(&out_frames[1], buf_bytes(&body));
    }
    buf_fini(&body);
    return err;
}

static struct envelope envelope_of(const struct reverie_message *message,
                                   const struct id *id)
{
    return (struct envelope){
        .version = ENVELOPE_VERSION,
        .id = id_bytes(id),
        .to = bytes_of_text(message->to),
        .from = bytes_of_text(message->from),
        .team = bytes_of_text(message->team),
        .session = bytes_of_text(message->session),
        .thread = bytes_of_text(message->thread),
        .parent = bytes_of(message->parent, message->parent ? ID_BYTES : 0),
        .kind = bytes_of_text(message->kind),
        .origin = (enum origin)message->origin,
        .has_occurred = message->has_occurred,
        .occurred_us = message->occurred_us,
        .content_type = bytes_of_text(message->content_type),
        .lossy = message->lossy,
        .principal = bytes_of_text(message->principal),
        .source = bytes_of_text(message->source),
        .source_id = bytes_of_text(message->source_id),
    };
}

enum err compose_message(const struct reverie_message *message,
                         const struct id *id,
                         struct frame out_frames[COMPOSE_FRAMES])
{
    if (!message->kind || !message->to ||
        (message->body_bytes > 0 && !message->body)) {
        return ERR_INVALID;
    }
    if (message->body_bytes > BODY_MAX_LIMIT) {
        return ERR_TOO_BIG;
    }
    struct envelope envelope = envelope_of(message, id);
    struct frame head = {.is_open = false};
    enum err err = write_envelope(&envelope, &head);
    if (err != ERR_OK) {
        return err;
    }
    frame_move(&out_frames[0], &head);
    frame_copy(&out_frames[1], bytes_of(message->body, message->body_bytes));
    return ERR_OK;
}
