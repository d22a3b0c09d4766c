/* SPDX-License-Identifier: MIT */
#include "tests/e2e/broker_harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/edge/crypto.h"
#include "base/id.h"
#include "proto/messages.h"

enum {
    WHY_MAX = 4096,
    BUFFER_MAX = 16 << 20,
    SOCKETS_MAX = 2048,
    LIMIT = 64 << 20
};

/* ---- the broker ---------------------------------------------------------- */

int harness_set_up(void **state)
{
    struct harness *harness = mem_new(sizeof(*harness));
    char path[HARNESS_PATH_MAX];

    (void)snprintf(harness->directory, sizeof(harness->directory),
                   "/tmp/reverie-broker-XXXXXX");
    assert_non_null(mkdtemp(harness->directory));
    harness->settings = settings_new(broker_settings, broker_setting_count);
    assert_int_equal(
        settings_set(harness->settings, "data", harness->directory), ERR_OK);
    (void)snprintf(path, sizeof(path), "ipc://%.200s/bus", harness->directory);
    assert_int_equal(settings_set(harness->settings, "bus", path), ERR_OK);
    harness->bus = bus_new(1, SOCKETS_MAX);
    assert_int_equal(sem_init(&harness->ready, 0, 0), 0);
    assert_int_equal(sem_init(&harness->stopped, 0, 0), 0);
    *state = harness;
    return 0;
}

int harness_tear_down(void **state)
{
    struct harness *harness = *state;
    char command[HARNESS_PATH_MAX + 16];

    if (harness->broker != NULL) {
        harness_stop(harness);
    }
    /* Left open by a test that failed. */
    for (size_t i = 0; i < HARNESS_AGENTS_MAX; i++) {
        if (harness->sockets[i] != NULL) {
            socket_close(harness->sockets[i], 0);
        }
    }
    bus_close(harness->bus);
    settings_free(harness->settings);
    sem_destroy(&harness->ready);
    sem_destroy(&harness->stopped);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", harness->directory);
    int removed = system(command);
    free(harness);
    return removed;
}

static void *run(void *context)
{
    struct harness *harness = context;
    struct broker_config config;
    struct broker *broker = NULL;
    struct buf why;

    buf_init(&why, WHY_MAX);
    harness->result = broker_config_read(harness->settings, &why, &config);
    if (harness->result == ERR_OK) {
        harness->result = broker_open(&config, &why, &broker);
    }
    if (harness->result != ERR_OK) {
        (void)fprintf(stderr, "broker: %s\n", buf_text(&why));
    } else {
        (void)snprintf(harness->endpoint, sizeof(harness->endpoint), "%s",
                       broker_endpoint(broker, 0));
    }
    buf_fini(&why);
    harness->broker = broker;
    sem_post(&harness->ready);
    if (broker != NULL) {
        harness->result = broker_run(broker);
        sem_wait(&harness->stopped);
        broker_close(broker);
    }
    return NULL;
}

void harness_start(struct harness *harness)
{
    assert_int_equal(pthread_create(&harness->thread, NULL, run, harness), 0);
    assert_int_equal(sem_wait(&harness->ready), 0);
    assert_non_null(harness->broker);
}

void harness_stop(struct harness *harness)
{
    broker_stop(harness->broker);
    harness_await_end(harness);
}

void harness_await_end(struct harness *harness)
{
    sem_post(&harness->stopped);
    pthread_join(harness->thread, NULL);
    harness->broker = NULL;
    assert_int_equal(harness->result, ERR_OK);
}

/* ---- agents -------------------------------------------------------------- */

void agent_connect(struct harness *harness, struct agent *agent)
{
    size_t place = 0;

    *agent = (struct agent){.harness = harness};
    arena_init(&agent->arena, BUFFER_MAX);
    assert_int_equal(bus_dial(harness->bus, harness->endpoint, &agent->socket),
                     ERR_OK);
    while (harness->sockets[place] != NULL) {
        place++;
        assert_true(place < HARNESS_AGENTS_MAX);
    }
    harness->sockets[place] = agent->socket;
}

static void drop_frames(struct agent *agent)
{
    for (size_t i = 0; i < ARRAY_LEN(agent->frames); i++) {
        frame_close(&agent->frames[i]);
    }
}

