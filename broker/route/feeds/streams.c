/* SPDX-License-Identifier: MIT */
#include "broker/route/feeds/streams.h"

#include <stdlib.h>

#include "broker/route/core/effects.h"
#include "broker/route/core/records.h"
#include "broker/route/core/rows.h"
#include "broker/route/core/swarms.h"
#include "proto/messages.h"

static struct traffic *log_of(const struct stream *stream)
{
    return &stream->swarm->logs[stream->log];
}

struct stream *stream_find(const struct peer *peer, uint32_t number)
{
    struct stream *stream = peer->streams;
    while (stream && stream->number != number) {
        stream = stream->next_of_peer;
    }
    return stream;
}

void stream_add(struct route *route, struct stream *stream)
{
    struct traffic *log = log_of(stream);
    stream->next_of_log = log->streams;
    log->streams = stream;
    stream->next_of_peer = stream->peer->streams;
    stream->peer->streams = stream;
    stream->peer->stream_count++;
    route->stream_count++;
    if (stream->named) {
        stream->named->is_in_use = true;
    }
}

/* A name that nothing was committed to is not worth remembering. */
static void release_name(struct stream *stream)
{
    stream->named->is_in_use = false;
    if (stream->named->is_saved) {
        return;
    }
    struct buf key;
    buf_init(&key, 2 * NAME_MAX_BYTES + 8);
    rows_cursor_key(bytes_of_text(stream->peer->principal),
                    bytes_of_text(stream->name), &key);
    map_remove(stream->swarm->cursors, buf_bytes(&key));
    buf_fini(&key);
}

void stream_free(struct stream *stream)
{
    if (stream->named) {
        release_name(stream);
    }
    filter_drop(stream->filter);
    free(stream->name);
    free(stream);
}

static void forget_reading(struct route *route, struct stream *stream)
{
    struct reading *reading = slots_get(&route->readings, stream->read);
    if (reading) {
        reading->stream = NULL;
    }
}

void stream_remove(struct route *route, struct stream *stream)
{
    struct stream **link = &log_of(stream)->streams;
    while (*link != stream) {
        link = &(*link)->next_of_log;
    }
    *link = stream->next_of_log;
    link = &stream->peer->streams;
    while (*link != stream) {
        link = &(*link)->next_of_peer;
    }
    *link = stream->next_of_peer;
    stream->peer->stream_count--;
    route->stream_count--;
    forget_reading(route, stream);
    stream_free(stream);
}

void stream_say_closed(struct route *route, const struct peer *peer,
                       uint32_t number, const char *code, const char *sentence)
{
    Reverie__V1__StreamClose close = REVERIE__V1__STREAM_CLOSE__INIT;
    close.has_stream = true;
    close.stream = number;
    close.code = message_field(code);
    close.sentence = message_field(sentence);
    control_send(route, peer->routing_id, "control.stream_close", &close);
}

static void cursor_of(const struct stream *stream, Reverie__V1__Cursor *out)
{
    *out = (Reverie__V1__Cursor)REVERIE__V1__CURSOR__INIT;
    out->has_epoch = true;
    out->epoch = swarm_epoch(stream->swarm);
    out->has_seq = true;
    out->seq = stream->next;
}

void stream_say_opened(struct route *route, struct stream *stream)
{
    Reverie__V1__StreamOpened opened = REVERIE__V1__STREAM_OPENED__INIT;
    Reverie__V1__Cursor next;
    cursor_of(stream, &next);
    opened.has_stream = true;
    opened.stream = stream->number;
    opened.next = &next;
    opened.has_head = true;
    opened.head = log_of(stream)->durable;
    control_send(route, stream->peer->routing_id, "control.stream_opened",
                 &opened);
}

static void say_mark(struct route *route, struct stream *stream,
                     bool is_caught_up)
{
    Reverie__V1__StreamMark mark = REVERIE__V1__STREAM_MARK__INIT;
    Reverie__V1__Cursor next;
    cursor_of(stream, &next);
    mark.has_stream = true;
    mark.stream = stream->number;
    mark.next = &next;
    mark.has_caught_up = is_caught_up;
    mark.caught_up = is_caught_up;
    mark.has_head = true;
    mark.head = log_of(stream)->durable;
    mark.has_missed_from = mark.has_missed_to = stream->missed_from > 0;
    mark.missed_from = stream->missed_from;
    mark.missed_to = stream->missed_to;
    control_send(route, stream->peer->routing_id, "control.stream_mark", &mark);
    stream->missed_from = 0;
    stream->marked = stream->next;
    stream->marked_us = route->monotonic_us;
}

