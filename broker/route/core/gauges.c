/* SPDX-License-Identifier: MIT */
#include "broker/route/core/gauges.h"

#include "broker/route/core/swarms.h"

static bool is_of(const struct swarm *swarm, const struct reading *reading)
{
    return !swarm ||
           (reading->inbox && reading->inbox->mailbox->swarm == swarm) ||
           (reading->stream && reading->stream->swarm == swarm);
}

static uint64_t count_reads(const struct route *route,
                            const struct swarm *swarm)
{
    uint64_t count = 0;
    uint32_t cursor = 0;
    const struct reading *reading;
    while ((reading = slots_next(&route->readings, &cursor))) {
        count += is_of(swarm, reading);
    }
    return count;
}

struct gauges gauges_of(const struct route *route, const struct swarm *swarm)
{
    struct gauges gauges = {.reads = count_reads(route, swarm),
                            .transit = swarm ? swarm->transit : route->transit};
    uint32_t cursor = 0;
    const struct peer *peer;
    while ((peer = slots_next(&route->peers, &cursor))) {
        if (!swarm || peer->swarm == swarm) {
            gauges.peers++;
            gauges.streams += peer->stream_count;
            gauges.requests += peer->request_count;
            gauges.unread_bytes += peer->unread.bytes;
        }
    }
    return gauges;
}

/* ---- as names and numbers ------------------------------------------------ */

struct list {
    struct route_counter *out;
    size_t max;
    size_t count;
};

static void put(struct list *list, const char *name, uint64_t value)
{
    if (list->count < list->max) {
        list->out[list->count] = (struct route_counter){name, value};
    }
    list->count++;
}

static void put_tally(struct list *list, const struct tally *tally)
{
    for (int i = 0; i < COUNT_COUNT; i++) {
        put(list, counter_name((enum counter)i), tally->counts[i]);
    }
    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        put(list, refusal_counter_name((enum refusal)i), tally->refusals[i]);
    }
}

static void put_gauges(struct list *list, const struct gauges *gauges)
{
    put(list, "now.peers", gauges->peers);
    put(list, "now.streams", gauges->streams);
    put(list, "now.requests", gauges->requests);
    put(list, "now.reads", gauges->reads);
    put(list, "now.unread_bytes", gauges->unread_bytes);
    put(list, "now.pending", gauges->transit.pending_count);
    put(list, "now.pending_bytes", gauges->transit.pending_bytes);
    put(list, "now.backlog_bytes", gauges->transit.backlog_bytes);
}

static void add(struct tally *sum, const struct tally *tally)
{
    for (int i = 0; i < COUNT_COUNT; i++) {
        sum->counts[i] += tally->counts[i];
    }
    for (int i = 0; i < REFUSAL_COUNT; i++) {
        sum->refusals[i] += tally->refusals[i];
    }
}

size_t route_counters(const struct route *route, uint32_t number,
                      struct route_counter *out, size_t max)
{
    struct list list = {.out = out, .max = max};
    const struct swarm *swarm = NULL;
    struct tally sum = route->tally;
    if (number != ROUTE_ALL_SWARMS) {
        swarm = swarm_numbered(route, number);
        assert(swarm);
        sum = swarm->tally;
    }
    for (size_t i = 0; !swarm && i < route->swarm_count; i++) {
        add(&sum, &route->swarms[i]->tally);
    }
    struct gauges gauges = gauges_of(route, swarm);
    put_tally(&list, &sum);
    put_gauges(&list, &gauges);
    return list.count;
}
