/* SPDX-License-Identifier: MIT */
#include "broker/route/peers/hello.h"

#include <stdlib.h>

#include "broker/route/core/effects.h"
#include "broker/route/core/rows.h"
#include "broker/route/core/swarms.h"
#include "broker/route/feeds/inbox.h"
#include "broker/route/peers/identify.h"
#include "broker/route/peers/peers.h"
#include "proto/messages.h"

static bool is_among(const char *name, char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal_text(message_text(name), names[i])) {
            return true;
        }
    }
    return false;
}

static bool names_are_valid(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!name_is_valid(message_text(names[i])) ||
            is_among(names[i], names, i)) {
            return false;
        }
    }
    return true;
}

static bool is_name_or_empty(const char *text)
{
    return message_text(text).len == 0 || name_is_valid(message_text(text));
}

/* What can be said about the message itself. */
static struct verdict check_fields(const Reverie__V1__Hello *hello)
{
    if (hello->wire_min > WIRE_VERSION || hello->wire_max < WIRE_VERSION) {
        return verdict_of(REFUSAL_UNSUPPORTED_VERSION,
                          "the broker speaks version 1 of the wire");
    }
    if (hello->n_roles > ROLES_MAX || hello->n_serves > SERVES_MAX) {
        return verdict_of(REFUSAL_TOO_BIG, "too many roles or services");
    }
    if (!is_name_or_empty(hello->agent) || !is_name_or_empty(hello->team) ||
        !names_are_valid(hello->roles, hello->n_roles) ||
        !names_are_valid(hello->serves, hello->n_serves)) {
        return verdict_of(REFUSAL_MALFORMED,
                          "a name is not valid, or is there twice");
    }
    bool is_observer = message_text(hello->agent).len == 0;
    if (is_observer && (hello->n_roles > 0 || message_text(hello->team).len)) {
        return verdict_of(REFUSAL_CONTRADICTORY,
                          "an observer has no team and no roles");
    }
    return verdict_ok();
}

static struct verdict check_service(const char *service, uint32_t rights)
{
    static const char *const own[] = {"log", "memory", "review", "peers",
                                      "admin"};
    struct bytes name = message_text(service);
    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        if (bytes_equal_text(name, own[i])) {
            return verdict_of(REFUSAL_DENIED, "the broker itself serves this");
        }
    }
    if (bytes_equal_text(name, "dream") && !(rights & ROUTE_RIGHT_PROPOSE)) {
        return verdict_of(REFUSAL_DENIED,
                          "serving dreams needs the right to propose");
    }
    return verdict_ok();
}

static struct verdict check_serves(const Reverie__V1__Hello *hello,
                                   const struct claimant *who)
{
    struct verdict verdict = verdict_ok();
    for (size_t i = 0; i < hello->n_serves && verdict.code == REFUSAL_NONE;
         i++) {
        verdict = check_service(hello->serves[i], who->rights);
    }
    return verdict;
}

/* ---- the agent --------------------------------------------------------------
 */

/* Moves ${agent} to ${team} (or NULL); a new member starts at the present. */
static void change_team(struct route *route, struct agent *agent,
                        struct mailbox *team)
{
    if (agent->team_inbox) {
        rows_remove_inbox(route, agent->team_inbox);
        inbox_remove(route, agent->team_inbox);
        agent->team_inbox = NULL;
    }
    agent->team = team;
    if (team) {
        uint64_t present = team->swarm->logs[LOG_TRAFFIC].logged + 1;
        agent->team_inbox = inbox_add(team, agent, present);
        rows_save_inbox(route, agent->team_inbox);
    }
}

static void say_joined(struct route *route, const struct agent *agent,
                       const Reverie__V1__Hello *hello)
{
    struct bytes *roles = arena_take(
        &route->effects.arena, (hello->n_roles + 1) * sizeof(struct bytes));
    assert(roles);
    for (size_t i = 0; i < hello->n_roles; i++) {
        roles[i] = effects_copy(route, message_text(hello->roles[i]));
    }
    struct bytes none = {NULL, 0};
    struct route_joined joined = {
        .swarm = agent->mailbox->swarm->number,
        .agent = agent->mailbox->name,
        .team = agent->team ? agent->team->name : none,
        .roles = roles,
        .role_count = hello->n_roles,
        .principal = effects_copy(route, bytes_of_text(agent->principal)),
    };
    effects_add(route, ROUTE_JOINED)->joined = joined;
}