static bool has_credit(const struct stream *stream)
{
    return stream->sent_bytes < stream->limit_bytes;
}

static struct bytes stream_tail(struct route *route, uint32_t number)
{
    struct stamp stamp = {.has_stream = true, .stream = number};
    buf_reset(&route->effects.scratch);
    stamp_write_delivery(&stamp, &route->effects.scratch);
    return effects_copy(route, buf_bytes(&route->effects.scratch));
}

/* Sends one event; the effects lend what ${event} points to, unless it ends
 * with the step (${is_borrowed}). */
static void send_event(struct route *route, struct stream *stream,
                       const struct route_read_event *event, bool is_borrowed)
{
    if (stream->missed_from > 0) {
        say_mark(route, stream, false);
    }
    struct route_send send = {
        .peer = stream->peer->routing_id,
        .is_event = true,
        .stamp = event->stamp,
        .envelope = event->envelope,
        .body = event->body,
    };
    if (is_borrowed) {
        send.stamp = effects_copy(route, event->stamp);
        send.envelope = effects_copy(route, event->envelope);
    }
    send.stamp_tail = stream_tail(route, stream->number);
    effects_hold_body(route, event->body);
    effects_add(route, ROUTE_SEND)->send = send;
    stream->sent_bytes += send.stamp.len + send.stamp_tail.len +
                          send.envelope.len +
                          (event->body ? event->body->bytes.len : 0);
    stream->next = event->seq + 1;
    stream->marked = stream->next;
    route_count(route, stream->swarm, COUNT_STREAMED);
}

/* Whether a READ or a SEEK could be started. */
static bool start_reading(struct route *route, struct stream *stream)
{
    struct reading *reading = mem_new(sizeof(*reading));
    stream->read = slots_add(&route->readings, reading);
    if (!stream->read) {
        free(reading);
        return false; /* the tick retries */
    }
    reading->stream = stream;
    reading->filter = stream->filter;
    if (reading->filter) {
        filter_hold(reading->filter);
    }
    return true;
}

void stream_seek(struct route *route, struct stream *stream, int64_t time_us)
{
    if (!start_reading(route, stream)) {
        stream_say_closed(route, stream->peer, stream->number,
                          refusal_name(REFUSAL_FULL),
                          "too many reads are under way");
        stream_remove(route, stream);
        return;
    }
    stream->is_seeking = true;
    effects_add(route, ROUTE_SEEK)->seek = (struct route_seek){
        .tag = stream->read,
        .swarm = stream->swarm->number,
        .log = stream->log,
        .time_us = time_us,
    };
}

static void start_read(struct route *route, struct stream *stream,
                       uint64_t last)
{
    if (!start_reading(route, stream)) {
        return;
    }
    const struct route_config *config = &route->config;
    uint64_t credit = stream->limit_bytes - stream->sent_bytes;
    route_count(route, stream->swarm, COUNT_STREAM_READS);
    effects_add(route, ROUTE_READ)->read = (struct route_read){
        .tag = stream->read,
        .swarm = stream->swarm->number,
        .log = stream->log,
        .filter = stream->filter,
        .from_seq = stream->next,
        .to_seq = last,
        .bytes_max = credit < config->read_bytes_max ? (size_t)credit
                                                     : config->read_bytes_max,
        .events_max = config->read_events_max,
    };
}

static void mark_passed(struct route *route, struct stream *stream)
{
    if (stream->next - stream->marked >= route->config.mark_events) {
        say_mark(route, stream, false);
    }
}

/* Goes on through the recent records; false where it has to wait. */
static bool pump_recent(struct route *route, struct stream *stream,
                        uint64_t last)
{
    struct traffic *log = log_of(stream);
    stream->is_live = true;
    while (stream->next <= last) {
        struct record *record = recent_get(route, log, stream->next);
        if (!filter_passes(stream->filter, record_subject(record))) {
            stream->next++;
            mark_passed(route, stream);
            continue;
        }
        if (!has_credit(stream) || effects_are_full(route)) {
            return false;
        }
        struct route_read_event event = {
            .seq = record->seq,
            .stamp = record->stamp,
            .envelope = record->envelope,
            .body = record->body,
        };
        send_event(route, stream, &event, false);
    }
    return true;
}

