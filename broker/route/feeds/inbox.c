/* SPDX-License-Identifier: MIT */
#include "broker/route/feeds/inbox.h"

#include <stdlib.h>

#include "broker/route/core/effects.h"
#include "broker/route/core/records.h"
#include "broker/route/core/rows.h"
#include "broker/route/feeds/update.h"
#include "broker/route/feeds/window.h"
#include "proto/envelope.h"

enum {
    TRIM_EVERY = 256, /* positions: about 1 ms of the writer's time */
    ROLE_SPREAD = 16  /* one slow member must not stop the others */
};

/* One event on its way to a reader. */
struct item {
    uint64_t seq;
    struct bytes stamp;
    struct bytes envelope;
    struct route_body *body;
    bool is_update;
    bool is_borrowed; /* stamp and envelope end with the event */
};

enum given {
    GIVEN,   /* to a reader */
    SKIPPED, /* it is done, or with somebody */
    STUCK    /* nobody can take it now */
};

static bool has_credit(const struct peer *peer)
{
    return peer->inbox_bytes < peer->inbox_limit;
}

/* A member that holds its share of the window waits, so that the others go
 * on. */
static bool member_can_take(const struct route *route,
                            const struct inbox *inbox,
                            const struct member *member)
{
    uint32_t share = route->config.outstanding_max / inbox->member_count;
    return has_credit(member->peer) &&
           member->outstanding < (share ? share : 1);
}

/* Lends who is next to take something, or NULL: nobody can. */
static struct peer *receiver_of(const struct route *route,
                                const struct inbox *inbox)
{
    if (inbox->reader) {
        struct peer *peer = inbox->reader->peer;
        return peer && has_credit(peer) ? peer : NULL;
    }
    for (uint32_t i = 0; i < inbox->member_count; i++) {
        uint32_t at = (inbox->turn + i) % inbox->member_count;
        if (member_can_take(route, inbox, &inbox->members[at])) {
            return inbox->members[at].peer;
        }
    }
    return NULL;
}

static struct member *member_of(const struct inbox *inbox, uint64_t peer)
{
    for (uint32_t i = 0; i < inbox->member_count; i++) {
        if (inbox->members[i].peer->tag == peer) {
            return &inbox->members[i];
        }
    }
    return NULL;
}

/* Room for a delivery that was not sent before. */
static bool has_room(const struct route *route, const struct inbox *inbox)
{
    uint32_t max = route->config.outstanding_max;
    return inbox->undone < max &&
           inbox->ring_count < (inbox->reader ? max : max * ROLE_SPREAD);
}

static bool can_give(const struct route *route, const struct inbox *inbox)
{
    return (has_room(route, inbox) || inbox->next < inbox->high) &&
           receiver_of(route, inbox);
}

static struct bytes again_tail(struct route *route)
{
    struct stamp stamp = {.again = true};
    buf_reset(&route->effects.scratch);
    stamp_write_delivery(&stamp, &route->effects.scratch);
    return effects_copy(route, buf_bytes(&route->effects.scratch));
}

static void send_item(struct route *route, struct peer *peer,
                      const struct item *item, bool is_again)
{
    struct route_send send = {
        .peer = peer->routing_id,
        .is_event = true,
        .stamp = item->stamp,
        .envelope = item->envelope,
        .body = item->body,
    };
    if (item->is_borrowed) {
        send.stamp = effects_copy(route, item->stamp);
        send.envelope = effects_copy(route, item->envelope);
    }
    if (is_again) {
        send.stamp_tail = again_tail(route);
    }
    effects_hold_body(route, item->body);
    effects_add(route, ROUTE_SEND)->send = send;
    peer->inbox_bytes += send.stamp.len + send.stamp_tail.len +
                         send.envelope.len +
                         (item->body ? item->body->bytes.len : 0);
}

static void note_given(struct route *route, struct inbox *inbox,
                       struct peer *peer, const struct item *item)
{
    struct member *member = inbox->reader ? NULL : member_of(inbox, peer->tag);
    if (member) {
        member->outstanding++;
        inbox->turn = (uint32_t)(member - inbox->members) + 1;
    }
    if (item->is_update && inbox->reader) {
        update_told(route, inbox->reader, item->body);
    }
}

static enum given give(struct route *route, struct inbox *inbox,
                       const struct item *item)
{
    struct outstanding *entry = window_find(inbox, item->seq);
    if (entry ? entry->is_done || entry->peer : item->seq < inbox->high) {
        return SKIPPED;
    }
    if (!entry && !has_room(route, inbox)) {
        return STUCK;
    }
    struct peer *peer = receiver_of(route, inbox);
    if (!peer || effects_are_full(route)) {
        return STUCK;
    }
    bool is_again = entry;
    if (!entry) {
        entry = window_add(inbox, item->seq);
        inbox->undone++;
        inbox->high = item->seq + 1;
    }
    entry->peer = peer->tag;
    send_item(route, peer, item, is_again);
    note_given(route, inbox, peer, item);
    route_count(route, peer->swarm,
                is_again ? COUNT_REDELIVERED : COUNT_DELIVERED);
    return GIVEN;
}