void agent_close(struct agent *agent)
{
    drop_frames(agent);
    arena_fini(&agent->arena);
    for (size_t i = 0; i < HARNESS_AGENTS_MAX; i++) {
        if (agent->harness->sockets[i] == agent->socket) {
            agent->harness->sockets[i] = NULL;
        }
    }
    socket_close(agent->socket, 0);
}

void agent_send(struct agent *agent, const struct envelope *envelope,
                struct bytes body)
{
    struct frame frames[2] = {0};
    struct buf packed;

    buf_init(&packed, BUFFER_MAX);
    envelope_write(envelope, &packed);
    frame_copy(&frames[0], buf_bytes(&packed));
    frame_copy(&frames[1], body);
    assert_int_equal(socket_send(agent->socket, frames, 2), ERR_OK);
    buf_fini(&packed);
}

static struct id fresh_id(void)
{
    uint64_t random[2];

    crypto_random(random, sizeof(random));
    return id_make(clock_wall_us(), random[0], random[1]);
}

void agent_control(struct agent *agent, const char *kind, const void *message)
{
    struct id id = fresh_id();
    struct envelope envelope = {
        .version = 1, .id = id_bytes(&id), .kind = bytes_of_text(kind)};
    struct buf packed;

    buf_init(&packed, BUFFER_MAX);
    message_pack(message, &packed);
    agent_send(agent, &envelope, buf_bytes(&packed));
    buf_fini(&packed);
}

struct id agent_publish(struct agent *agent, const char *to, const char *text)
{
    struct id id = fresh_id();
    struct envelope envelope = {.version = 1,
                                .id = id_bytes(&id),
                                .to = bytes_of_text(to),
                                .kind = BYTES_LITERAL("agent.message"),
                                .origin = ORIGIN_AGENT};

    agent_send(agent, &envelope, bytes_of_text(text));
    return id;
}

static void receive(struct agent *agent)
{
    struct bus_wait item = {.socket = agent->socket};
    int64_t until_us = clock_monotonic_us() + HARNESS_TIMEOUT_MS * US_PER_MS;
    size_t first = 0;

    drop_frames(agent);
    arena_reset(&agent->arena);
    while (socket_receive(agent->socket, agent->frames,
                          ARRAY_LEN(agent->frames), &agent->count) != ERR_OK) {
        assert_true(clock_monotonic_us() < until_us);
        assert_int_equal(bus_wait(&item, 1, HARNESS_TIMEOUT_MS), ERR_OK);
    }
    assert_in_range(agent->count, 2, 3);
    agent->is_event = agent->count == 3;
    agent->stamp = (struct stamp){0};
    if (agent->is_event) {
        assert_int_equal(
            stamp_read(frame_bytes(&agent->frames[first++]), &agent->stamp),
            ERR_OK);
    }
    assert_int_equal(
        envelope_read(frame_bytes(&agent->frames[first++]), &agent->envelope),
        ERR_OK);
    agent->body = frame_bytes(&agent->frames[first]);
}

static bool is_by_the_way(struct bytes kind)
{
    return bytes_equal_text(kind, "control.credit") ||
           bytes_equal_text(kind, "control.stream_mark") ||
           bytes_equal_text(kind, "control.ping") ||
           bytes_equal_text(kind, "control.pong");
}

static void show(const struct agent *agent, const char *wanted)
{
    Reverie__V1__Refused *refused = NULL;
    struct arena scratch;

    (void)fprintf(stderr, "wanted %s, came %.*s\n", wanted,
                  (int)agent->envelope.kind.len,
                  (const char *)agent->envelope.kind.data);
    arena_init(&scratch, BUFFER_MAX);
    if (bytes_equal_text(agent->envelope.kind, "control.refused") &&
        MESSAGE_UNPACK(refused, agent->body, &scratch, &refused) == ERR_OK) {
        (void)fprintf(stderr, "refused: %s: %s\n", refused->code,
                      refused->sentence);
    }
    arena_fini(&scratch);
}

void agent_expect(struct agent *agent, const char *kind)
{
    do {
        receive(agent);
        if (bytes_equal_text(agent->envelope.kind, kind)) {
            return;
        }
    } while (is_by_the_way(agent->envelope.kind));
    show(agent, kind);
    fail();
}