/* What is not on the disk yet is not left out either: a mark would name
 * positions that a power cut can take back. */
static void leave_out(struct stream *stream, uint64_t last)
{
    uint64_t evicted = log_of(stream)->evicted;
    uint64_t to = evicted < last ? evicted : last;
    if (to < stream->next) {
        return;
    }
    stream->swarm->tally.counts[COUNT_MISSED] += to + 1 - stream->next;
    if (stream->missed_from == 0) {
        stream->missed_from = stream->next;
    }
    stream->missed_to = to;
    stream->next = to + 1;
}

static void at_end(struct route *route, struct stream *stream)
{
    if (stream->is_behind) {
        stream->is_behind = false;
        say_mark(route, stream, true);
    }
    if (stream->next > stream->stop) {
        stream_say_closed(route, stream->peer, stream->number, "done",
                          "everything up to the head at opening was sent");
        stream_remove(route, stream);
    }
}

void stream_pump(struct route *route, struct stream *stream)
{
    if (stream->read || stream->is_seeking) {
        return;
    }
    struct traffic *log = log_of(stream);
    uint64_t last = log->durable < stream->stop ? log->durable : stream->stop;
    if (stream->next <= log->evicted && stream->is_live && stream->is_lossy) {
        leave_out(stream, last);
    }
    if (stream->next > last) {
        at_end(route, stream);
        return;
    }
    if (stream->next > log->evicted) {
        if (pump_recent(route, stream, last)) {
            at_end(route, stream);
        } else {
            stream->is_behind = true;
        }
        return;
    }
    stream->is_behind = true;
    if (has_credit(stream) && !effects_are_full(route)) {
        start_read(route, stream, last);
    }
}

void stream_pump_log(struct route *route, struct traffic *log)
{
    struct stream *stream = log->streams;
    while (stream) {
        struct stream *next = stream->next_of_log;
        stream_pump(route, stream);
        stream = next;
    }
}

static void tick_log(struct route *route, struct traffic *log)
{
    stream_pump_log(route, log);
    for (struct stream *s = log->streams; s; s = s->next_of_log) {
        bool is_due =
            route->monotonic_us - s->marked_us >= route->config.mark_us;
        if (!s->is_behind && !s->is_seeking && s->next != s->marked && is_due) {
            say_mark(route, s, true);
        }
    }
}

void stream_tick(struct route *route)
{
    for (size_t i = 0; i < route->swarm_count; i++) {
        for (size_t log = 0; log < LOG_COUNT; log++) {
            tick_log(route, &route->swarms[i]->logs[log]);
        }
    }
}

/* Sends what was read; whether there was credit for all of it. */
static bool send_read(struct route *route, struct stream *stream,
                      const struct route_read_done *done)
{
    for (size_t i = 0; i < done->count; i++) {
        stream->next = done->events[i].seq;
        if (!has_credit(stream) || effects_are_full(route)) {
            return false;
        }
        send_event(route, stream, &done->events[i], true);
    }
    return true;
}

void stream_read_done(struct route *route, struct stream *stream,
                      const struct route_read_done *done)
{
    stream->read = 0;
    if (done->error != ERR_OK) {
        route_count(route, stream->swarm, COUNT_READ_ERRORS);
        stream_say_closed(route, stream->peer, stream->number,
                          refusal_name(REFUSAL_INTERNAL),
                          "the log cannot be read at this position");
        stream_remove(route, stream);
        return;
    }
    if (send_read(route, stream, done) && done->next_seq > stream->next) {
        stream->next = done->next_seq;
    }
    mark_passed(route, stream);
    stream_pump(route, stream);
}

void stream_seek_done(struct route *route, struct stream *stream, uint64_t seq)
{
    uint64_t end = log_of(stream)->durable + 1;
    stream->read = 0;
    stream->is_seeking = false;
    stream->next = seq < end ? seq : end;
    stream->marked = stream->next;
    stream_say_opened(route, stream);
    stream_pump(route, stream);
}
