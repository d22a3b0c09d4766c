/* SPDX-License-Identifier: MIT */
/* The library as its callers see it, over a real socket: a small broker in a
 * thread that welcomes, accepts everything at once, delivers to the sender what
 * it published, and answers requests with their payload. It can be told to
 * forget everybody, as a restart would make it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/core/compose.h"
#include "client/reverie.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages.h"

struct server {
    char directory[64];
    char endpoint[128];
    struct bus *bus;
    struct socket *socket;
    pthread_t thread;
    atomic_bool stops;
    atomic_bool forgets;   /* nobody is welcome until the next hello */
    atomic_bool is_silent; /* accepts nothing */
    uint64_t seq;
    bool knows;
};

static void server_send(struct server *server, struct frame *peer,
                        struct frame *frames, size_t count)
{
    struct frame all[4] = {{.is_open = false}};
    frame_share(&all[0], peer);
    for (size_t i = 0; i < count; i++) {
        frame_move(&all[i + 1], &frames[i]);
    }
    if (socket_send(server->socket, all, count + 1) != ERR_OK) {
        compose_close(all, count + 1);
    }
}

static void server_control(struct server *server, struct frame *peer,
                           const char *kind, const void *message)
{
    struct frame frames[2] = {{.is_open = false}};
    if (compose_control(kind, message, frames) == ERR_OK) {
        server_send(server, peer, frames, 2);
    }
}

static void server_welcome(struct server *server, struct frame *peer)
{
    Reverie__V1__Welcome welcome = REVERIE__V1__WELCOME__INIT;
    char principal[] = "ada";
    welcome.principal = principal;
    welcome.has_epoch = true;
    welcome.epoch = 9;
    welcome.has_lease_ms = true;
    welcome.lease_ms = 15000;
    welcome.has_send_limit_bytes = true;
    welcome.send_limit_bytes = 1 << 30;
    server->knows = true;
    server_control(server, peer, "control.welcome", &welcome);
}

static void server_refuse(struct server *server, struct frame *peer,
                          struct bytes id)
{
    char code[] = "not_welcome";
    Reverie__V1__Refused refused = REVERIE__V1__REFUSED__INIT;
    refused.has_id = id.len > 0;
    refused.id = message_binary(id);
    refused.code = code;
    server_control(server, peer, "control.refused", &refused);
}

static void server_deliver(struct server *server, struct frame *peer,
                           struct frame *envelope, struct frame *body)
{
    struct stamp stamp = {.version = STAMP_VERSION,
                          .seq = server->seq,
                          .epoch = 9,
                          .from = BYTES_LITERAL("ada")};
    struct buf head;
    struct frame frames[3] = {{.is_open = false}};
    buf_init(&head, STAMP_MAX);
    stamp_write_claims(&stamp, &head);
    stamp_write_place(&stamp, &head);
    frame_copy(&frames[0], buf_bytes(&head));
    frame_share(&frames[1], envelope);
    frame_share(&frames[2], body);
    server_send(server, peer, frames, 3);
    buf_fini(&head);
}

static void server_accept(struct server *server, struct frame *peer,
                          struct bytes id)
{
    Reverie__V1__Acceptance one = REVERIE__V1__ACCEPTANCE__INIT;
    Reverie__V1__Acceptance *list[] = {&one};
    Reverie__V1__Accepted accepted = REVERIE__V1__ACCEPTED__INIT;
    one.has_id = true;
    one.id = message_binary(id);
    one.has_seq = true;
    one.seq = server->seq;
    accepted.has_epoch = true;
    accepted.epoch = 9;
    accepted.n_messages = 1;
    accepted.messages = list;
    server_control(server, peer, "control.accepted", &accepted);
}

static void server_answer(struct server *server, struct frame *peer,
                          struct bytes body)
{
    struct arena arena;
    char ok[] = "ok";
    Reverie__V1__Request *request = NULL;
    arena_init(&arena, 1 << 20);
    if (MESSAGE_UNPACK(request, body, &arena, &request) == ERR_OK) {
        Reverie__V1__Reply reply = REVERIE__V1__REPLY__INIT;
        reply.has_request = true;
        reply.request = request->request;
        reply.code = ok;
        reply.has_payload = true;
        reply.payload = request->payload;
        server_control(server, peer, "control.reply", &reply);
    }
    arena_fini(&arena);
}

