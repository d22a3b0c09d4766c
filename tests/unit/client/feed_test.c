/* SPDX-License-Identifier: MIT */
/* Streams: credit, cursors, and going on after a reconnect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fake_broker.h"
#include "proto/messages.h"

static Reverie__V1__Cursor cursor_at(uint64_t seq)
{
    Reverie__V1__Cursor cursor = REVERIE__V1__CURSOR__INIT;
    cursor.has_epoch = true;
    cursor.epoch = 3;
    cursor.has_seq = true;
    cursor.seq = seq;
    return cursor;
}

static void opened(struct fake *fake, uint32_t stream, uint64_t next,
                   uint64_t head)
{
    Reverie__V1__Cursor cursor = cursor_at(next);
    Reverie__V1__StreamOpened message = REVERIE__V1__STREAM_OPENED__INIT;
    message.has_stream = true;
    message.stream = stream;
    message.next = &cursor;
    message.has_head = true;
    message.head = head;
    fake_send(fake, "control.stream_opened", &message);
}

static void mark(struct fake *fake, uint32_t stream, uint64_t next,
                 uint64_t missed_to)
{
    Reverie__V1__Cursor cursor = cursor_at(next);
    Reverie__V1__StreamMark message = REVERIE__V1__STREAM_MARK__INIT;
    message.has_stream = true;
    message.stream = stream;
    message.next = &cursor;
    message.has_caught_up = true;
    message.caught_up = true;
    message.has_head = true;
    message.head = next - 1;
    message.has_missed_from = missed_to > 0;
    message.missed_from = 1;
    message.has_missed_to = missed_to > 0;
    message.missed_to = missed_to;
    fake_send(fake, "control.stream_mark", &message);
}

static struct feed *open_feed(struct fake *fake,
                              struct reverie_stream_config config)
{
    struct feed *feed = NULL;
    assert_int_equal(client_add_feed(fake->client, &config, &feed), ERR_OK);
    return feed;
}

static uint64_t take(struct feed *feed)
{
    struct arrival arrival = {.bytes = 0};
    if (!feed_take(feed, &arrival)) {
        return 0;
    }
    arrival_close(&arrival);
    return arrival.seq;
}

static void event(struct fake *fake, struct feed *feed, uint64_t seq)
{
    (void)fake_event(fake, feed->id, seq, "note.x", BYTES_LITERAL("text"));
}

static void welcome_again(struct fake *fake)
{
    client_lost(fake->client, fake->now_us);
    fake_welcome_again(fake, 1000);
}

static void test_a_stream_asks_for_what_was_configured(void **state)
{
    (void)state;
    static const char *const kinds[] = {"agent.*", "note.x"};
    struct fake fake;
    Reverie__V1__StreamOpen *open = NULL;
    fake_open(&fake, 1000);
    struct feed *feed = open_feed(
        &fake, (struct reverie_stream_config){.log = 1,
                                              .name = "mine",
                                              .start = REVERIE_FROM_SEQ,
                                              .seq = 12,
                                              .kinds = kinds,
                                              .kind_count = 2,
                                              .stop_at_head = true});
    fake_expect(&fake, "control.stream_open");
    FAKE_BODY(&fake, stream_open, &open);
    assert_int_equal(open->stream, feed->id);
    assert_int_equal(open->log, 1);
    assert_string_equal(open->name, "mine");
    assert_int_equal(open->start, REVERIE__V1__START__START_SEQ);
    assert_int_equal(open->seq, 12);
    assert_int_equal(open->filter->n_kinds, 2);
    assert_string_equal(open->filter->kinds[0], "agent.*");
    assert_true(open->stop_at_head);
    assert_int_equal(open->limit_bytes, 4 << 20);
    fake_fini(&fake);
}

static const int64_t lease_us = 15 * US_PER_SECOND; /* of the fake broker */

static void close_as_held(struct fake *fake, const struct feed *feed)
{
    Reverie__V1__StreamClose end = REVERIE__V1__STREAM_CLOSE__INIT;
    end.has_stream = true;
    end.stream = feed->id;
    end.code = (char *)(uintptr_t) "stream_in_use";
    fake_send(fake, "control.stream_close", &end);
}

