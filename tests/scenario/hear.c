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

#define UNPACKED(type, struct_type, send, arena)                               \
    struct_type *message = NULL;                                               \
    enum err err = MESSAGE_UNPACK(type, (send)->text, (arena), &message);      \
    assert(err == ERR_OK)

struct ear {
    struct hearing *hearing;
    const struct route_send *send;
    struct arena arena;
};

static struct line *line_for(struct ear *ear)
{
    return add_line(ear->hearing, ear->send->peer);
}

static void on_accepted(struct ear *ear)
{
    UNPACKED(accepted, Reverie__V1__Accepted, ear->send, &ear->arena);
    hear_accepted(ear->hearing, ear->send->peer, message);
}

static void on_refused(struct ear *ear)
{
    UNPACKED(refused, Reverie__V1__Refused, ear->send, &ear->arena);
    SAY(line_for(ear), "refused id=%" PRIu64 " code=%s about=%s retry=%" PRIu64,
        number_of(message_bytes(message->has_id, message->id)),
        or_empty(message->code), or_empty(message->about),
        message->retry_after_ms);
}

static void on_credit(struct ear *ear)
{
    UNPACKED(credit, Reverie__V1__Credit, ear->send, &ear->arena);
    SAY(line_for(ear), "credit limit=%" PRIu64, message->limit_bytes);
}

static void on_pong(struct ear *ear)
{
    UNPACKED(ping, Reverie__V1__Ping, ear->send, &ear->arena);
    SAY(line_for(ear), "pong nonce=%" PRIu64, message->nonce);
}

static void on_ping(struct ear *ear)
{
    UNPACKED(ping, Reverie__V1__Ping, ear->send, &ear->arena);
    ear->hearing->last_ping = message->nonce;
    SAY(line_for(ear), "ping");
}

static void on_bye(struct ear *ear)
{
    UNPACKED(bye, Reverie__V1__Bye, ear->send, &ear->arena);
    SAY(line_for(ear), "bye code=%s", or_empty(message->code));
}

static void on_welcome(struct ear *ear)
{
    UNPACKED(welcome, Reverie__V1__Welcome, ear->send, &ear->arena);
    SAY(line_for(ear),
        "welcome agent=%s team=%s principal=%s identity=%u rights=%zu"
        " epoch=%" PRIu64 " limit=%" PRIu64 " view=%s roles=%zu",
        or_empty(message->agent), or_empty(message->team),
        or_empty(message->principal), (unsigned)message->identity,
        message->n_rights, message->epoch, message->send_limit_bytes,
        or_empty(message->view), message->n_roles);
}

static void on_opened(struct ear *ear)
{
    UNPACKED(stream_opened, Reverie__V1__StreamOpened, ear->send, &ear->arena);
    SAY(line_for(ear),
        "opened stream=%" PRIu32 " next=%" PRIu64 " epoch=%" PRIu64
        " head=%" PRIu64,
        message->stream, message->next->seq, message->next->epoch,
        message->head);
}

static void on_mark(struct ear *ear)
{
    UNPACKED(stream_mark, Reverie__V1__StreamMark, ear->send, &ear->arena);
    SAY(line_for(ear),
        "mark stream=%" PRIu32 " next=%" PRIu64 " caught_up=%d head=%" PRIu64
        " missed=%" PRIu64 "..%" PRIu64,
        message->stream, message->next->seq, message->caught_up, message->head,
        message->missed_from, message->missed_to);
}

static void on_closed(struct ear *ear)
{
    UNPACKED(stream_close, Reverie__V1__StreamClose, ear->send, &ear->arena);
    SAY(line_for(ear), "closed stream=%" PRIu32 " code=%s", message->stream,
        or_empty(message->code));
}

static void on_request(struct ear *ear)
{
    UNPACKED(request, Reverie__V1__Request, ear->send, &ear->arena);
    ear->hearing->last_request = message->request;
    SAY(line_for(ear), "request service=%s method=%s asker=%s text=%.*s",
        or_empty(message->service), or_empty(message->method),
        or_empty(message->asker), (int)message->payload.len,
        message->payload.data);
}

static void on_reply(struct ear *ear)
{
    UNPACKED(reply, Reverie__V1__Reply, ear->send, &ear->arena);
    SAY(line_for(ear), "reply request=%" PRIu64 " code=%s more=%d text=%.*s",
        message->request, or_empty(message->code), message->more,
        (int)message->payload.len, message->payload.data);
}

static void hear_control(struct ear *ear, struct bytes kind)
{
    static const struct {
        const char *kind;
        void (*hear)(struct ear *ear);
    } kinds[] = {
        {"control.accepted", on_accepted}, {"control.refused", on_refused},
        {"control.credit", on_credit},     {"control.pong", on_pong},
        {"control.ping", on_ping},         {"control.bye", on_bye},
        {"control.welcome", on_welcome},   {"control.stream_opened", on_opened},
        {"control.stream_mark", on_mark},  {"control.stream_close", on_closed},
        {"control.request", on_request},   {"control.reply", on_reply},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (bytes_equal_text(kind, kinds[i].kind)) {
            kinds[i].hear(ear);
            return;
        }
    }
    SAY(line_for(ear), "unheard kind=%.*s", PART(kind));
}

void hear(struct hearing *hearing, const struct route_send *send)
{
    if (send->is_event) {
        hear_event(hearing, send);
        return;
    }
    struct ear ear = {.hearing = hearing, .send = send};
    struct envelope envelope;
    enum err err = envelope_read(send->envelope, &envelope);
    assert(err == ERR_OK);
    arena_init(&ear.arena, ARENA_MAX);
    hear_control(&ear, envelope.kind);
    arena_fini(&ear.arena);
}
