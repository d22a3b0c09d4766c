/* SPDX-License-Identifier: MIT */
#include "broker/route/flow/settle.h"

#include "broker/route/core/records.h"
#include "broker/route/core/swarms.h"
#include "broker/route/feeds/inbox.h"
#include "broker/route/feeds/streams.h"
#include "broker/route/feeds/update.h"
#include "broker/route/flow/accept.h"
#include "broker/route/flow/control.h"
#include "broker/route/flow/credit.h"
#include "broker/route/peers/peers.h"
#include "proto/field.h"

enum {
    /* Field numbers of LogErased in memory.proto. */
    ERASED_LOG = 1,
    ERASED_SEQ = 2
};

static void arrive(struct transit *transit, size_t cost)
{
    transit->pending_bytes -= cost;
    transit->pending_count--;
}

/* The record has come to rest: it counts no longer against any bound. */
static void release(struct route *route, struct record *record)
{
    struct peer *peer = peer_tagged(route, record->sender);
    arrive(&route->transit, record->cost);
    arrive(&record->swarm->transit, record->cost);
    if (peer) {
        credit_release(route, peer, record->cost);
    }
}

static void refuse(struct route *route, struct record *record,
                   enum refusal code)
{
    const struct peer *peer = peer_tagged(route, record->sender);
    if (peer) {
        control_refuse(route, record->swarm, peer->routing_id,
                       id_bytes(&record->id), verdict_of(code, NULL), NULL);
    } else {
        record->swarm->tally.refusals[code]++;
    }
    release(route, record);
}

/* Writes the place behind the claims: the stamp is then what is stored. */
static void complete_stamp(struct route *route, struct record *record)
{
    struct stamp place = {
        .version = STAMP_VERSION,
        .log = record->log,
        .seq = record->seq,
        .epoch = record->epoch,
        .time_us = record->time_us,
    };
    struct buf *scratch = &route->effects.scratch;
    buf_reset(scratch);
    stamp_write_place(&place, scratch);
    size_t used = record->stamp.len;
    struct bytes rest = record_copy(record, &used, buf_bytes(scratch));
    assert(used <= (size_t)(record->envelope.data - record->data));
    record->stamp.len += rest.len;
}

static void wait_for_disk(struct traffic *log, struct record *record)
{
    record->holders++;
    record->next_pending = NULL;
    if (log->pending_last) {
        log->pending_last->next_pending = record;
    } else {
        log->pending_first = record;
    }
    log->pending_last = record;
}

/* A new event: known as logged, and delivered. */
static void add_logged(struct route *route, struct record *record)
{
    struct traffic *log = &record->swarm->logs[record->log];
    assert(record->seq == log->logged + 1);
    log->logged = record->seq;
    recent_add(route, log, record);
    route_count(route, record->swarm, COUNT_LOGGED);
    if (record->mailbox && record->log == LOG_TRAFFIC) {
        inbox_offer(route, record->mailbox, record);
    }
}

static void settle_new(struct route *route, struct record *record)
{
    complete_stamp(route, record);
    wait_for_disk(&record->swarm->logs[record->log], record);
    add_logged(route, record);
}

static void settle_repeat(struct route *route, struct record *record)
{
    record->is_repeat = true;
    route_count(route, record->swarm, COUNT_REPEATED);
    wait_for_disk(&record->swarm->logs[record->log], record);
}

static void settle_outcome(struct route *route, struct record *record,
                           const struct route_logged_entry *entry)
{
    if (entry->error != ERR_OK) {
        assert(entry->error == ERR_FULL);
        refuse(route, record, REFUSAL_DISK_FULL);
        return;
    }
    record->seq = entry->seq;
    record->epoch = entry->epoch;
    switch (entry->outcome) {
    case STORE_NEW:
        settle_new(route, record);
        break;
    case STORE_REPEAT:
        settle_repeat(route, record);
        break;
    case STORE_CONFLICT:
        refuse(route, record, REFUSAL_ID_CONFLICT);
        break;
    case STORE_ID_TOO_OLD:
        refuse(route, record, REFUSAL_ID_TOO_OLD);
        break;
    case STORE_ROWS_ONLY:
        assert(false); /* the router appends no bare rows */
        break;
    }
}

