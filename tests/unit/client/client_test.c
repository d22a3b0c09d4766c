/* SPDX-License-Identifier: MIT */
/* Connection, publishing and the inbox, against a scripted broker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "client/core/compose.h"
#include "client/inbound/letter.h"
#include "fake_broker.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages.h"

static struct id numbered(uint8_t number)
{
    return id_make(number, number, number);
}

static void publish(struct fake *fake, uint8_t number, size_t body_bytes)
{
    static const uint8_t body[4096];
    struct id id = numbered(number);
    struct frame frames[2] = {{.is_open = false}};
    struct reverie_message message = {.to = "team:blue",
                                      .kind = "agent.message",
                                      .body = body,
                                      .body_bytes = body_bytes};
    assert_int_equal(compose_message(&message, &id, frames), ERR_OK);
    assert_int_equal(client_publish(fake->client, &id, frames), ERR_OK);
}

static void expect_message(struct fake *fake, uint8_t number)
{
    struct id id = numbered(number);
    struct envelope envelope;
    fake_expect(fake, "agent.message");
    assert_int_equal(envelope_read(buf_bytes(&fake->envelope), &envelope),
                     ERR_OK);
    assert_true(bytes_equal(envelope.id, id_bytes(&id)));
}

static void accept(struct fake *fake, uint8_t number)
{
    struct id id = numbered(number);
    fake_accept(fake, id_bytes(&id), number);
}

/* After a loss, waits for the next dial and welcomes. */
static void welcome_again(struct fake *fake, uint64_t send_limit)
{
    assert_int_equal(client_state(fake->client), CLIENT_APART);
    fake->now_us = client_deadline(fake->client);
    fake_welcome(fake, send_limit);
}

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
    welcome_again(&fake, 1000);
    client_lost(fake.client, fake.now_us);
    fake.now_us = client_deadline(fake.client);
    client_dialled(fake.client, fake.now_us, fake.now_us);
    fake_expect(&fake, "control.hello");
    FAKE_BODY(&fake, hello, &hello);
    assert_true(hello->takeover);
    fake_fini(&fake);
}

static void test_nothing_leaves_before_the_welcome(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    publish(&fake, 1, 10);
    fake_expect_silence(&fake);
    fake_welcome(&fake, 1 << 20);
    expect_message(&fake, 1);
    fake_expect_silence(&fake);
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
    welcome_again(&fake, 1000);
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

static void test_what_was_not_accepted_is_sent_again_in_order(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1 << 20);
    for (uint8_t i = 1; i <= 4; i++) {
        publish(&fake, i, 10);
        expect_message(&fake, i);
    }
    accept(&fake, 1);
    accept(&fake, 3);
    client_lost(fake.client, fake.now_us);
    publish(&fake, 5, 10);
    welcome_again(&fake, 1 << 20);
    expect_message(&fake, 2);
    expect_message(&fake, 4);
    expect_message(&fake, 5);
    fake_expect_silence(&fake);
    struct reverie_counts counts = client_counts(fake.client);
    assert_int_equal(counts.resent, 2);
    assert_int_equal(counts.accepted, 2);
    assert_int_equal(counts.unaccepted, 3);
    assert_int_equal(counts.reconnects, 1);
    fake_fini(&fake);
}

static void test_sending_stops_at_the_credit(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 2200);
    for (uint8_t i = 1; i <= 3; i++) {
        publish(&fake, i, 1000);
    }
    expect_message(&fake, 1);
    expect_message(&fake, 2);
    fake_expect_silence(&fake);
    Reverie__V1__Credit credit = REVERIE__V1__CREDIT__INIT;
    credit.has_limit_bytes = true;
    credit.limit_bytes = 4000;
    fake_send(&fake, "control.credit", &credit);
    expect_message(&fake, 3);
    fake_fini(&fake);
}

static void test_a_full_table_refuses(void **state)
{
    (void)state;
    struct fake fake;
    struct id id = numbered(9);
    struct frame frames[2] = {{.is_open = false}};
    struct reverie_message message = {.to = "team:blue", .kind = "note.x"};
    fake_init(&fake, (struct reverie_config){.unaccepted_max = 2});
    publish(&fake, 1, 1);
    publish(&fake, 2, 1);
    assert_int_equal(compose_message(&message, &id, frames), ERR_OK);
    assert_int_equal(client_publish(fake.client, &id, frames), ERR_FULL);
    compose_close(frames, 2);
    fake_fini(&fake);
}

struct told {
    int accepted;
    int refused;
    uint64_t seq;
    char code[32];
};

static void on_accepted(void *context, const uint8_t id[16],
                        const struct reverie_place *place, const char *code,
                        const char *sentence)
{
    (void)id;
    (void)sentence;
    struct told *told = context;
    told->accepted += place ? 1 : 0;
    told->refused += place ? 0 : 1;
    told->seq = place ? place->seq : 0;
    strncpy(told->code, code ? code : "", sizeof(told->code) - 1);
}