void agent_hello(struct agent *agent, const char *name, const char *team)
{
    Reverie__V1__Hello hello = REVERIE__V1__HELLO__INIT;

    hello.has_wire_min = hello.has_wire_max = true;
    hello.wire_min = hello.wire_max = 1;
    hello.agent = (char *)(uintptr_t)name;
    hello.team = (char *)(uintptr_t)team;
    hello.has_inbox_limit_bytes = true;
    hello.inbox_limit_bytes = LIMIT;
    agent_control(agent, "control.hello", &hello);
    agent_expect(agent, "control.welcome");
}

void agent_join(struct harness *harness, struct agent *agent, const char *name,
                const char *team)
{
    agent_connect(harness, agent);
    agent_hello(agent, name, team);
}

void agent_expect_refused(struct agent *agent, const char *code)
{
    Reverie__V1__Refused *refused = NULL;

    agent_expect(agent, "control.refused");
    AGENT_UNPACK(agent, refused, &refused);
    assert_string_equal(refused->code, code);
    assert_true(strlen(refused->sentence) > 0);
}

uint64_t agent_expect_accepted(struct agent *agent, size_t count)
{
    Reverie__V1__Accepted *accepted = NULL;
    uint64_t seq = 0;

    while (count > 0) {
        agent_expect(agent, "control.accepted");
        AGENT_UNPACK(agent, accepted, &accepted);
        assert_in_range(accepted->n_messages, 1, count);
        count -= accepted->n_messages;
        seq = accepted->messages[accepted->n_messages - 1]->seq;
    }
    return seq;
}

uint64_t agent_expect_own(struct agent *agent, const char *text)
{
    Reverie__V1__Accepted *accepted = NULL;
    bool has_heard = false;
    uint64_t seq = 0;

    while (!has_heard || seq == 0) {
        receive(agent);
        if (agent->is_event) {
            assert_true(bytes_equal_text(agent->body, text));
            has_heard = true;
        } else if (bytes_equal_text(agent->envelope.kind, "control.accepted")) {
            AGENT_UNPACK(agent, accepted, &accepted);
            assert_int_equal(accepted->n_messages, 1);
            seq = accepted->messages[0]->seq;
        } else {
            assert_true(is_by_the_way(agent->envelope.kind));
        }
    }
    return seq;
}

uint64_t agent_expect_event(struct agent *agent, const char *text)
{
    do {
        receive(agent);
    } while (!agent->is_event && is_by_the_way(agent->envelope.kind));
    if (!agent->is_event) {
        show(agent, "an event");
    }
    assert_true(agent->is_event);
    assert_true(bytes_equal_text(agent->body, text));
    return agent->stamp.seq;
}

void agent_done(struct agent *agent, uint64_t seq)
{
    Reverie__V1__Done done = REVERIE__V1__DONE__INIT;
    uint64_t seqs[] = {seq};

    done.has_log = true;
    done.n_seqs = 1;
    done.seqs = seqs;
    agent_control(agent, "control.done", &done);
}

void agent_request(struct agent *agent, const char *service, const char *method,
                   const void *request)
{
    Reverie__V1__Request ask = REVERIE__V1__REQUEST__INIT;
    struct buf packed;

    buf_init(&packed, BUFFER_MAX);
    message_pack(request, &packed);
    ask.has_request = true;
    ask.request = ++agent->request;
    ask.service = (char *)(uintptr_t)service;
    ask.method = (char *)(uintptr_t)method;
    ask.has_payload = true;
    ask.payload = message_binary(buf_bytes(&packed));
    agent_control(agent, "control.request", &ask);
    buf_fini(&packed);
}

void agent_expect_reply(struct agent *agent, const char *code)
{
    Reverie__V1__Reply *reply = NULL;

    do {
        agent_expect(agent, "control.reply");
        AGENT_UNPACK(agent, reply, &reply);
        assert_int_equal(reply->request, agent->request);
    } while (reply->more);
    if (strcmp(reply->code, code) != 0) {
        (void)fprintf(stderr, "wanted %s, came %s: %s\n", code, reply->code,
                      reply->sentence == NULL ? "" : reply->sentence);
    }
    assert_string_equal(reply->code, code);
    agent->body = message_bytes(reply->has_payload, reply->payload);
}

void agent_ask(struct agent *agent, const char *service, const char *method,
               const void *request, const char *code)
{
    agent_request(agent, service, method, request);
    agent_expect_reply(agent, code);
}
