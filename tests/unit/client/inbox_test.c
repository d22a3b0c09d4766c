/* SPDX-License-Identifier: MIT */
/* What a client is sent: repeats, what is done, credit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/inbound/letter.h"
#include "fake_broker.h"
#include "proto/messages.h"

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
    fake_open(&fake, 1000);
    deliver(&fake, 5);
    deliver(&fake, 6);
    assert_int_equal(take(&fake), 5);
    client_done(fake.client, 0, 5, 3);
    client_lost(fake.client, fake.now_us); /* 6 waits, done is on its way */
    fake_welcome_again(&fake, 1000);
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
    fake_open(&fake, 1000);
    deliver(&fake, 5);
    assert_int_equal(take(&fake), 5);
    client_lost(fake.client, fake.now_us);
    fake_welcome_again(&fake, 1000);
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
    fake_open(&fake, 1000);
    deliver(&fake, 5);
    assert_int_equal(take(&fake), 5);
    client_lost(fake.client, fake.now_us);
    fake_welcome_again(&fake, 1000);
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
    fake_open(&fake, 1000);
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
    fake_open(&fake, 1000);
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
    fake_open(&fake, 1000);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeats_are_suppressed_and_answered),
        cmocka_unit_test(test_done_while_away_is_said_when_it_comes_again),
        cmocka_unit_test(test_done_with_what_was_taken_back_is_not_said),
        cmocka_unit_test(test_the_same_seq_of_another_epoch_is_another_event),
        cmocka_unit_test(test_credit_is_granted_when_half_is_used),
        cmocka_unit_test(test_done_is_said_in_batches),
        cmocka_unit_test(test_a_letter_shows_what_the_broker_established),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
