/* SPDX-License-Identifier: MIT */
#include "tests/scenario/hear.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "proto/envelope.h"
#include "proto/messages.h"

enum {
    PEERS_MAX = 1000,
    ARENA_MAX = 64 << 20
};

static void heard_free(void *value)
{
    struct heard *heard = value;
    while (heard->first) {
        struct line *line = heard->first;
        heard->first = line->next;
        free(line);
    }
    free(heard);
}

void hearing_init(struct hearing *hearing)
{
    hearing->peers = map_new(PEERS_MAX, heard_free);
    hearing->last_request = 0;
}

void hearing_fini(struct hearing *hearing)
{
    map_free(hearing->peers);
}

static struct line *add_line(struct hearing *hearing, struct bytes peer)
{
    struct heard *heard = map_get(hearing->peers, peer);
    if (!heard) {
        heard = mem_new(sizeof(*heard));
        enum err err = map_put(hearing->peers, peer, heard);
        assert(err == ERR_OK);
    }
    struct line *line = mem_new(sizeof(*line));
    if (heard->last) {
        heard->last->next = line;
    } else {
        heard->first = line;
    }
    heard->last = line;
    return line;
}

struct line *hear_next(struct hearing *hearing, const char *peer)
{
    struct heard *heard = map_get(hearing->peers, bytes_of_text(peer));
    if (!heard || !heard->first) {
        return NULL;
    }
    struct line *line = heard->first;
    heard->first = line->next;
    if (!heard->first) {
        heard->last = NULL;
    }
    return line;
}

/* The number a scenario gave an id (say_id). */
static uint64_t number_of(struct bytes id)
{
    uint64_t number = 0;
    for (size_t i = 9; i < id.len; i++) {
        number = number << 8 | id.data[i];
    }
    return number;
}

#define SAY(line, ...)                                                         \
    (void)snprintf((line)->text, sizeof((line)->text), __VA_ARGS__)
#define PART(bytes) (int)((bytes).len < 64 ? (bytes).len : 64), (bytes).data

