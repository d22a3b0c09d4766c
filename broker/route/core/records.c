/* SPDX-License-Identifier: MIT */
#include "broker/route/core/records.h"

#include <stdlib.h>
#include <string.h>

enum {
    SMALL_BYTES = 1024, /* stamp and envelope of an ordinary message */
    LARGE_BYTES = 2 * RECORD_ENVELOPE_MAX + STAMP_MAX,
    SPARE_SMALL_MAX = 8192,
    SPARE_LARGE_MAX = 64
};

struct record *record_new(struct route *route, size_t capacity)
{
    assert(capacity <= LARGE_BYTES);
    int size = capacity > SMALL_BYTES;
    struct record *record = route->spare[size];
    uint32_t room = size ? LARGE_BYTES : SMALL_BYTES;
    if (record) {
        route->spare[size] = record->next_dead;
        route->spare_count[size]--;
        memset(record, 0, sizeof(*record));
    } else {
        record = mem_new(sizeof(*record) + room);
    }
    record->capacity = room;
    record->holders = 1;
    return record;
}

void record_drop(struct route *route, struct record *record)
{
    if (--record->holders == 0) {
        record->next_dead = route->graveyard.records;
        route->graveyard.records = record;
    }
}

struct bytes record_copy(struct record *record, size_t *used,
                         struct bytes bytes)
{
    assert(bytes.len <= record->capacity - *used);
    uint8_t *place = record->data + *used;
    if (bytes.len > 0) {
        memcpy(place, bytes.data, bytes.len);
    }
    *used += bytes.len;
    return bytes_of(place, bytes.len);
}

const struct filter_subject *record_subject(struct record *record)
{
    if (!record->has_subject) {
        record->subject = filter_subject_of(record->stamp, record->envelope);
        record->has_subject = true;
    }
    return &record->subject;
}

static void bury(struct route *route, struct record *record)
{
    route_body_drop(route, record->body);
    int size = record->capacity > SMALL_BYTES;
    uint32_t max = size ? SPARE_LARGE_MAX : SPARE_SMALL_MAX;
    if (route->spare_count[size] >= max) {
        free(record);
        return;
    }
    record->next_dead = route->spare[size];
    route->spare[size] = record;
    route->spare_count[size]++;
}

void records_bury(struct route *route)
{
    struct record *record = route->graveyard.records;
    route->graveyard.records = NULL;
    while (record) {
        struct record *next = record->next_dead;
        bury(route, record);
        record = next;
    }
}

void records_free_spares(struct route *route)
{
    for (size_t i = 0; i < ARRAY_LEN(route->spare); i++) {
        while (route->spare[i]) {
            struct record *record = route->spare[i];
            route->spare[i] = record->next_dead;
            free(record);
        }
    }
}

static struct record **place_of(const struct route *route,
                                const struct traffic *log, uint64_t seq)
{
    return &log->recent[seq % route->config.recent_events_max];
}

static void evict(struct route *route, struct traffic *log)
{
    struct record **place = place_of(route, log, log->evicted + 1);
    struct record *record = *place;
    struct mailbox *mailbox = record->mailbox;
    if (mailbox) {
        assert(mailbox->recent_first == record);
        mailbox->recent_first = record->next_in_box;
        if (!mailbox->recent_first) {
            mailbox->recent_last = NULL;
        }
    }
    *place = NULL;
    log->evicted++;
    log->recent_count--;
    log->recent_bytes -= record->cost;
    record_drop(route, record);
}

static void link_in_box(struct record *record)
{
    struct mailbox *mailbox = record->mailbox;
    if (!mailbox) {
        return;
    }
    if (mailbox->recent_last) {
        mailbox->recent_last->next_in_box = record;
    } else {
        mailbox->recent_first = record;
    }
    mailbox->recent_last = record;
}

void recent_add(struct route *route, struct traffic *log, struct record *record)
{
    const struct route_config *config = &route->config;
    assert(record->seq == log->evicted + log->recent_count + 1);
    while (log->recent_count > 0 &&
           (log->recent_count >= config->recent_events_max ||
            log->recent_bytes + record->cost > config->recent_bytes_max)) {
        evict(route, log);
    }
    *place_of(route, log, record->seq) = record;
    record->holders++;
    log->recent_count++;
    log->recent_bytes += record->cost;
    link_in_box(record);
}

struct record *recent_get(const struct route *route, const struct traffic *log,
                          uint64_t seq)
{
    assert(seq > log->evicted && seq <= log->evicted + log->recent_count);
    return *place_of(route, log, seq);
}

void recent_forget(struct route *route, struct traffic *log, uint64_t seq)
{
    while (log->recent_count > 0 && log->evicted < seq) {
        evict(route, log);
    }
}

void recent_clear(struct route *route, struct traffic *log)
{
    while (log->recent_count > 0) {
        evict(route, log);
    }
}
