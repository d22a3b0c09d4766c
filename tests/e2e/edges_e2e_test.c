/* SPDX-License-Identifier: MIT */
/* Where tenants, and strangers, meet the broker: two swarms in one process know
 * nothing of each other, and frames have a largest size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/edge/crypto.h"
#include "base/edge/settings.h"
#include "proto/limits.h"
#include "proto/messages.h"
#include "tests/e2e/broker_harness.h"

enum {
    LARGE_BODY = 12 << 20,
    RED_MESSAGES = 30,
    ANSWER_MS = 200,
    TRIES = 100
};

static void set(struct harness *harness, const char *name, const char *value)
{
    assert_int_equal(settings_set(harness->settings, name, value), ERR_OK);
}

/* ---- two swarms ---------------------------------------------------------- */

static void say_hello(struct agent *agent, const char *swarm, const char *name)
{
    Reverie__V1__Hello hello = REVERIE__V1__HELLO__INIT;

    hello.has_wire_min = hello.has_wire_max = true;
    hello.wire_min = hello.wire_max = 1;
    hello.swarm = (char *)(uintptr_t)swarm;
    hello.agent = (char *)(uintptr_t)name;
    hello.has_inbox_limit_bytes = true;
    hello.inbox_limit_bytes = LARGE_BODY;
    agent_control(agent, "control.hello", &hello);
}

static void join_swarm(struct harness *harness, struct agent *agent,
                       const char *swarm, const char *name)
{
    agent_connect(harness, agent);
    say_hello(agent, swarm, name);
    agent_expect(agent, "control.welcome");
}

static uint64_t find(const Reverie__V1__AdminCountersReply *reply,
                     const char *name)
{
    for (size_t i = 0; i < reply->n_counters; i++) {
        if (strcmp(reply->counters[i]->name, name) == 0) {
            return reply->counters[i]->value;
        }
    }
    return UINT64_MAX; /* there is no such counter */
}

/* Of the swarm that ${agent} is in. */
static const Reverie__V1__AdminCountersReply *counters(struct agent *agent)
{
    Reverie__V1__AdminCountersRequest ask =
        REVERIE__V1__ADMIN_COUNTERS_REQUEST__INIT;
    Reverie__V1__AdminCountersReply *reply = NULL;

    agent_ask(agent, "admin", "counters", &ask, "ok");
    AGENT_UNPACK(agent, admin_counters_reply, &reply);
    return reply;
}

static void counters_tell_of_the_own_swarm_alone(void **state)
{
    struct agent ada;
    struct agent bob;

    set(*state, "swarms", "red,blue");
    harness_start(*state);
    join_swarm(*state, &ada, "red", "ada");
    join_swarm(*state, &bob, "blue", "bob");
    for (size_t i = 0; i < RED_MESSAGES; i++) {
        (void)agent_publish(&ada, "topic:x", "of red");
    }
    (void)agent_expect_accepted(&ada, RED_MESSAGES);
    (void)agent_publish(&ada, "nobody", "refused");
    agent_expect_refused(&ada, "malformed");
    const Reverie__V1__AdminCountersReply *red = counters(&ada);
    assert_int_equal(find(red, "published"), RED_MESSAGES);
    assert_int_equal(find(red, "refused.malformed"), 1);
    assert_int_equal(find(red, "now.peers"), 1);
    const Reverie__V1__AdminCountersReply *blue = counters(&bob);
    assert_int_equal(find(blue, "published"), 0);
    assert_int_equal(find(blue, "accepted"), 0);
    assert_int_equal(find(blue, "refused.malformed"), 0);
    assert_int_equal(find(blue, "hellos"), 1);
    assert_int_equal(find(blue, "now.peers"), 1);
    assert_int_equal(find(blue, "now.pending"), 0);
    /* These are of the process, and would tell blue how busy red is. */
    assert_int_equal(find(blue, "writer.events"), UINT64_MAX);
    assert_int_equal(find(blue, "socket.received"), UINT64_MAX);
    agent_close(&ada);
    agent_close(&bob);
}

static void a_swarm_that_is_alone_is_told_of_the_process(void **state)
{
    struct agent ada;

    harness_start(*state);
    agent_join(*state, &ada, "ada", NULL);
    const Reverie__V1__AdminCountersReply *all = counters(&ada);
    assert_int_not_equal(find(all, "writer.events"), UINT64_MAX);
    assert_in_range(find(all, "socket.received"), 2, 100);
    agent_close(&ada);
}