static void server_handle(struct server *server, struct frame *frames)
{
    struct envelope envelope;
    if (envelope_read(frame_bytes(&frames[1]), &envelope) != ERR_OK) {
        return;
    }
    if (atomic_exchange(&server->forgets, false)) {
        server->knows = false;
    }
    if (bytes_equal_text(envelope.kind, "control.hello")) {
        server_welcome(server, &frames[0]);
    } else if (!server->knows) {
        server_refuse(server, &frames[0], envelope.id);
    } else if (bytes_equal_text(envelope.kind, "control.request")) {
        server_answer(server, &frames[0], frame_bytes(&frames[2]));
    } else if (!bytes_starts_with(envelope.kind, BYTES_LITERAL("control.")) &&
               !atomic_load(&server->is_silent)) {
        server->seq++;
        server_deliver(server, &frames[0], &frames[1], &frames[2]);
        server_accept(server, &frames[0], envelope.id);
    }
}

static void *server_run(void *context)
{
    struct server *server = context;
    while (!atomic_load(&server->stops)) {
        struct bus_wait item = {.socket = server->socket, .fd = -1};
        struct frame frames[3] = {{.is_open = false}};
        size_t count = 0;
        err_ignore(bus_wait(&item, 1, 10), "tried again at once");
        while (socket_receive(server->socket, frames, 3, &count) == ERR_OK) {
            if (count == 3) {
                server_handle(server, frames);
            }
            compose_close(frames, 3);
        }
    }
    return NULL;
}

static int server_start(void **state)
{
    struct server *server = mem_new(sizeof(*server));
    struct buf endpoint;
    buf_init(&endpoint, 1024);
    strcpy(server->directory, "/tmp/reverie-client-XXXXXX");
    assert_non_null(mkdtemp(server->directory));
    snprintf(server->endpoint, sizeof(server->endpoint), "ipc://%s/bus",
             server->directory);
    server->bus = bus_new(1, 16);
    assert_int_equal(bus_listen(server->bus, BODY_MAX_LIMIT, &server->socket),
                     ERR_OK);
    assert_int_equal(socket_bind(server->socket, server->endpoint, &endpoint),
                     ERR_OK);
    assert_int_equal(pthread_create(&server->thread, NULL, server_run, server),
                     0);
    buf_fini(&endpoint);
    *state = server;
    return 0;
}

static int server_stop(void **state)
{
    struct server *server = *state;
    atomic_store(&server->stops, true);
    pthread_join(server->thread, NULL);
    socket_close(server->socket, 0);
    bus_close(server->bus);
    unlink(server->endpoint + strlen("ipc://"));
    rmdir(server->directory);
    free(server);
    return 0;
}

static struct reverie *connect_to(const struct server *server)
{
    struct reverie *bus = NULL;
    struct reverie_config config = {.endpoint = server->endpoint,
                                    .agent = "ada"};
    assert_int_equal(reverie_open(&config, &bus), REVERIE_OK);
    return bus;
}

static const struct reverie_message hi = {.to = "agent:ada",
                                          .kind = "agent.message",
                                          .session = "s1",
                                          .body = "hi",
                                          .body_bytes = 2};

enum {
    PATIENCE_MS = 20000
};

static void test_publish_accept_receive_done(void **state)
{
    struct reverie *bus = connect_to(*state);
    struct reverie_place place;
    const struct reverie_message *message = NULL;
    assert_string_equal(reverie_principal(bus), "ada");
    assert_int_equal(reverie_epoch(bus), 9);
    assert_int_equal(reverie_publish_wait(bus, &hi, PATIENCE_MS, &place),
                     REVERIE_OK);
    assert_int_equal(place.epoch, 9);
    assert_int_equal(reverie_receive(bus, PATIENCE_MS, &message), REVERIE_OK);
    assert_int_equal(message->seq, place.seq);
    assert_string_equal(message->session, "s1");
    assert_string_equal(message->from, "ada");
    assert_memory_equal(message->body, "hi", 2);
    assert_int_equal(reverie_done(bus), REVERIE_OK);
    assert_int_equal(reverie_done(bus), REVERIE_INVALID);
    assert_int_equal(reverie_receive(bus, 0, &message), REVERIE_TIMEOUT);
    reverie_close(bus);
}

static void test_a_burst_is_flushed_and_received_in_order(void **state)
{
    struct reverie *bus = connect_to(*state);
    const struct reverie_message *message = NULL;
    uint64_t last = 0;
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(reverie_publish(bus, &hi, NULL), REVERIE_OK);
    }
    assert_int_equal(reverie_flush(bus, PATIENCE_MS), REVERIE_OK);
    assert_int_equal(reverie_counts(bus).accepted, 2000);
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(reverie_receive(bus, PATIENCE_MS, &message),
                         REVERIE_OK);
        assert_true(message->seq > last);
        last = message->seq;
        assert_int_equal(reverie_done(bus), REVERIE_OK);
    }
    reverie_close(bus);
}