static void test_acceptance_and_refusal_are_told(void **state)
{
    (void)state;
    struct fake fake;
    struct told told = {0};
    struct id second = numbered(2);
    fake_init(&fake, (struct reverie_config){0});
    client_on_accepted(fake.client, on_accepted, &told);
    fake_welcome(&fake, 1 << 20);
    publish(&fake, 1, 1);
    publish(&fake, 2, 1);
    expect_message(&fake, 1);
    expect_message(&fake, 2);
    accept(&fake, 1);
    assert_int_equal(told.accepted, 1);
    assert_int_equal(told.seq, 1);
    fake_refuse(&fake, id_bytes(&second), "denied", -1);
    assert_int_equal(told.refused, 1);
    assert_string_equal(told.code, "denied");
    accept(&fake, 1); /* said twice: told once */
    assert_int_equal(told.accepted, 1);
    assert_int_equal(client_counts(fake.client).unaccepted, 0);
    fake_fini(&fake);
}

static void test_a_refusal_that_passes_keeps_the_order(void **state)
{
    (void)state;
    struct fake fake;
    struct id second = numbered(2);
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1 << 20);
    for (uint8_t i = 1; i <= 3; i++) {
        publish(&fake, i, 1);
        expect_message(&fake, i);
    }
    fake_refuse(&fake, id_bytes(&second), "full", 100);
    fake_expect_silence(&fake);
    fake_pass(&fake, 50 * US_PER_MS);
    fake_expect_silence(&fake);
    fake_pass(&fake, 60 * US_PER_MS);
    expect_message(&fake, 2);
    expect_message(&fake, 3);
    assert_int_equal(client_counts(fake.client).unaccepted, 3);
    fake_fini(&fake);
}

static void test_not_welcome_is_answered_by_a_new_connection(void **state)
{
    (void)state;
    struct fake fake;
    struct id first = numbered(1);
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1 << 20);
    publish(&fake, 1, 1);
    expect_message(&fake, 1);
    fake_refuse(&fake, id_bytes(&first), "not_welcome", -1);
    welcome_again(&fake, 1 << 20);
    expect_message(&fake, 1);
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
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
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
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
    for (int i = 0; i < 20; i++) {
        int pings = pings_until_renewal(&fake);
        assert_in_range(pings, 45, 59);
        assert_int_equal(client_deadline(fake.client), fake.now_us);
        fake_welcome(&fake, 1000); /* at once */
    }
    assert_int_equal(client_counts(fake.client).reconnects, 0);
    publish(&fake, 1, 1);
    expect_message(&fake, 1);
    fake_fini(&fake);
}

static void test_a_renewal_is_a_takeover_and_may_fail(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__Hello *hello = NULL;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
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
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
    fake_pass(&fake, 600 * US_PER_SECOND); /* that is one ping, not many */
    assert_int_equal(client_state(fake.client), CLIENT_WELCOME);
    fake_expect(&fake, "control.ping");
    fake_fini(&fake);
}

static void test_who_waits_asks_sooner_whether_the_broker_lives(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1 << 20);
    publish(&fake, 1, 1);
    expect_message(&fake, 1);
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
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
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
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
    bye.code = draining;
    fake_send(&fake, "control.bye", &bye);
    welcome_again(&fake, 1000);
    bye.code = taken;
    fake_send(&fake, "control.bye", &bye);
    assert_int_equal(client_state(fake.client), CLIENT_ENDED);
    fake_fini(&fake);
}

/* ---- inbox -----------------------------------------------------------------
 */

static uint64_t take(struct fake *fake)
{
    struct arrival arrival = {.bytes = 0};
    if (!client_take(fake->client, &arrival)) {
        return 0;
    }
    arrival_close(&arrival);
    return arrival.seq;
}

static void deliver(struct fake *fake, uint64_t seq)
{
    (void)fake_event(fake, 0, seq, "agent.message", BYTES_LITERAL("hello"));
}

static void test_repeats_are_suppressed_and_answered(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__Done *done = NULL;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
    deliver(&fake, 5);
    deliver(&fake, 6);
    assert_int_equal(take(&fake), 5);
    client_done(fake.client, 0, 5, 3);
    client_lost(fake.client, fake.now_us); /* 6 waits, done is on its way */
    welcome_again(&fake, 1000);
    deliver(&fake, 5);
    deliver(&fake, 6);
    assert_int_equal(take(&fake), 6);
    assert_int_equal(take(&fake), 0);
    client_settle(fake.client);
    fake_expect(&fake, "control.done");
    FAKE_BODY(&fake, done, &done);
    assert_int_equal(done->n_seqs, 1);
    assert_int_equal(done->seqs[0], 5);
    assert_int_equal(client_counts(fake.client).repeats, 1);
    assert_int_equal(client_counts(fake.client).received, 2);
    fake_fini(&fake);
}

static void test_done_while_away_is_said_when_it_comes_again(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
    deliver(&fake, 5);
    assert_int_equal(take(&fake), 5);
    client_lost(fake.client, fake.now_us);
    welcome_again(&fake, 1000);
    deliver(&fake, 5); /* queued before the caller is done with it */
    client_done(fake.client, 0, 5, 3);
    assert_int_equal(take(&fake), 0);
    fake_fini(&fake);
}

