/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/id.h"
#include "broker/auth/keys.h"
#include "proto/messages.h"
#include "tests/e2e/broker_harness.h"

enum {
    MANY = 2000
};

/* ---- messages ------------------------------------------------------------ */

static void a_message_is_delivered_and_accepted(void **state)
{
    struct agent ada;
    struct agent bob;

    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    agent_join(*state, &bob, "bob", "blue");
    struct id id = agent_publish(&ada, "agent:bob", "hello bob");
    uint64_t seq = agent_expect_event(&bob, "hello bob");
    assert_true(bytes_equal(bob.envelope.id, id_bytes(&id)));
    assert_true(bytes_equal_text(bob.stamp.from, "ada"));
    assert_true(bytes_equal_text(bob.stamp.principal, "ada"));
    assert_true(bytes_equal_text(bob.stamp.team, "blue"));
    assert_int_equal(bob.stamp.identity, IDENTITY_ASSERTED);
    agent_done(&bob, seq);
    assert_int_equal(agent_expect_accepted(&ada, 1), seq);
    agent_close(&ada);
    agent_close(&bob);
}

static void a_team_hears_what_is_sent_to_it(void **state)
{
    struct agent ada;
    struct agent bob;
    struct agent eve;

    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    agent_join(*state, &bob, "bob", "blue");
    agent_join(*state, &eve, "eve", "red");
    (void)agent_publish(&eve, "team:blue", "all of you");
    (void)agent_publish(&eve, "agent:eve", "only me");
    (void)agent_expect_event(&ada, "all of you");
    (void)agent_expect_event(&bob, "all of you");
    agent_close(&ada);
    agent_close(&bob);
    agent_close(&eve);
}

static void an_absent_agent_gets_its_messages_after_a_restart(void **state)
{
    struct agent ada;
    struct agent bob;

    harness_start(*state);
    agent_join(*state, &bob, "bob", "blue");
    agent_close(&bob);
    agent_join(*state, &ada, "ada", "red");
    (void)agent_publish(&ada, "agent:bob", "one");
    (void)agent_publish(&ada, "agent:bob", "two");
    (void)agent_publish(&ada, "team:blue", "three");
    (void)agent_expect_accepted(&ada, 3);
    agent_close(&ada);
    harness_stop(*state);

    harness_start(*state);
    agent_join(*state, &bob, "bob", "blue");
    uint64_t first = 0;
    for (int left = 3; left > 0; left--) {
        agent_expect(&bob, "agent.message");
        first = bytes_equal_text(bob.body, "one") ? bob.stamp.seq : first;
    }
    assert_int_not_equal(first, 0);
    agent_done(&bob, first);
    agent_ask(
        &bob, "peers", "list",
        &(Reverie__V1__PeersListRequest)REVERIE__V1__PEERS_LIST_REQUEST__INIT,
        "ok");
    agent_close(&bob);
    harness_stop(*state);

    harness_start(*state);
    agent_join(*state, &bob, "bob", "blue");
    for (int left = 2; left > 0; left--) {
        agent_expect(&bob, "agent.message");
        assert_false(bytes_equal_text(bob.body, "one"));
    }
    agent_close(&bob);
}

static void the_same_id_again_is_accepted_as_a_repeat(void **state)
{
    struct agent ada;
    Reverie__V1__Accepted *accepted = NULL;
    struct envelope envelope = {.version = 1,
                                .to = BYTES_LITERAL("agent:ada"),
                                .kind = BYTES_LITERAL("note.x")};

    harness_start(*state);
    agent_join(*state, &ada, "ada", NULL);
    struct id id = agent_publish(&ada, "agent:ada", "first");
    uint64_t seq = agent_expect_own(&ada, "first");
    envelope.id = id_bytes(&id);
    agent_send(&ada, &envelope, BYTES_LITERAL("other bytes"));
    agent_expect_refused(&ada, "id_conflict");
    envelope.kind = BYTES_LITERAL("agent.message");
    envelope.origin = ORIGIN_AGENT;
    agent_send(&ada, &envelope, BYTES_LITERAL("first"));
    agent_expect(&ada, "control.accepted");
    AGENT_UNPACK(&ada, accepted, &accepted);
    assert_true(accepted->messages[0]->repeat);
    assert_int_equal(accepted->messages[0]->seq, seq);
    agent_close(&ada);
}

