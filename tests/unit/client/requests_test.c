/* SPDX-License-Identifier: MIT */
/* Requests in both directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_broker.h"
#include "proto/messages.h"

static void count_more(void *context, const void *payload, size_t bytes)
{
    size_t *total = context;
    assert_non_null(payload);
    *total += bytes;
}

static void ask(struct fake *fake, size_t *progress)
{
    struct client_question question = {.service = "log",
                                       .method = "info",
                                       .payload = BYTES_LITERAL("in"),
                                       .timeout_us = 5000000,
                                       .on_more = count_more,
                                       .context = progress};
    assert_int_equal(client_ask(fake->client, &question), ERR_OK);
}

/* Answers the request last taken. */
static void answer(struct fake *fake, uint64_t request, const char *code,
                   bool more)
{
    char text[32];
    snprintf(text, sizeof(text), "%s", code);
    Reverie__V1__Reply reply = REVERIE__V1__REPLY__INIT;
    reply.has_request = true;
    reply.request = request;
    reply.code = text;
    reply.sentence = text;
    reply.has_payload = true;
    reply.payload = message_binary(BYTES_LITERAL("answer"));
    reply.has_more = more;
    reply.more = more;
    fake_send(fake, "control.reply", &reply);
}

static uint64_t expect_request(struct fake *fake)
{
    Reverie__V1__Request *request = NULL;
    fake_expect(fake, "control.request");
    FAKE_BODY(fake, request, &request);
    assert_string_equal(request->service, "log");
    assert_string_equal(request->method, "info");
    assert_int_equal(request->deadline_ms, 5000);
    return request->request;
}

static void test_progress_comes_before_the_answer(void **state)
{
    (void)state;
    struct fake fake;
    size_t progress = 0;
    fake_open(&fake, 1000);
    ask(&fake, &progress);
    uint64_t number = expect_request(&fake);
    answer(&fake, number, "ok", true);
    answer(&fake, number, "ok", true);
    assert_int_equal(client_asked(fake.client), ASK_SENT);
    assert_int_equal(progress, 12);
    answer(&fake, number, "ok", false);
    assert_int_equal(client_asked(fake.client), ASK_ANSWERED);
    assert_true(bytes_equal_text(client_answer(fake.client), "answer"));
    fake_fini(&fake);
}

static void test_a_refused_request_says_why(void **state)
{
    (void)state;
    struct fake fake;
    size_t progress = 0;
    fake_open(&fake, 1000);
    ask(&fake, &progress);
    answer(&fake, expect_request(&fake), "denied", false);
    assert_int_equal(client_asked(fake.client), ASK_REFUSED);
    assert_string_equal(client_code(fake.client), "denied");
    fake_fini(&fake);
}

static void test_a_request_waits_for_the_welcome(void **state)
{
    (void)state;
    struct fake fake;
    size_t progress = 0;
    fake_init(&fake, (struct reverie_config){0});
    ask(&fake, &progress);
    assert_int_equal(client_asked(fake.client), ASK_WAITING);
    fake_welcome(&fake, 1000);
    (void)expect_request(&fake);
    fake_fini(&fake);
}

static void test_a_request_does_not_outlive_its_connection(void **state)
{
    (void)state;
    struct fake fake;
    size_t progress = 0;
    fake_open(&fake, 1000);
    ask(&fake, &progress);
    uint64_t number = expect_request(&fake);
    client_lost(fake.client, fake.now_us);
    assert_int_equal(client_asked(fake.client), ASK_LOST);
    fake.now_us = client_deadline(fake.client);
    fake_welcome(&fake, 1000);
    fake_expect_silence(&fake);
    answer(&fake, number, "ok", false);
    assert_int_equal(client_asked(fake.client), ASK_LOST);
    fake_fini(&fake);
}

