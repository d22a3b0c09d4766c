/* SPDX-License-Identifier: MIT */
/* reverie.h, part one: the connection and the view. */
#include "client/reverie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/edge/crypto.h"
#include "base/rng.h"
#include "client/handle.h"

enum {
    OPEN_TIMEOUT_MS = 5000,
    SHARED_SOCKETS_MAX = 16384,
    TOKEN_MAX = 4096
};

struct reverie_bus *reverie_bus_new(void)
{
    struct reverie_bus *shared = mem_new(sizeof(*shared));
    shared->bus = bus_new(1, SHARED_SOCKETS_MAX);
    if (!shared->bus) {
        free(shared);
        return NULL;
    }
    return shared;
}

void reverie_bus_close(struct reverie_bus *bus)
{
    if (bus) {
        bus_close(bus->bus);
        free(bus);
    }
}

enum reverie_result handle_fail(struct reverie *handle,
                                enum reverie_result result, const char *code,
                                const char *sentence)
{
    if (handle->core) {
        client_blame(handle->core, code, sentence);
    } else {
        handle->early_code = code;
        handle->early_sentence = sentence;
    }
    return result;
}

int64_t handle_end_us(int timeout_ms)
{
    return timeout_ms < 0 ? INT64_MAX
                          : clock_monotonic_us() + timeout_ms * US_PER_MS;
}

int handle_left_ms(int64_t end_us)
{
    if (end_us == INT64_MAX) {
        return -1;
    }
    int64_t left_us = end_us - clock_monotonic_us();
    return left_us <= 0 ? 0 : (int)((left_us + US_PER_MS - 1) / US_PER_MS);
}

enum reverie_result handle_wait(struct reverie *handle, int timeout_ms,
                                handle_ready ready, const void *context)
{
    if (!handle->core || !handle->dialer) {
        return REVERIE_CLOSED;
    }
    int64_t end_us = handle_end_us(timeout_ms);
    for (;;) {
        dialer_move(handle->dialer);
        if (ready(handle, context)) {
            return REVERIE_OK;
        }
        if (client_state(handle->core) == CLIENT_ENDED) {
            return REVERIE_CLOSED;
        }
        if (clock_monotonic_us() >= end_us) {
            return REVERIE_TIMEOUT;
        }
        dialer_wait(handle->dialer, end_us);
    }
}

/* ---- opening ---------------------------------------------------------------
 */

static bool is_settled_in(const struct reverie *handle, const void *context)
{
    const struct reverie_config *config = context;
    if (client_state(handle->core) != CLIENT_WELCOME) {
        return false;
    }
    return !config->keep_view || !config->agent ||
           client_has_view(handle->core) ||
           client_view_was_refused(handle->core);
}

static enum reverie_result read_token(struct reverie *handle,
                                      const struct reverie_config *config,
                                      struct buf *token)
{
    if (!config->token_file) {
        return REVERIE_OK;
    }
    enum err err = dialer_read_token(config->token_file, token);
    if (err == ERR_OK) {
        return REVERIE_OK;
    }
    snprintf(handle->token_why, sizeof(handle->token_why),
             "the token file %s cannot be read: %s", config->token_file,
             err_text(err));
    return handle_fail(handle, REVERIE_INVALID, err_name(err),
                       handle->token_why);
}

static enum reverie_result build(struct reverie *handle,
                                 const struct reverie_config *config,
                                 struct bytes token)
{
    uint64_t seed = 0;
    crypto_random(&seed, sizeof(seed));
    *handle->rng = rng_seeded(seed, 1);
    if (!config->endpoint) {
        return handle_fail(handle, REVERIE_INVALID, "invalid",
                           "config.endpoint is missing");
    }
    if (client_new(config, token, seed, &handle->core) != ERR_OK) {
        return handle_fail(handle, REVERIE_INVALID, "too_big",
                           "config has too many roles or too long texts");
    }
    if (dialer_new(config->bus, config->endpoint, handle->core,
                   &handle->dialer) != ERR_OK) {
        return handle_fail(handle, REVERIE_SYSTEM, "io",
                           "the system has no room for another bus");
    }
    return REVERIE_OK;
}