static void everything_accepted_is_in_the_log_after_a_drain(void **state)
{
    struct agent ada;
    Reverie__V1__LogInfoRequest ask = REVERIE__V1__LOG_INFO_REQUEST__INIT;
    Reverie__V1__LogInfoReply *info = NULL;
    char text[32];

    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof(text), "number %d", i);
        (void)agent_publish(&ada, "topic:numbers", text);
    }
    uint64_t last = agent_expect_accepted(&ada, MANY);
    agent_close(&ada);
    harness_stop(*state);
    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    agent_ask(&ada, "log", "info", &ask, "ok");
    AGENT_UNPACK(&ada, log_info_reply, &info);
    assert_int_equal(info->last_seq, last + 1); /* and broker.started */
    assert_int_equal(info->durable_seq, info->last_seq);
    assert_int_equal(info->epoch, 2);
    assert_string_equal(info->store, "rocksdb");
    agent_close(&ada);
}

/* ---- streams ------------------------------------------------------------- */

static void a_stream_from_the_first_event_sees_what_is_on_disk(void **state)
{
    struct agent ada;
    struct agent observer;
    Reverie__V1__StreamOpen open = REVERIE__V1__STREAM_OPEN__INIT;
    Reverie__V1__Filter filter = REVERIE__V1__FILTER__INIT;
    char kind[] = "agent.*";
    char *kinds[] = {kind};

    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    (void)agent_publish(&ada, "topic:a.b", "one");
    (void)agent_publish(&ada, "topic:a.c", "two");
    (void)agent_expect_accepted(&ada, 2);
    agent_join(*state, &observer, NULL, NULL);
    filter.n_kinds = 1;
    filter.kinds = kinds;
    open.has_stream = open.has_start = open.has_limit_bytes = true;
    open.stream = 7;
    open.start = REVERIE__V1__START__START_FIRST;
    open.limit_bytes = 1 << 20;
    open.filter = &filter;
    agent_control(&observer, "control.stream_open", &open);
    agent_expect(&observer, "control.stream_opened");
    (void)agent_expect_event(&observer, "one");
    assert_true(observer.stamp.has_stream);
    assert_int_equal(observer.stamp.stream, 7);
    (void)agent_expect_event(&observer, "two");
    (void)agent_publish(&ada, "topic:a.d", "three");
    (void)agent_expect_event(&observer, "three");
    agent_close(&ada);
    agent_close(&observer);
}

/* ---- requests ------------------------------------------------------------ */

static void the_broker_tells_about_itself(void **state)
{
    struct agent ada;
    Reverie__V1__AdminInfoRequest info_ask =
        REVERIE__V1__ADMIN_INFO_REQUEST__INIT;
    Reverie__V1__AdminInfoReply *info = NULL;
    Reverie__V1__AdminCountersRequest counters_ask =
        REVERIE__V1__ADMIN_COUNTERS_REQUEST__INIT;
    Reverie__V1__AdminCountersReply *counters = NULL;
    Reverie__V1__PeersListRequest peers_ask =
        REVERIE__V1__PEERS_LIST_REQUEST__INIT;
    Reverie__V1__PeersListReply *peers = NULL;

    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    agent_ask(&ada, "admin", "info", &info_ask, "ok");
    AGENT_UNPACK(&ada, admin_info_reply, &info);
    assert_int_equal(info->epoch, 1);
    assert_int_equal(info->n_endpoints, 1);
    assert_string_equal(info->policy, "default");
    agent_ask(&ada, "admin", "counters", &counters_ask, "ok");
    AGENT_UNPACK(&ada, admin_counters_reply, &counters);
    assert_true(counters->n_counters > 20);
    agent_ask(&ada, "peers", "list", &peers_ask, "ok");
    AGENT_UNPACK(&ada, peers_list_reply, &peers);
    assert_int_equal(peers->n_peers, 1);
    assert_string_equal(peers->peers[0]->agent, "ada");
    assert_string_equal(peers->peers[0]->team, "blue");
    assert_true(peers->peers[0]->connected);
    agent_close(&ada);
}

static void what_is_not_served_is_refused_by_name(void **state)
{
    struct agent ada;
    Reverie__V1__PeersListRequest nothing =
        REVERIE__V1__PEERS_LIST_REQUEST__INIT;

    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    agent_ask(&ada, "log", "burn", &nothing, "unknown_method");
    agent_ask(&ada, "peers", "burn", &nothing, "unknown_method");
    agent_ask(&ada, "memory", "burn", &nothing, "unknown_method");
    agent_ask(&ada, "dream", "run", &nothing, "no_worker");
    agent_ask(&ada, "gardening", "plant", &nothing, "unknown_service");
    agent_close(&ada);
}

