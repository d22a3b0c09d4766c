/* SPDX-License-Identifier: MIT */
#include "broker/route/flow/frames.h"

#include "broker/route/feeds/inbox.h"
#include "broker/route/feeds/requests.h"
#include "broker/route/feeds/stream_open.h"
#include "broker/route/flow/publish.h"
#include "broker/route/flow/unread.h"
#include "broker/route/peers/hello.h"
#include "broker/route/peers/peers.h"
#include "proto/messages.h"

enum {
    FRAMES_RIGHT = 2,
    CONTROL_SMALL_MAX = 64 << 10 /* of what carries no payload */
};

static struct verdict on_ping(struct route *route, struct peer *peer,
                              struct bytes body)
{
    Reverie__V1__Ping *ping;
    if (CONTROL_UNPACK(route, ping, body, &ping) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    if (ping->quiet) {
        return verdict_ok();
    }
    /* Not the ping itself: it may hold 64 KiB of unknown fields. */
    Reverie__V1__Ping pong = REVERIE__V1__PING__INIT;
    pong.has_nonce = ping->has_nonce;
    pong.nonce = ping->nonce;
    control_send(route, peer->routing_id, "control.pong", &pong);
    return verdict_ok();
}

/* Any frame renews the lease. */
static struct verdict on_pong(struct route *route, struct peer *peer,
                              struct bytes body)
{
    Reverie__V1__Ping *pong;
    if (CONTROL_UNPACK(route, ping, body, &pong) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    unread_pong(route, peer, pong->nonce);
    return verdict_ok();
}

static struct verdict on_bye(struct route *route, struct peer *peer,
                             struct bytes body)
{
    (void)body;
    peer_leave(route, peer);
    return verdict_ok();
}

static struct verdict on_credit(struct route *route, struct peer *peer,
                                struct bytes body)
{
    Reverie__V1__Credit *credit;
    if (CONTROL_UNPACK(route, credit, body, &credit) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    if (credit->has_stream) {
        return stream_credit(route, peer, credit->stream, credit->limit_bytes);
    }
    if (credit->limit_bytes > peer->inbox_limit) {
        peer->inbox_limit = credit->limit_bytes;
        inbox_pump_peer(route, peer);
    }
    return verdict_ok();
}

static struct verdict on_done(struct route *route, struct peer *peer,
                              struct bytes body)
{
    Reverie__V1__Done *done;
    if (CONTROL_UNPACK(route, done, body, &done) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    if (done->log != LOG_TRAFFIC) {
        return verdict_of(REFUSAL_INVALID, "inboxes are fed by log 0");
    }
    for (size_t i = 0; i < done->n_seqs; i++) {
        inbox_done(route, peer, done->seqs[i]);
    }
    return verdict_ok();
}

static struct verdict on_hello(struct route *route, struct peer *peer,
                               struct bytes body)
{
    (void)route;
    (void)peer;
    (void)body;
    return verdict_of(REFUSAL_DUPLICATE_HELLO, NULL);
}

struct control_kind {
    const char *kind;
    struct verdict (*handle)(struct route *route, struct peer *peer,
                             struct bytes body);
    size_t body_max;
};

static const struct control_kind control_kinds[] = {
    {"control.done", on_done, CONTROL_MAX},
    {"control.credit", on_credit, CONTROL_SMALL_MAX},
    {"control.ping", on_ping, CONTROL_SMALL_MAX},
    {"control.pong", on_pong, CONTROL_SMALL_MAX},
    {"control.request", request_ask, CONTROL_MAX},
    {"control.reply", request_answer, CONTROL_MAX},
    {"control.stream_open", stream_open, CONTROL_SMALL_MAX},
    {"control.stream_commit", stream_commit, CONTROL_SMALL_MAX},
    {"control.stream_close", stream_close, CONTROL_SMALL_MAX},
    {"control.hello", on_hello, CONTROL_SMALL_MAX},
    {"control.bye", on_bye, CONTROL_SMALL_MAX},
};

static struct verdict on_control(struct route *route, struct peer *peer,
                                 struct bytes kind, struct bytes body)
{
    for (size_t i = 0; i < ARRAY_LEN(control_kinds); i++) {
        if (!bytes_equal_text(kind, control_kinds[i].kind)) {
            continue;
        }
        if (body.len > control_kinds[i].body_max) {
            return verdict_of(REFUSAL_TOO_BIG,
                              "the body of this control message is too big");
        }
        return control_kinds[i].handle(route, peer, body);
    }
    return verdict_of(REFUSAL_MALFORMED, "there is no such control message");
}

static struct verdict read_frames(const struct route_frames *frames,
                                  struct envelope *out)
{
    if (frames->frame_count != FRAMES_RIGHT) {
        return verdict_of(REFUSAL_MALFORMED,
                          "a message has two frames: envelope and body");
    }
    switch (envelope_read(frames->envelope, out)) {
    case ERR_OK:
        break;
    case ERR_TOO_BIG:
        return verdict_of(REFUSAL_TOO_BIG, "the envelope is too big");
    case ERR_UNSUPPORTED:
        return verdict_of(REFUSAL_UNSUPPORTED_VERSION,
                          "the broker knows version 1 of the envelope");
    case ERR_INVALID:
    case ERR_NOT_FOUND:
    case ERR_EXISTS:
    case ERR_DENIED:
    case ERR_CONFLICT:
    case ERR_FULL:
    case ERR_TIMEOUT:
    case ERR_CLOSED:
    case ERR_CORRUPT:
    case ERR_IO:
    case ERR_LOCKED:
        return verdict_of(REFUSAL_MALFORMED, "the envelope cannot be read");
    }
    return kind_is_valid(out->kind)
               ? verdict_ok()
               : verdict_of(REFUSAL_MALFORMED, "the kind is not valid");
}

static struct verdict sort(struct route *route, struct peer *peer,
                           const struct route_frames *frames,
                           const struct envelope *envelope)
{
    if (!peer) {
        return bytes_equal_text(envelope->kind, "control.hello")
                   ? hello_receive(route, frames)
                   : verdict_of(REFUSAL_NOT_WELCOME, NULL);
    }
    if (bytes_starts_with(envelope->kind, BYTES_LITERAL("control."))) {
        return on_control(route, peer, envelope->kind, frames->body->bytes);
    }
    return publish(route, peer, frames, envelope);
}

/* What was refused, for the one who sent it: no more than a valid kind. */
static void refuse(struct route *route, struct swarm *swarm,
                   const struct route_frames *frames,
                   const struct envelope *envelope, struct verdict verdict)
{
    char about[KIND_MAX_BYTES + 1] = "";
    if (kind_is_valid(envelope->kind)) {
        for (size_t i = 0; i < envelope->kind.len; i++) {
            about[i] = (char)envelope->kind.data[i];
        }
    }
    control_refuse(route, swarm, frames->peer, envelope->id, verdict,
                   about[0] ? about : NULL);
    bool is_hello = bytes_equal_text(envelope->kind, "control.hello");
    if (is_hello && verdict.code == REFUSAL_UNAUTHORIZED) {
        control_bye(route, frames->peer, refusal_name(verdict.code),
                    verdict.sentence);
    }
}

void frames_receive(struct route *route, const struct route_frames *frames)
{
    struct peer *peer = peer_routed(route, frames->peer);
    struct envelope envelope = {0};
    route_count(route, peer ? peer->swarm : NULL, COUNT_FRAMES);
    if (peer) {
        peer->seen_us = route->monotonic_us;
    }
    struct verdict verdict = read_frames(frames, &envelope);
    if (verdict.code == REFUSAL_NONE) {
        verdict = sort(route, peer, frames, &envelope);
    }
    if (verdict.code != REFUSAL_NONE) {
        refuse(route, peer ? peer->swarm : NULL, frames, &envelope, verdict);
    }
}
