/* SPDX-License-Identifier: MIT */
#include "broker/route/flow/accept.h"

#include "broker/route/core/swarms.h"
#include "broker/route/flow/control.h"
#include "broker/route/flow/credit.h"
#include "proto/field.h"

enum {
    ACCEPTANCES_MAX = 1024, /* of one control.accepted */
    /* Field numbers of wire.proto. */
    ACCEPTED_EPOCH = 1,
    ACCEPTED_MESSAGES = 2,
    ACCEPTANCE_ID = 1,
    ACCEPTANCE_LOG = 2,
    ACCEPTANCE_SEQ = 3,
    ACCEPTANCE_REPEAT = 4
};

static struct bytes write_one(const struct acceptance *acceptance,
                              struct buf *out)
{
    buf_reset(out);
    field_add_bytes(out, ACCEPTANCE_ID, id_bytes(&acceptance->id));
    field_add_number(out, ACCEPTANCE_LOG, acceptance->log);
    field_add_number(out, ACCEPTANCE_SEQ, acceptance->seq);
    if (acceptance->is_repeat) {
        field_add_number(out, ACCEPTANCE_REPEAT, 1);
    }
    return buf_bytes(out);
}

void accept_add(struct route *route, struct peer *peer,
                const struct acceptance *acceptance)
{
    struct buf *out = &peer->acceptances;
    if (peer->acceptance_count == 0) {
        buf_reset(out);
        field_add_number(out, ACCEPTED_EPOCH, swarm_epoch(peer->swarm));
    }
    field_add_bytes(out, ACCEPTED_MESSAGES,
                    write_one(acceptance, &route->effects.scratch));
    peer->acceptance_count++;
    route_count(route, peer->swarm, COUNT_ACCEPTED);
    credit_touch(route, peer);
    if (peer->acceptance_count == ACCEPTANCES_MAX) {
        accept_flush(route, peer);
    }
}

void accept_flush(struct route *route, struct peer *peer)
{
    if (peer->acceptance_count > 0) {
        control_send_text(route, peer->routing_id, "control.accepted",
                          buf_bytes(&peer->acceptances));
        peer->acceptance_count = 0;
    }
}
