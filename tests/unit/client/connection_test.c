/* SPDX-License-Identifier: MIT */
/* The connection of a client: hello, pings, pauses, renewals, goodbyes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "client/core/compose.h"
#include "fake_broker.h"
#include "proto/messages.h"

static void test_hello_says_who_and_takes_over_only_its_own(void **state)
{
    (void)state;
    static const char *const roles[] = {"reviewer"};
    struct fake fake;
    Reverie__V1__Hello *hello = NULL;
    fake_init(&fake, (struct reverie_config){.team = "blue",
                                             .roles = roles,
                                             .role_count = 1,
                                             .inbox_bytes = 1000});
    client_dialled(fake.client, fake.now_us, fake.now_us);
    fake_expect(&fake, "control.hello");
    FAKE_BODY(&fake, hello, &hello);
    assert_string_equal(hello->agent, "ada");
    assert_string_equal(hello->team, "blue");
    assert_string_equal(hello->roles[0], "reviewer");
    assert_string_equal(hello->token, "secret");
    assert_int_equal(hello->inbox_limit_bytes, 1000);
    assert_false(hello->takeover);
    fake_expect_silence(&fake);

    client_lost(fake.client, fake.now_us);
    fake_welcome_again(&fake, 1000);
    client_lost(fake.client, fake.now_us);
    fake.now_us = client_deadline(fake.client);
    client_dialled(fake.client, fake.now_us, fake.now_us);
    fake_expect(&fake, "control.hello");
    FAKE_BODY(&fake, hello, &hello);
    assert_true(hello->takeover);
    fake_fini(&fake);
}

static void test_a_refused_hello_ends_with_its_reason(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    client_dialled(fake.client, fake.now_us, fake.now_us);
    fake_refuse(&fake, (struct bytes){0}, "unauthorized", -1);
    assert_int_equal(client_state(fake.client), CLIENT_ENDED);
    assert_string_equal(client_code(fake.client), "unauthorized");
    fake_fini(&fake);
}

static void test_a_hello_refused_while_draining_is_repeated(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    client_dialled(fake.client, fake.now_us, fake.now_us);
    fake_refuse(&fake, (struct bytes){0}, "draining", -1);
    assert_int_equal(client_state(fake.client), CLIENT_APART);
    assert_false(client_wants_dial(fake.client, fake.now_us));
    fake_welcome_again(&fake, 1000);
    fake_fini(&fake);
}

static void test_pauses_between_dials_grow_to_a_maximum(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    int64_t first_us = 0;
    int64_t pause_us = 0;
    for (int i = 0; i < 20; i++) {
        client_dialled(fake.client, fake.now_us, fake.now_us);
        client_lost(fake.client, fake.now_us);
        pause_us = client_deadline(fake.client) - fake.now_us;
        first_us = i == 0 ? pause_us : first_us;
        assert_true(pause_us > 0 && pause_us <= 2 * US_PER_SECOND);
        fake.now_us += pause_us;
    }
    assert_true(first_us <= 20 * US_PER_MS);
    assert_true(pause_us >= US_PER_SECOND);
    fake_fini(&fake);
}

/* Expects a ping, and whether it wants no answer. */
static void expect_ping(struct fake *fake, bool quiet)
{
    Reverie__V1__Ping *ping = NULL;
    fake_expect(fake, "control.ping");
    FAKE_BODY(fake, ping, &ping);
    assert_int_equal(ping->quiet, quiet);
    assert_int_equal(ping->has_nonce, !quiet);
}

static void test_an_idle_client_says_it_lives_and_asks_for_nothing(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1000);
    for (int i = 0; i < 45; i++) {
        fake_pass(&fake, 4900 * US_PER_MS);
        fake_expect_silence(&fake);
        fake_pass(&fake, 100 * US_PER_MS);
        expect_ping(&fake, true);
        assert_int_equal(client_state(fake.client), CLIENT_WELCOME);
    }
    fake_fini(&fake);
}

/* Pings until the client hangs up; gives how many there were. */
static int pings_until_renewal(struct fake *fake)
{
    int pings = 0;
    for (;;) {
        fake_pass(fake, 5 * US_PER_SECOND);
        if (client_state(fake->client) != CLIENT_WELCOME) {
            return pings;
        }
        expect_ping(fake, true);
        pings++;
    }
}

static void test_an_idle_client_renews_its_connection(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1000);
    for (int i = 0; i < 20; i++) {
        int pings = pings_until_renewal(&fake);
        assert_in_range(pings, 45, 59);
        assert_int_equal(client_deadline(fake.client), fake.now_us);
        fake_welcome(&fake, 1000); /* at once */
    }
    assert_int_equal(client_counts(fake.client).reconnects, 0);
    fake_publish(&fake, 1, 1);
    fake_expect_message(&fake, 1);
    fake_fini(&fake);
}

static void test_a_renewal_is_a_takeover_and_may_fail(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__Hello *hello = NULL;
    fake_open(&fake, 1000);
    (void)pings_until_renewal(&fake);
    client_dialled(fake.client, fake.now_us, fake.now_us);
    fake_expect(&fake, "control.hello");
    FAKE_BODY(&fake, hello, &hello);
    assert_true(hello->takeover);
    fake_pass(&fake, 2 * US_PER_SECOND);
    assert_int_equal(client_state(fake.client), CLIENT_APART);
    assert_string_equal(client_code(fake.client), "timeout");
    fake_fini(&fake);
}

