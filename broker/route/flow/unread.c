/* SPDX-License-Identifier: MIT */
#include "broker/route/flow/unread.h"

#include "broker/route/flow/control.h"
#include "proto/messages.h"

enum {
    PROBE_PART = 8, /* a ping for every so large a part of the maximum */
    SHOWN_BITS = 16
};

/* Ids of control messages show the low 16 bits of the first random word. */
static uint64_t nonce_of(const struct route *route)
{
    return (route->random[0] >> SHOWN_BITS) | 1;
}

static void probe(struct route *route, struct peer *peer)
{
    struct unread *unread = &peer->unread;
    if (unread->nonce != 0 ||
        unread->bytes < route->config.unread_max / PROBE_PART) {
        return;
    }
    unread->nonce = nonce_of(route);
    unread->probed = unread->bytes;
    Reverie__V1__Ping ping = REVERIE__V1__PING__INIT;
    ping.has_nonce = true;
    ping.nonce = unread->nonce;
    control_send(route, peer->routing_id, "control.ping", &ping);
}

bool unread_allows(const struct route *route, const struct peer *peer)
{
    return peer->unread.bytes < route->config.unread_max;
}

bool unread_fits(const struct route *route, const struct peer *peer,
                 size_t bytes)
{
    return peer->unread.bytes + bytes <=
           (uint64_t)route->config.unread_max + CONTROL_MAX;
}

void unread_add(struct route *route, struct peer *peer, size_t bytes)
{
    peer->unread.bytes += bytes;
    probe(route, peer);
}

void unread_pong(struct route *route, struct peer *peer, uint64_t nonce)
{
    struct unread *unread = &peer->unread;
    if (unread->nonce == 0 || nonce != unread->nonce) {
        return;
    }
    unread->bytes -= unread->probed;
    unread->nonce = 0;
    unread->probed = 0;
    probe(route, peer);
}