/* A stream whose name another holds. */
static struct feed *open_held(struct fake *fake)
{
    fake_open(fake, 1000);
    struct feed *feed =
        open_feed(fake, (struct reverie_stream_config){.name = "mine"});
    fake_expect(fake, "control.stream_open");
    close_as_held(fake, feed);
    assert_int_equal(feed->state, FEED_WAITING);
    return feed;
}

static void test_a_held_name_is_asked_for_until_its_lease_is_out(void **state)
{
    (void)state;
    struct fake fake;
    struct feed *feed = open_held(&fake);
    fake_expect_silence(&fake);
    fake_pass(&fake, client_deadline(fake.client) - fake.now_us);
    fake_expect(&fake, "control.stream_open");
    opened(&fake, feed->id, 1, 0);
    assert_int_equal(feed->state, FEED_OPEN);
    fake_fini(&fake);
}

static void test_a_name_that_stays_held_ends_the_stream(void **state)
{
    (void)state;
    struct fake fake;
    struct feed *feed = open_held(&fake);
    fake.now_us += 2 * lease_us;
    client_tick(fake.client, fake.now_us);
    while (strcmp(fake_take(&fake), "") != 0) { /* pings, too */
    }
    assert_int_equal(feed->state, FEED_OPENING);
    close_as_held(&fake, feed);
    assert_int_equal(feed->state, FEED_CLOSED);
    assert_string_equal(feed->code, "stream_in_use");
    fake_fini(&fake);
}

static void test_a_stream_goes_on_behind_what_was_given(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__StreamOpen *open = NULL;
    fake_open(&fake, 1000);
    struct feed *feed = open_feed(
        &fake, (struct reverie_stream_config){.start = REVERIE_FROM_FIRST});
    fake_expect(&fake, "control.stream_open");
    opened(&fake, feed->id, 1, 9);
    event(&fake, feed, 1);
    event(&fake, feed, 2);
    event(&fake, feed, 3);
    assert_int_equal(take(feed), 1);
    assert_int_equal(take(feed), 2);
    welcome_again(&fake);
    fake_expect(&fake, "control.stream_open");
    FAKE_BODY(&fake, stream_open, &open);
    assert_int_equal(open->start, REVERIE__V1__START__START_CURSOR);
    assert_int_equal(open->cursor->seq, 3);
    assert_int_equal(open->cursor->epoch, 3);
    opened(&fake, feed->id, 3, 9);
    event(&fake, feed, 3);
    assert_int_equal(take(feed), 3);
    assert_int_equal(take(feed), 0);
    fake_fini(&fake);
}

static void test_marks_move_the_cursor_in_line_with_events(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1000);
    struct feed *feed =
        open_feed(&fake, (struct reverie_stream_config){.lossy = true});
    fake_expect(&fake, "control.stream_open");
    opened(&fake, feed->id, 1, 9);
    event(&fake, feed, 4);
    mark(&fake, feed->id, 10, 3);
    assert_int_equal(feed->cursor.seq, 1);
    assert_int_equal(take(feed), 4);
    assert_int_equal(feed->cursor.seq, 5);
    assert_false(feed->cursor.caught_up);
    assert_int_equal(take(feed), 0);
    assert_int_equal(feed->cursor.seq, 10);
    assert_int_equal(feed->cursor.head, 9);
    assert_int_equal(feed->cursor.missed, 3);
    assert_true(feed->cursor.caught_up);
    fake_fini(&fake);
}

static void test_stream_credit_follows_what_was_taken(void **state)
{
    (void)state;
    static const uint8_t big[1 << 20];
    struct fake fake;
    Reverie__V1__Credit *credit = NULL;
    fake_open(&fake, 1000);
    struct feed *feed = open_feed(&fake, (struct reverie_stream_config){0});
    fake_expect(&fake, "control.stream_open");
    opened(&fake, feed->id, 1, 9);
    size_t bytes = 0;
    for (uint64_t seq = 1; seq <= 3; seq++) {
        bytes = fake_event(&fake, feed->id, seq, "note.x",
                           bytes_of(big, sizeof(big)));
    }
    client_settle(fake.client);
    fake_expect_silence(&fake); /* nothing was taken */
    assert_int_equal(take(feed), 1);
    assert_int_equal(take(feed), 2);
    client_settle(fake.client);
    fake_expect(&fake, "control.credit");
    FAKE_BODY(&fake, credit, &credit);
    assert_int_equal(credit->stream, feed->id);
    assert_int_equal(credit->limit_bytes, (4 << 20) + 2 * bytes);
    fake_fini(&fake);
}