static void test_a_late_answer_is_not_taken_for_the_next(void **state)
{
    (void)state;
    struct fake fake;
    size_t progress = 0;
    fake_open(&fake, 1000);
    ask(&fake, &progress);
    uint64_t first = expect_request(&fake);
    ask(&fake, &progress);
    uint64_t second = expect_request(&fake);
    answer(&fake, first, "ok", false);
    assert_int_equal(client_asked(fake.client), ASK_SENT);
    answer(&fake, second, "ok", false);
    assert_int_equal(client_asked(fake.client), ASK_ANSWERED);
    fake_fini(&fake);
}

static void call(struct fake *fake, uint64_t number)
{
    char service[] = "dream";
    char method[] = "run";
    char asker[] = "eve";
    Reverie__V1__Request request = REVERIE__V1__REQUEST__INIT;
    request.has_request = true;
    request.request = number;
    request.service = service;
    request.method = method;
    request.asker = asker;
    request.has_payload = true;
    request.payload = message_binary(BYTES_LITERAL("please"));
    fake_send(fake, "control.request", &request);
}

static void test_calls_are_given_in_order_and_answered(void **state)
{
    (void)state;
    struct fake fake;
    struct reverie_call given;
    Reverie__V1__Reply *reply = NULL;
    fake_open(&fake, 1000);
    call(&fake, 7);
    call(&fake, 8);
    assert_true(client_take_call(fake.client, &given));
    assert_int_equal(given.request, 7);
    assert_string_equal(given.method, "run");
    assert_string_equal(given.asker, "eve");
    assert_memory_equal(given.payload, "please", 6);
    assert_int_equal(
        client_reply(fake.client, 7, "ok", "", BYTES_LITERAL("half"), true),
        ERR_OK);
    assert_int_equal(
        client_reply(fake.client, 7, "ok", "", BYTES_LITERAL("whole"), false),
        ERR_OK);
    fake_expect(&fake, "control.reply");
    FAKE_BODY(&fake, reply, &reply);
    assert_true(reply->more);
    fake_expect(&fake, "control.reply");
    FAKE_BODY(&fake, reply, &reply);
    assert_false(reply->more);
    assert_int_equal(
        client_reply(fake.client, 7, "ok", "", (struct bytes){0}, false),
        ERR_NOT_FOUND);
    assert_true(client_take_call(fake.client, &given));
    assert_int_equal(given.request, 8);
    assert_false(client_take_call(fake.client, &given));
    fake_fini(&fake);
}

static void test_a_call_is_readable_after_its_connection_broke(void **state)
{
    (void)state;
    struct fake fake;
    struct reverie_call given;
    fake_open(&fake, 1000);
    call(&fake, 7);
    assert_true(client_take_call(fake.client, &given));
    client_lost(fake.client, fake.now_us);
    assert_memory_equal(given.payload, "please", 6);
    assert_int_equal(
        client_reply(fake.client, 7, "ok", "", (struct bytes){0}, false),
        ERR_NOT_FOUND);
    fake_fini(&fake);
}

static void test_too_many_calls_are_refused(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__Reply *reply = NULL;
    fake_open(&fake, 1000);
    for (uint64_t i = 1; i <= CLIENT_CALLS_MAX; i++) {
        call(&fake, i);
    }
    fake_expect_silence(&fake);
    call(&fake, 1000);
    fake_expect(&fake, "control.reply");
    FAKE_BODY(&fake, reply, &reply);
    assert_int_equal(reply->request, 1000);
    assert_string_equal(reply->code, "too_many_requests");
    fake_fini(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_progress_comes_before_the_answer),
        cmocka_unit_test(test_a_refused_request_says_why),
        cmocka_unit_test(test_a_request_waits_for_the_welcome),
        cmocka_unit_test(test_a_request_does_not_outlive_its_connection),
        cmocka_unit_test(test_a_late_answer_is_not_taken_for_the_next),
        cmocka_unit_test(test_calls_are_given_in_order_and_answered),
        cmocka_unit_test(test_a_call_is_readable_after_its_connection_broke),
        cmocka_unit_test(test_too_many_calls_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
