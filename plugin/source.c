/* SPDX-License-Identifier: MIT */
#include "plugin/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "plugin/plan/baseline.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    ERASED_ARENA_MAX = 1 << 20,
    WINDOW_BYTES = 8 << 20
};

struct source {
    struct reverie *bus;
    struct dream_config config;
    int64_t window_bytes;
    struct buf defaults; /* what config.defaults points to */
    struct dream *dream;
    struct reverie_stream *traffic;
    struct reverie_stream *ledger;
    uint64_t traffic_seq;
    uint64_t ledger_seq;
    uint64_t rereads;
    bool is_stale; /* something that was fed is erased by now */
    struct arena arena;
};

static enum err open_stream(struct source *source, uint32_t log,
                            const char *name, struct reverie_stream **out)
{
    const struct reverie_stream_config config = {
        .log = log,
        .name = name,
        .start = REVERIE_FROM_FIRST,
        .window_bytes = source->window_bytes,
    };
    return reverie_stream_open(source->bus, &config, out) == REVERIE_OK
               ? ERR_OK
               : ERR_CLOSED;
}

/* Starts over: an empty dream and a stream from the first event. */
static enum err start_traffic(struct source *source, struct buf *out_why)
{
    reverie_stream_close(source->traffic);
    source->traffic = NULL;
    dream_free(source->dream);
    source->dream = NULL;
    source->traffic_seq = 0;
    source->is_stale = false;
    enum err err = dream_new(&source->config, out_why, &source->dream);
    if (err != ERR_OK) {
        return err;
    }
    return open_stream(source, LOG_TRAFFIC, "dream", &source->traffic);
}

enum err source_open(struct reverie *bus, const struct dream_config *config,
                     int64_t window_bytes, struct buf *out_why,
                     struct source **out_source)
{
    struct source *source = mem_new(sizeof(*source));
    source->window_bytes = window_bytes > 0 ? window_bytes : WINDOW_BYTES;
    source->bus = bus;
    source->config = *config;
    buf_init(&source->defaults, BASELINE_TABLE_BYTES_MAX + 1);
    buf_add(&source->defaults, config->defaults);
    source->config.defaults = buf_bytes(&source->defaults);
    arena_init(&source->arena, ERASED_ARENA_MAX);
    enum err err = start_traffic(source, out_why);
    if (err == ERR_OK) {
        err = open_stream(source, LOG_LEDGER, NULL, &source->ledger);
    }
    if (err != ERR_OK) {
        source_close(source);
        return err;
    }
    *out_source = source;
    return ERR_OK;
}

void source_close(struct source *source)
{
    if (!source) {
        return;
    }
    reverie_stream_close(source->traffic);
    reverie_stream_close(source->ledger);
    dream_free(source->dream);
    buf_fini(&source->defaults);
    arena_fini(&source->arena);
    free(source);
}

static struct bytes view_of(const char *text)
{
    return bytes_of_text(text);
}

void source_event(struct dream *dream, const struct reverie_message *message)
{
    struct bytes id = bytes_of(message->id, sizeof(message->id));
    const struct stamp stamp = {
        .version = STAMP_VERSION,
        .log = message->log,
        .seq = message->seq,
        .epoch = message->epoch,
        .time_us = message->time_us,
        .principal = view_of(message->principal),
        .identity = message->is_asserted ? IDENTITY_ASSERTED : IDENTITY_TOKEN,
        .root = message->root ? bytes_of(message->root, sizeof(message->id))
                              : bytes_of(NULL, 0),
        .view = view_of(message->view),
        .origin = (enum origin)message->origin,
        .from = view_of(message->from),
        .team = view_of(message->team),
        .erased = message->is_erased,
    };
    const struct envelope envelope = {
        .version = ENVELOPE_VERSION,
        .id = id,
        .to = view_of(message->to),
        .from = view_of(message->from),
        .team = view_of(message->team),
        .session = view_of(message->session),
        .thread = view_of(message->thread),
        .kind = view_of(message->kind),
        .origin = (enum origin)message->origin,
        .has_occurred = message->has_occurred,
        .occurred_us = message->occurred_us,
        .content_type = view_of(message->content_type),
    };
    dream_feed(dream, &stamp, &envelope,
               bytes_of(message->body, message->body_bytes));
}

