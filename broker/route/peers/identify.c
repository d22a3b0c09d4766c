/* SPDX-License-Identifier: MIT */
#include "broker/route/peers/identify.h"

#include "broker/route/core/swarms.h"
#include "broker/route/peers/peers.h"

static struct bytes or_default(struct bytes swarm)
{
    return swarm.len > 0 ? swarm : BYTES_LITERAL("default");
}

static struct verdict by_token(struct route *route, const struct claim *claim,
                               struct claimant *out)
{
    const struct route_config *config = &route->config;
    struct route_principal known;
    if (!config->authenticate ||
        config->authenticate(config->context, claim->token, &known) != ERR_OK) {
        return verdict_of(REFUSAL_UNAUTHORIZED, "the token is not known");
    }
    struct bytes said = claim->principal;
    if (said.len > 0 && !bytes_equal(said, known.name)) {
        return verdict_of(REFUSAL_FORGED,
                          "the token stands for another principal");
    }
    if (!bytes_equal_text(or_default(known.swarm), out->swarm->name)) {
        return verdict_of(REFUSAL_WRONG_SWARM,
                          "the token is for another swarm");
    }
    out->principal = known.name;
    out->identity = known.identity;
    out->rights = known.rights;
    return verdict_ok();
}

static struct verdict by_assertion(const struct route *route,
                                   const struct claim *claim,
                                   struct claimant *out)
{
    if (!claim->is_local || !route->config.allow_asserted) {
        return verdict_of(
            REFUSAL_UNAUTHORIZED,
            "without a token, only loopback and ipc are believed");
    }
    struct bytes said = claim->principal;
    struct bytes agent = claim->agent;
    out->principal = said.len > 0 ? said : agent;
    if (out->principal.len == 0) {
        out->principal = BYTES_LITERAL("observer");
    }
    out->identity = IDENTITY_ASSERTED;
    out->rights = route->config.asserted_rights;
    return name_is_valid(out->principal)
               ? verdict_ok()
               : verdict_of(REFUSAL_MALFORMED, "the principal is no name");
}

/* A name that a token stood behind is not for somebody else. */
static bool is_of_another(const struct claimant *who)
{
    const struct agent *agent = who->agent;
    bool is_owned =
        agent->identity == IDENTITY_TOKEN || agent->identity == IDENTITY_KEY;
    bool is_allowed = bytes_equal_text(who->principal, agent->principal) ||
                      (who->rights & ROUTE_RIGHT_ADMIN);
    return is_owned && (who->identity == IDENTITY_ASSERTED || !is_allowed);
}

static struct verdict check_name(const struct claim *claim,
                                 struct claimant *out)
{
    struct bytes name = claim->agent;
    if (name.len == 0) {
        return out->rights & ROUTE_RIGHT_OBSERVE
                   ? verdict_ok()
                   : verdict_of(REFUSAL_DENIED,
                                "an observer needs the right to observe");
    }
    out->agent = agent_named(out->swarm, name);
    if (!out->agent) {
        return verdict_ok();
    }
    if (is_of_another(out)) {
        return verdict_of(REFUSAL_DENIED,
                          "the agent belongs to another principal");
    }
    const struct peer *peer = out->agent->peer;
    if (peer && !(claim->takeover &&
                  bytes_equal_text(out->principal, peer->principal))) {
        return verdict_of(REFUSAL_NAME_IN_USE, NULL);
    }
    return verdict_ok();
}

struct verdict identify(struct route *route, const struct claim *claim,
                        struct claimant *out)
{
    *out = (struct claimant){.agent = NULL};
    out->swarm = swarm_named(route, or_default(claim->swarm));
    if (!out->swarm) {
        return verdict_of(REFUSAL_WRONG_SWARM,
                          "this broker does not serve that swarm");
    }
    struct verdict verdict = claim->token.len > 0
                                 ? by_token(route, claim, out)
                                 : by_assertion(route, claim, out);
    return verdict.code == REFUSAL_NONE ? check_name(claim, out) : verdict;
}
