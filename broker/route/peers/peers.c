/* SPDX-License-Identifier: MIT */
#include "broker/route/peers/peers.h"

#include <stdlib.h>

#include "broker/route/core/rows.h"
#include "broker/route/core/swarms.h"
#include "broker/route/feeds/inbox.h"
#include "broker/route/feeds/requests.h"
#include "broker/route/feeds/streams.h"
#include "broker/route/flow/control.h"

enum {
    ACCEPTANCES_BYTES_MAX = 1 << 20
};

struct peer *peer_routed(const struct route *route, struct bytes routing_id)
{
    return map_get(route->by_routing, routing_id);
}

struct peer *peer_tagged(const struct route *route, uint64_t tag)
{
    return slots_get(&route->peers, tag);
}

struct peer *peer_add(struct route *route, struct bytes routing_id,
                      struct swarm *swarm)
{
    struct peer *peer = mem_new(sizeof(*peer));
    peer->tag = slots_add(&route->peers, peer);
    if (!peer->tag) {
        free(peer);
        return NULL;
    }
    peer->routing = bytes_to_text(routing_id);
    peer->routing_id = bytes_of(peer->routing, routing_id.len);
    peer->swarm = swarm;
    peer->seen_us = route->monotonic_us;
    peer->limit_bytes = route->config.send_window;
    buf_init(&peer->acceptances, ACCEPTANCES_BYTES_MAX);
    enum err err = map_put(route->by_routing, routing_id, peer);
    assert(err == ERR_OK); /* both tables hold as many */
    return peer;
}

static void leave_inboxes(struct route *route, struct peer *peer)
{
    struct agent *agent = peer->agent;
    if (!agent) {
        return;
    }
    agent->peer = NULL;
    inbox_leave(route, agent->own_inbox, peer);
    if (agent->team_inbox) {
        inbox_leave(route, agent->team_inbox, peer);
    }
    for (size_t i = 0; i < peer->role_count; i++) {
        inbox_leave(route, peer->roles[i], peer);
    }
    peer->role_count = 0;
}

void peer_leave(struct route *route, struct peer *peer)
{
    map_remove(route->by_routing, peer->routing_id);
    slots_remove(&route->peers, peer->tag);
    peer->is_gone = true;
    leave_inboxes(route, peer);
    while (peer->streams) {
        stream_remove(route, peer->streams);
    }
    requests_leave(route, peer);
    peer->next_dead = route->graveyard.peers;
    route->graveyard.peers = peer;
}

static void peer_free(struct peer *peer)
{
    for (size_t i = 0; i < peer->serve_count; i++) {
        free(peer->serves[i]);
    }
    buf_fini(&peer->acceptances);
    free(peer->routing);
    free(peer->principal);
    free(peer->client);
    free(peer);
}

void peers_bury(struct route *route)
{
    struct peer *peer = route->graveyard.peers;
    route->graveyard.peers = NULL;
    while (peer) {
        struct peer *next = peer->next_dead;
        peer_free(peer);
        peer = next;
    }
}

void peers_tick(struct route *route)
{
    uint32_t cursor = 0;
    struct peer *peer;
    while ((peer = slots_next(&route->peers, &cursor))) {
        if (route->monotonic_us - peer->seen_us > route->config.lease_us) {
            route_count(route, peer->swarm, COUNT_LEASES_EXPIRED);
            control_bye(route, peer->routing_id, "lease_expired",
                        "nothing was heard for longer than the lease");
            peer_leave(route, peer);
        } else {
            inbox_pump_peer(route, peer);
        }
    }
}

bool peer_serves(const struct peer *peer, struct bytes service)
{
    for (size_t i = 0; i < peer->serve_count; i++) {
        if (bytes_equal_text(service, peer->serves[i])) {
            return true;
        }
    }
    return false;
}

struct peer *peer_serving(const struct route *route, struct swarm *swarm,
                          struct bytes service)
{
    struct peer *first = NULL;
    uint32_t cursor = 0;
    uint32_t found = 0;
    struct peer *peer;
    while ((peer = slots_next(&route->peers, &cursor))) {
        if (peer->swarm != swarm || !peer_serves(peer, service)) {
            continue;
        }
        first = first ? first : peer;
        if (found++ == swarm->server_turn) {
            swarm->server_turn++;
            return peer;
        }
    }
    swarm->server_turn = 1;
    return first;
}

bool route_is_served(const struct route *route, uint32_t number,
                     struct bytes service)
{
    uint32_t cursor = 0;
    const struct peer *peer;
    while ((peer = slots_next(&route->peers, &cursor))) {
        if (peer->swarm->number == number && peer_serves(peer, service)) {
            return true;
        }
    }
    return false;
}

static void describe(const struct agent *agent, struct route_peer_info *out)
{
    const struct peer *peer = agent->peer;
    *out = (struct route_peer_info){
        .agent = agent->mailbox->name,
        .principal = bytes_of_text(agent->principal),
        .view = view_text(&agent->view),
        .is_connected = peer,
    };
    if (agent->own_inbox) {
        out->inbox_cursor = agent->own_inbox->cursor;
        out->inbox_last = agent->mailbox->last_seq;
    }
    if (agent->team) {
        out->team = agent->team->name;
        out->team_cursor = agent->team_inbox ? agent->team_inbox->cursor : 0;
        out->team_last = agent->team->last_seq;
    }
    if (peer) {
        out->roles = peer->role_names;
        out->role_count = peer->role_count;
        out->client = bytes_of_text(peer->client);
    }
}

bool route_peer_next(const struct route *route, uint32_t number, size_t *cursor,
                     struct route_peer_info *out)
{
    const struct swarm *swarm = swarm_numbered(route, number);
    void *value;
    while (swarm && map_next(swarm->mailboxes, cursor, NULL, &value)) {
        const struct mailbox *mailbox = value;
        if (mailbox->agent) {
            describe(mailbox->agent, out);
            return true;
        }
    }
    return false;
}
