/* SPDX-License-Identifier: MIT */
#include "broker/route/flow/check.h"

#include "base/clock.h"
#include "broker/route/core/swarms.h"

bool check_is_reserved(struct bytes kind)
{
    static const char *const prefixes[] = {"broker.", "peer.", "dream.", "log.",
                                           "memory."};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (bytes_starts_with(kind, bytes_of_text(prefixes[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_short(struct bytes text)
{
    return text.len <= NAME_MAX_BYTES;
}

static bool is_name_or_empty(struct bytes text)
{
    return text.len == 0 || name_is_valid(text);
}

/* The shape of each field. */
static struct verdict check_shape(const struct envelope *envelope,
                                  struct checked *out)
{
    if (id_read(envelope->id, &out->id) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, "the id is no UUID of version 7");
    }
    out->has_parent = envelope->parent.len > 0;
    if (out->has_parent && id_read(envelope->parent, &out->parent) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED,
                          "the parent is no UUID of version 7");
    }
    if (envelope->origin > ORIGIN_EXTERNAL) {
        return verdict_of(REFUSAL_MALFORMED, "the origin is unknown");
    }
    if (!is_name_or_empty(envelope->from) ||
        !is_name_or_empty(envelope->team) ||
        !is_name_or_empty(envelope->principal)) {
        return verdict_of(REFUSAL_MALFORMED, "a name is not valid");
    }
    if (!is_short(envelope->session) || !is_short(envelope->thread) ||
        !is_short(envelope->content_type) || !is_short(envelope->source) ||
        !is_short(envelope->source_id)) {
        return verdict_of(REFUSAL_TOO_BIG, "a field is too long");
    }
    if ((envelope->source.len > 0) != (envelope->source_id.len > 0)) {
        return verdict_of(REFUSAL_CONTRADICTORY,
                          "source and source_id go together");
    }
    return verdict_ok();
}

/* Who speaks: the connection, unless it may speak for others. */
static struct verdict check_speaker(const struct peer *peer,
                                    const struct envelope *envelope,
                                    struct checked *out)
{
    struct bytes none = {NULL, 0};
    struct bytes own = peer->agent ? peer->agent->mailbox->name : none;
    struct bytes from = envelope->from.len > 0 ? envelope->from : own;
    struct bytes principal = bytes_of_text(peer->principal);
    bool may_speak_for = peer->rights & ROUTE_RIGHT_SPEAK_FOR;
    if (from.len == 0) {
        return verdict_of(REFUSAL_DENIED,
                          "an observer has no name to send under");
    }
    if (!bytes_equal(from, own) && !may_speak_for) {
        return verdict_of(REFUSAL_FORGED,
                          "from is another agent than the connection's");
    }
    out->stamp.principal = principal;
    if (envelope->principal.len > 0 &&
        !bytes_equal(envelope->principal, principal)) {
        if (!may_speak_for) {
            return verdict_of(REFUSAL_FORGED,
                              "principal is another than the connection's");
        }
        out->stamp.principal = envelope->principal;
        out->stamp.via = principal;
    }
    out->stamp.from = from;
    out->stamp.identity = peer->identity;
    out->from =
        bytes_equal(from, own) ? peer->agent : agent_named(peer->swarm, from);
    return verdict_ok();
}

static struct verdict check_place(const struct peer *peer,
                                  const struct envelope *envelope,
                                  struct checked *out)
{
    struct bytes swarm = bytes_of_text(peer->swarm->name);
    if (envelope->swarm.len > 0 && !bytes_equal(envelope->swarm, swarm)) {
        return verdict_of(REFUSAL_WRONG_SWARM, NULL);
    }
    const struct agent *agent = out->from ? out->from : peer->agent;
    struct bytes none = {NULL, 0};
    struct bytes own = agent && agent->team ? agent->team->name : none;
    if (envelope->team.len > 0 && !bytes_equal(envelope->team, own) &&
        !(peer->rights & ROUTE_RIGHT_SPEAK_FOR)) {
        return verdict_of(REFUSAL_CONTRADICTORY,
                          "team is another than the connection's");
    }
    out->stamp.team = envelope->team.len > 0 ? envelope->team : own;
    out->stamp.swarm = swarm;
    return verdict_ok();
}

/* The rank the broker vouches for: owner only with the right to it, and what a
 * tool answered is never more than that. */
static enum origin effective_origin(const struct peer *peer,
                                    const struct envelope *envelope)
{
    bool is_result = bytes_equal_text(envelope->kind, "agent.tool_result");
    enum origin origin = envelope->origin;
    if (origin == ORIGIN_NONE) {
        bool is_user =
            bytes_starts_with(envelope->kind, BYTES_LITERAL("user."));
        origin = is_user ? ORIGIN_USER : ORIGIN_AGENT;
    }
    if (origin == ORIGIN_OWNER && !(peer->rights & ROUTE_RIGHT_OWNER)) {
        origin = ORIGIN_USER;
    }
    return is_result && origin < ORIGIN_TOOL ? ORIGIN_TOOL : origin;
}

/* The store forgets ids by their time and by how many came since. One from the
 * future would still be new enough to be logged again when it is forgotten. */
static struct verdict check_id_time(const struct route *route,
                                    const struct envelope *envelope,
                                    const struct id *id)
{
    int64_t most_us = ID_AHEAD_MAX_S * US_PER_SECOND;
    bool is_known_by_source = envelope->source_id.len > 0;
    return is_known_by_source || id_time_us(id) <= route->now_us + most_us
               ? verdict_ok()
               : verdict_of(REFUSAL_CONTRADICTORY,
                            "the id is dated ahead of the broker's clock");
}

static struct verdict check_import(const struct route *route,
                                   const struct peer *peer,
                                   const struct envelope *envelope)
{
    if (peer->rights & ROUTE_RIGHT_IMPORT) {
        return verdict_ok();
    }
    if (envelope->source.len > 0) {
        return verdict_of(REFUSAL_DENIED,
                          "naming a source needs the right to import");
    }
    int64_t most_us = OCCURRED_SKEW_MAX_S * US_PER_SECOND;
    if (envelope->has_occurred &&
        (envelope->occurred_us > route->now_us + most_us ||
         envelope->occurred_us < route->now_us - most_us)) {
        return verdict_of(REFUSAL_OCCURRED_SKEW, NULL);
    }
    return verdict_ok();
}

static struct verdict check_address(const struct peer *peer,
                                    const struct envelope *envelope,
                                    struct checked *out)
{
    struct address to;
    if (address_read(envelope->to, &to) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, "to is no address");
    }
    if (to.type == ADDRESS_TOPIC) {
        return topic_is_valid(to.name)
                   ? verdict_ok()
                   : verdict_of(REFUSAL_MALFORMED, "to is no topic");
    }
    out->mailbox = mailbox_get(peer->swarm, envelope->to);
    bool is_known = out->mailbox &&
                    (!out->mailbox->agent || out->mailbox->agent->own_inbox);
    return is_known ? verdict_ok() : verdict_of(REFUSAL_UNKNOWN_ADDRESS, NULL);
}

struct verdict check_message(const struct route *route, const struct peer *peer,
                             const struct envelope *envelope, size_t body_bytes,
                             struct checked *out)
{
    *out = (struct checked){.has_parent = false};
    if (check_is_reserved(envelope->kind)) {
        return verdict_of(REFUSAL_DENIED,
                          "only the broker publishes this kind");
    }
    if (body_bytes > route->config.body_max) {
        return verdict_of(REFUSAL_TOO_BIG, "the body is too big");
    }
    struct verdict verdict = check_shape(envelope, out);
    if (verdict.code == REFUSAL_NONE) {
        verdict = check_speaker(peer, envelope, out);
    }
    if (verdict.code == REFUSAL_NONE) {
        verdict = check_place(peer, envelope, out);
    }
    if (verdict.code == REFUSAL_NONE) {
        verdict = check_import(route, peer, envelope);
    }
    if (verdict.code == REFUSAL_NONE) {
        verdict = check_id_time(route, envelope, &out->id);
    }
    if (verdict.code == REFUSAL_NONE) {
        verdict = check_address(peer, envelope, out);
    }
    out->stamp.origin = effective_origin(peer, envelope);
    if (verdict.code == REFUSAL_NONE && out->from) {
        out->stamp.view = view_text(&out->from->view);
    }
    return verdict;
}