/* Brings what is known of the agent up to what its hello says. */
static void update_agent(struct route *route, struct agent *agent,
                         struct mailbox *team, const struct claimant *who,
                         const Reverie__V1__Hello *hello)
{
    bool is_new = !agent->own_inbox;
    if (is_new) {
        agent->own_inbox = inbox_add(agent->mailbox, agent, 1);
        rows_save_inbox(route, agent->own_inbox);
    }
    bool is_moved = team != agent->team;
    bool is_other = !bytes_equal_text(who->principal, agent->principal) ||
                    who->identity != agent->identity;
    if (is_moved || (team && !agent->team_inbox)) {
        change_team(route, agent, team);
    }
    if (is_other) {
        free(agent->principal);
        agent->principal = bytes_to_text(who->principal);
        agent->identity = who->identity;
    }
    struct bytes none = {NULL, 0};
    view_mount(&agent->view, team ? team->name : none, agent->mailbox->name);
    if (is_new || is_moved || is_other) {
        rows_save_mailbox(route, agent->mailbox);
        say_joined(route, agent, hello);
    }
}

static struct mailbox *known_mailbox(struct route *route, struct swarm *swarm,
                                     enum address_type type, struct bytes name)
{
    bool is_new;
    struct mailbox *mailbox = mailbox_add(swarm, type, name, &is_new);
    if (mailbox && is_new && type != ADDRESS_AGENT) {
        rows_save_mailbox(route, mailbox);
    }
    return mailbox;
}

/* Every mailbox the peer reads, made before anything changes, so that a full
 * table refuses the whole hello. */
static bool make_mailboxes(struct route *route, struct peer *peer,
                           const Reverie__V1__Hello *hello,
                           struct mailbox **out_agent,
                           struct mailbox **out_team)
{
    struct swarm *swarm = peer->swarm;
    struct bytes team = message_text(hello->team);
    *out_agent =
        known_mailbox(route, swarm, ADDRESS_AGENT, message_text(hello->agent));
    *out_team = NULL;
    if (team.len > 0) {
        *out_team = known_mailbox(route, swarm, ADDRESS_TEAM, team);
    }
    bool is_made = *out_agent && (*out_team || team.len == 0);
    for (size_t i = 0; is_made && i < hello->n_roles; i++) {
        struct mailbox *role = known_mailbox(route, swarm, ADDRESS_ROLE,
                                             message_text(hello->roles[i]));
        is_made = role;
        if (role && role->inbox_count == 0) {
            inbox_add(role, NULL, 1);
        }
        if (role) {
            peer->roles[i] = role->inboxes[0];
            peer->role_names[i] = role->name;
        }
    }
    return is_made;
}

static void dismiss(struct route *route, struct peer *peer)
{
    route_count(route, peer->swarm, COUNT_TAKEOVERS);
    control_bye(route, peer->routing_id, "taken_over",
                "another connection became this agent");
    peer_leave(route, peer);
}

static struct verdict attach_agent(struct route *route, struct peer *peer,
                                   const struct claimant *who,
                                   const Reverie__V1__Hello *hello)
{
    struct mailbox *mailbox;
    struct mailbox *team;
    if (!make_mailboxes(route, peer, hello, &mailbox, &team)) {
        return verdict_of(REFUSAL_FULL, "too many addresses are known");
    }
    struct agent *agent = mailbox->agent;
    bool is_changed = false;
    if (view_merge(&agent->view, message_text(hello->view), &is_changed) !=
        ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, "the view is no view id");
    }
    if (agent->peer) {
        dismiss(route, agent->peer);
    }
    update_agent(route, agent, team, who, hello);
    if (is_changed) {
        route_count(route, peer->swarm, COUNT_VIEWS_REPORTED);
        rows_save_view(route, agent);
    }
    peer->agent = agent;
    agent->peer = peer;
    peer->role_count = hello->n_roles;
    inbox_join(agent->own_inbox, peer);
    if (agent->team_inbox) {
        inbox_join(agent->team_inbox, peer);
    }
    for (size_t i = 0; i < peer->role_count; i++) {
        inbox_join(peer->roles[i], peer);
    }
    return verdict_ok();
}

/* ---- the welcome ------------------------------------------------------------
 */

