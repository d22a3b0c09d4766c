/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "broker/handover/ring.h"

enum {
    MANY = 200000
};

static void a_ring_gives_items_in_the_order_they_came(void **state)
{
    struct bell *bell = NULL;
    int items[3];

    (void)state;
    assert_int_equal(bell_open(&bell), ERR_OK);
    struct ring *ring = ring_new(4, bell, NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ring_push(ring, &items[i]), ERR_OK);
    }
    assert_int_equal(ring_count(ring), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_ptr_equal(ring_pop(ring), &items[i]);
    }
    assert_null(ring_pop(ring));
    ring_free(ring);
    bell_free(bell);
}

static void a_full_ring_refuses_until_there_is_room(void **state)
{
    struct bell *bell = NULL;
    int item;

    (void)state;
    assert_int_equal(bell_open(&bell), ERR_OK);
    struct ring *ring = ring_new(4, bell, NULL);
    for (size_t i = 0; i < ring_capacity(ring); i++) {
        assert_int_equal(ring_push(ring, &item), ERR_OK);
    }
    assert_int_equal(ring_push(ring, &item), ERR_FULL);
    assert_ptr_equal(ring_pop(ring), &item);
    assert_int_equal(ring_push(ring, &item), ERR_OK);
    ring_free(ring);
    bell_free(bell);
}

static bool has_rung(struct bell *bell)
{
    struct pollfd item = {.fd = bell_fd(bell), .events = POLLIN};

    return poll(&item, 1, 0) == 1;
}

/* The producer's bell is what it sleeps on for other reasons, too. */
static void a_pop_wakes_only_a_producer_that_found_no_place(void **state)
{
    struct bell *bell = NULL;
    struct bell *room = NULL;
    int item;

    (void)state;
    assert_int_equal(bell_open(&bell), ERR_OK);
    assert_int_equal(bell_open(&room), ERR_OK);
    struct ring *ring = ring_new(2, bell, room);
    bell_arm(room);
    while (ring_count(ring) < ring_capacity(ring)) {
        assert_int_equal(ring_push(ring, &item), ERR_OK);
    }
    assert_ptr_equal(ring_pop(ring), &item);
    assert_false(has_rung(room));
    assert_int_equal(ring_push(ring, &item), ERR_OK);
    assert_int_equal(ring_push(ring, &item), ERR_FULL);
    assert_ptr_equal(ring_pop(ring), &item);
    assert_true(has_rung(room));
    bell_disarm(room);
    bell_arm(room);
    assert_ptr_equal(ring_pop(ring), &item);
    assert_false(has_rung(room));
    ring_free(ring);
    bell_free(bell);
    bell_free(room);
}

struct two {
    struct ring *ring;
    struct bell *consumer;
    uint8_t *numbers;
};

static void *produce(void *context)
{
    struct two *two = context;

    for (size_t i = 0; i < MANY; i++) {
        ring_push_wait(two->ring, &two->numbers[i]);
    }
    return NULL;
}

/* A ring of two places makes both sides sleep all the time: a wake-up that is
 * lost hangs the test. */
static void sleeping_on_both_sides_loses_no_item_and_no_wake_up(void **state)
{
    struct bell *room = NULL;
    struct two two = {.numbers = mem_new(MANY)};
    pthread_t thread;
    size_t got = 0;

    (void)state;
    assert_int_equal(bell_open(&two.consumer), ERR_OK);
    assert_int_equal(bell_open(&room), ERR_OK);
    two.ring = ring_new(2, two.consumer, room);
    assert_int_equal(pthread_create(&thread, NULL, produce, &two), 0);
    while (got < MANY) {
        bell_arm(two.consumer);
        if (ring_count(two.ring) == 0) {
            bell_wait(two.consumer, -1);
        }
        bell_disarm(two.consumer);
        for (void *item = ring_pop(two.ring); item != NULL;
             item = ring_pop(two.ring)) {
            assert_ptr_equal(item, &two.numbers[got]);
            got++;
        }
    }
    pthread_join(thread, NULL);
    ring_free(two.ring);
    bell_free(two.consumer);
    bell_free(room);
    free(two.numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_gives_items_in_the_order_they_came),
        cmocka_unit_test(a_full_ring_refuses_until_there_is_room),
        cmocka_unit_test(a_pop_wakes_only_a_producer_that_found_no_place),
        cmocka_unit_test(sleeping_on_both_sides_loses_no_item_and_no_wake_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
