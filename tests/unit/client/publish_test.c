/* SPDX-License-Identifier: MIT */
/* What a client publishes: sent again until it is accepted, in order, on
 * credit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "client/core/compose.h"
#include "fake_broker.h"
#include "proto/messages.h"

static void test_nothing_leaves_before_the_welcome(void **state)
{
    (void)state;
    struct fake fake;
    fake_init(&fake, (struct reverie_config){0});
    fake_publish(&fake, 1, 10);
    fake_expect_silence(&fake);
    fake_welcome(&fake, 1 << 20);
    fake_expect_message(&fake, 1);
    fake_expect_silence(&fake);
    fake_fini(&fake);
}

static void test_what_was_not_accepted_is_sent_again_in_order(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1 << 20);
    for (uint8_t i = 1; i <= 4; i++) {
        fake_publish(&fake, i, 10);
        fake_expect_message(&fake, i);
    }
    fake_accept_message(&fake, 1);
    fake_accept_message(&fake, 3);
    client_lost(fake.client, fake.now_us);
    fake_publish(&fake, 5, 10);
    fake_welcome_again(&fake, 1 << 20);
    fake_expect_message(&fake, 2);
    fake_expect_message(&fake, 4);
    fake_expect_message(&fake, 5);
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
    fake_open(&fake, 2200);
    for (uint8_t i = 1; i <= 3; i++) {
        fake_publish(&fake, i, 1000);
    }
    fake_expect_message(&fake, 1);
    fake_expect_message(&fake, 2);
    fake_expect_silence(&fake);
    Reverie__V1__Credit credit = REVERIE__V1__CREDIT__INIT;
    credit.has_limit_bytes = true;
    credit.limit_bytes = 4000;
    fake_send(&fake, "control.credit", &credit);
    fake_expect_message(&fake, 3);
    fake_fini(&fake);
}

static void test_a_full_table_refuses(void **state)
{
    (void)state;
    struct fake fake;
    struct id id = fake_id(9);
    struct frame frames[2] = {{.is_open = false}};
    struct reverie_message message = {.to = "team:blue", .kind = "note.x"};
    fake_init(&fake, (struct reverie_config){.unaccepted_max = 2});
    fake_publish(&fake, 1, 1);
    fake_publish(&fake, 2, 1);
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
    struct id second = fake_id(2);
    fake_open(&fake, 1 << 20);
    client_on_accepted(fake.client, on_accepted, &told);
    fake_publish(&fake, 1, 1);
    fake_publish(&fake, 2, 1);
    fake_expect_message(&fake, 1);
    fake_expect_message(&fake, 2);
    fake_accept_message(&fake, 1);
    assert_int_equal(told.accepted, 1);
    assert_int_equal(told.seq, 1);
    fake_refuse(&fake, id_bytes(&second), "denied", -1);
    assert_int_equal(told.refused, 1);
    assert_string_equal(told.code, "denied");
    fake_accept_message(&fake, 1); /* said twice: told once */
    assert_int_equal(told.accepted, 1);
    assert_int_equal(client_counts(fake.client).unaccepted, 0);
    fake_fini(&fake);
}

static void test_a_refusal_that_passes_keeps_the_order(void **state)
{
    (void)state;
    struct fake fake;
    struct id second = fake_id(2);
    fake_open(&fake, 1 << 20);
    for (uint8_t i = 1; i <= 3; i++) {
        fake_publish(&fake, i, 1);
        fake_expect_message(&fake, i);
    }
    fake_refuse(&fake, id_bytes(&second), "full", 100);
    fake_expect_silence(&fake);
    fake_pass(&fake, 50 * US_PER_MS);
    fake_expect_silence(&fake);
    fake_pass(&fake, 60 * US_PER_MS);
    fake_expect_message(&fake, 2);
    fake_expect_message(&fake, 3);
    assert_int_equal(client_counts(fake.client).unaccepted, 3);
    fake_fini(&fake);
}

static void test_not_welcome_is_answered_by_a_new_connection(void **state)
{
    (void)state;
    struct fake fake;
    struct id first = fake_id(1);
    fake_open(&fake, 1 << 20);
    fake_publish(&fake, 1, 1);
    fake_expect_message(&fake, 1);
    fake_refuse(&fake, id_bytes(&first), "not_welcome", -1);
    fake_welcome_again(&fake, 1 << 20);
    fake_expect_message(&fake, 1);
    fake_fini(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_leaves_before_the_welcome),
        cmocka_unit_test(test_what_was_not_accepted_is_sent_again_in_order),
        cmocka_unit_test(test_sending_stops_at_the_credit),
        cmocka_unit_test(test_a_full_table_refuses),
        cmocka_unit_test(test_acceptance_and_refusal_are_told),
        cmocka_unit_test(test_a_refusal_that_passes_keeps_the_order),
        cmocka_unit_test(test_not_welcome_is_answered_by_a_new_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