static size_t right_names(uint32_t rights, char *out[ROUTE_RIGHT_COUNT])
{
    size_t count = 0;
    for (size_t i = 0; i < ROUTE_RIGHT_COUNT; i++) {
        if (rights & (1U << i)) {
            out[count++] = message_field(route_right_name(i));
        }
    }
    return count;
}

static void say_welcome(struct route *route, const struct peer *peer,
                        const Reverie__V1__Hello *hello)
{
    char *rights[ROUTE_RIGHT_COUNT];
    char *view = peer->agent ? bytes_to_text(view_text(&peer->agent->view))
                             : mem_string("");
    Reverie__V1__Welcome welcome = REVERIE__V1__WELCOME__INIT;
    welcome.has_wire = true;
    welcome.wire = WIRE_VERSION;
    welcome.swarm = peer->swarm->name;
    welcome.agent = hello->agent;
    welcome.team = hello->team;
    welcome.n_roles = hello->n_roles;
    welcome.roles = hello->roles;
    welcome.principal = peer->principal;
    welcome.has_identity = true;
    welcome.identity = (Reverie__V1__Identity)peer->identity;
    welcome.n_rights = right_names(peer->rights, rights);
    welcome.rights = rights;
    welcome.has_epoch = true;
    welcome.epoch = swarm_epoch(peer->swarm);
    welcome.has_lease_ms = true;
    welcome.lease_ms = (uint64_t)(route->config.lease_us / 1000);
    welcome.has_send_limit_bytes = true;
    welcome.send_limit_bytes = peer->limit_bytes;
    welcome.has_max_body_bytes = true;
    welcome.max_body_bytes = route->config.body_max;
    welcome.has_max_envelope_bytes = true;
    welcome.max_envelope_bytes = RECORD_ENVELOPE_MAX;
    welcome.server = message_field(route->config.server);
    welcome.view = peer->agent ? view : NULL;
    control_send(route, peer->routing_id, "control.welcome", &welcome);
    free(view);
}

/* ---- hello
 * -------------------------------------------------------------------
 */

static struct verdict admit(struct route *route, struct bytes routing_id,
                            const struct claimant *who,
                            const Reverie__V1__Hello *hello)
{
    bool takes_over = who->agent && who->agent->peer;
    struct peer *peer =
        route->peers.live < route->config.peers_max || takes_over
            ? peer_add(route, routing_id, who->swarm)
            : NULL;
    if (!peer) {
        return verdict_of(REFUSAL_FULL, "too many peers are connected");
    }
    peer->principal = bytes_to_text(who->principal);
    peer->client = bytes_to_text(
        bytes_slice(message_text(hello->client), 0, NAME_MAX_BYTES));
    peer->identity = who->identity;
    peer->rights = who->rights;
    peer->inbox_limit = hello->inbox_limit_bytes;
    for (size_t i = 0; i < hello->n_serves; i++) {
        peer->serves[peer->serve_count++] = mem_string(hello->serves[i]);
    }
    if (message_text(hello->agent).len > 0) {
        struct verdict verdict = attach_agent(route, peer, who, hello);
        if (verdict.code != REFUSAL_NONE) {
            peer_leave(route, peer);
            return verdict;
        }
    }
    route_count(route, peer->swarm, COUNT_HELLOS);
    say_welcome(route, peer, hello);
    inbox_pump_peer(route, peer);
    return verdict_ok();
}

struct verdict hello_receive(struct route *route,
                             const struct route_frames *frames)
{
    Reverie__V1__Hello *hello;
    if (route->is_draining) {
        return verdict_of(REFUSAL_DRAINING, NULL);
    }
    if (CONTROL_UNPACK(route, hello, frames->body->bytes, &hello) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    struct claimant who;
    struct verdict verdict = check_fields(hello);
    if (verdict.code == REFUSAL_NONE) {
        struct claim claim = {
            .swarm = message_text(hello->swarm),
            .token = message_text(hello->token),
            .principal = message_text(hello->principal),
            .agent = message_text(hello->agent),
            .is_local = frames->is_local,
            .takeover = hello->takeover,
        };
        verdict = identify(route, &claim, &who);
    }
    if (verdict.code == REFUSAL_NONE && route_is_draining(route, who.swarm)) {
        verdict = verdict_of(REFUSAL_DRAINING, NULL);
    }
    if (verdict.code == REFUSAL_NONE) {
        verdict = check_serves(hello, &who);
    }
    if (verdict.code == REFUSAL_NONE) {
        verdict = admit(route, frames->peer, &who, hello);
    }
    return verdict;
}
