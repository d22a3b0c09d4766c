/* SPDX-License-Identifier: MIT */
#include "broker/route/flow/publish.h"

#include "broker/route/core/effects.h"
#include "broker/route/core/records.h"
#include "broker/route/feeds/requests.h"
#include "broker/route/flow/check.h"
#include "broker/route/flow/credit.h"

enum {
    PLACE_BYTES_MAX = 64 /* what stamp_write_place adds */
};

/* Whether there is room for one more on its way to the disk. */
static struct verdict check_room(struct route *route, struct swarm *swarm,
                                 const struct envelope *envelope, size_t cost)
{
    const struct route_config *config = &route->config;
    if (route_is_draining(route, swarm)) {
        return verdict_of(REFUSAL_DRAINING, NULL);
    }
    if (envelope->lossy && route->transit.backlog_bytes > config->backlog_max) {
        route_count(route, swarm, COUNT_DROPPED_LOSSY);
        return verdict_of(REFUSAL_FULL,
                          "a lossy message was dropped under pressure");
    }
    if (route->transit.pending_count >= config->pending_max ||
        route->transit.pending_bytes + cost > config->pending_bytes_max ||
        route->flying[route->next_tag % config->pending_max]) {
        return verdict_of(REFUSAL_FULL, "too much is on its way to the disk");
    }
    return verdict_ok();
}

/* The record of a checked message: claims, envelope and principal copied into
 * it, the body held. */
static struct record *make_record(struct route *route, struct peer *peer,
                                  const struct route_frames *frames,
                                  struct checked *checked)
{
    struct id root = roots_note(peer->swarm->roots, &checked->id,
                                checked->has_parent ? &checked->parent : NULL);
    checked->stamp.root = id_bytes(&root);
    struct buf *claims = &route->effects.scratch;
    buf_reset(claims);
    stamp_write_claims(&checked->stamp, claims);
    struct bytes principal = checked->stamp.principal;
    struct record *record =
        record_new(route, claims->len + PLACE_BYTES_MAX + frames->envelope.len +
                              principal.len);
    /* The place is written behind the claims once it is known. */
    size_t used = 0;
    record->stamp = record_copy(record, &used, buf_bytes(claims));
    used += PLACE_BYTES_MAX;
    record->envelope = record_copy(record, &used, frames->envelope);
    record->principal = record_copy(record, &used, principal);
    record->body = frames->body;
    route_body_hold(record->body);
    record->swarm = peer->swarm;
    record->mailbox = checked->mailbox;
    record->sender = peer->tag;
    record->id = checked->id;
    record->cost = frames->envelope.len + frames->body->bytes.len;
    record->log = LOG_TRAFFIC;
    return record;
}

static struct bytes moved(struct bytes view, struct bytes from, struct bytes to)
{
    return view.len > 0 ? bytes_of(to.data + (view.data - from.data), view.len)
                        : view;
}

static void depart(struct transit *transit, size_t cost)
{
    transit->backlog_bytes += cost;
    transit->pending_bytes += cost;
    transit->pending_count++;
}

/* The append lends from the record, which stays until LOGGED. */
static void append(struct route *route, struct record *record,
                   const struct envelope *said, struct bytes frame)
{
    struct bytes kept = record->envelope;
    struct bytes none = {NULL, 0};
    route->flying[record->tag % route->config.pending_max] = record;
    depart(&route->transit, record->cost);
    depart(&record->swarm->transit, record->cost);
    route_count(route, record->swarm, COUNT_PUBLISHED);
    effects_add(route, ROUTE_APPEND)->append = (struct route_append){
        .tag = record->tag,
        .body = record->body,
        .append =
            {
                .swarm = record->swarm->number,
                .log = record->log,
                .time_us = route->now_us,
                .claims = record->stamp,
                .envelope = kept,
                .body = record->body->bytes,
                .id = id_bytes(&record->id),
                .principal = record->principal,
                .source = moved(said->source, frame, kept),
                .source_id = moved(said->source_id, frame, kept),
                .address = record->mailbox ? record->mailbox->address : none,
                .session = moved(said->session, frame, kept),
            },
    };
}

static struct verdict publish_checked(struct route *route, struct peer *peer,
                                      const struct route_frames *frames,
                                      const struct envelope *envelope,
                                      size_t cost)
{
    struct checked checked;
    struct verdict verdict =
        check_message(route, peer, envelope, frames->body->bytes.len, &checked);
    if (verdict.code == REFUSAL_NONE) {
        verdict = check_room(route, peer->swarm, envelope, cost);
    }
    if (verdict.code != REFUSAL_NONE) {
        return verdict;
    }
    struct record *record = make_record(route, peer, frames, &checked);
    record->tag = route->next_tag++;
    record->time_us = route->now_us;
    append(route, record, envelope, frames->envelope);
    return verdict_ok();
}

/* memory.ack: consumed by the broker, which logs it in the ledger. */
static struct verdict acknowledge(struct route *route, struct peer *peer,
                                  const struct route_frames *frames,
                                  const struct envelope *envelope)
{
    struct id id;
    if (id_read(envelope->id, &id) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, "the id is no UUID of version 7");
    }
    return request_acknowledge(route, peer, &id, frames->body->bytes);
}

struct verdict publish(struct route *route, struct peer *peer,
                       const struct route_frames *frames,
                       const struct envelope *envelope)
{
    size_t cost = frames->envelope.len + frames->body->bytes.len;
    bool is_ack = bytes_equal_text(envelope->kind, "memory.ack");
    struct verdict verdict;
    if (!credit_charge(peer, cost)) {
        verdict = verdict_of(REFUSAL_CREDIT_EXCEEDED, NULL);
    } else if (is_ack) {
        verdict = acknowledge(route, peer, frames, envelope);
    } else {
        verdict = publish_checked(route, peer, frames, envelope, cost);
    }
    if (is_ack || verdict.code != REFUSAL_NONE) {
        credit_release(route, peer, cost);
    }
    return verdict;
}
