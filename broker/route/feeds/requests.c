/* SPDX-License-Identifier: MIT */
#include "broker/route/feeds/requests.h"

#include <stdlib.h>

#include "broker/route/core/effects.h"
#include "broker/route/core/rows.h"
#include "broker/route/flow/accept.h"
#include "broker/route/flow/unread.h"
#include "broker/route/peers/peers.h"
#include "proto/messages.h"

static const char *const own_services[] = {"log",   "memory", "review",
                                           "peers", "admin",  "dream"};

static const char unread_sentence[] =
    "the replies before this one were not read yet";

static bool is_own(struct bytes service)
{
    for (size_t i = 0; i < ARRAY_LEN(own_services); i++) {
        if (bytes_equal_text(service, own_services[i])) {
            return true;
        }
    }
    return false;
}

/* "dream" is shared: a worker runs, the ledger knows the rest. */
static bool is_passed_on(struct bytes service, struct bytes method)
{
    return !is_own(service) || (bytes_equal_text(service, "dream") &&
                                bytes_equal_text(method, "run"));
}

static void say_failed(struct route *route, const struct peer *peer,
                       uint64_t number, struct verdict verdict)
{
    peer->swarm->tally.refusals[verdict.code]++;
    const char *sentence =
        verdict.sentence ? verdict.sentence : refusal_sentence(verdict.code);
    Reverie__V1__Reply reply = REVERIE__V1__REPLY__INIT;
    reply.has_request = true;
    reply.request = number;
    reply.code = message_field(refusal_name(verdict.code));
    reply.sentence = message_field(sentence);
    control_send(route, peer->routing_id, "control.reply", &reply);
}

/* Whether it was said: not to a peer that leaves its replies unread, which
 * hears so instead. */
static bool say_reply(struct route *route, struct peer *peer,
                      const Reverie__V1__Reply *reply)
{
    size_t bytes = reply->payload.len;
    if (bytes > 0 && !unread_fits(route, peer, bytes)) {
        route_count(route, peer->swarm, COUNT_REPLIES_WITHHELD);
        say_failed(route, peer, reply->request,
                   verdict_of(REFUSAL_TOO_MANY_REQUESTS, unread_sentence));
        return false;
    }
    control_send(route, peer->routing_id, "control.reply", reply);
    unread_add(route, peer, bytes);
    return true;
}

static void forget(struct route *route, struct question *question)
{
    struct peer *asker = peer_tagged(route, question->asker);
    if (asker) {
        asker->request_count--;
    }
    slots_remove(&route->questions, question->tag);
    free(question);
}

/* Ends a question without an answer from its service. */
static void fail(struct route *route, struct question *question,
                 struct verdict verdict)
{
    const struct peer *asker = peer_tagged(route, question->asker);
    if (asker && question->type == QUESTION_REQUEST) {
        say_failed(route, asker, question->number, verdict);
    } else if (asker) {
        control_refuse(route, asker->swarm, asker->routing_id,
                       id_bytes(&question->id), verdict, "memory.ack");
    }
    forget(route, question);
}

static int64_t deadline_of(const struct route *route,
                           const Reverie__V1__Request *request)
{
    const struct route_config *config = &route->config;
    int64_t wait_us = config->deadline_us;
    uint64_t longest_ms = (uint64_t)(config->deadline_max_us / 1000);
    if (request && request->has_deadline_ms) {
        wait_us = request->deadline_ms < longest_ms
                      ? (int64_t)request->deadline_ms * 1000
                      : config->deadline_max_us;
    }
    return route->monotonic_us + wait_us;
}

/* A new question of ${peer}, or NULL: a maximum is reached. */
static struct question *question_add(struct route *route, struct peer *peer,
                                     enum question_type type)
{
    if (peer->request_count >= REQUESTS_PER_PEER_MAX) {
        return NULL;
    }
    struct question *question = mem_new(sizeof(*question));
    question->tag = slots_add(&route->questions, question);
    if (!question->tag) {
        free(question);
        return NULL;
    }
    question->type = type;
    question->asker = peer->tag;
    peer->request_count++;
    route_count(route, peer->swarm, COUNT_REQUESTS);
    return question;
}

static bool number_is_in_use(const struct route *route, const struct peer *peer,
                             uint64_t number)
{
    uint32_t cursor = 0;
    const struct question *question;
    while (peer->request_count > 0 &&
           (question = slots_next(&route->questions, &cursor))) {
        if (question->asker == peer->tag && question->number == number &&
            question->type == QUESTION_REQUEST) {
            return true;
        }
    }
    return false;
}