static void hear_event(struct hearing *hearing, const struct route_send *send)
{
    struct buf whole;
    buf_init(&whole, 1 << 20);
    buf_add(&whole, send->stamp);
    buf_add(&whole, send->stamp_tail);
    struct stamp stamp;
    struct envelope envelope;
    enum err err = stamp_read(buf_bytes(&whole), &stamp);
    assert(err == ERR_OK);
    err = envelope_read(send->envelope, &envelope);
    assert(err == ERR_OK);
    struct bytes none = {(const uint8_t *)"", 0};
    struct bytes body = send->body ? send->body->bytes : none;
    SAY(add_line(hearing, send->peer),
        "event seq=%" PRIu64 " log=%" PRIu32 " epoch=%" PRIu64 " id=%" PRIu64
        " from=%.*s team=%.*s principal=%.*s via=%.*s"
        " identity=%s origin=%s root=%" PRIu64 " view=%.*s kind=%.*s"
        " text=%.*s again=%d stream=%" PRIu32,
        stamp.seq, stamp.log, stamp.epoch, number_of(envelope.id),
        PART(stamp.from), PART(stamp.team), PART(stamp.principal),
        PART(stamp.via), identity_name(stamp.identity),
        origin_name(stamp.origin), number_of(stamp.root), PART(stamp.view),
        PART(envelope.kind), PART(body), stamp.again,
        stamp.has_stream ? stamp.stream : 0);
    buf_fini(&whole);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void hear_accepted(struct hearing *hearing, struct bytes peer,
                          const Reverie__V1__Accepted *accepted)
{
    for (size_t i = 0; i < accepted->n_messages; i++) {
        const Reverie__V1__Acceptance *one = accepted->messages[i];
        SAY(add_line(hearing, peer),
            "accepted id=%" PRIu64 " log=%" PRIu32 " seq=%" PRIu64
            " repeat=%d epoch=%" PRIu64,
            number_of(message_bytes(one->has_id, one->id)), one->log, one->seq,
            one->repeat, accepted->epoch);
    }
}

static void hear_mark(struct line *line, const Reverie__V1__StreamMark *mark)
{
    SAY(line,
        "mark stream=%" PRIu32 " next=%" PRIu64 " caught_up=%d head=%" PRIu64
        " missed=%" PRIu64 "..%" PRIu64,
        mark->stream, mark->next->seq, mark->caught_up, mark->head,
        mark->missed_from, mark->missed_to);
}

static void hear_welcome(struct line *line, const Reverie__V1__Welcome *welcome)
{
    SAY(line,
        "welcome agent=%s team=%s principal=%s identity=%u rights=%zu"
        " epoch=%" PRIu64 " limit=%" PRIu64 " view=%s roles=%zu",
        or_empty(welcome->agent), or_empty(welcome->team),
        or_empty(welcome->principal), (unsigned)welcome->identity,
        welcome->n_rights, welcome->epoch, welcome->send_limit_bytes,
        or_empty(welcome->view), welcome->n_roles);
}

static void hear_request(struct hearing *hearing, struct line *line,
                         const Reverie__V1__Request *request)
{
    hearing->last_request = request->request;
    SAY(line, "request service=%s method=%s asker=%s text=%.*s",
        or_empty(request->service), or_empty(request->method),
        or_empty(request->asker), (int)request->payload.len,
        request->payload.data);
}

static void hear_reply(struct line *line, const Reverie__V1__Reply *reply)
{
    SAY(line, "reply request=%" PRIu64 " code=%s more=%d text=%.*s",
        reply->request, or_empty(reply->code), reply->more,
        (int)reply->payload.len, reply->payload.data);
}

#define UNPACKED(type, struct_type, send, arena)                               \
    struct_type *message = NULL;                                               \
    enum err err = MESSAGE_UNPACK(type, (send)->text, (arena), &message);      \
    assert(err == ERR_OK)

static void hear_plain(struct hearing *hearing, const char *kind,
                       const struct route_send *send, struct arena *arena)
{
    struct line *line = add_line(hearing, send->peer);
    if (strcmp(kind, "control.refused") == 0) {
        UNPACKED(refused, Reverie__V1__Refused, send, arena);
        SAY(line, "refused id=%" PRIu64 " code=%s about=%s retry=%" PRIu64,
            number_of(message_bytes(message->has_id, message->id)),
            or_empty(message->code), or_empty(message->about),
            message->retry_after_ms);
    } else if (strcmp(kind, "control.credit") == 0) {
        UNPACKED(credit, Reverie__V1__Credit, send, arena);
        SAY(line, "credit limit=%" PRIu64, message->limit_bytes);
    } else if (strcmp(kind, "control.pong") == 0) {
        UNPACKED(ping, Reverie__V1__Ping, send, arena);
        SAY(line, "pong nonce=%" PRIu64, message->nonce);
    } else if (strcmp(kind, "control.bye") == 0) {
        UNPACKED(bye, Reverie__V1__Bye, send, arena);
        SAY(line, "bye code=%s", or_empty(message->code));
    } else if (strcmp(kind, "control.welcome") == 0) {
        UNPACKED(welcome, Reverie__V1__Welcome, send, arena);
        hear_welcome(line, message);
    } else {
        SAY(line, "unheard kind=%s", kind);
    }
}

/* Streams and requests; false: it is something else. */
static bool hear_feed(struct hearing *hearing, const char *kind,
                      const struct route_send *send, struct arena *arena)
{
    if (strcmp(kind, "control.stream_opened") == 0) {
        UNPACKED(stream_opened, Reverie__V1__StreamOpened, send, arena);
        SAY(add_line(hearing, send->peer),
            "opened stream=%" PRIu32 " next=%" PRIu64 " epoch=%" PRIu64
            " head=%" PRIu64,
            message->stream, message->next->seq, message->next->epoch,
            message->head);
    } else if (strcmp(kind, "control.stream_mark") == 0) {
        UNPACKED(stream_mark, Reverie__V1__StreamMark, send, arena);
        hear_mark(add_line(hearing, send->peer), message);
    } else if (strcmp(kind, "control.stream_close") == 0) {
        UNPACKED(stream_close, Reverie__V1__StreamClose, send, arena);
        SAY(add_line(hearing, send->peer), "closed stream=%" PRIu32 " code=%s",
            message->stream, or_empty(message->code));
    } else if (strcmp(kind, "control.request") == 0) {
        UNPACKED(request, Reverie__V1__Request, send, arena);
        hear_request(hearing, add_line(hearing, send->peer), message);
    } else if (strcmp(kind, "control.reply") == 0) {
        UNPACKED(reply, Reverie__V1__Reply, send, arena);
        hear_reply(add_line(hearing, send->peer), message);
    } else {
        return false;
    }
    return true;
}

void hear(struct hearing *hearing, const struct route_send *send)
{
    if (send->is_event) {
        hear_event(hearing, send);
        return;
    }
    struct arena arena;
    arena_init(&arena, ARENA_MAX);
    struct envelope envelope;
    enum err read = envelope_read(send->envelope, &envelope);
    assert(read == ERR_OK);
    char *kind = bytes_to_text(envelope.kind);
    if (strcmp(kind, "control.accepted") == 0) {
        UNPACKED(accepted, Reverie__V1__Accepted, send, &arena);
        hear_accepted(hearing, send->peer, message);
    } else if (!hear_feed(hearing, kind, send, &arena)) {
        hear_plain(hearing, kind, send, &arena);
    }
    free(kind);
    arena_fini(&arena);
}
