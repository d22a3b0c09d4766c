/* SPDX-License-Identifier: MIT */
#include "fake_broker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "client/core/compose.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages.h"

void fake_init(struct fake *fake, struct reverie_config config)
{
    *fake = (struct fake){.now_us = 1000000};
    config.endpoint = "ipc:///nowhere";
    config.agent = config.agent ? config.agent : "ada";
    buf_init(&fake->kind, RECORD_ENVELOPE_MAX);
    buf_init(&fake->envelope, RECORD_ENVELOPE_MAX);
    buf_init(&fake->body, CONTROL_MAX);
    arena_init(&fake->arena, 4 * CONTROL_MAX);
    assert_int_equal(
        client_new(&config, bytes_of_text("secret"), 7, &fake->client), ERR_OK);
}

void fake_fini(struct fake *fake)
{
    client_free(fake->client);
    buf_fini(&fake->kind);
    buf_fini(&fake->envelope);
    buf_fini(&fake->body);
    arena_fini(&fake->arena);
}

const char *fake_take(struct fake *fake)
{
    struct frame frames[2] = {{.is_open = false}};
    buf_reset(&fake->kind);
    buf_reset(&fake->envelope);
    buf_reset(&fake->body);
    arena_reset(&fake->arena);
    if (client_output(fake->client, frames)) {
        struct envelope envelope;
        assert_int_equal(envelope_read(frame_bytes(&frames[0]), &envelope),
                         ERR_OK);
        buf_add(&fake->kind, envelope.kind);
        buf_add(&fake->envelope, frame_bytes(&frames[0]));
        buf_add(&fake->body, frame_bytes(&frames[1]));
        compose_close(frames, 2);
        client_sent(fake->client, fake->now_us);
    }
    return buf_text(&fake->kind);
}

void fake_expect(struct fake *fake, const char *kind)
{
    assert_string_equal(fake_take(fake), kind);
}

void fake_expect_silence(struct fake *fake)
{
    assert_string_equal(fake_take(fake), "");
}

void fake_send(struct fake *fake, const char *kind, const void *message)
{
    struct frame frames[3] = {{.is_open = false}};
    assert_int_equal(compose_control(kind, message, frames), ERR_OK);
    client_receive(fake->client, frames, 2, fake->now_us);
}

void fake_welcome(struct fake *fake, uint64_t send_limit)
{
    assert_true(client_wants_dial(fake->client, fake->now_us));
    client_dialled(fake->client, fake->now_us, fake->now_us);
    fake_expect(fake, "control.hello");
    Reverie__V1__Welcome welcome = REVERIE__V1__WELCOME__INIT;
    char principal[] = "ada";
    welcome.principal = principal;
    welcome.has_epoch = true;
    welcome.epoch = 3;
    welcome.has_lease_ms = true;
    welcome.lease_ms = 15000;
    welcome.has_send_limit_bytes = true;
    welcome.send_limit_bytes = send_limit;
    fake_send(fake, "control.welcome", &welcome);
    assert_int_equal(client_state(fake->client), CLIENT_WELCOME);
}

void fake_accept(struct fake *fake, struct bytes id, uint64_t seq)
{
    Reverie__V1__Acceptance one = REVERIE__V1__ACCEPTANCE__INIT;
    one.has_id = true;
    one.id = message_binary(id);
    one.has_seq = true;
    one.seq = seq;
    Reverie__V1__Acceptance *list[] = {&one};
    Reverie__V1__Accepted accepted = REVERIE__V1__ACCEPTED__INIT;
    accepted.n_messages = 1;
    accepted.messages = list;
    fake_send(fake, "control.accepted", &accepted);
}

void fake_refuse(struct fake *fake, struct bytes id, const char *code,
                 int retry_after_ms)
{
    char text[64];
    strncpy(text, code, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    Reverie__V1__Refused refused = REVERIE__V1__REFUSED__INIT;
    refused.has_id = id.len > 0;
    refused.id = message_binary(id);
    refused.code = text;
    refused.sentence = text;
    refused.has_retry_after_ms = retry_after_ms >= 0;
    refused.retry_after_ms = (uint64_t)retry_after_ms;
    fake_send(fake, "control.refused", &refused);
}

size_t fake_event(struct fake *fake, uint32_t stream, uint64_t seq,
                  const char *kind, struct bytes body)
{
    struct stamp stamp = {.version = STAMP_VERSION,
                          .seq = seq,
                          .epoch = 3,
                          .principal = BYTES_LITERAL("bob"),
                          .from = BYTES_LITERAL("bob"),
                          .has_stream = stream != 0,
                          .stream = stream};
    struct envelope envelope = {.version = ENVELOPE_VERSION,
                                .to = BYTES_LITERAL("agent:ada"),
                                .kind = bytes_of_text(kind)};
    struct buf head;
    buf_init(&head, STAMP_MAX + RECORD_ENVELOPE_MAX);
    stamp_write_claims(&stamp, &head);
    stamp_write_place(&stamp, &head);
    if (stream != 0) {
        stamp_write_delivery(&stamp, &head);
    }
    struct frame frames[3] = {{.is_open = false}};
    frame_copy(&frames[0], buf_bytes(&head));
    buf_reset(&head);
    envelope_write(&envelope, &head);
    frame_copy(&frames[1], buf_bytes(&head));
    frame_copy(&frames[2], body);
    size_t bytes = compose_bytes(frames, 3);
    client_receive(fake->client, frames, 3, fake->now_us);
    buf_fini(&head);
    return bytes;
}

void fake_pass(struct fake *fake, int64_t us)
{
    fake->now_us += us;
    client_tick(fake->client, fake->now_us);
}

void fake_open(struct fake *fake, uint64_t send_limit)
{
    fake_init(fake, (struct reverie_config){0});
    fake_welcome(fake, send_limit);
}

struct id fake_id(uint8_t number)
{
    return id_make(number, number, number);
}

void fake_publish(struct fake *fake, uint8_t number, size_t body_bytes)
{
    static const uint8_t body[4096];
    struct id id = fake_id(number);
    struct frame frames[2] = {{.is_open = false}};
    struct reverie_message message = {.to = "team:blue",
                                      .kind = "agent.message",
                                      .body = body,
                                      .body_bytes = body_bytes};
    assert_int_equal(compose_message(&message, &id, frames), ERR_OK);
    assert_int_equal(client_publish(fake->client, &id, frames), ERR_OK);
}

void fake_expect_message(struct fake *fake, uint8_t number)
{
    struct id id = fake_id(number);
    struct envelope envelope;
    fake_expect(fake, "agent.message");
    assert_int_equal(envelope_read(buf_bytes(&fake->envelope), &envelope),
                     ERR_OK);
    assert_true(bytes_equal(envelope.id, id_bytes(&id)));
}

void fake_accept_message(struct fake *fake, uint8_t number)
{
    struct id id = fake_id(number);
    fake_accept(fake, id_bytes(&id), number);
}

void fake_welcome_again(struct fake *fake, uint64_t send_limit)
{
    assert_int_equal(client_state(fake->client), CLIENT_APART);
    fake->now_us = client_deadline(fake->client);
    fake_welcome(fake, send_limit);
}