static void test_a_broker_that_forgot_is_greeted_again(void **state)
{
    struct server *server = *state;
    struct reverie *bus = connect_to(server);
    atomic_store(&server->is_silent, true);
    assert_int_equal(reverie_publish_wait(bus, &hi, 0, NULL), REVERIE_TIMEOUT);
    atomic_store(&server->forgets, true);
    atomic_store(&server->is_silent, false);
    assert_int_equal(reverie_publish_wait(bus, &hi, PATIENCE_MS, NULL),
                     REVERIE_OK);
    assert_int_equal(reverie_flush(bus, PATIENCE_MS), REVERIE_OK);
    assert_int_equal(reverie_counts(bus).accepted, 2);
    assert_int_equal(reverie_counts(bus).reconnects, 1);
    reverie_close(bus);
}

static void test_a_request_brings_its_answer(void **state)
{
    struct reverie *bus = connect_to(*state);
    const void *answer = NULL;
    size_t bytes = 0;
    assert_int_equal(reverie_request(bus, "log", "info", "payload", 7,
                                     PATIENCE_MS, NULL, NULL, &answer, &bytes),
                     REVERIE_OK);
    assert_int_equal(bytes, 7);
    assert_memory_equal(answer, "payload", 7);
    reverie_close(bus);
}

static void test_clients_share_a_bus(void **state)
{
    struct server *server = *state;
    struct reverie_bus *shared = reverie_bus_new();
    struct reverie *both[2] = {NULL, NULL};
    struct reverie_config config = {.endpoint = server->endpoint,
                                    .bus = shared};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(reverie_open(&config, &both[i]), REVERIE_OK);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(reverie_publish_wait(both[i], &hi, PATIENCE_MS, NULL),
                         REVERIE_OK);
        reverie_close(both[i]);
    }
    reverie_bus_close(shared);
}

static void test_the_descriptor_tells_of_input(void **state)
{
    struct reverie *bus = connect_to(*state);
    const struct reverie_message *message = NULL;
    int fd = reverie_fd(bus);
    assert_true(fd >= 0);
    assert_int_equal(reverie_publish(bus, &hi, NULL), REVERIE_OK);
    bool has_come = false;
    while (!has_come) {
        struct bus_wait item = {.fd = fd};
        assert_int_equal(bus_wait(&item, 1, PATIENCE_MS), ERR_OK);
        assert_true(item.can_read);
        assert_int_equal(reverie_poll(bus, 0), REVERIE_OK);
        has_come = reverie_receive(bus, 0, &message) == REVERIE_OK;
    }
    reverie_close(bus);
}

static void test_wrong_arguments_are_named(void **state)
{
    (void)state;
    struct reverie *bus = NULL;
    struct reverie_config config = {.agent = "ada"};
    assert_int_equal(reverie_open(&config, &bus), REVERIE_INVALID);
    assert_non_null(strstr(reverie_why(bus), "endpoint"));
    reverie_close(bus);
    config.endpoint = "nonsense";
    assert_int_equal(reverie_open(&config, &bus), REVERIE_INVALID);
    assert_string_equal(reverie_why_code(bus), "invalid_endpoint");
    reverie_close(bus);
    config.endpoint = "ipc:///tmp/nothing";
    config.token_file = "/nonexistent/token";
    assert_int_equal(reverie_open(&config, &bus), REVERIE_INVALID);
    assert_non_null(strstr(reverie_why(bus), "token"));
    reverie_close(bus);
}

static void test_a_message_without_kind_is_invalid(void **state)
{
    struct reverie *bus = connect_to(*state);
    struct reverie_message message = {.to = "team:blue"};
    assert_int_equal(reverie_publish(bus, &message, NULL), REVERIE_INVALID);
    assert_non_null(strstr(reverie_why(bus), "kind"));
    reverie_close(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_publish_accept_receive_done,
                                        server_start, server_stop),
        cmocka_unit_test_setup_teardown(
            test_a_burst_is_flushed_and_received_in_order, server_start,
            server_stop),
        cmocka_unit_test_setup_teardown(
            test_a_broker_that_forgot_is_greeted_again, server_start,
            server_stop),
        cmocka_unit_test_setup_teardown(test_a_request_brings_its_answer,
                                        server_start, server_stop),
        cmocka_unit_test_setup_teardown(test_clients_share_a_bus, server_start,
                                        server_stop),
        cmocka_unit_test_setup_teardown(test_the_descriptor_tells_of_input,
                                        server_start, server_stop),
        cmocka_unit_test_setup_teardown(test_a_message_without_kind_is_invalid,
                                        server_start, server_stop),
        cmocka_unit_test(test_wrong_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