/* Memory is asked for at a dream (offer.h); of the ledger only erasures
 * matter: what was learned from an erased event must be forgotten. */
static void take_ledger(struct source *source,
                        const struct reverie_message *message)
{
    source->ledger_seq = message->seq;
    if (!message->kind || strcmp(message->kind, "log.erased") != 0) {
        return;
    }
    Reverie__V1__LogErased *erased = NULL;
    arena_reset(&source->arena);
    struct bytes body = bytes_of(message->body, message->body_bytes);
    bool is_read =
        MESSAGE_UNPACK(log_erased, body, &source->arena, &erased) == ERR_OK;
    if (!is_read ||
        (erased->log == LOG_TRAFFIC && erased->seq <= source->traffic_seq)) {
        source->is_stale = true;
    }
}

static enum err pull_ledger(struct source *source, size_t limit)
{
    const struct reverie_message *message = NULL;
    enum reverie_result result = REVERIE_OK;
    for (size_t i = 0; i < limit && result == REVERIE_OK; i++) {
        result = reverie_stream_next(source->ledger, 0, &message);
        if (result == REVERIE_OK) {
            take_ledger(source, message);
        }
    }
    return result == REVERIE_OK || result == REVERIE_TIMEOUT ? ERR_OK
                                                             : ERR_CLOSED;
}

/* The stream has ended: not the connection, but a cursor that the log does not
 * reach any more. */
static enum err restart(struct source *source)
{
    struct buf why;
    buf_init(&why, 1024);
    log_line(LOG_WARN, "DREAM-REREAD", "position=%llu code=%s",
             (unsigned long long)source->traffic_seq,
             reverie_why_code(source->bus));
    source->rereads++;
    enum err err = start_traffic(source, &why);
    buf_fini(&why);
    return err;
}

enum err source_pull(struct source *source, size_t limit, int timeout_ms,
                     size_t *out_count)
{
    const struct reverie_message *message = NULL;
    enum reverie_result result = REVERIE_OK;
    size_t count = 0;
    if (pull_ledger(source, limit) != ERR_OK) {
        return ERR_CLOSED;
    }
    if (source->is_stale) {
        enum err err = restart(source);
        if (err != ERR_OK) {
            return err;
        }
    }
    while (count < limit && result == REVERIE_OK) {
        result = reverie_stream_next(source->traffic,
                                     count == 0 ? timeout_ms : 0, &message);
        if (result == REVERIE_OK) {
            source_event(source->dream, message);
            source->traffic_seq = message->seq;
            count++;
        }
    }
    *out_count = count;
    if (result == REVERIE_OK || result == REVERIE_TIMEOUT) {
        return ERR_OK;
    }
    return strcmp(reverie_why_code(source->bus), "cursor_ahead") == 0
               ? restart(source)
               : ERR_CLOSED;
}

/* A mark may have moved the cursor past events that were passed over. */
static uint64_t done_seq(const struct reverie_stream *stream, uint64_t seq)
{
    struct reverie_cursor cursor = reverie_stream_cursor(stream);
    return cursor.seq > seq + 1 ? cursor.seq - 1 : seq;
}

uint64_t source_traffic(const struct source *source)
{
    return done_seq(source->traffic, source->traffic_seq);
}

uint64_t source_ledger(const struct source *source)
{
    return done_seq(source->ledger, source->ledger_seq);
}

struct dream *source_dream(struct source *source)
{
    return source->dream;
}

uint64_t source_rereads(const struct source *source)
{
    return source->rereads;
}

void source_commit(struct source *source)
{
    if (reverie_stream_commit(source->traffic) != REVERIE_OK) {
        log_line(LOG_WARN, "DREAM-COMMIT", "code=%s",
                 reverie_why_code(source->bus));
    }
}
