/* SPDX-License-Identifier: MIT */
/* reverie.h, part three: streams. */
#include <stdlib.h>

#include "client/handle.h"

struct reverie_stream {
    struct reverie *handle;
    struct feed *feed;
    struct letter letter;
};

enum reverie_result
reverie_stream_open(struct reverie *client,
                    const struct reverie_stream_config *config,
                    struct reverie_stream **out_stream)
{
    if (!client->core || client_state(client->core) == CLIENT_ENDED) {
        return REVERIE_CLOSED;
    }
    struct feed *feed = NULL;
    enum err err = client_add_feed(client->core, config, &feed);
    if (err == ERR_FULL) {
        return handle_fail(client, REVERIE_INVALID, "too_many_streams",
                           "a client has at most 64 streams: close one");
    }
    if (err != ERR_OK) {
        return handle_fail(client, REVERIE_INVALID, "too_big",
                           "a filter list has more than 64 entries, or its "
                           "texts are too long");
    }
    struct reverie_stream *stream = mem_new(sizeof(*stream));
    stream->handle = client;
    stream->feed = feed;
    *out_stream = stream;
    dialer_move(client->dialer);
    return REVERIE_OK;
}

static bool has_event(const struct reverie *handle, const void *context)
{
    (void)handle;
    const struct feed *feed = context;
    return feed->queue.count > 0 || feed->state == FEED_CLOSED;
}

/* True: an event is open in the letter. */
static bool take(struct reverie_stream *stream)
{
    struct arrival arrival = {.is_mark = false};
    while (feed_take(stream->feed, &arrival)) {
        if (letter_open(&stream->letter, &arrival) == ERR_OK) {
            return true;
        }
    }
    return false;
}

enum reverie_result
reverie_stream_next(struct reverie_stream *stream, int timeout_ms,
                    const struct reverie_message **out_message)
{
    struct feed *feed = stream->feed;
    dialer_move_now_and_then(stream->handle->dialer);
    int64_t end_us = handle_end_us(timeout_ms);
    while (!take(stream)) {
        letter_close(&stream->letter);
        if (feed->state == FEED_CLOSED) {
            return handle_fail(stream->handle, REVERIE_CLOSED, feed->code,
                               feed->sentence);
        }
        enum reverie_result result = handle_wait(
            stream->handle, handle_left_ms(end_us), has_event, feed);
        if (result != REVERIE_OK && feed->state != FEED_CLOSED) {
            return result;
        }
    }
    *out_message = &stream->letter.message;
    return REVERIE_OK;
}

struct reverie_cursor reverie_stream_cursor(const struct reverie_stream *s)
{
    return s->feed->cursor;
}

enum reverie_result reverie_stream_commit(struct reverie_stream *stream)
{
    if (!stream->feed->config.name) {
        return handle_fail(stream->handle, REVERIE_INVALID, "invalid",
                           "only a stream with a name has a cursor to save");
    }
    client_commit_feed(stream->handle->core, stream->feed);
    dialer_send(stream->handle->dialer);
    return REVERIE_OK;
}

void reverie_stream_close(struct reverie_stream *stream)
{
    if (!stream) {
        return;
    }
    letter_close(&stream->letter);
    client_drop_feed(stream->handle->core, stream->feed);
    dialer_send(stream->handle->dialer);
    free(stream);
}