static void events_are_read_by_position(void **state)
{
    struct agent ada;
    Reverie__V1__LogReadRequest ask = REVERIE__V1__LOG_READ_REQUEST__INIT;
    Reverie__V1__LogReadReply *reply = NULL;
    uint64_t seqs[2];

    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    (void)agent_publish(&ada, "topic:x", "find me");
    seqs[0] = agent_expect_accepted(&ada, 1);
    seqs[1] = seqs[0] + 1000;
    ask.n_seqs = 2;
    ask.seqs = seqs;
    agent_ask(&ada, "log", "read", &ask, "ok");
    AGENT_UNPACK(&ada, log_read_reply, &reply);
    assert_int_equal(reply->n_events, 1);
    assert_true(bytes_equal_text(message_bytes(true, reply->events[0]->body),
                                 "find me"));
    agent_close(&ada);
}

/* ---- refusals ------------------------------------------------------------ */

static void what_is_wrong_is_refused_and_the_connection_lives(void **state)
{
    struct agent ada;
    struct envelope envelope = {.version = 1,
                                .to = BYTES_LITERAL("agent:ada"),
                                .kind = BYTES_LITERAL("memory.update")};

    harness_start(*state);
    agent_connect(*state, &ada);
    struct id id = agent_publish(&ada, "agent:ada", "before hello");
    agent_expect_refused(&ada, "not_welcome");
    agent_hello(&ada, "ada", "blue");
    (void)agent_publish(&ada, "nobody", "not an address");
    agent_expect_refused(&ada, "malformed");
    (void)agent_publish(&ada, "agent:nobody", "never heard of");
    agent_expect_refused(&ada, "unknown_address");
    envelope.id = id_bytes(&id);
    agent_send(&ada, &envelope, BYTES_LITERAL("mine alone"));
    agent_expect_refused(&ada, "denied");
    envelope.kind = BYTES_LITERAL("note.x");
    envelope.swarm = BYTES_LITERAL("other");
    agent_send(&ada, &envelope, BYTES_LITERAL("x"));
    agent_expect_refused(&ada, "wrong_swarm");
    (void)agent_publish(&ada, "agent:ada", "fine");
    (void)agent_expect_own(&ada, "fine");
    agent_close(&ada);
}

static void below_the_reserve_messages_are_refused_and_reads_go_on(void **state)
{
    struct harness *harness = *state;
    struct agent ada;
    Reverie__V1__LogInfoRequest ask = REVERIE__V1__LOG_INFO_REQUEST__INIT;
    Reverie__V1__LogInfoReply *info = NULL;

    harness_start(harness);
    agent_join(harness, &ada, "ada", "blue");
    (void)agent_publish(&ada, "topic:x", "there was room");
    uint64_t seq = agent_expect_accepted(&ada, 1);
    agent_close(&ada);
    harness_stop(harness);
    /* More than any disk of a test machine has free. */
    assert_int_equal(settings_set(harness->settings, "free-reserve", "1024GiB"),
                     ERR_OK);
    harness_start(harness);
    agent_join(harness, &ada, "ada", "blue");
    (void)agent_publish(&ada, "topic:x", "there is none");
    agent_expect_refused(&ada, "disk_full");
    agent_ask(&ada, "log", "info", &ask, "ok");
    AGENT_UNPACK(&ada, log_info_reply, &info);
    assert_int_equal(info->last_seq, seq);
    agent_close(&ada);
}

/* ---- tokens -------------------------------------------------------------- */

static void hello_with(struct agent *agent, const char *token)
{
    Reverie__V1__Hello hello = REVERIE__V1__HELLO__INIT;
    char name[] = "ada";

    hello.has_wire_min = hello.has_wire_max = true;
    hello.wire_min = hello.wire_max = 1;
    hello.agent = name;
    hello.token = (char *)(uintptr_t)token;
    agent_control(agent, "control.hello", &hello);
}