static enum given give_record(struct route *route, struct inbox *inbox,
                              struct record *record)
{
    struct item item = {
        .seq = record->seq,
        .stamp = record->stamp,
        .envelope = record->envelope,
        .body = record->body,
        .is_update = record->is_update,
    };
    enum given given = give(route, inbox, &item);
    if (given != STUCK) {
        inbox->next = record->seq + 1;
    }
    return given;
}

void inbox_offer(struct route *route, struct mailbox *mailbox,
                 struct record *record)
{
    uint64_t last_seq = mailbox->last_seq;
    mailbox->last_seq = record->seq;
    for (uint32_t i = 0; i < mailbox->inbox_count; i++) {
        struct inbox *inbox = mailbox->inboxes[i];
        if (inbox->next > last_seq && !inbox->read) {
            (void)give_record(route, inbox, record);
        }
    }
}

/* Asks the store for what is no longer in memory. */
static void start_read(struct route *route, struct inbox *inbox)
{
    const struct route_config *config = &route->config;
    struct mailbox *mailbox = inbox->mailbox;
    struct reading *reading = mem_new(sizeof(*reading));
    reading->inbox = inbox;
    inbox->read = slots_add(&route->readings, reading);
    inbox->read_from = inbox->next;
    if (!inbox->read) {
        free(reading);
        return; /* every slot is waiting for a READ_DONE: the tick retries */
    }
    struct peer *peer = receiver_of(route, inbox);
    uint64_t credit = peer ? peer->inbox_limit - peer->inbox_bytes : 1;
    size_t bytes_max = config->read_bytes_max;
    if (inbox->reader && credit < bytes_max) {
        bytes_max = (size_t)credit;
    }
    route_count(route, mailbox->swarm, COUNT_INBOX_READS);
    effects_add(route, ROUTE_READ)->read = (struct route_read){
        .tag = inbox->read,
        .swarm = mailbox->swarm->number,
        .log = LOG_TRAFFIC,
        .address = mailbox->address,
        .from_seq = inbox->next,
        .to_seq = mailbox->swarm->logs[LOG_TRAFFIC].logged,
        .bytes_max = bytes_max,
        .events_max = config->read_events_max,
    };
}

/* The first recent record of the mailbox that is not below `next`. Almost
 * always `next` is a record of the mailbox or just behind one; elsewhere the
 * list is walked, and `next` moved up to what was found, so that it is walked
 * once. */
static struct record *first_recent(const struct route *route,
                                   struct inbox *inbox)
{
    const struct mailbox *mailbox = inbox->mailbox;
    const struct traffic *log = &mailbox->swarm->logs[LOG_TRAFFIC];
    struct record *record = recent_get(route, log, inbox->next);
    if (record->mailbox == mailbox) {
        return record;
    }
    if (inbox->next - 1 > log->evicted) {
        record = recent_get(route, log, inbox->next - 1);
        if (record->mailbox == mailbox) {
            return record->next_in_box;
        }
    }
    record = mailbox->recent_first;
    while (record && record->seq < inbox->next) {
        record = record->next_in_box;
    }
    if (record) {
        inbox->next = record->seq;
    }
    return record;
}

/* Gives from the recent records, which hold everything from `next` on. */
static void give_recent(struct route *route, struct inbox *inbox)
{
    struct record *record = first_recent(route, inbox);
    while (record && give_record(route, inbox, record) != STUCK) {
        record = record->next_in_box;
    }
    if (!record) {
        inbox->next = inbox->mailbox->last_seq + 1;
    }
}

void inbox_pump(struct route *route, struct inbox *inbox)
{
    const struct traffic *log = &inbox->mailbox->swarm->logs[LOG_TRAFFIC];
    if (inbox->read || inbox->next > inbox->mailbox->last_seq ||
        !can_give(route, inbox) || effects_are_full(route)) {
        return;
    }
    if (inbox->next > log->evicted) {
        give_recent(route, inbox);
    } else {
        start_read(route, inbox);
    }
}

void inbox_pump_peer(struct route *route, struct peer *peer)
{
    if (!peer->agent) {
        return;
    }
    inbox_pump(route, peer->agent->own_inbox);
    if (peer->agent->team_inbox) {
        inbox_pump(route, peer->agent->team_inbox);
    }
    for (size_t i = 0; i < peer->role_count; i++) {
        inbox_pump(route, peer->roles[i]);
    }
}

static struct item read_item(const struct route_read_event *event)
{
    struct envelope envelope;
    bool is_readable = envelope_read(event->envelope, &envelope) == ERR_OK;
    return (struct item){
        .seq = event->seq,
        .stamp = event->stamp,
        .envelope = event->envelope,
        .body = event->body,
        .is_update = is_readable && update_is_kind(envelope.kind),
        .is_borrowed = true,
    };
}