static void test_what_came_before_the_end_is_given_first(void **state)
{
    (void)state;
    struct fake fake;
    char code[] = "done";
    Reverie__V1__StreamClose end = REVERIE__V1__STREAM_CLOSE__INIT;
    fake_open(&fake, 1000);
    struct feed *feed =
        open_feed(&fake, (struct reverie_stream_config){.stop_at_head = true});
    fake_expect(&fake, "control.stream_open");
    opened(&fake, feed->id, 1, 1);
    event(&fake, feed, 1);
    end.has_stream = true;
    end.stream = feed->id;
    end.code = code;
    fake_send(&fake, "control.stream_close", &end);
    assert_int_equal(feed->state, FEED_CLOSED);
    assert_int_equal(take(feed), 1);
    assert_int_equal(take(feed), 0);
    assert_string_equal(feed->code, "done");
    fake_fini(&fake);
}

static void test_a_finished_stream_is_not_opened_again(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1000);
    struct feed *feed =
        open_feed(&fake, (struct reverie_stream_config){.stop_at_head = true});
    fake_expect(&fake, "control.stream_open");
    opened(&fake, feed->id, 1, 2);
    event(&fake, feed, 1);
    event(&fake, feed, 2);
    assert_int_equal(take(feed), 1);
    assert_int_equal(take(feed), 2);
    welcome_again(&fake); /* the broker's close was lost */
    fake_expect_silence(&fake);
    assert_int_equal(feed->state, FEED_CLOSED);
    fake_fini(&fake);
}

static void test_commit_saves_what_was_given(void **state)
{
    (void)state;
    struct fake fake;
    Reverie__V1__StreamCommit *commit = NULL;
    fake_open(&fake, 1000);
    struct feed *feed =
        open_feed(&fake, (struct reverie_stream_config){.name = "mine"});
    fake_expect(&fake, "control.stream_open");
    opened(&fake, feed->id, 1, 9);
    event(&fake, feed, 1);
    event(&fake, feed, 2);
    assert_int_equal(take(feed), 1);
    client_commit_feed(fake.client, feed);
    fake_expect(&fake, "control.stream_commit");
    FAKE_BODY(&fake, stream_commit, &commit);
    assert_int_equal(commit->next->seq, 2);
    client_drop_feed(fake.client, feed);
    fake_expect(&fake, "control.stream_close");
    fake_fini(&fake);
}

static void test_events_of_a_closed_stream_are_dropped(void **state)
{
    (void)state;
    struct fake fake;
    fake_open(&fake, 1000);
    struct feed *feed = open_feed(&fake, (struct reverie_stream_config){0});
    uint32_t id = feed->id;
    client_drop_feed(fake.client, feed);
    (void)fake_event(&fake, id, 1, "note.x", BYTES_LITERAL("late"));
    opened(&fake, id, 1, 1);
    mark(&fake, id, 1, 0);
    assert_false(client_has_messages(fake.client));
    fake_fini(&fake);
}

static void test_streams_are_bounded(void **state)
{
    (void)state;
    struct fake fake;
    struct reverie_stream_config config = {.log = 0};
    struct feed *feed = NULL;
    fake_init(&fake, (struct reverie_config){0});
    for (int i = 0; i < CLIENT_STREAMS_MAX; i++) {
        assert_int_equal(client_add_feed(fake.client, &config, &feed), ERR_OK);
    }
    assert_int_equal(client_add_feed(fake.client, &config, &feed), ERR_FULL);
    fake_fini(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stream_asks_for_what_was_configured),
        cmocka_unit_test(test_a_held_name_is_asked_for_until_its_lease_is_out),
        cmocka_unit_test(test_a_name_that_stays_held_ends_the_stream),
        cmocka_unit_test(test_a_stream_goes_on_behind_what_was_given),
        cmocka_unit_test(test_marks_move_the_cursor_in_line_with_events),
        cmocka_unit_test(test_stream_credit_follows_what_was_taken),
        cmocka_unit_test(test_what_came_before_the_end_is_given_first),
        cmocka_unit_test(test_a_finished_stream_is_not_opened_again),
        cmocka_unit_test(test_commit_saves_what_was_given),
        cmocka_unit_test(test_events_of_a_closed_stream_are_dropped),
        cmocka_unit_test(test_streams_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