static void test_who_serves_keeps_the_connection_and_asks(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__Ping pong = REVERIE__V1__PING__INIT;
    static const char *const serves[] = {"dream"};
    fake_init(&fake,
              (struct reverie_config){.serves = serves, .serve_count = 1});
    fake_welcome(&fake, 1000);
    for (int i = 0; i < 2; i++) {
        fake_pass(&fake, 300 * US_PER_SECOND);
        expect_ping(&fake, false);
        fake_send(&fake, "control.pong", &pong);
        fake_pass(&fake, 5 * US_PER_SECOND);
        expect_ping(&fake, true);
    }
    fake_pass(&fake, 300 * US_PER_SECOND);
    expect_ping(&fake, false);
    fake_pass(&fake, 5 * US_PER_SECOND);
    assert_int_equal(client_state(fake.client), CLIENT_APART);
    assert_string_equal(client_code(fake.client), "timeout");
    fake_fini(&fake);
}

static void test_a_caller_that_was_away_does_not_lose_the_broker(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1000);
    fake_pass(&fake, 600 * US_PER_SECOND); /* that is one ping, not many */
    assert_int_equal(client_state(fake.client), CLIENT_WELCOME);
    fake_expect(&fake, "control.ping");
    fake_fini(&fake);
}

static void test_who_waits_asks_sooner_whether_the_broker_lives(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1 << 20);
    fake_publish(&fake, 1, 1);
    fake_expect_message(&fake, 1);
    fake_pass(&fake, US_PER_SECOND);
    expect_ping(&fake, false);
    fake_pass(&fake, 5 * US_PER_SECOND);
    assert_int_equal(client_state(fake.client), CLIENT_APART);
    fake_fini(&fake);
}

static void test_a_ping_is_answered_with_its_nonce(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__Ping ping = REVERIE__V1__PING__INIT;
    Reverie__V1__Ping *pong = NULL;
    fake_open(&fake, 1000);
    ping.has_nonce = true;
    ping.nonce = 77;
    fake_send(&fake, "control.ping", &ping);
    fake_expect(&fake, "control.pong");
    FAKE_BODY(&fake, ping, &pong);
    assert_int_equal(pong->nonce, 77);
    fake_fini(&fake);
}

static void
test_bye_for_another_of_that_name_ends_others_reconnect(void **state)
{
    (void)state;
    struct fake fake;
    char draining[] = "draining";
    char taken[] = "taken_over";
    Reverie__V1__Bye bye = REVERIE__V1__BYE__INIT;
    fake_open(&fake, 1000);
    bye.code = draining;
    fake_send(&fake, "control.bye", &bye);
    fake_welcome_again(&fake, 1000);
    bye.code = taken;
    fake_send(&fake, "control.bye", &bye);
    assert_int_equal(client_state(fake.client), CLIENT_ENDED);
    fake_fini(&fake);
}

static void test_nonsense_is_ignored(void **state)
{
    (void)state;
    static const char noise[] = "\xff\xff\xff\xff\x0f garbage";
    struct fake fake;
    fake_open(&fake, 1 << 20);
    for (size_t count = 1; count <= 3; count++) {
        struct frame frames[3] = {{.is_open = false}};
        for (size_t i = 0; i < count; i++) {
            frame_copy(&frames[i], bytes_of(noise, sizeof(noise) - 1));
        }
        client_receive(fake.client, frames, count, fake.now_us);
    }
    static const char *const kinds[] = {
        "control.accepted", "control.refused",       "control.reply",
        "control.request",  "control.stream_opened", "control.stream_mark",
        "control.credit",   "control.stream_close",  "control.welcome",
        "control.unheard",
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct frame frames[3] = {{.is_open = false}};
        Reverie__V1__Ping ping = REVERIE__V1__PING__INIT;
        assert_int_equal(compose_control(kinds[i], &ping, frames), ERR_OK);
        frame_close(&frames[1]);
        frame_copy(&frames[1], bytes_of(noise, sizeof(noise) - 1));
        client_receive(fake.client, frames, 2, fake.now_us);
    }
    assert_int_equal(client_state(fake.client), CLIENT_WELCOME);
    fake_publish(&fake, 1, 1);
    fake_expect_message(&fake, 1);
    fake_fini(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello_says_who_and_takes_over_only_its_own),
        cmocka_unit_test(test_a_refused_hello_ends_with_its_reason),
        cmocka_unit_test(test_a_hello_refused_while_draining_is_repeated),
        cmocka_unit_test(test_pauses_between_dials_grow_to_a_maximum),
        cmocka_unit_test(
            test_an_idle_client_says_it_lives_and_asks_for_nothing),
        cmocka_unit_test(test_an_idle_client_renews_its_connection),
        cmocka_unit_test(test_a_renewal_is_a_takeover_and_may_fail),
        cmocka_unit_test(test_who_serves_keeps_the_connection_and_asks),
        cmocka_unit_test(test_a_caller_that_was_away_does_not_lose_the_broker),
        cmocka_unit_test(test_who_waits_asks_sooner_whether_the_broker_lives),
        cmocka_unit_test(test_a_ping_is_answered_with_its_nonce),
        cmocka_unit_test(
            test_bye_for_another_of_that_name_ends_others_reconnect),
        cmocka_unit_test(test_nonsense_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
