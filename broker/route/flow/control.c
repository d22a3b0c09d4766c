/* SPDX-License-Identifier: MIT */
#include "broker/route/flow/control.h"

#include "broker/route/core/effects.h"
#include "proto/messages.h"

enum {
    RETRY_SOON_MS = 100,
    RETRY_LATER_MS = 1000
};

struct id control_id(struct route *route)
{
    /* Random words are fresh with every step; the count keeps ids of one step
     * apart, above the byte that holds the variant. */
    return id_make(route->now_us, route->random[0],
                   route->random[1] + (route->ids++ << 8));
}

static struct bytes write_envelope(struct route *route, const char *kind)
{
    struct id id = control_id(route);
    struct envelope envelope = {
        .version = ENVELOPE_VERSION,
        .id = id_bytes(&id),
        .kind = bytes_of_text(kind),
    };
    struct buf *scratch = &route->effects.scratch;
    buf_reset(scratch);
    envelope_write(&envelope, scratch);
    return effects_copy(route, buf_bytes(scratch));
}

void control_send_text(struct route *route, struct bytes routing_id,
                       const char *kind, struct bytes text)
{
    struct bytes copy = effects_copy(route, text);
    struct bytes envelope = write_envelope(route, kind);
    struct bytes peer = effects_copy(route, routing_id);
    struct route_effect *effect = effects_add(route, ROUTE_SEND);
    effect->send =
        (struct route_send){.peer = peer, .envelope = envelope, .text = copy};
}

void control_send(struct route *route, struct bytes routing_id,
                  const char *kind, const void *message)
{
    struct buf *scratch = &route->effects.scratch;
    buf_reset(scratch);
    message_pack(message, scratch);
    control_send_text(route, routing_id, kind, buf_bytes(scratch));
}

uint64_t verdict_retry_ms(struct verdict verdict)
{
    if (!refusal_retry_helps(verdict.code)) {
        return 0;
    }
    bool is_later =
        verdict.code == REFUSAL_DISK_FULL || verdict.code == REFUSAL_DRAINING;
    return is_later ? RETRY_LATER_MS : RETRY_SOON_MS;
}

void control_refuse(struct route *route, struct swarm *swarm,
                    struct bytes routing_id, struct bytes id,
                    struct verdict verdict, const char *about)
{
    assert(verdict.code != REFUSAL_NONE);
    tally_of(route, swarm)->refusals[verdict.code]++;
    const char *sentence =
        verdict.sentence ? verdict.sentence : refusal_sentence(verdict.code);
    Reverie__V1__Refused refused = REVERIE__V1__REFUSED__INIT;
    refused.has_id = id.len == ID_BYTES;
    refused.id = message_binary(id);
    /* The generated struct is not const-correct; packing only reads. */
    refused.code = message_field(refusal_name(verdict.code));
    refused.sentence = message_field(sentence);
    refused.retry_after_ms = verdict_retry_ms(verdict);
    refused.has_retry_after_ms = refused.retry_after_ms > 0;
    refused.about = message_field(about);
    control_send(route, routing_id, "control.refused", &refused);
}

void control_credit(struct route *route, struct bytes routing_id,
                    uint64_t limit_bytes)
{
    Reverie__V1__Credit credit = REVERIE__V1__CREDIT__INIT;
    credit.has_limit_bytes = true;
    credit.limit_bytes = limit_bytes;
    control_send(route, routing_id, "control.credit", &credit);
}

void control_bye(struct route *route, struct bytes routing_id, const char *code,
                 const char *sentence)
{
    Reverie__V1__Bye bye = REVERIE__V1__BYE__INIT;
    bye.code = message_field(code);
    bye.sentence = message_field(sentence);
    control_send(route, routing_id, "control.bye", &bye);
}