static enum reverie_result greet(struct reverie *handle,
                                 const struct reverie_config *config)
{
    enum reverie_result result = handle_wait(
        handle,
        config->open_timeout_ms > 0 ? config->open_timeout_ms : OPEN_TIMEOUT_MS,
        is_settled_in, config);
    if (result == REVERIE_CLOSED) {
        bool is_wrong =
            strcmp(reverie_why_code(handle), "invalid_endpoint") == 0;
        return is_wrong ? REVERIE_INVALID : REVERIE_REFUSED;
    }
    if (result == REVERIE_OK && client_view_was_refused(handle->core)) {
        return REVERIE_REFUSED;
    }
    return result;
}

enum reverie_result reverie_open(const struct reverie_config *config,
                                 struct reverie **out_client)
{
    struct reverie *handle = mem_new(sizeof(*handle));
    handle->rng = mem_new(sizeof(*handle->rng));
    *out_client = handle;
    struct buf token;
    buf_init(&token, TOKEN_MAX);
    enum reverie_result result = read_token(handle, config, &token);
    if (result == REVERIE_OK) {
        result = build(handle, config, buf_bytes(&token));
    }
    buf_fini(&token);
    return result == REVERIE_OK ? greet(handle, config) : result;
}

void reverie_close(struct reverie *client)
{
    if (!client) {
        return;
    }
    if (client->core && client->dialer) {
        client_settle(client->core);
        dialer_send(client->dialer);
        client_say_bye(client->core);
        dialer_send(client->dialer);
    }
    letter_close(&client->letter);
    dialer_free(client->dialer);
    client_free(client->core);
    free(client->rng);
    free(client);
}

/* ---- knowing ---------------------------------------------------------------
 */

const char *reverie_why(const struct reverie *client)
{
    const char *early = client->early_sentence;
    return client->core ? client_sentence(client->core) : early ? early : "";
}

const char *reverie_why_code(const struct reverie *client)
{
    const char *early = client->early_code;
    return client->core ? client_code(client->core) : early ? early : "";
}

const char *reverie_principal(const struct reverie *client)
{
    return client->core ? client_principal(client->core) : "";
}

uint64_t reverie_epoch(const struct reverie *client)
{
    return client->core ? client_epoch(client->core) : 0;
}

struct reverie_counts reverie_counts(const struct reverie *client)
{
    return client->core ? client_counts(client->core)
                        : (struct reverie_counts){0};
}

int reverie_fd(const struct reverie *client)
{
    return client->dialer ? dialer_fd(client->dialer) : -1;
}

static bool never(const struct reverie *handle, const void *context)
{
    (void)handle;
    (void)context;
    return false;
}

enum reverie_result reverie_poll(struct reverie *client, int timeout_ms)
{
    enum reverie_result result = handle_wait(client, timeout_ms, never, NULL);
    return result == REVERIE_TIMEOUT ? REVERIE_OK : result;
}

/* ---- view ------------------------------------------------------------------
 */

const char *reverie_view_id(const struct reverie *client)
{
    return client->core ? mirror_id(client_mirror(client->core)) : "";
}

size_t reverie_view_size(const struct reverie *client)
{
    return client->core ? mirror_size(client_mirror(client->core)) : 0;
}

bool reverie_view_at(const struct reverie *client, size_t index,
                     struct reverie_memory *out_memory)
{
    return client->core &&
           mirror_at(client_mirror(client->core), index, out_memory);
}

bool reverie_view_find(const struct reverie *client, const char *path,
                       struct reverie_memory *out_memory)
{
    return client->core &&
           mirror_find(client_mirror(client->core), path, out_memory);
}

enum reverie_result reverie_view_applied(struct reverie *client)
{
    if (!client->core || !client_has_view(client->core)) {
        return handle_fail(client, REVERIE_INVALID, "invalid",
                           "this client keeps no view (config.keep_view)");
    }
    client_apply_view(client->core);
    dialer_move(client->dialer);
    return REVERIE_OK;
}
