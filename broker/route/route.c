/* SPDX-License-Identifier: MIT */
#include "broker/route/route.h"

#include <stdlib.h>

#include "base/clock.h"
#include "broker/route/core/effects.h"
#include "broker/route/core/gauges.h"
#include "broker/route/core/records.h"
#include "broker/route/core/swarms.h"
#include "broker/route/feeds/inbox.h"
#include "broker/route/feeds/requests.h"
#include "broker/route/feeds/streams.h"
#include "broker/route/flow/accept.h"
#include "broker/route/flow/control.h"
#include "broker/route/flow/credit.h"
#include "broker/route/flow/frames.h"
#include "broker/route/flow/settle.h"
#include "broker/route/peers/peers.h"
#include "broker/route/state.h"

enum {
    ARENA_MAX = 4 * CONTROL_MAX,
    POINTERS_FIRST_CAPACITY = 16
};

const char *route_right_name(size_t index)
{
    static const char *const names[] = {"owner",   "speak_for",  "import",
                                        "propose", "review",     "admin",
                                        "erase",   "write_team", "observe"};
    return index < ARRAY_LEN(names) ? names[index] : NULL;
}

struct route_config route_config_default(void)
{
    return (struct route_config){
        .server = "reverie",
        .asserted_rights = ROUTE_RIGHTS_ALL & ~(uint32_t)ROUTE_RIGHT_OWNER,
        .allow_asserted = true,
        .body_max = BODY_MAX_DEFAULT,
        .send_window = 8 << 20,
        .unread_max = 16 << 20,
        .backlog_max = 64 << 20,
        .pending_bytes_max = 1 << 30,
        .pending_max = 1 << 18,
        .recent_events_max = 4096,
        .recent_bytes_max = 16 << 20,
        .outstanding_max = 4096,
        .read_bytes_max = 1 << 20,
        .read_events_max = 1024,
        .peers_max = 4096,
        .addresses_max = 1 << 18,
        .streams_max = 4096,
        .requests_max = 16384,
        .cursors_max = 65536,
        .roots_max = 65536,
        .effects_max = 16384,
        .lease_us = 15 * US_PER_SECOND,
        .deadline_us = 30 * US_PER_SECOND,
        .deadline_max_us = US_PER_HOUR,
        .mark_us = 250 * US_PER_MS,
        .mark_events = 10000,
    };
}

void route_body_hold(struct route_body *body)
{
    body->holders++;
}

void route_body_drop(struct route *route, struct route_body *body)
{
    if (body && --body->holders == 0) {
        route->config.body_free(route->config.context, body);
    }
}

void pointers_add(struct pointers *pointers, void *pointer)
{
    if (pointers->count == pointers->capacity) {
        pointers->capacity = pointers->capacity ? pointers->capacity * 2
                                                : POINTERS_FIRST_CAPACITY;
        pointers->items = mem_grow((void *)pointers->items,
                                   pointers->capacity * sizeof(void *));
    }
    pointers->items[pointers->count++] = pointer;
}

struct route *route_new(const struct route_config *config)
{
    struct route *route = mem_new(sizeof(*route));
    route->config = *config;
    /* One more than may stay: who takes over is looked at before it sends the
     * other away. */
    route->by_routing = map_new((size_t)config->peers_max + 1, NULL);
    slots_init(&route->peers, config->peers_max + 1);
    slots_init(&route->questions, config->requests_max);
    /* One READ per stream, and as many for inboxes as peers can read. */
    slots_init(&route->readings,
               config->streams_max + config->peers_max * (ROLES_MAX + 2));
    route->flying = mem_new_array(config->pending_max, sizeof(*route->flying));
    route->next_tag = 1;
    effects_init(&route->effects);
    arena_init(&route->arena, ARENA_MAX);
    return route;
}

/* Drops what ended in the last step, which its effects no longer lend. */
static void bury(struct route *route)
{
    struct graveyard *graveyard = &route->graveyard;
    for (size_t i = 0; i < graveyard->body_count; i++) {
        route_body_drop(route, graveyard->bodies[i]);
    }
    graveyard->body_count = 0;
    records_bury(route);
    peers_bury(route);
}

static void drop_pending(struct route *route)
{
    for (size_t i = 0; i < route->config.pending_max; i++) {
        if (route->flying[i]) {
            record_drop(route, route->flying[i]);
        }
    }
    for (size_t i = 0; i < route->swarm_count; i++) {
        struct traffic *log = &route->swarms[i]->logs[LOG_TRAFFIC];
        while (log->pending_first) {
            struct record *record = log->pending_first;
            log->pending_first = record->next_pending;
            record_drop(route, record);
        }
    }
}

static void free_readings(struct route *route)
{
    uint32_t cursor = 0;
    struct reading *reading;
    while ((reading = slots_next(&route->readings, &cursor))) {
        filter_drop(reading->filter);
        free(reading);
    }
    slots_fini(&route->readings);
}

void route_free(struct route *route)
{
    if (!route) {
        return;
    }
    uint32_t cursor = 0;
    struct peer *peer;
    while ((peer = slots_next(&route->peers, &cursor))) {
        peer_leave(route, peer);
    }
    drop_pending(route);
    free_readings(route);
    for (size_t i = 0; i < route->swarm_count; i++) {
        swarm_free(route, route->swarms[i]);
    }
    bury(route);
    records_free_spares(route);
    slots_fini(&route->peers);
    slots_fini(&route->questions);
    map_free(route->by_routing);
    free((void *)route->flying);
    free((void *)route->dirty.items);
    free((void *)route->touched.items);
    free((void *)route->graveyard.bodies);
    effects_fini(&route->effects);
    arena_fini(&route->arena);
    free(route);
}