/* A power cut took seq 5 of epoch 3 back while the caller held it, and the
 * number was used again: being done with the one says nothing of the other. */
static void test_done_with_what_was_taken_back_is_not_said(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
    deliver(&fake, 5);
    assert_int_equal(take(&fake), 5);
    client_lost(fake.client, fake.now_us);
    welcome_again(&fake, 1000);
    client_done_taken(fake.client, 0, 5, 3);
    client_settle(fake.client);
    fake_expect_silence(&fake);
    deliver(&fake, 5); /* it was not taken back after all */
    client_settle(fake.client);
    fake_expect(&fake, "control.done");
    assert_int_equal(take(&fake), 0);
    deliver(&fake, 6);
    assert_int_equal(take(&fake), 6);
    client_done_taken(fake.client, 0, 6, 3);
    client_settle(fake.client);
    fake_expect(&fake, "control.done");
    fake_fini(&fake);
}

static void test_the_same_seq_of_another_epoch_is_another_event(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
    client_done(fake.client, 0, 5, 2);
    deliver(&fake, 5); /* of epoch 3 */
    assert_int_equal(take(&fake), 5);
    fake_fini(&fake);
}

static void test_credit_is_granted_when_half_is_used(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__Credit *credit = NULL;
    fake_init(&fake, (struct reverie_config){.inbox_bytes = 200});
    fake_welcome(&fake, 1000);
    size_t bytes = fake_event(&fake, 0, 1, "note.x", BYTES_LITERAL("hello"));
    assert_true(bytes < 100);
    (void)take(&fake);
    client_settle(fake.client);
    fake_expect_silence(&fake);
    for (uint64_t seq = 2; seq * bytes < 100 + bytes; seq++) {
        (void)fake_event(&fake, 0, seq, "note.x", BYTES_LITERAL("hello"));
        (void)take(&fake);
    }
    client_settle(fake.client);
    fake_expect(&fake, "control.credit");
    FAKE_BODY(&fake, credit, &credit);
    assert_false(credit->has_stream);
    assert_in_range(credit->limit_bytes, 300, 300 + bytes);
    fake_fini(&fake);
}

static void test_done_is_said_in_batches(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__Done *done = NULL;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
    for (uint64_t seq = 1; seq < CLIENT_DONE_BATCH; seq++) {
        client_done(fake.client, 0, seq, 3);
    }
    fake_expect_silence(&fake);
    client_done(fake.client, 0, CLIENT_DONE_BATCH, 3);
    fake_expect(&fake, "control.done");
    FAKE_BODY(&fake, done, &done);
    assert_int_equal(done->n_seqs, CLIENT_DONE_BATCH);
    fake_fini(&fake);
}

static void test_a_letter_shows_what_the_broker_established(void **state)
{
    (void)state;
    struct fake fake;
    struct arrival arrival = {.bytes = 0};
    struct letter letter = {.used = 0};
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1000);
    deliver(&fake, 5);
    assert_true(client_take(fake.client, &arrival));
    assert_int_equal(letter_open(&letter, &arrival), ERR_OK);
    assert_string_equal(letter.message.from, "bob");
    assert_string_equal(letter.message.principal, "bob");
    assert_string_equal(letter.message.kind, "agent.message");
    assert_null(letter.message.session);
    assert_int_equal(letter.message.seq, 5);
    assert_memory_equal(letter.message.body, "hello", 5);
    letter_close(&letter);
    fake_fini(&fake);
}

static void test_nonsense_is_ignored(void **state)
{
    (void)state;
    static const char noise[] = "\xff\xff\xff\xff\x0f garbage";
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    fake_welcome(&fake, 1 << 20);
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
    publish(&fake, 1, 1);
    expect_message(&fake, 1);
    fake_fini(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello_says_who_and_takes_over_only_its_own),
        cmocka_unit_test(test_nothing_leaves_before_the_welcome),
        cmocka_unit_test(test_a_refused_hello_ends_with_its_reason),
        cmocka_unit_test(test_a_hello_refused_while_draining_is_repeated),
        cmocka_unit_test(test_pauses_between_dials_grow_to_a_maximum),
        cmocka_unit_test(test_what_was_not_accepted_is_sent_again_in_order),
        cmocka_unit_test(test_sending_stops_at_the_credit),
        cmocka_unit_test(test_a_full_table_refuses),
        cmocka_unit_test(test_acceptance_and_refusal_are_told),
        cmocka_unit_test(test_a_refusal_that_passes_keeps_the_order),
        cmocka_unit_test(test_not_welcome_is_answered_by_a_new_connection),
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
        cmocka_unit_test(test_repeats_are_suppressed_and_answered),
        cmocka_unit_test(test_done_while_away_is_said_when_it_comes_again),
        cmocka_unit_test(test_done_with_what_was_taken_back_is_not_said),
        cmocka_unit_test(test_the_same_seq_of_another_epoch_is_another_event),
        cmocka_unit_test(test_credit_is_granted_when_half_is_used),
        cmocka_unit_test(test_done_is_said_in_batches),
        cmocka_unit_test(test_a_letter_shows_what_the_broker_established),
        cmocka_unit_test(test_nonsense_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