/* Gives what was read; whether all of it found a reader. */
static bool give_read(struct route *route, struct inbox *inbox,
                      const struct route_read_done *done)
{
    for (size_t i = 0; i < done->count; i++) {
        struct item item = read_item(&done->events[i]);
        if (give(route, inbox, &item) == STUCK) {
            inbox->next = item.seq;
            return false;
        }
        inbox->next = item.seq + 1;
    }
    return true;
}

void inbox_read_done(struct route *route, struct inbox *inbox,
                     const struct route_read_done *done)
{
    inbox->read = 0;
    if (done->error != ERR_OK) {
        route_count(route, inbox->mailbox->swarm, COUNT_READ_ERRORS);
        return;
    }
    /* A reader that went meanwhile may have set `next` back: read again. */
    if (inbox->next == inbox->read_from && give_read(route, inbox, done) &&
        done->next_seq > inbox->next) {
        inbox->next = done->next_seq;
    }
    inbox_pump(route, inbox);
}

void inbox_join(struct inbox *inbox, struct peer *peer)
{
    if (inbox->reader) {
        inbox->next = inbox->cursor;
        return;
    }
    if (inbox->member_count == inbox->member_capacity) {
        inbox->member_capacity =
            inbox->member_capacity ? inbox->member_capacity * 2 : 2;
        inbox->members = mem_grow(inbox->members, inbox->member_capacity *
                                                      sizeof(*inbox->members));
    }
    inbox->members[inbox->member_count++] = (struct member){.peer = peer};
}

/* What ${peer} has not done comes again: from the lowest of it on. */
static void take_back(struct inbox *inbox, uint64_t peer)
{
    uint64_t lowest = inbox->next;
    for (uint32_t i = 0; i < inbox->ring_count; i++) {
        struct outstanding *entry = window_at(inbox, i);
        if (entry->peer == peer && !entry->is_done) {
            entry->peer = 0;
            lowest = entry->seq < lowest ? entry->seq : lowest;
        }
    }
    inbox->next = lowest;
}

void inbox_leave(struct route *route, struct inbox *inbox, struct peer *peer)
{
    take_back(inbox, peer->tag);
    struct member *member = inbox->reader ? NULL : member_of(inbox, peer->tag);
    if (member) {
        *member = inbox->members[--inbox->member_count];
        inbox->turn = 0;
        inbox_pump(route, inbox);
    }
}

static void mark_dirty(struct route *route, struct inbox *inbox)
{
    if (!inbox->is_dirty) {
        inbox->is_dirty = true;
        pointers_add(&route->dirty, inbox);
    }
}

/* Whether ${seq} is one of the deliveries of ${inbox} to ${peer}. */
static bool done_in(struct route *route, struct inbox *inbox, struct peer *peer,
                    uint64_t seq)
{
    struct outstanding *entry = window_find(inbox, seq);
    if (!entry || entry->is_done || entry->peer != peer->tag) {
        return entry && entry->peer == peer->tag;
    }
    entry->is_done = true;
    inbox->undone--;
    route_count(route, peer->swarm, COUNT_DONE);
    struct member *member = inbox->reader ? NULL : member_of(inbox, peer->tag);
    if (member) {
        member->outstanding--;
    }
    window_advance(inbox);
    if (inbox->cursor > inbox->saved) {
        mark_dirty(route, inbox);
    }
    inbox_pump(route, inbox);
    return true;
}

void inbox_done(struct route *route, struct peer *peer, uint64_t seq)
{
    if (!peer->agent || done_in(route, peer->agent->own_inbox, peer, seq)) {
        return;
    }
    struct inbox *team = peer->agent->team_inbox;
    if (team && done_in(route, team, peer, seq)) {
        return;
    }
    for (size_t i = 0; i < peer->role_count; i++) {
        if (done_in(route, peer->roles[i], peer, seq)) {
            return;
        }
    }
}

static uint64_t lowest_cursor(const struct mailbox *mailbox)
{
    uint64_t lowest = UINT64_MAX;
    for (uint32_t i = 0; i < mailbox->inbox_count; i++) {
        uint64_t cursor = mailbox->inboxes[i]->saved;
        lowest = cursor < lowest ? cursor : lowest;
    }
    return lowest;
}

/* Only what is saved as done may be forgotten by the index. */
static void trim(struct route *route, struct mailbox *mailbox)
{
    uint64_t lowest = lowest_cursor(mailbox);
    if (lowest == UINT64_MAX || lowest < mailbox->trimmed + TRIM_EVERY) {
        return;
    }
    mailbox->trimmed = lowest;
    effects_add(route, ROUTE_TRIM)->trim = (struct route_trim){
        .swarm = mailbox->swarm->number,
        .address = mailbox->address,
        .log = LOG_TRAFFIC,
        .to_seq = lowest,
    };
}

void inbox_save_dirty(struct route *route)
{
    for (size_t i = 0; i < route->dirty.count; i++) {
        struct inbox *inbox = route->dirty.items[i];
        inbox->is_dirty = false;
        rows_save_inbox(route, inbox);
        trim(route, inbox->mailbox);
    }
    route->dirty.count = 0;
}
