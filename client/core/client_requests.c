/* SPDX-License-Identifier: MIT */
/* Requests: asked by the caller, asked of the caller, and the one for the
 * view that the client asks by itself. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/core/client_state.h"
#include "proto/messages.h"

enum {
    /* A payload of CONTROL_MAX, and the structs around it. */
    REQUEST_ARENA_MAX = CONTROL_MAX + (1 << 20)
};

static const int64_t view_pause_us = 200 * US_PER_MS;

/* ---- asking ----------------------------------------------------------------
 */

static void forget_ask(struct ask *ask)
{
    compose_close(ask->frames, COMPOSE_FRAMES);
    buf_reset(&ask->answer);
    ask->state = ASK_NONE;
    ask->request = 0;
}

enum err client_ask(struct client *client,
                    const struct client_question *question)
{
    struct ask *ask = &client->ask;
    forget_ask(ask);
    Reverie__V1__Request request = REVERIE__V1__REQUEST__INIT;
    request.has_request = true;
    request.request = client->next_request;
    request.service = message_field(question->service);
    request.method = message_field(question->method);
    request.has_deadline_ms = question->timeout_us > 0;
    request.deadline_ms = (uint64_t)(question->timeout_us / US_PER_MS);
    request.has_payload = true;
    request.payload = message_binary(question->payload);
    enum err err = compose_control("control.request", &request, ask->frames);
    if (err != ERR_OK) {
        return err;
    }
    ask->request = client->next_request++;
    ask->on_more = question->on_more;
    ask->context = question->context;
    ask->state = ASK_WAITING;
    client_send_ask(client);
    return ERR_OK;
}

void client_send_ask(struct client *client)
{
    if (client->state == CLIENT_WELCOME && client->ask.state == ASK_WAITING) {
        client->ask.state = ASK_SENT;
        client_put_frames(client, client->ask.frames);
    }
}

enum client_ask client_asked(const struct client *client)
{
    return client->ask.state;
}

struct bytes client_answer(const struct client *client)
{
    return buf_bytes(&client->ask.answer);
}

/* Behind still, or refused: not at once, so that two sides that cannot agree
 * do not keep each other busy. */
static void take_view(struct client *client, const Reverie__V1__Reply *reply)
{
    bool is_ok = strcmp(reply->code ? reply->code : "", "ok") == 0;
    client->view_request = 0;
    if (is_ok &&
        mirror_load(client->mirror, message_bytes(reply->has_payload,
                                                  reply->payload)) == ERR_OK) {
        client->has_view = true;
        if (!mirror_is_behind(client->mirror)) {
            return;
        }
    } else {
        client_blame(client, reply->code ? reply->code : "",
                     reply->sentence ? reply->sentence : "");
    }
    client->view_at_us = client->now_us + view_pause_us;
}

static void take_answer(struct client *client, const Reverie__V1__Reply *reply)
{
    struct ask *ask = &client->ask;
    struct bytes payload = message_bytes(reply->has_payload, reply->payload);
    bool is_ok = strcmp(reply->code ? reply->code : "", "ok") == 0;
    if (is_ok && reply->more) {
        if (ask->on_more) {
            ask->on_more(ask->context, payload.data, payload.len);
        }
        return;
    }
    ask->state = is_ok ? ASK_ANSWERED : ASK_REFUSED;
    ask->request = 0;
    buf_add(&ask->answer, payload);
    if (!is_ok) {
        client_blame(client, reply->code ? reply->code : "",
                     reply->sentence ? reply->sentence : "");
    }
}

void client_on_reply(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, REQUEST_ARENA_MAX);
    Reverie__V1__Reply *reply = NULL;
    if (MESSAGE_UNPACK(reply, body, &arena, &reply) != ERR_OK) {
        client->malformed++;
        reply = NULL;
    }
    if (reply && reply->request != 0) {
        if (reply->request == client->view_request) {
            take_view(client, reply);
        } else if (reply->request == client->ask.request &&
                   client->ask.state == ASK_SENT) {
            take_answer(client, reply);
        }
    }
    arena_fini(&arena);
}

/* ---- answering -------------------------------------------------------------
 */

static void free_call(struct open_call *call)
{
    if (call) {
        arena_fini(&call->texts);
        free(call);
    }
}