static void settle_own(struct route *route, struct record *record,
                       const struct route_logged_entry *entry)
{
    assert(record && record->tag == entry->tag);
    route->flying[entry->tag % route->config.pending_max] = NULL;
    route->transit.backlog_bytes -= record->cost;
    record->swarm->transit.backlog_bytes -= record->cost;
    settle_outcome(route, record, entry);
    record_drop(route, record);
}

/* An event was erased: its copy in memory goes, too. */
static void forget_erased(struct route *route, struct swarm *swarm,
                          struct bytes body)
{
    uint64_t log = 0;
    uint64_t seq = 0;
    while (body.len > 0) {
        struct field field;
        if (field_take(&body, &field) != ERR_OK) {
            return;
        }
        log = field.number == ERASED_LOG ? field.value : log;
        seq = field.number == ERASED_SEQ ? field.value : seq;
    }
    if (log < LOG_COUNT) {
        recent_forget(route, &swarm->logs[log], seq);
    }
}

/* What the router itself has to know of the broker's own events. */
static void note_kind(struct route *route, struct record *record,
                      struct bytes kind)
{
    record->is_update = update_is_kind(kind);
    if (record->body && bytes_equal_text(kind, "log.erased")) {
        forget_erased(route, record->swarm, record->body->bytes);
    }
}

/* An event that the broker itself appended. */
static void settle_foreign(struct route *route,
                           const struct route_logged_entry *entry)
{
    struct swarm *swarm = swarm_numbered(route, entry->swarm);
    assert(swarm && entry->log < LOG_COUNT && entry->outcome == STORE_NEW);
    struct record *record =
        record_new(route, entry->stamp.len + entry->envelope.len);
    size_t used = 0;
    record->stamp = record_copy(record, &used, entry->stamp);
    record->envelope = record_copy(record, &used, entry->envelope);
    record->swarm = swarm;
    record->log = entry->log;
    record->seq = entry->seq;
    record->epoch = entry->epoch;
    record->cost = used;
    if (entry->body) {
        record->body = entry->body;
        route_body_hold(record->body);
        record->cost += entry->body->bytes.len;
    }
    struct envelope envelope;
    if (envelope_read(record->envelope, &envelope) == ERR_OK) {
        record->mailbox = mailbox_get(swarm, envelope.to);
        note_kind(route, record, envelope.kind);
    }
    add_logged(route, record);
    record_drop(route, record);
}

static void accept(struct route *route, struct record *record)
{
    struct peer *peer = peer_tagged(route, record->sender);
    struct acceptance acceptance = {
        .id = record->id,
        .log = record->log,
        .seq = record->seq,
        .is_repeat = record->is_repeat,
    };
    if (peer) {
        accept_add(route, peer, &acceptance);
    }
    release(route, record);
    record_drop(route, record);
}

/* Accepts, in the order logged, what is on the disk. */
static void accept_durable(struct route *route, struct traffic *log)
{
    while (log->pending_first && log->pending_first->seq <= log->durable) {
        struct record *record = log->pending_first;
        log->pending_first = record->next_pending;
        if (!log->pending_first) {
            log->pending_last = NULL;
        }
        accept(route, record);
    }
}

void settle_logged(struct route *route, const struct route_logged *logged)
{
    for (size_t i = 0; i < logged->count; i++) {
        const struct route_logged_entry *entry = &logged->entries[i];
        if (entry->tag == 0) {
            settle_foreign(route, entry);
        } else {
            settle_own(route,
                       route->flying[entry->tag % route->config.pending_max],
                       entry);
        }
    }
    /* Repeats of what is on the disk already wait for nothing. */
    for (size_t i = 0; i < route->swarm_count; i++) {
        accept_durable(route, &route->swarms[i]->logs[LOG_TRAFFIC]);
    }
    credit_resume(route);
}

void settle_durable(struct route *route, const struct route_durable *durable)
{
    struct swarm *swarm = swarm_numbered(route, durable->swarm);
    assert(swarm && durable->log < LOG_COUNT);
    struct traffic *log = &swarm->logs[durable->log];
    assert(durable->seq <= log->logged);
    if (durable->seq > log->durable) {
        log->durable = durable->seq;
    }
    accept_durable(route, log);
    stream_pump_log(route, log);
}