static struct bytes name_of(const struct peer *peer)
{
    return peer->agent ? peer->agent->mailbox->name
                       : bytes_of_text(peer->principal);
}

static void pass_on(struct route *route, struct question *question,
                    const struct peer *asker, struct peer *server,
                    const Reverie__V1__Request *request)
{
    question->server = server->tag;
    char *name = bytes_to_text(name_of(asker));
    Reverie__V1__Request out = *request;
    out.has_request = true;
    out.request = question->tag;
    out.has_deadline_ms = true;
    out.deadline_ms =
        (uint64_t)(question->deadline_us - route->monotonic_us) / 1000;
    out.asker = name;
    control_send(route, server->routing_id, "control.request", &out);
    unread_add(route, server, request->payload.len);
    free(name);
}

static struct route_asker asker_of(const struct peer *peer)
{
    struct bytes none = {NULL, 0};
    struct agent *agent = peer->agent;
    return (struct route_asker){
        .swarm = peer->swarm->number,
        .swarm_name = bytes_of_text(peer->swarm->name),
        .agent = agent ? agent->mailbox->name : none,
        .team = agent && agent->team ? agent->team->name : none,
        .principal = bytes_of_text(peer->principal),
        .identity = peer->identity,
        .rights = peer->rights,
    };
}

static void ask_edge(struct route *route, const struct question *question,
                     const struct peer *peer, struct bytes service,
                     struct bytes method, struct bytes payload)
{
    struct route_request request = {
        .tag = question->tag,
        .service = effects_copy(route, service),
        .method = effects_copy(route, method),
        .payload = effects_copy(route, payload),
        .deadline_us = question->deadline_us,
        .asker = asker_of(peer),
    };
    effects_add(route, ROUTE_REQUEST)->request = request;
}

static void ask(struct route *route, struct peer *peer,
                const Reverie__V1__Request *request, struct peer *server)
{
    struct question *question = question_add(route, peer, QUESTION_REQUEST);
    if (!question) {
        say_failed(route, peer, request->request,
                   verdict_of(REFUSAL_TOO_MANY_REQUESTS, NULL));
        return;
    }
    question->number = request->request;
    question->deadline_us = deadline_of(route, request);
    if (server) {
        pass_on(route, question, peer, server, request);
    } else {
        ask_edge(route, question, peer, message_text(request->service),
                 message_text(request->method),
                 message_bytes(request->has_payload, request->payload));
    }
}

/* Who answers in the broker's place; ${out_server} stays NULL if it does. */
static struct verdict server_of(struct route *route, const struct peer *peer,
                                const Reverie__V1__Request *request,
                                struct peer **out_server)
{
    struct bytes service = message_text(request->service);
    if (!is_passed_on(service, message_text(request->method))) {
        return verdict_ok();
    }
    if (is_own(service) && !(peer->rights & ROUTE_RIGHT_OBSERVE)) {
        return verdict_of(REFUSAL_DENIED, "a dream needs the right to observe");
    }
    struct peer *server = peer_serving(route, peer->swarm, service);
    if (!server) {
        return verdict_of(is_own(service) ? REFUSAL_NO_WORKER
                                          : REFUSAL_UNKNOWN_SERVICE,
                          NULL);
    }
    if (route_is_draining(route, peer->swarm)) {
        return verdict_of(REFUSAL_DRAINING, NULL);
    }
    if (!unread_allows(route, server)) {
        return verdict_of(REFUSAL_TOO_MANY_REQUESTS,
                          "the worker has not read those before this one yet");
    }
    *out_server = server;
    return verdict_ok();
}