static size_t call_place(const struct client *client, uint64_t request)
{
    for (size_t i = 0; i < CLIENT_CALLS_MAX; i++) {
        if (client->calls[i] && client->calls[i]->request == request) {
            return i;
        }
    }
    return CLIENT_CALLS_MAX;
}

static size_t free_call_place(const struct client *client)
{
    size_t place = 0;
    while (place < CLIENT_CALLS_MAX && client->calls[place]) {
        place++;
    }
    return place;
}

static void put_reply(struct client *client, uint64_t request, const char *code,
                      const char *sentence)
{
    Reverie__V1__Reply reply = REVERIE__V1__REPLY__INIT;
    reply.has_request = true;
    reply.request = request;
    reply.code = message_field(code);
    reply.sentence = message_field(sentence);
    client_put_control(client, "control.reply", &reply);
}

void client_on_request(struct client *client, struct bytes body)
{
    struct open_call *call = mem_new(sizeof(*call));
    arena_init(&call->texts, REQUEST_ARENA_MAX);
    Reverie__V1__Request *request = NULL;
    if (MESSAGE_UNPACK(request, body, &call->texts, &request) != ERR_OK) {
        client->malformed++;
        free_call(call);
        return;
    }
    size_t place = free_call_place(client);
    if (place == CLIENT_CALLS_MAX) {
        put_reply(client, request->request, "too_many_requests",
                  "this worker has 64 requests to answer: ask again later");
        free_call(call);
        return;
    }
    struct bytes payload =
        message_bytes(request->has_payload, request->payload);
    call->request = request->request;
    call->call = (struct reverie_call){
        .request = request->request,
        .service = request->service ? request->service : "",
        .method = request->method ? request->method : "",
        .asker = request->asker ? request->asker : "",
        .payload = payload.data,
        .payload_bytes = payload.len,
    };
    client->calls[place] = call;
}

bool client_view_was_refused(const struct client *client)
{
    return !client->has_view && client->view_at_us != 0;
}

/* Request numbers grow, so the smallest is the oldest. */
static struct open_call *oldest_call(const struct client *client)
{
    struct open_call *oldest = NULL;
    for (size_t i = 0; i < CLIENT_CALLS_MAX; i++) {
        struct open_call *call = client->calls[i];
        if (call && !call->is_given &&
            (!oldest || call->request < oldest->request)) {
            oldest = call;
        }
    }
    return oldest;
}

bool client_has_call(const struct client *client)
{
    return oldest_call(client) != NULL;
}

bool client_take_call(struct client *client, struct reverie_call *out_call)
{
    struct open_call *call = oldest_call(client);
    if (!call) {
        return false;
    }
    /* The caller reads it even after the connection broke. */
    arena_fini(&client->given_texts);
    client->given_texts = call->texts;
    call->texts = (struct arena){0};
    call->is_given = true;
    *out_call = call->call;
    return true;
}

enum err client_reply(struct client *client, uint64_t request, const char *code,
                      const char *sentence, struct bytes payload, bool more)
{
    size_t place = call_place(client, request);
    if (place == CLIENT_CALLS_MAX) {
        return ERR_NOT_FOUND;
    }
    Reverie__V1__Reply reply = REVERIE__V1__REPLY__INIT;
    reply.has_request = true;
    reply.request = request;
    reply.code = message_field(code);
    reply.sentence = message_field(sentence);
    reply.has_payload = true;
    reply.payload = message_binary(payload);
    reply.has_more = more;
    reply.more = more;
    struct frame frames[COMPOSE_FRAMES] = {{.is_open = false}};
    enum err err = compose_control("control.reply", &reply, frames);
    if (err != ERR_OK) {
        return err;
    }
    if (!more) {
        free_call(client->calls[place]);
        client->calls[place] = NULL;
    }
    client_put_frames(client, frames);
    return ERR_OK;
}

/* ---- connection ------------------------------------------------------------
 */

void client_lose_requests(struct client *client)
{
    client->view_request = 0;
    client->view_at_us = 0;
    if (client->ask.state == ASK_SENT) {
        client->ask.state = ASK_LOST;
        client->ask.request = 0;
    }
    for (size_t i = 0; i < CLIENT_CALLS_MAX; i++) {
        free_call(client->calls[i]);
        client->calls[i] = NULL;
    }
}

void client_fini_requests(struct client *client)
{
    client_lose_requests(client);
    forget_ask(&client->ask);
    arena_fini(&client->given_texts);
    buf_fini(&client->ask.answer);
}
