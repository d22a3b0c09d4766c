/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "broker/threads/writer.h"

enum {
    RING = 2 * WRITER_BATCH_MAX,
    PATIENCE_MS = 10000
};

struct shop {
    struct store *store;
    struct syncer *syncer;
    struct bell *bell;
    struct bell *done; /* of whoever waits for the writer */
    struct ring *from_router;
    struct ring *from_ledger;
    struct ring *to_router;
    struct writer *writer;
    uint32_t swarm;
};

static void open_shop(struct shop *shop)
{
    struct store_config config = {0};
    assert_int_equal(store_open_memory(&config, &shop->store), ERR_OK);
    assert_int_equal(
        store_swarm(shop->store, BYTES_LITERAL("default"), &shop->swarm),
        ERR_OK);
    assert_int_equal(bell_open(&shop->bell), ERR_OK);
    assert_int_equal(bell_open(&shop->done), ERR_OK);
    struct bell *listeners[SYNCER_LISTENERS] = {shop->done, NULL};
    assert_int_equal(syncer_start(shop->store, listeners, &shop->syncer),
                     ERR_OK);
    shop->from_router = ring_new(RING, shop->bell, NULL);
    shop->from_ledger = ring_new(RING, shop->bell, NULL);
    shop->to_router = ring_new(RING, shop->done, shop->bell);
    struct writer_config writer = {.store = shop->store,
                                   .syncer = shop->syncer,
                                   .bell = shop->bell,
                                   .from_router = shop->from_router,
                                   .from_ledger = shop->from_ledger,
                                   .to_router = shop->to_router,
                                   .bell_on_fail = shop->done};
    assert_int_equal(writer_start(&writer, &shop->writer), ERR_OK);
}

static void close_shop(struct shop *shop)
{
    writer_stop(shop->writer);
    syncer_stop(shop->syncer);
    struct write *item;
    while ((item = ring_pop(shop->to_router)) != NULL) {
        group_drop(item->group);
        free(item);
    }
    ring_free(shop->from_router);
    ring_free(shop->from_ledger);
    ring_free(shop->to_router);
    bell_free(shop->bell);
    bell_free(shop->done);
    store_close(shop->store);
}

/* Hands a group in and waits for the verdict. */
static enum err commit(struct shop *shop, uint32_t swarm)
{
    struct group *group = group_new(swarm, 1, shop->done);
    struct group_event event = {.log = 1, .envelope = BYTES_LITERAL("e")};
    assert_int_equal(group_add(group, &event), ERR_OK);
    struct write *item = write_new(WRITE_GROUP);
    item->group = group;
    group_hold(group);
    assert_int_equal(ring_push(shop->from_ledger, item), ERR_OK);
    for (int tries = 0; tries < 3 && !group_is_finished(group); tries++) {
        bell_arm(shop->done);
        if (!group_is_finished(group)) {
            bell_wait(shop->done, PATIENCE_MS);
        }
        bell_disarm(shop->done);
    }
    assert_true(group_is_finished(group));
    enum err err = group_error(group);
    group_drop(group);
    return err;
}

static void a_group_is_logged_and_told(void **state)
{
    (void)state;
    struct shop shop = {0};
    open_shop(&shop);
    assert_int_equal(commit(&shop, shop.swarm), ERR_OK);
    assert_int_equal(store_logged(shop.store, shop.swarm, 1), 1);
    close_shop(&shop);
}

/* The ledger waits for the verdict on every group. A writer that stopped
 * answering would keep the process from ending. */
static void after_a_failure_everything_is_refused_and_nobody_waits(void **state)
{
    (void)state;
    struct shop shop = {0};
    open_shop(&shop);
    assert_int_equal(commit(&shop, 99), ERR_INVALID);
    assert_true(writer_has_failed(shop.writer));
    assert_int_equal(commit(&shop, shop.swarm), ERR_IO);
    struct erasure *erasure = mem_new(sizeof(*erasure));
    struct write *item = write_new(WRITE_ERASE);
    erasure->swarm = shop.swarm;
    erasure->seq = 1;
    erasure->done = shop.done;
    item->erasure = erasure;
    assert_int_equal(ring_push(shop.from_ledger, item), ERR_OK);
    close_shop(&shop);
    assert_true(erasure->is_finished);
    assert_int_equal(erasure->error, ERR_IO);
    free(erasure);
}

/* It succeeds as soon as the thread is in no round; by then one of the two has
 * written what was on the ring. */
static void the_router_may_write_what_comes_alone(void **state)
{
    (void)state;
    struct shop shop = {0};
    open_shop(&shop);
    struct route_save save = {.swarm = shop.swarm,
                              .row = {.table = STORE_TABLE_CURSORS,
                                      .key = BYTES_LITERAL("k"),
                                      .value = BYTES_LITERAL("v")}};
    uint64_t batch = 0;
    assert_int_equal(ring_push_quietly(shop.from_router, write_new_save(&save)),
                     ERR_OK);
    while (!writer_help(shop.writer, &batch)) {
    }
    struct buf value;
    buf_init(&value, 16);
    assert_int_equal(store_row_get(shop.store, shop.swarm, STORE_TABLE_CURSORS,
                                   save.row.key, &value),
                     ERR_OK);
    assert_string_equal(buf_text(&value), "v");
    assert_int_equal(ring_count(shop.from_router), 0);
    assert_true(batch == 0); /* rows alone are nothing to announce */
    buf_fini(&value);
    close_shop(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_router_may_write_what_comes_alone),
        cmocka_unit_test(a_group_is_logged_and_told),
        cmocka_unit_test(
            after_a_failure_everything_is_refused_and_nobody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