struct verdict request_ask(struct route *route, struct peer *peer,
                           struct bytes body)
{
    Reverie__V1__Request *request;
    if (CONTROL_UNPACK(route, request, body, &request) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    if (number_is_in_use(route, peer, request->request)) {
        return verdict_of(REFUSAL_INVALID,
                          "this connection has a request of that number");
    }
    struct peer *server = NULL;
    struct verdict verdict =
        unread_allows(route, peer)
            ? server_of(route, peer, request, &server)
            : verdict_of(REFUSAL_TOO_MANY_REQUESTS, unread_sentence);
    if (verdict.code != REFUSAL_NONE) {
        say_failed(route, peer, request->request, verdict);
    } else {
        ask(route, peer, request, server);
    }
    return verdict_ok();
}

struct verdict request_acknowledge(struct route *route, struct peer *peer,
                                   const struct id *id, struct bytes body)
{
    if (!peer->agent) {
        return verdict_of(REFUSAL_DENIED,
                          "an observer has no memory to acknowledge");
    }
    struct question *question = question_add(route, peer, QUESTION_ACK);
    if (!question) {
        return verdict_of(REFUSAL_TOO_MANY_REQUESTS, NULL);
    }
    question->id = *id;
    question->deadline_us = deadline_of(route, NULL);
    ask_edge(route, question, peer, BYTES_LITERAL("memory"),
             BYTES_LITERAL("ack"), body);
    return verdict_ok();
}

struct verdict request_answer(struct route *route, struct peer *peer,
                              struct bytes body)
{
    Reverie__V1__Reply *reply;
    if (CONTROL_UNPACK(route, reply, body, &reply) != ERR_OK) {
        return verdict_of(REFUSAL_MALFORMED, NULL);
    }
    struct question *question = slots_get(&route->questions, reply->request);
    if (!question || question->server != peer->tag) {
        route_count(route, peer->swarm, COUNT_REPLIES_LATE);
        return verdict_ok();
    }
    struct peer *asker = peer_tagged(route, question->asker);
    bool is_last = !reply->more;
    reply->request = question->number;
    if (!say_reply(route, asker, reply) || is_last) {
        forget(route, question);
    }
    return verdict_ok();
}

static bool relay(struct route *route, struct peer *asker,
                  const struct question *question,
                  const struct route_reply *reply)
{
    char *sentence = bytes_to_text(reply->sentence);
    Reverie__V1__Reply out = REVERIE__V1__REPLY__INIT;
    out.has_request = true;
    out.request = question->number;
    out.code = message_field(reply->code);
    out.sentence = reply->sentence.len > 0 ? sentence : NULL;
    out.has_payload = reply->payload.len > 0;
    out.payload = message_binary(reply->payload);
    out.has_more = reply->more;
    out.more = reply->more;
    bool is_said = say_reply(route, asker, &out);
    free(sentence);
    return is_said;
}

/* What the asker is shown by a reply is what it has been told. */
static void note_view(struct route *route, const struct peer *asker,
                      struct bytes view)
{
    bool is_changed = false;
    if (view.len > 0 && asker->agent &&
        view_merge(&asker->agent->view, view, &is_changed) == ERR_OK &&
        is_changed) {
        rows_save_view(route, asker->agent);
    }
}

static void finish_acknowledge(struct route *route, struct peer *asker,
                               const struct question *question,
                               const struct route_reply *reply)
{
    enum refusal code = refusal_of_name(reply->code);
    if (code != REFUSAL_NONE) {
        control_refuse(route, asker->swarm, asker->routing_id,
                       id_bytes(&question->id), verdict_of(code, NULL),
                       "memory.ack");
        return;
    }
    struct acceptance acceptance = {
        .id = question->id, .log = reply->log, .seq = reply->seq};
    accept_add(route, asker, &acceptance);
}

void request_reply(struct route *route, const struct route_reply *reply)
{
    struct question *question = slots_get(&route->questions, reply->tag);
    if (!question) {
        route_count(route, NULL, COUNT_REPLIES_LATE);
        return;
    }
    struct peer *asker = peer_tagged(route, question->asker);
    assert(asker); /* its questions end with it */
    bool is_last = !reply->more;
    if (question->type == QUESTION_ACK) {
        finish_acknowledge(route, asker, question, reply);
    } else if (relay(route, asker, question, reply)) {
        note_view(route, asker, reply->view);
    } else {
        is_last = true;
    }
    if (is_last) {
        forget(route, question);
    }
}

void requests_tick(struct route *route)
{
    uint32_t cursor = 0;
    struct question *question;
    while ((question = slots_next(&route->questions, &cursor))) {
        if (route->monotonic_us >= question->deadline_us) {
            fail(route, question, verdict_of(REFUSAL_DEADLINE, NULL));
        }
    }
}

void requests_leave(struct route *route, const struct peer *peer)
{
    uint32_t cursor = 0;
    struct question *question;
    while ((question = slots_next(&route->questions, &cursor))) {
        if (question->asker == peer->tag) {
            forget(route, question);
        } else if (question->server == peer->tag) {
            fail(route, question,
                 verdict_of(REFUSAL_NO_WORKER,
                            "the worker went away before it answered"));
        }
    }
}
