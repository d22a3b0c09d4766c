/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"
#include "broker/loop/shell.h"
#include "proto/address.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    COUNTERS_MAX = 256,
    HELD_MAX = 1000,      /* counted no further, per agent */
    LOOKS_MAX = 2000,     /* inboxes that one list looks into */
    COUNTED_MAX = 100000, /* entries that one list counts */
    SCRATCH_MAX = 64 << 20
};

/* ---- peers --------------------------------------------------------------- */

/* What a list may cost the router, which answers it itself. */
struct tally {
    struct broker *broker;
    uint32_t swarm;
    uint32_t looks; /* into the store */
    uint64_t counted;
};

/* Adds what the inbox of ${type}:${name} holds from ${cursor} on. False: that
 * would cost too much, or cannot be read. */
static bool add_held(struct tally *tally, enum address_type type,
                     struct bytes name, uint64_t cursor, uint64_t last,
                     uint64_t *held)
{
    uint64_t count = 0;
    struct buf address;

    if (cursor == 0 || cursor > last) {
        return true;
    }
    if (tally->looks == LOOKS_MAX || tally->counted >= COUNTED_MAX) {
        return false;
    }
    tally->looks++;
    buf_init(&address, ADDRESS_MAX_BYTES);
    address_write(&(struct address){.type = type, .name = name}, &address);
    enum err err = store_count_inbox(tally->broker->store, tally->swarm,
                                     buf_bytes(&address), LOG_TRAFFIC, cursor,
                                     HELD_MAX, &count);
    buf_fini(&address);
    tally->counted += count;
    *held += count;
    return err == ERR_OK;
}

/* Of those who are away; the others get theirs. */
static bool count_held(struct tally *tally, const struct route_peer_info *info,
                       uint64_t *out_held)
{
    uint64_t held = 0;
    bool is_counted = !info->is_connected &&
                      add_held(tally, ADDRESS_AGENT, info->agent,
                               info->inbox_cursor, info->inbox_last, &held) &&
                      add_held(tally, ADDRESS_TEAM, info->team,
                               info->team_cursor, info->team_last, &held);
    *out_held = held < HELD_MAX ? held : HELD_MAX;
    return is_counted;
}

static void add_peer(struct tally *tally, const struct route_peer_info *info,
                     struct arena *scratch, struct buf *out)
{
    Reverie__V1__PeersListReply part = REVERIE__V1__PEERS_LIST_REPLY__INIT;
    Reverie__V1__PeersListReply__Peer peer =
        REVERIE__V1__PEERS_LIST_REPLY__PEER__INIT;
    Reverie__V1__PeersListReply__Peer *list[] = {&peer};
    char *roles[ROLES_MAX];

    for (size_t i = 0; i < info->role_count && i < ROLES_MAX; i++) {
        roles[i] = message_copy(scratch, info->roles[i]);
        peer.n_roles++;
    }
    peer.roles = roles;
    peer.agent = message_copy(scratch, info->agent);
    peer.team = message_copy(scratch, info->team);
    peer.principal = message_copy(scratch, info->principal);
    peer.client = message_copy(scratch, info->client);
    peer.view = message_copy(scratch, info->view);
    peer.has_connected = true;
    peer.connected = info->is_connected;
    peer.has_inbox_held = count_held(tally, info, &peer.inbox_held);
    part.n_peers = 1;
    part.peers = list;
    message_pack(&part, out);
}

static void peers_list(struct broker *broker, struct call *call)
{
    struct tally tally = {.broker = broker, .swarm = call->asker.swarm};
    struct route_peer_info info;
    struct arena scratch;
    size_t cursor = 0;

    arena_init(&scratch, SCRATCH_MAX);
    while (route_peer_next(broker->route, call->asker.swarm, &cursor, &info)) {
        arena_reset(&scratch);
        add_peer(&tally, &info, &scratch, &call->reply);
    }
    arena_fini(&scratch);
}

/* The names of the agents that are connected. */
static struct map *connected(struct broker *broker, uint32_t swarm)
{
    struct map *names = map_new(broker->config.route.addresses_max, NULL);
    struct route_peer_info info;
    size_t cursor = 0;

    while (route_peer_next(broker->route, swarm, &cursor, &info)) {
        if (info.is_connected) {
            err_ignore(map_put(names, info.agent, broker),
                       "there are no more agents than addresses");
        }
    }
    return names;
}

static void mark(struct map *names, Reverie__V1__MemoryWhoReply *reply)
{
    for (size_t i = 0; i < reply->n_readers; i++) {
        Reverie__V1__MemoryWhoReply__Reader *reader = reply->readers[i];
        reader->has_connected = true;
        reader->connected = map_get(names, message_text(reader->agent)) != NULL;
    }
}

void local_mark_connected(struct broker *broker, struct call *call)
{
    Reverie__V1__MemoryWhoReply *reply = NULL;
    struct arena scratch;

    if (!call_is(call, "memory", "who") ||
        call->code != refusal_name(REFUSAL_NONE)) {
        return;
    }
    arena_init(&scratch, SCRATCH_MAX);
    if (MESSAGE_UNPACK(memory_who_reply, buf_bytes(&call->reply), &scratch,
                       &reply) == ERR_OK) {
        struct map *names = connected(broker, call->asker.swarm);
        mark(names, reply);
        map_free(names);
        buf_reset(&call->reply);
        message_pack(reply, &call->reply);
    }
    arena_fini(&scratch);
}

