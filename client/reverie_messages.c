/* SPDX-License-Identifier: MIT */
/* reverie.h, part two: publishing and receiving. */
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "client/core/compose.h"
#include "client/handle.h"

static struct id id_of(struct reverie *handle,
                       const struct reverie_message *message)
{
    struct id id;
    memcpy(id.bytes, message->id, ID_BYTES);
    if (id_is_zero(&id)) {
        id = id_make(clock_wall_us(), rng_next(handle->rng),
                     rng_next(handle->rng));
    }
    return id;
}

static enum reverie_result enqueue(struct reverie *handle,
                                   const struct reverie_message *message,
                                   const struct id *id)
{
    if (!handle->core || client_state(handle->core) == CLIENT_ENDED) {
        return REVERIE_CLOSED;
    }
    struct frame frames[COMPOSE_FRAMES] = {{.is_open = false}};
    enum err err = compose_message(message, id, frames);
    if (err == ERR_TOO_BIG) {
        return handle_fail(handle, REVERIE_INVALID, "too_big",
                           "the body is above 64 MiB, or the other fields "
                           "are above 4 KiB");
    }
    if (err != ERR_OK) {
        return handle_fail(handle, REVERIE_INVALID, "invalid",
                           "a message needs `to` and `kind`, and a body where "
                           "body_bytes is not 0");
    }
    if (client_publish(handle->core, id, frames) != ERR_OK) {
        compose_close(frames, COMPOSE_FRAMES);
        return handle_fail(handle, REVERIE_FULL, "full",
                           "too many messages wait for acceptance: wait with "
                           "reverie_flush or reverie_poll");
    }
    return REVERIE_OK;
}

enum reverie_result reverie_publish(struct reverie *client,
                                    const struct reverie_message *message,
                                    uint8_t *out_id)
{
    struct id id = id_of(client, message);
    enum reverie_result result = enqueue(client, message, &id);
    if (result == REVERIE_OK && out_id) {
        memcpy(out_id, id.bytes, ID_BYTES);
    }
    if (client->dialer) {
        dialer_move_now_and_then(client->dialer);
        dialer_send(client->dialer);
    }
    return result;
}

static bool is_decided(const struct reverie *handle, const void *context)
{
    (void)context;
    return client_watched(handle->core, NULL) != OUTCOME_WAITING;
}

static bool has_room(const struct reverie *handle, const void *context)
{
    const size_t *before = context;
    return client_counts(handle->core).unaccepted < *before;
}

enum reverie_result reverie_publish_wait(struct reverie *client,
                                         const struct reverie_message *message,
                                         int timeout_ms,
                                         struct reverie_place *out_place)
{
    struct id id = id_of(client, message);
    enum reverie_result result = enqueue(client, message, &id);
    if (result == REVERIE_FULL) {
        size_t before = client_counts(client->core).unaccepted;
        result = handle_wait(client, timeout_ms, has_room, &before);
        result = result == REVERIE_OK ? enqueue(client, message, &id) : result;
    }
    if (result != REVERIE_OK) {
        return result;
    }
    client_watch(client->core, &id);
    result = handle_wait(client, timeout_ms, is_decided, NULL);
    if (result == REVERIE_OK &&
        client_watched(client->core, out_place) == OUTCOME_REFUSED) {
        result = REVERIE_REFUSED;
    }
    client_watch(client->core, NULL);
    return result;
}

static bool is_flushed(const struct reverie *handle, const void *context)
{
    (void)context;
    return client_counts(handle->core).unaccepted == 0;
}

enum reverie_result reverie_flush(struct reverie *client, int timeout_ms)
{
    return handle_wait(client, timeout_ms, is_flushed, NULL);
}

void reverie_on_accepted(struct reverie *client, reverie_accepted callback,
                         void *context)
{
    if (client->core) {
        client_on_accepted(client->core, callback, context);
    }
}

/* ---- receiving -------------------------------------------------------------
 */

static bool has_messages(const struct reverie *handle, const void *context)
{
    (void)context;
    return client_has_messages(handle->core);
}

/* The next message that can be read; one that cannot is dealt with, or it
 * would come again for ever. */
static bool take(struct reverie *handle)
{
    struct arrival arrival = {.is_mark = false};
    while (client_take(handle->core, &arrival)) {
        uint32_t log = arrival.log;
        uint64_t seq = arrival.seq;
        uint64_t epoch = arrival.epoch;
        if (letter_open(&handle->letter, &arrival) == ERR_OK) {
            return true;
        }
        client_done(handle->core, log, seq, epoch);
    }
    return false;
}

enum reverie_result reverie_receive(struct reverie *client, int timeout_ms,
                                    const struct reverie_message **out_message)
{
    client->holds_message = false;
    letter_close(&client->letter);
    if (!client->core || !client->dialer) {
        return REVERIE_CLOSED;
    }
    dialer_move_now_and_then(client->dialer);
    int64_t end_us = handle_end_us(timeout_ms);
    while (!take(client)) {
        enum reverie_result result =
            handle_wait(client, handle_left_ms(end_us), has_messages, NULL);
        if (result != REVERIE_OK) {
            return result;
        }
    }
    client->holds_message = true;
    *out_message = &client->letter.message;
    return REVERIE_OK;
}

enum reverie_result reverie_done(struct reverie *client)
{
    if (!client->holds_message) {
        return handle_fail(client, REVERIE_INVALID, "invalid",
                           "there is no received message to be done with");
    }
    const struct reverie_message *message = &client->letter.message;
    client->holds_message = false;
    client_done_taken(client->core, message->log, message->seq, message->epoch);
    if (!client_has_messages(client->core)) {
        client_settle(client->core);
        dialer_send(client->dialer);
    }
    return REVERIE_OK;
}