static void a_token_made_while_it_runs_names_the_principal(void **state)
{
    struct harness *harness = *state;
    struct agent ada;
    struct keys *keys = NULL;
    struct buf why;
    Reverie__V1__Welcome *welcome = NULL;
    char path[HARNESS_PATH_MAX + 16];
    char token[TOKEN_TEXT_BYTES];

    harness_start(harness);
    agent_connect(harness, &ada);
    hello_with(&ada, "rvr_0000");
    agent_expect_refused(&ada, "unauthorized");
    agent_expect(&ada, "control.bye");
    (void)snprintf(path, sizeof(path), "%s/keys.jsonl", harness->directory);
    buf_init(&why, 1024);
    assert_int_equal(keys_open(path, &why, &keys), ERR_OK);
    assert_int_equal(keys_add(keys, BYTES_LITERAL("default"),
                              BYTES_LITERAL("person"), ROUTE_RIGHT_REVIEW, 0,
                              token),
                     ERR_OK);
    keys_close(keys);
    buf_fini(&why);
    hello_with(&ada, token);
    agent_expect(&ada, "control.welcome");
    AGENT_UNPACK(&ada, welcome, &welcome);
    assert_string_equal(welcome->principal, "person");
    assert_int_equal(welcome->identity, REVERIE__V1__IDENTITY__IDENTITY_TOKEN);
    assert_int_equal(welcome->n_rights, 1);
    assert_string_equal(welcome->rights[0], "review");
    agent_close(&ada);
}

/* ---- memory -------------------------------------------------------------- */

static void write_memory(struct agent *agent, const char *content)
{
    Reverie__V1__MemoryWriteRequest write =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    char store[] = "team/blue";
    char path[] = "/notes/style.md";

    write.store = store;
    write.path = path;
    write.content = (char *)(uintptr_t)content;
    agent_request(agent, "memory", "write", &write);
}

static uint64_t expect_update(struct agent *agent, const char *content)
{
    Reverie__V1__MemoryUpdate *update = NULL;

    agent_expect(agent, "memory.update");
    assert_true(agent->is_event);
    AGENT_UNPACK(agent, memory_update, &update);
    assert_string_equal(update->store, "team/blue");
    assert_int_equal(update->n_deltas, 1);
    assert_string_equal(update->deltas[0]->version->content, content);
    return update->to_version;
}

static void acknowledge(struct agent *agent, uint64_t version)
{
    Reverie__V1__MemoryAck ack = REVERIE__V1__MEMORY_ACK__INIT;
    char store[] = "team/blue";

    ack.store = store;
    ack.has_version = ack.has_state = true;
    ack.version = version;
    ack.state = REVERIE__V1__DELIVERY_STATE__DELIVERY_APPLIED;
    agent_control(agent, "memory.ack", &ack);
    (void)agent_expect_accepted(agent, 1);
}

static void expect_verified(struct agent *agent)
{
    Reverie__V1__LogVerifyRequest ask = REVERIE__V1__LOG_VERIFY_REQUEST__INIT;
    Reverie__V1__LogVerifyReply *reply = NULL;

    ask.has_memory = ask.memory = true;
    agent_ask(agent, "log", "verify", &ask, "ok");
    AGENT_UNPACK(agent, log_verify_reply, &reply);
    if (reply->fault_count > 0) {
        (void)fprintf(stderr, "fault: %s\n", reply->faults[0]);
    }
    assert_int_equal(reply->fault_count, 0);
    assert_true(reply->finished);
    assert_true(reply->events > 0);
}

static void an_update_reaches_the_team_and_is_acknowledged(void **state)
{
    struct agent ada;
    struct agent bob;
    Reverie__V1__MemoryWhoRequest ask = REVERIE__V1__MEMORY_WHO_REQUEST__INIT;
    Reverie__V1__MemoryWhoReply *who = NULL;
    char store[] = "team/blue";

    harness_start(*state);
    agent_join(*state, &bob, "bob", "blue");
    agent_close(&bob);
    agent_join(*state, &ada, "ada", "blue");
    write_memory(&ada, "tabs, not blanks");
    /* Delivered means logged; the reply says that it is on disk. */
    uint64_t version = expect_update(&ada, "tabs, not blanks");
    uint64_t seq = ada.stamp.seq;
    agent_expect_reply(&ada, "ok");
    acknowledge(&ada, version);
    agent_done(&ada, seq);
    agent_join(*state, &bob, "bob", "blue");
    assert_int_equal(expect_update(&bob, "tabs, not blanks"), version);
    ask.store = store;
    agent_ask(&ada, "memory", "who", &ask, "ok");
    AGENT_UNPACK(&ada, memory_who_reply, &who);
    assert_int_equal(who->n_readers, 2);
    for (size_t i = 0; i < 2; i++) {
        bool is_ada = strcmp(who->readers[i]->agent, "ada") == 0;
        assert_true(who->readers[i]->connected);
        assert_int_equal(who->readers[i]->applied, is_ada ? version : 0);
    }
    expect_verified(&ada);
    agent_close(&ada);
    agent_close(&bob);
    harness_stop(*state);

    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    expect_verified(&ada);
    agent_close(&ada);
}