/* ---- admin --------------------------------------------------------------- */

static void add_counter(struct call *call, const char *name, uint64_t value)
{
    Reverie__V1__AdminCountersReply part =
        REVERIE__V1__ADMIN_COUNTERS_REPLY__INIT;
    Reverie__V1__AdminCountersReply__Counter counter =
        REVERIE__V1__ADMIN_COUNTERS_REPLY__COUNTER__INIT;
    Reverie__V1__AdminCountersReply__Counter *list[] = {&counter};

    counter.name = message_field(name);
    counter.has_value = true;
    counter.value = value;
    part.n_counters = 1;
    part.counters = list;
    message_pack(&part, &call->reply);
}

/* Where there are several swarms these are of all of them, and would tell one
 * tenant of the others. */
static void process_counters(struct broker *broker, struct call *call)
{
    struct writer_counts writer = writer_counts(broker->writer);
    const struct shell_counts *own = &broker->counts;

    add_counter(call, "socket.received", own->received);
    add_counter(call, "socket.denied", own->denied);
    add_counter(call, "socket.sent", own->sent);
    add_counter(call, "socket.send_failed", own->send_failed);
    add_counter(call, "router.turns", own->turns);
    add_counter(call, "router.paused", own->paused);
    add_counter(call, "router.ring_full", own->ring_full);
    add_counter(call, "writer.batches", writer.batches);
    add_counter(call, "writer.events", writer.events);
    add_counter(call, "writer.largest_batch", writer.largest_batch);
    add_counter(call, "writer.refused_full", writer.refused_full);
    add_counter(call, "syncer.flushes", syncer_flushes(broker->syncer));
}

/* Of the asker's swarm; where there is no other, of everything. */
static void admin_counters(struct broker *broker, struct call *call)
{
    struct route_counter counters[COUNTERS_MAX];
    bool is_alone = broker->mark_count == 1;

    if (!call_needs(call, ROUTE_RIGHT_ADMIN)) {
        return;
    }
    size_t count = route_counters(
        broker->route, is_alone ? ROUTE_ALL_SWARMS : call->asker.swarm,
        counters, COUNTERS_MAX);
    for (size_t i = 0; i < count && i < COUNTERS_MAX; i++) {
        add_counter(call, counters[i].name, counters[i].value);
    }
    if (is_alone) {
        process_counters(broker, call);
    }
}

static void admin_info(struct broker *broker, struct call *call)
{
    Reverie__V1__AdminInfoReply reply = REVERIE__V1__ADMIN_INFO_REPLY__INIT;
    char *endpoints[BROKER_ENDPOINTS_MAX];
    char dream[] = "dream";
    char *services[] = {dream};
    struct store_epoch epoch = {0};

    for (size_t i = 0; i < broker->endpoint_count; i++) {
        endpoints[i] = message_field(broker_endpoint(broker, i));
    }
    (void)store_epochs(broker->store, call->asker.swarm, &epoch, 1);
    reply.server = message_field(broker->config.route.server);
    reply.has_epoch = reply.has_started_us = reply.has_pid = true;
    reply.epoch = epoch.epoch;
    reply.started_us = broker->started_us;
    reply.pid = (uint64_t)getpid();
    reply.n_endpoints = broker->endpoint_count;
    reply.endpoints = endpoints;
    reply.policy =
        message_field(memory_policy_name(broker->config.memory.policy));
    reply.services = services;
    reply.n_services = route_is_served(broker->route, call->asker.swarm,
                                       BYTES_LITERAL("dream"))
                           ? 1
                           : 0;
    message_pack(&reply, &call->reply);
}

/* The asker's swarm alone; the last one takes the process with it. */
static void admin_drain(struct broker *broker, struct call *call)
{
    struct route_event event = {.type = ROUTE_DRAIN,
                                .drain = {.swarm = call->asker.swarm}};
    size_t draining = 0;

    if (!call_needs(call, ROUTE_RIGHT_ADMIN)) {
        return;
    }
    for (size_t i = 0; i < broker->mark_count; i++) {
        struct mark *mark = &broker->marks[i];
        mark->is_draining |= mark->swarm == call->asker.swarm;
        draining += mark->is_draining;
    }
    if (draining == broker->mark_count) {
        broker->wants_drain = true;
        return;
    }
    log_line(LOG_INFO, "SWARM-DRAINING", "swarm=%u", call->asker.swarm);
    shell_step(broker, &event);
}

/* ---- all ----------------------------------------------------------------- */

/* Methods of a service, so that an unknown one is told from an unknown
 * service. Those of memory, review and dream are the ledger's to know. */
static bool is_service(const struct call *call)
{
    return bytes_equal_text(call->service, "log") ||
           bytes_equal_text(call->service, "peers") ||
           bytes_equal_text(call->service, "admin");
}

void local_answer(struct broker *broker, struct call *call)
{
    if (call_is(call, "peers", "list")) {
        peers_list(broker, call);
    } else if (call_is(call, "admin", "counters")) {
        admin_counters(broker, call);
    } else if (call_is(call, "admin", "info")) {
        admin_info(broker, call);
    } else if (call_is(call, "admin", "drain")) {
        admin_drain(broker, call);
    } else {
        call_refuse(call,
                    is_service(call) ? REFUSAL_UNKNOWN_METHOD
                                     : REFUSAL_UNKNOWN_SERVICE,
                    "services are log, memory, review, dream, peers, admin");
    }
}
