/* SPDX-License-Identifier: MIT */
/* Hello, and what starts anew with every welcome. */
#include <stdio.h>

#include "base/clock.h"
#include "client/core/client_state.h"
#include "proto/envelope.h"
#include "proto/messages.h"

enum {
    WELCOME_ARENA_MAX = 64 << 10
};

void client_put_hello(struct client *client)
{
    const struct reverie_config *config = &client->config;
    Reverie__V1__Hello hello = REVERIE__V1__HELLO__INIT;
    hello.has_wire_min = true;
    hello.wire_min = WIRE_VERSION;
    hello.has_wire_max = true;
    hello.wire_max = WIRE_VERSION;
    hello.swarm = message_field(config->swarm);
    hello.agent = message_field(config->agent);
    hello.team = message_field(config->team);
    hello.n_roles = config->role_count;
    hello.roles = message_fields(config->roles);
    hello.token = client->token[0] ? message_field(client->token) : NULL;
    hello.principal = message_field(config->principal);
    hello.client =
        message_field(config->name ? config->name : "libreverie/0.1");
    hello.has_inbox_limit_bytes = config->agent != NULL;
    hello.inbox_limit_bytes = client->inbox_window;
    hello.n_serves = config->serve_count;
    hello.serves = message_fields(config->serves);
    /* After the first welcome the live connection of this agent, if the
     * broker still believes in one, is our own old one. */
    hello.has_takeover = config->takeover || client->was_welcome;
    hello.takeover = hello.has_takeover;
    if (client->has_view) {
        hello.view = message_field(mirror_id(client->mirror));
    }
    client_put_control(client, "control.hello", &hello);
}

static void start_anew(struct client *client)
{
    client->inbox_taken = 0;
    client->inbox_limit = client->inbox_window;
    client->send_used = 0;
    client->retry_at_us = 0;
    client->attempts = 0;
    client->pinged_us = 0;
    (void)outgoing_rewind(&client->outgoing, (struct bytes){0});
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        struct feed *feed = client->feeds[i];
        struct frame frames[COMPOSE_FRAMES] = {{.is_open = false}};
        if (feed && feed->state == FEED_WAITING &&
            feed_compose_open(feed, frames) == ERR_OK) {
            client_put_frames(client, frames);
        }
    }
    if (client->config.keep_view && client->config.agent) {
        client_fetch_view(client);
    }
    client_send_ask(client);
}

void client_on_welcome(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, WELCOME_ARENA_MAX);
    Reverie__V1__Welcome *welcome = NULL;
    if (client->state != CLIENT_GREETING ||
        MESSAGE_UNPACK(welcome, body, &arena, &welcome) != ERR_OK) {
        client->malformed++;
        arena_fini(&arena);
        return;
    }
    client->state = CLIENT_WELCOME;
    client->was_welcome = true;
    client->welcomes++;
    client->epoch = welcome->epoch;
    client->send_limit = welcome->send_limit_bytes;
    if (welcome->lease_ms > 0 && welcome->lease_ms < 86400000) {
        client->lease_us = (int64_t)welcome->lease_ms * US_PER_MS;
    }
    snprintf(client->principal, sizeof(client->principal), "%s",
             welcome->principal ? welcome->principal : "");
    arena_fini(&arena);
    start_anew(client);
}

void client_fetch_view(struct client *client)
{
    if (client->view_request != 0 || client->state != CLIENT_WELCOME) {
        return;
    }
    Reverie__V1__Request request = REVERIE__V1__REQUEST__INIT;
    client->view_request = client->next_request++;
    client->view_at_us = 0;
    request.has_request = true;
    request.request = client->view_request;
    request.service = message_field("memory");
    request.method = message_field("view");
    request.has_payload = true;
    client_put_control(client, "control.request", &request);
}

/* An ordinary message that the broker consumes. It is not kept for resending:
 * after a reconnect the whole view is fetched and acknowledged anew. False:
 * there is no credit for it now. */
static bool put_ack(struct client *client, const struct mirror_mount *mount,
                    uint64_t version, Reverie__V1__DeliveryState state)
{
    Reverie__V1__MemoryAck ack = REVERIE__V1__MEMORY_ACK__INIT;
    ack.store = message_field(mount->store);
    ack.has_version = true;
    ack.version = version;
    ack.has_state = true;
    ack.state = state;
    struct buf body;
    struct buf to;
    buf_init(&body, RECORD_ENVELOPE_MAX);
    buf_init(&to, ADDRESS_MAX_BYTES);
    message_pack(&ack, &body);
    buf_add_format(&to, "agent:%s", client->config.agent);
    struct id id = id_make(client->now_us + client->wall_offset_us,
                           rng_next(&client->rng), rng_next(&client->rng));
    struct reverie_message message = {
        .kind = "memory.ack",
        .to = buf_text(&to),
        .content_type = "application/x-protobuf",
        .body = buf_bytes(&body).data,
        .body_bytes = buf_bytes(&body).len,
    };
    struct frame frames[COMPOSE_FRAMES] = {{.is_open = false}};
    bool is_sent = false;
    if (compose_message(&message, &id, frames) == ERR_OK) {
        size_t bytes = compose_bytes(frames, COMPOSE_FRAMES);
        is_sent = client->send_used + bytes <= client->send_limit;
        client->send_used += is_sent ? bytes : 0;
    }
    if (is_sent) {
        client_put_frames(client, frames);
    }
    compose_close(frames, COMPOSE_FRAMES);
    buf_fini(&to);
    buf_fini(&body);
    return is_sent;
}

void client_put_acks(struct client *client)
{
    struct mirror_mount *mount = NULL;
    for (size_t i = 0; (mount = mirror_mount_at(client->mirror, i)); i++) {
        if (mount->version > mount->said_received &&
            put_ack(client, mount, mount->version,
                    REVERIE__V1__DELIVERY_STATE__DELIVERY_RECEIVED)) {
            mount->said_received = mount->version;
        }
        if (mount->applied > mount->said_applied &&
            put_ack(client, mount, mount->applied,
                    REVERIE__V1__DELIVERY_STATE__DELIVERY_APPLIED)) {
            mount->said_applied = mount->applied;
        }
    }
}

void client_apply_view(struct client *client)
{
    struct mirror_mount *mount = NULL;
    for (size_t i = 0; (mount = mirror_mount_at(client->mirror, i)); i++) {
        mount->applied = mount->version;
    }
}