void route_warm_root(struct route *route, uint32_t number, struct bytes id,
                     struct bytes root)
{
    const struct swarm *swarm = swarm_numbered(route, number);
    struct id known_id;
    struct id known_root;
    if (swarm && id_read(id, &known_id) == ERR_OK &&
        id_read(root, &known_root) == ERR_OK) {
        roots_put(swarm->roots, &known_id, &known_root);
    }
}

/* ---- steps ------------------------------------------------------------------
 */

static void on_read_done(struct route *route,
                         const struct route_read_done *done)
{
    struct reading *reading = slots_get(&route->readings, done->tag);
    assert(reading);
    slots_remove(&route->readings, done->tag);
    if (reading->inbox) {
        inbox_read_done(route, reading->inbox, done);
    } else if (reading->stream) {
        stream_read_done(route, reading->stream, done);
    }
    filter_drop(reading->filter);
    free(reading);
}

static void on_seek_done(struct route *route,
                         const struct route_seek_done *done)
{
    struct reading *reading = slots_get(&route->readings, done->tag);
    assert(reading);
    slots_remove(&route->readings, done->tag);
    if (reading->stream) {
        stream_seek_done(route, reading->stream, done->seq);
    }
    filter_drop(reading->filter);
    free(reading);
}

static void on_send_failed(struct route *route, struct bytes routing_id)
{
    struct peer *peer = peer_routed(route, routing_id);
    if (peer) {
        route_count(route, peer->swarm, COUNT_SENDS_FAILED);
        peer_leave(route, peer);
    }
}

/* ${swarm} NULL: all. */
static void say_draining(struct route *route, const struct swarm *swarm)
{
    uint32_t cursor = 0;
    struct peer *peer;
    while ((peer = slots_next(&route->peers, &cursor))) {
        if (swarm && peer->swarm != swarm) {
            continue;
        }
        accept_flush(route, peer);
        control_bye(route, peer->routing_id, refusal_name(REFUSAL_DRAINING),
                    refusal_sentence(REFUSAL_DRAINING));
        peer_leave(route, peer);
    }
}

static void on_drain(struct route *route, uint32_t number)
{
    struct swarm *swarm = swarm_numbered(route, number);
    if (swarm) {
        swarm->is_draining = true;
    } else {
        route->is_draining = true;
    }
}

/* Peers of a swarm that drains alone leave once nothing of theirs is left to
 * do. When the process drains, the edge says when with ROUTE_END. */
static void swarms_tick(struct route *route)
{
    for (size_t i = 0; i < route->swarm_count; i++) {
        const struct swarm *swarm = route->swarms[i];
        if (swarm->is_draining && swarm->transit.pending_count == 0 &&
            gauges_of(route, swarm).requests == 0) {
            say_draining(route, swarm);
        }
    }
}

static void on_tick(struct route *route)
{
    peers_tick(route);
    requests_tick(route);
    stream_tick(route);
    swarms_tick(route);
    inbox_save_dirty(route);
}

static void on_end(struct route *route)
{
    inbox_save_dirty(route);
    say_draining(route, NULL);
}

static void begin(struct route *route, const struct route_event *event)
{
    bury(route);
    effects_reset(&route->effects);
    route->now_us = event->now_us;
    route->monotonic_us = event->monotonic_us;
    route->random[0] = event->random[0];
    route->random[1] = event->random[1];
    route->ids = 0;
}

static void handle(struct route *route, const struct route_event *event)
{
    switch (event->type) {
    case ROUTE_FRAMES:
        frames_receive(route, &event->frames);
        break;
    case ROUTE_LOGGED:
        settle_logged(route, &event->logged);
        break;
    case ROUTE_DURABLE:
        settle_durable(route, &event->durable);
        break;
    case ROUTE_READ_DONE:
        on_read_done(route, &event->read_done);
        break;
    case ROUTE_SEEK_DONE:
        on_seek_done(route, &event->seek_done);
        break;
    case ROUTE_REPLY:
        request_reply(route, &event->reply);
        break;
    case ROUTE_SEND_FAILED:
        on_send_failed(route, event->send_failed.peer);
        break;
    case ROUTE_TICK:
        on_tick(route);
        break;
    case ROUTE_DRAIN:
        on_drain(route, event->drain.swarm);
        break;
    case ROUTE_END:
        on_end(route);
        break;
    }
}

void route_step(struct route *route, const struct route_event *event,
                struct route_effects *out_effects)
{
    begin(route, event);
    handle(route, event);
    credit_settle(route);
    const struct effects *effects = &route->effects;
    if (effects->is_unfinished) {
        route_count(route, NULL, COUNT_STEPS_UNFINISHED);
    }
    *out_effects = (struct route_effects){
        .items = effects->items,
        .count = effects->count,
        .is_unfinished = effects->is_unfinished,
    };
}

/* ---- looking in -------------------------------------------------------------
 */

bool route_is_drained(const struct route *route)
{
    return route->transit.pending_count == 0 && route->questions.live == 0;
}

bool route_is_idle(const struct route *route)
{
    return route_is_drained(route) && route->peers.live == 0 &&
           route->dirty.count == 0;
}
