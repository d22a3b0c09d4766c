/* SPDX-License-Identifier: MIT */
/* reverie.h, part four: asking and answering. */
#include "base/clock.h"
#include "client/handle.h"

static bool is_answered(const struct reverie *handle, const void *context)
{
    (void)context;
    enum client_ask state = client_asked(handle->core);
    return state != ASK_WAITING && state != ASK_SENT;
}

static enum reverie_result outcome(struct reverie *handle,
                                   const void **out_payload, size_t *out_bytes)
{
    if (client_asked(handle->core) == ASK_REFUSED) {
        return REVERIE_REFUSED;
    }
    if (client_asked(handle->core) != ASK_ANSWERED) {
        return handle_fail(handle, REVERIE_CLOSED, "disconnected",
                           "the connection broke before the answer came: ask "
                           "again, it may or may not have been carried out");
    }
    struct bytes answer = client_answer(handle->core);
    if (out_payload) {
        *out_payload = answer.data;
    }
    if (out_bytes) {
        *out_bytes = answer.len;
    }
    return REVERIE_OK;
}

/* The parameters are those of the public contract. */
// NOLINTNEXTLINE(readability-function-size)
enum reverie_result reverie_request(struct reverie *client, const char *service,
                                    const char *method, const void *payload,
                                    size_t payload_bytes, int timeout_ms,
                                    reverie_more on_more, void *context,
                                    const void **out_payload, size_t *out_bytes)
{
    if (!client->core || client_state(client->core) == CLIENT_ENDED) {
        return REVERIE_CLOSED;
    }
    struct client_question question = {
        .service = service,
        .method = method,
        .payload = bytes_of(payload, payload_bytes),
        .timeout_us = timeout_ms < 0 ? -1 : timeout_ms * US_PER_MS,
        .on_more = on_more,
        .context = context,
    };
    if (client_ask(client->core, &question) != ERR_OK) {
        return handle_fail(client, REVERIE_INVALID, "too_big",
                           "a request is at most 8 MiB");
    }
    enum reverie_result result =
        handle_wait(client, timeout_ms, is_answered, NULL);
    return result == REVERIE_OK ? outcome(client, out_payload, out_bytes)
                                : result;
}

static bool has_call(const struct reverie *handle, const void *context)
{
    (void)context;
    return client_has_call(handle->core);
}

enum reverie_result reverie_serve(struct reverie *client, int timeout_ms,
                                  const struct reverie_call **out_call)
{
    enum reverie_result result =
        handle_wait(client, timeout_ms, has_call, NULL);
    if (result == REVERIE_OK) {
        (void)client_take_call(client->core, &client->call);
        *out_call = &client->call;
    }
    return result;
}

enum reverie_result reverie_reply(struct reverie *client, uint64_t request,
                                  const char *code, const char *sentence,
                                  const void *payload, size_t payload_bytes,
                                  bool more)
{
    if (!client->core) {
        return REVERIE_CLOSED;
    }
    enum err err = client_reply(client->core, request, code, sentence,
                                bytes_of(payload, payload_bytes), more);
    if (err == ERR_NOT_FOUND) {
        return handle_fail(client, REVERIE_CLOSED, "not_found",
                           "nobody waits for that answer any more");
    }
    if (err != ERR_OK) {
        return handle_fail(client, REVERIE_INVALID, "too_big",
                           "a reply is at most 8 MiB");
    }
    dialer_send(client->dialer);
    return REVERIE_OK;
}