static void an_erased_event_is_a_tombstone(void **state)
{
    struct agent ada;
    Reverie__V1__LogEraseRequest erase = REVERIE__V1__LOG_ERASE_REQUEST__INIT;
    Reverie__V1__LogReadRequest ask = REVERIE__V1__LOG_READ_REQUEST__INIT;
    Reverie__V1__LogReadReply *reply = NULL;
    struct stamp stamp;

    harness_start(*state);
    agent_join(*state, &ada, "ada", "blue");
    (void)agent_publish(&ada, "topic:x", "a secret");
    uint64_t seq = agent_expect_accepted(&ada, 1);
    erase.has_log = erase.has_seq = true;
    erase.seq = seq;
    agent_ask(&ada, "log", "erase", &erase, "ok");
    ask.n_seqs = 1;
    ask.seqs = &seq;
    agent_ask(&ada, "log", "read", &ask, "ok");
    AGENT_UNPACK(&ada, log_read_reply, &reply);
    assert_int_equal(reply->n_events, 1);
    assert_int_equal(reply->events[0]->body.len, 0);
    assert_int_equal(
        stamp_read(message_bytes(true, reply->events[0]->stamp), &stamp),
        ERR_OK);
    assert_true(stamp.erased);
    erase.seq = seq + 1000;
    agent_ask(&ada, "log", "erase", &erase, "not_found");
    expect_verified(&ada);
    agent_close(&ada);
}

/* ---- the beginning ------------------------------------------------------- */

static void expect_no_start(struct harness *harness, enum err expected,
                            const char *why_part)
{
    struct broker_config config;
    struct broker *broker = NULL;
    struct buf why;

    buf_init(&why, 4096);
    assert_int_equal(broker_config_read(harness->settings, &why, &config),
                     ERR_OK);
    assert_int_equal(broker_open(&config, &why, &broker), expected);
    assert_null(broker);
    assert_non_null(strstr(buf_text(&why), why_part));
    buf_fini(&why);
}

static void a_broker_that_cannot_start_says_why(void **state)
{
    struct harness *harness = *state;

    harness_start(harness);
    expect_no_start(harness, ERR_LOCKED, "another broker runs on");
    expect_no_start(harness, ERR_LOCKED, harness->directory);
    harness_stop(harness);
    assert_int_equal(settings_set(harness->settings, "swarms", "a:b"), ERR_OK);
    expect_no_start(harness, ERR_INVALID, "swarms");
    assert_int_equal(settings_set(harness->settings, "swarms", "a, b"), ERR_OK);
    assert_int_equal(settings_set(harness->settings, "bus", "ipc:///no/such"),
                     ERR_OK);
    expect_no_start(harness, ERR_IO, "ipc:///no/such");
}

/* ---- the end ------------------------------------------------------------- */

static void a_drain_on_request_says_bye_and_ends(void **state)
{
    struct harness *harness = *state;
    struct agent ada;
    Reverie__V1__AdminDrainRequest drain =
        REVERIE__V1__ADMIN_DRAIN_REQUEST__INIT;

    harness_start(harness);
    agent_join(harness, &ada, "ada", "blue");
    agent_ask(&ada, "admin", "drain", &drain, "ok");
    agent_expect(&ada, "control.bye");
    harness_await_end(harness);
    agent_close(&ada);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, harness_set_up, harness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_delivered_and_accepted),
        TEST(a_team_hears_what_is_sent_to_it),
        TEST(an_absent_agent_gets_its_messages_after_a_restart),
        TEST(the_same_id_again_is_accepted_as_a_repeat),
        TEST(everything_accepted_is_in_the_log_after_a_drain),
        TEST(a_stream_from_the_first_event_sees_what_is_on_disk),
        TEST(the_broker_tells_about_itself),
        TEST(what_is_not_served_is_refused_by_name),
        TEST(events_are_read_by_position),
        TEST(what_is_wrong_is_refused_and_the_connection_lives),
        TEST(below_the_reserve_messages_are_refused_and_reads_go_on),
        TEST(a_token_made_while_it_runs_names_the_principal),
        TEST(an_update_reaches_the_team_and_is_acknowledged),
        TEST(an_erased_event_is_a_tombstone),
        TEST(a_broker_that_cannot_start_says_why),
        TEST(a_drain_on_request_says_bye_and_ends),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