static void a_swarm_drains_without_the_others(void **state)
{
    struct agent ada;
    struct agent bob;
    struct agent eve;
    Reverie__V1__AdminDrainRequest drain =
        REVERIE__V1__ADMIN_DRAIN_REQUEST__INIT;

    set(*state, "swarms", "red,blue");
    harness_start(*state);
    join_swarm(*state, &ada, "red", "ada");
    join_swarm(*state, &bob, "blue", "bob");
    agent_ask(&ada, "admin", "drain", &drain, "ok");
    agent_expect(&ada, "control.bye");
    agent_connect(*state, &eve);
    say_hello(&eve, "red", "eve");
    agent_expect_refused(&eve, "draining");
    (void)agent_publish(&bob, "agent:bob", "business as usual");
    (void)agent_expect_own(&bob, "business as usual");
    /* With the last one the process ends. */
    agent_ask(&bob, "admin", "drain", &drain, "ok");
    agent_expect(&bob, "control.bye");
    harness_await_end(*state);
    agent_close(&ada);
    agent_close(&bob);
    agent_close(&eve);
}

/* ---- the largest frame --------------------------------------------------- */

static struct id fresh_id(void)
{
    uint64_t random[2];

    crypto_random(random, sizeof(random));
    return id_make(clock_wall_us(), random[0], random[1]);
}

static void send_body(struct agent *agent, const char *kind, size_t bytes)
{
    struct id id = fresh_id();
    char *body = mem_new(bytes);
    struct envelope envelope = {.version = 1,
                                .id = id_bytes(&id),
                                .to = BYTES_LITERAL("agent:bob"),
                                .kind = bytes_of_text(kind),
                                .origin = ORIGIN_AGENT};

    memset(body, 'x', bytes);
    agent_send(agent, &envelope, bytes_of(body, bytes));
    free(body);
}

static void the_largest_message_passes_and_a_larger_one_is_refused(void **state)
{
    struct agent ada;
    struct agent bob;

    set(*state, "max-body", "12MiB");
    set(*state, "send-window", "32MiB");
    harness_start(*state);
    agent_join(*state, &ada, "ada", NULL);
    agent_join(*state, &bob, "bob", NULL);
    send_body(&ada, "agent.message", LARGE_BODY);
    (void)agent_expect_accepted(&ada, 1);
    agent_expect(&bob, "agent.message");
    assert_int_equal(bob.body.len, LARGE_BODY);
    send_body(&ada, "agent.message", LARGE_BODY + 1);
    agent_expect_refused(&ada, "too_big");
    agent_close(&ada);
    agent_close(&bob);
}

/* With the default of 1 MiB for bodies, control messages are the largest. */
static void the_largest_control_message_passes(void **state)
{
    struct agent ada;

    harness_start(*state);
    agent_join(*state, &ada, "ada", NULL);
    send_body(&ada, "control.request", CONTROL_MAX);
    agent_expect_refused(&ada, "malformed");
    send_body(&ada, "control.request", CONTROL_MAX + 1);
    agent_expect_refused(&ada, "too_big");
    agent_close(&ada);
}

/* What the broker says to a ping, if anything yet. What is sent before libzmq
 * has noticed that the connection ended is lost with it. */
static bool is_refused(struct agent *agent)
{
    struct frame frames[3] = {{.is_open = false}};
    struct bus_wait item = {.socket = agent->socket};
    struct envelope envelope = {.version = 0};
    Reverie__V1__Ping ping = REVERIE__V1__PING__INIT;
    size_t count = 0;

    agent_control(agent, "control.ping", &ping);
    assert_int_equal(bus_wait(&item, 1, ANSWER_MS), ERR_OK);
    bool is_told =
        socket_receive(agent->socket, frames, 3, &count) == ERR_OK &&
        envelope_read(frame_bytes(&frames[0]), &envelope) == ERR_OK &&
        bytes_equal_text(envelope.kind, "control.refused");
    if (is_told) {
        Reverie__V1__Refused *refused = NULL;
        agent->body = frame_bytes(&frames[1]);
        AGENT_UNPACK(agent, refused, &refused);
        assert_string_equal(refused->code, "not_welcome");
    }
    for (size_t i = 0; i < 3; i++) {
        frame_close(&frames[i]);
    }
    return is_told;
}

/* The socket connects anew by itself, as somebody the broker does not know. */
static void a_frame_beyond_what_is_legal_ends_the_connection(void **state)
{
    struct agent ada;
    bool is_stranger = false;

    harness_start(*state);
    agent_join(*state, &ada, "ada", NULL);
    send_body(&ada, "agent.message", CONTROL_MAX + FRAME_MARGIN + 1);
    for (size_t i = 0; i < TRIES && !is_stranger; i++) {
        is_stranger = is_refused(&ada);
    }
    assert_true(is_stranger);
    agent_close(&ada);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, harness_set_up, harness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(counters_tell_of_the_own_swarm_alone),
        TEST(a_swarm_that_is_alone_is_told_of_the_process),
        TEST(a_swarm_drains_without_the_others),
        TEST(the_largest_message_passes_and_a_larger_one_is_refused),
        TEST(the_largest_control_message_passes),
        TEST(a_frame_beyond_what_is_legal_ends_the_connection),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
