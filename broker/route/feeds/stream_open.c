/* SPDX-License-Identifier: MIT */
#include "broker/route/feeds/stream_open.h"

#include <stdlib.h>

#include "broker/route/core/rows.h"
#include "broker/route/core/swarms.h"
#include "broker/route/feeds/streams.h"
#include "proto/messages.h"

static enum err add_list(struct route_filter *filter, enum filter_list list,
                         char **entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum err err = filter_add(filter, list, message_text(entries[i]));
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* NULL where ${said} is: everything passes. */
static struct verdict read_filter(const Reverie__V1__Filter *said,
                                  struct route_filter **out)
{
    if (!said) {
        *out = NULL;
        return verdict_ok();
    }
    struct route_filter *filter = filter_new();
    enum err err = add_list(filter, FILTER_TEAM, said->teams, said->n_teams);
    if (err == ERR_OK) {
        err = add_list(filter, FILTER_AGENT, said->agents, said->n_agents);
    }
    if (err == ERR_OK) {
        err =
            add_list(filter, FILTER_SESSION, said->sessions, said->n_sessions);
    }
    if (err == ERR_OK) {
        err = add_list(filter, FILTER_KIND, said->kinds, said->n_kinds);
    }
    if (err == ERR_OK) {
        err = add_list(filter, FILTER_TOPIC, said->topics, said->n_topics);
    }
    if (err != ERR_OK) {
        filter_drop(filter);
        return verdict_of(REFUSAL_INVALID,
                          "a list of the filter is too long, or an entry of it "
                          "cannot match anything");
    }
    *out = filter;
    return verdict_ok();
}

static struct verdict check_open(const struct route *route,
                                 const struct peer *peer,
                                 const Reverie__V1__StreamOpen *open)
{
    if (peer->stream_count >= STREAMS_PER_PEER_MAX ||
        route->stream_count >= route->config.streams_max) {
        return verdict_of(REFUSAL_TOO_MANY_STREAMS, NULL);
    }
    if (open->log >= LOG_COUNT) {
        return verdict_of(REFUSAL_INVALID, "there is no such log");
    }
    if (message_text(open->name).len > 0 && open->lossy) {
        return verdict_of(REFUSAL_INVALID,
                          "a lossy stream cannot commit to a name");
    }
    if (message_text(open->name).len > NAME_MAX_BYTES) {
        return verdict_of(REFUSAL_INVALID, "the name is too long");
    }
    bool is_topics_only =
        open->log == LOG_TRAFFIC && open->filter && open->filter->n_topics > 0;
    if (!is_topics_only && !(peer->rights & ROUTE_RIGHT_OBSERVE)) {
        return verdict_of(REFUSAL_DENIED,
                          "without the right to observe, a stream needs topics "
                          "in its filter");
    }
    return verdict_ok();
}

/* The saved cursor of the stream's name, made if it is new. */
static struct verdict bind_name(struct stream *stream,
                                const Reverie__V1__StreamOpen *open)
{
    struct map *cursors = stream->swarm->cursors;
    struct buf key;
    buf_init(&key, 2 * NAME_MAX_BYTES + 8);
    rows_cursor_key(bytes_of_text(stream->peer->principal),
                    message_text(open->name), &key);
    struct saved_cursor *cursor = map_get(cursors, buf_bytes(&key));
    struct verdict verdict = verdict_ok();
    if (!cursor) {
        cursor = mem_new(sizeof(*cursor));
        cursor->log = stream->log;
        if (map_put(cursors, buf_bytes(&key), cursor) != ERR_OK) {
            free(cursor);
            cursor = NULL;
            verdict = verdict_of(REFUSAL_FULL, "too many named cursors");
        }
    } else if (cursor->is_in_use) {
        verdict = verdict_of(REFUSAL_STREAM_IN_USE,
                             "another stream commits to this name");
    } else if (cursor->log != stream->log) {
        verdict =
            verdict_of(REFUSAL_INVALID, "the name was saved for another log");
    }
    if (verdict.code == REFUSAL_NONE) {
        stream->named = cursor;
        stream->name = bytes_to_text(message_text(open->name));
    }
    buf_fini(&key);
    return verdict;
}

static struct verdict start_at(struct stream *stream, uint64_t epoch,
                               uint64_t seq)
{
    if (!swarm_has_cursor(stream->swarm, stream->log, epoch, seq)) {
        return verdict_of(REFUSAL_CURSOR_AHEAD, NULL);
    }
    stream->next = seq > 0 ? seq : 1;
    return verdict_ok();
}

static struct verdict start_seq(struct stream *stream, uint64_t seq)
{
    if (seq > stream->swarm->logs[stream->log].durable + 1) {
        return verdict_of(REFUSAL_CURSOR_AHEAD,
                          "the position is ahead of the log");
    }
    stream->next = seq > 0 ? seq : 1;
    return verdict_ok();
}

static struct verdict start(struct stream *stream,
                            const Reverie__V1__StreamOpen *open)
{
    switch (open->start) {
    case REVERIE__V1__START__START_NEW:
        stream->next = stream->swarm->logs[stream->log].durable + 1;
        return verdict_ok();
    case REVERIE__V1__START__START_FIRST:
    case REVERIE__V1__START__START_TIME:
        stream->next = 1;
        return verdict_ok();
    case REVERIE__V1__START__START_SEQ:
        return start_seq(stream, open->seq);
    case REVERIE__V1__START__START_CURSOR:
        if (open->cursor) {
            return start_at(stream, open->cursor->epoch, open->cursor->seq);
        }
        break;
    case REVERIE__V1__START__START_NAMED:
        if (stream->named) {
            return start_at(stream, stream->named->epoch, stream->named->seq);
        }
        break;
    case _REVERIE__V1__START_IS_INT_SIZE:
        break;
    }
    return verdict_of(REFUSAL_INVALID,
                      "the start is unknown, or what it needs is missing");
}

static struct verdict fill_in(struct route *route, struct stream *stream,
                              const Reverie__V1__StreamOpen *open)
{
    struct verdict verdict = check_open(route, stream->peer, open);
    if (verdict.code != REFUSAL_NONE) {
        return verdict;
    }
    stream->log = (uint16_t)open->log;
    stream->is_lossy = open->lossy;
    stream->limit_bytes = open->limit_bytes;
    stream->stop = open->stop_at_head ? stream->swarm->logs[stream->log].durable
                                      : UINT64_MAX;
    stream->is_behind = true;
    stream->marked_us = route->monotonic_us;
    verdict = read_filter(open->filter, &stream->filter);
    if (verdict.code == REFUSAL_NONE && message_text(open->name).len > 0) {
        verdict = bind_name(stream, open);
    }
    if (verdict.code == REFUSAL_NONE) {
        verdict = start(stream, open);
    }
    stream->marked = stream->next;
    return verdict;
}

/* A stream that cannot be opened is closed with the reason, which the client
 * waits for under the number it chose. */
static void refuse_open(struct route *route, struct stream *stream,
                        struct verdict verdict)
{
    stream->swarm->tally.refusals[verdict.code]++;
    stream_say_closed(
        route, stream->peer, stream->number, refusal_name(verdict.code),
        verdict.sentence ? verdict.sentence : refusal_sentence(verdict.code));
    stream_free(stream);
}

struct verdict stream_open(struct route *route, struct peer *peer,
                           struct bytes body)
{
    Reverie__V1__StreamOpen *open;
    if (CONTROL_UNPACK(route, stream_open, body, &open) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    if (stream_find(peer, open->stream)) {
        return verdict_of(REFUSAL_STREAM_IN_USE,
                          "this connection has a stream of that number");
    }
    struct stream *stream = mem_new(sizeof(*stream));
    stream->peer = peer;
    stream->swarm = peer->swarm;
    stream->number = open->stream;
    struct verdict verdict = fill_in(route, stream, open);
    if (verdict.code != REFUSAL_NONE) {
        refuse_open(route, stream, verdict);
        return verdict_ok();
    }
    stream_add(route, stream);
    if (open->start == REVERIE__V1__START__START_TIME) {
        stream_seek(route, stream, open->time_us);
    } else {
        stream_say_opened(route, stream);
        stream_pump(route, stream);
    }
    return verdict_ok();
}

struct verdict stream_credit(struct route *route, struct peer *peer,
                             uint32_t number, uint64_t limit_bytes)
{
    struct stream *stream = stream_find(peer, number);
    if (!stream) {
        return verdict_of(REFUSAL_UNKNOWN_STREAM, NULL);
    }
    if (limit_bytes > stream->limit_bytes) {
        stream->limit_bytes = limit_bytes;
        stream_pump(route, stream);
    }
    return verdict_ok();
}

struct verdict stream_commit(struct route *route, struct peer *peer,
                             struct bytes body)
{
    Reverie__V1__StreamCommit *commit;
    if (CONTROL_UNPACK(route, stream_commit, body, &commit) != ERR_OK ||
        !commit->next) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    struct stream *stream = stream_find(peer, commit->stream);
    if (!stream) {
        return verdict_of(REFUSAL_UNKNOWN_STREAM, NULL);
    }
    if (!stream->named) {
        return verdict_of(REFUSAL_INVALID, "the stream has no name");
    }
    const Reverie__V1__Cursor *next = commit->next;
    if (next->seq > stream->next ||
        !swarm_has_cursor(stream->swarm, stream->log, next->epoch, next->seq)) {
        return verdict_of(REFUSAL_CURSOR_AHEAD, NULL);
    }
    stream->named->epoch = next->epoch;
    stream->named->seq = next->seq;
    stream->named->is_saved = true;
    struct buf key;
    buf_init(&key, 2 * NAME_MAX_BYTES + 8);
    rows_cursor_key(bytes_of_text(peer->principal), bytes_of_text(stream->name),
                    &key);
    rows_save_cursor(route, stream->swarm, buf_bytes(&key), stream->named);
    buf_fini(&key);
    return verdict_ok();
}

struct verdict stream_close(struct route *route, struct peer *peer,
                            struct bytes body)
{
    Reverie__V1__StreamClose *close;
    if (CONTROL_UNPACK(route, stream_close, body, &close) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    struct stream *stream = stream_find(peer, close->stream);
    if (!stream) {
        return verdict_of(REFUSAL_UNKNOWN_STREAM, NULL);
    }
    stream_say_closed(route, peer, stream->number, "asked",
                      "the reader closed it");
    stream_remove(route, stream);
    return verdict_ok();
}
