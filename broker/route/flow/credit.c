/* SPDX-License-Identifier: MIT */
#include "broker/route/flow/credit.h"

#include "broker/route/flow/accept.h"
#include "broker/route/flow/control.h"

enum {
    GRANT_PART = 4 /* a limit is raised by a quarter of the window at least */
};

bool credit_charge(struct peer *peer, size_t bytes)
{
    bool had_credit = peer->sent_bytes < peer->limit_bytes;
    peer->sent_bytes += bytes;
    return had_credit;
}

void credit_touch(struct route *route, struct peer *peer)
{
    if (!peer->is_touched) {
        peer->is_touched = true;
        pointers_add(&route->touched, peer);
    }
}

void credit_release(struct route *route, struct peer *peer, size_t bytes)
{
    peer->released_bytes += bytes;
    credit_touch(route, peer);
}

static bool is_too_far_behind(struct route *route)
{
    if (route->transit.backlog_bytes <= route->config.backlog_max) {
        return route->is_withholding;
    }
    if (!route->is_withholding) {
        route->is_withholding = true;
        route_count(route, NULL, COUNT_CREDIT_WITHHELD);
    }
    return true;
}

static void grant(struct route *route, struct peer *peer)
{
    size_t window = route->config.send_window;
    uint64_t limit = peer->released_bytes + window;
    if (limit - peer->limit_bytes < window / GRANT_PART ||
        is_too_far_behind(route)) {
        return;
    }
    peer->limit_bytes = limit;
    control_credit(route, peer->routing_id, limit);
}

void credit_settle(struct route *route)
{
    for (size_t i = 0; i < route->touched.count; i++) {
        struct peer *peer = route->touched.items[i];
        peer->is_touched = false;
        if (!peer->is_gone) {
            accept_flush(route, peer);
            grant(route, peer);
        }
    }
    route->touched.count = 0;
}

void credit_resume(struct route *route)
{
    if (!route->is_withholding ||
        route->transit.backlog_bytes > route->config.backlog_max / 2) {
        return;
    }
    route->is_withholding = false;
    uint32_t cursor = 0;
    struct peer *peer;
    while ((peer = slots_next(&route->peers, &cursor))) {
        credit_touch(route, peer);
    }
}
