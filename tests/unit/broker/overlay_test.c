/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker/ledger/overlay.h"

enum {
    MIB = 1 << 20
};

struct fixture {
    struct store *store;
    uint32_t swarm;
    struct overlay *overlay;
    struct memory_table table;
};

static void below(struct fixture *fixture, const char *key, const char *value)
{
    struct store_row row = {.table = STORE_TABLE_MEMORY,
                            .key = bytes_of_text(key),
                            .value = bytes_of_text(value)};

    assert_int_equal(store_rows_put(fixture->store, fixture->swarm, &row, 1),
                     ERR_OK);
}

static int set_up(void **state)
{
    static const struct store_config config;
    struct fixture *fixture = mem_new(sizeof(*fixture));

    assert_int_equal(store_open_memory(&config, &fixture->store), ERR_OK);
    assert_int_equal(
        store_swarm(fixture->store, BYTES_LITERAL("default"), &fixture->swarm),
        ERR_OK);
    below(fixture, "a/1", "one");
    below(fixture, "a/3", "three");
    below(fixture, "a/5", "five");
    below(fixture, "b/1", "other");
    fixture->overlay =
        overlay_new(fixture->store, fixture->swarm, STORE_TABLE_MEMORY, MIB);
    fixture->table = overlay_table(fixture->overlay);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    overlay_free(fixture->overlay);
    store_close(fixture->store);
    free(fixture);
    return 0;
}

static void put(struct fixture *fixture, const char *key, const char *value)
{
    fixture->table.put(fixture->table.context, bytes_of_text(key),
                       bytes_of_text(value));
}

static void remove_row(struct fixture *fixture, const char *key)
{
    fixture->table.remove(fixture->table.context, bytes_of_text(key));
}

static bool print_row(void *context, struct bytes key, struct bytes value)
{
    buf_add(context, key);
    buf_add_text(context, "=");
    buf_add(context, value);
    buf_add_text(context, " ");
    return true;
}

static void expect_scan(struct fixture *fixture, const char *prefix,
                        const char *after, const char *expected)
{
    struct buf found;

    buf_init(&found, MIB);
    assert_int_equal(
        fixture->table.scan(fixture->table.context, bytes_of_text(prefix),
                            bytes_of_text(after), print_row, &found),
        ERR_OK);
    assert_string_equal(buf_text(&found), expected);
    buf_fini(&found);
}

static void expect_get(struct fixture *fixture, const char *key,
                       const char *expected)
{
    struct buf found;

    buf_init(&found, MIB);
    enum err err =
        fixture->table.get(fixture->table.context, bytes_of_text(key), &found);
    if (expected == NULL) {
        assert_int_equal(err, ERR_NOT_FOUND);
    } else {
        assert_int_equal(err, ERR_OK);
        assert_string_equal(buf_text(&found), expected);
    }
    buf_fini(&found);
}

static void rows_written_are_read_over_those_below(void **state)
{
    put(*state, "a/3", "drei");
    remove_row(*state, "a/5");
    expect_get(*state, "a/1", "one");
    expect_get(*state, "a/3", "drei");
    expect_get(*state, "a/5", NULL);
    expect_get(*state, "a/9", NULL);
}

static void a_scan_merges_both_in_byte_order(void **state)
{
    put(*state, "a/0", "zero");
    put(*state, "a/3", "drei");
    put(*state, "a/4", "four");
    put(*state, "a/9", "nine");
    put(*state, "c/1", "outside");
    remove_row(*state, "a/5");
    expect_scan(*state, "a/", "",
                "a/0=zero a/1=one a/3=drei a/4=four a/9=nine ");
    expect_scan(*state, "a/", "a/3", "a/4=four a/9=nine ");
    expect_scan(*state, "a/", "a/2", "a/3=drei a/4=four a/9=nine ");
    expect_scan(*state, "b/", "", "b/1=other ");
    expect_scan(*state, "x/", "", "");
}

static bool stop_at_once(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    *(int *)context += 1;
    return false;
}

static void a_scan_ends_when_the_reader_has_enough(void **state)
{
    struct fixture *fixture = *state;
    int rows = 0;

    put(fixture, "a/9", "nine");
    assert_int_equal(fixture->table.scan(fixture->table.context,
                                         BYTES_LITERAL("a/"), bytes_of(NULL, 0),
                                         stop_at_once, &rows),
                     ERR_OK);
    assert_int_equal(rows, 1);
}

static void its_rows_come_out_sorted_and_clear_forgets_them(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0;

    put(fixture, "b/2", "two");
    put(fixture, "a/2", "two");
    put(fixture, "a/2", "again");
    remove_row(fixture, "a/1");
    const struct store_row *rows = overlay_rows(fixture->overlay, &count);
    assert_int_equal(count, 3);
    assert_true(bytes_equal_text(rows[0].key, "a/1") && rows[0].remove);
    assert_true(bytes_equal_text(rows[1].key, "a/2") && !rows[1].remove);
    assert_true(bytes_equal_text(rows[1].value, "again"));
    assert_true(bytes_equal_text(rows[2].key, "b/2"));
    overlay_clear(fixture->overlay);
    (void)overlay_rows(fixture->overlay, &count);
    assert_int_equal(count, 0);
    expect_get(fixture, "a/1", "one");
}

static void beyond_its_maximum_it_says_full_and_drops(void **state)
{
    struct fixture *fixture = *state;
    char key[16];
    static const char value[1024] = {'x'};

    for (int i = 0; i < 2000; i++) {
        (void)snprintf(key, sizeof(key), "k/%04d", i);
        fixture->table.put(fixture->table.context, bytes_of_text(key),
                           bytes_of(value, sizeof(value)));
    }
    assert_int_equal(overlay_error(fixture->overlay), ERR_FULL);
    overlay_clear(fixture->overlay);
    assert_int_equal(overlay_error(fixture->overlay), ERR_OK);
}

static void compare(struct fixture *fixture, struct overlay *rebuilt,
                    const char *expected)
{
    struct buf difference;
    bool is_equal = false;

    buf_init(&difference, MIB);
    assert_int_equal(overlay_compare(rebuilt, fixture->store, fixture->swarm,
                                     STORE_TABLE_MEMORY, &is_equal,
                                     &difference),
                     ERR_OK);
    assert_int_equal(is_equal, expected == NULL);
    if (expected != NULL) {
        assert_non_null(strstr(buf_text(&difference), expected));
    }
    buf_fini(&difference);
}

static void compare_finds_the_first_row_that_differs(void **state)
{
    struct fixture *fixture = *state;
    struct overlay *rebuilt = overlay_new(NULL, 0, STORE_TABLE_MEMORY, MIB);
    struct memory_table table = overlay_table(rebuilt);

    table.put(rebuilt, BYTES_LITERAL("a/1"), BYTES_LITERAL("one"));
    table.put(rebuilt, BYTES_LITERAL("a/3"), BYTES_LITERAL("three"));
    table.put(rebuilt, BYTES_LITERAL("a/5"), BYTES_LITERAL("five"));
    compare(fixture, rebuilt, "is stored but not folded");
    table.put(rebuilt, BYTES_LITERAL("b/1"), BYTES_LITERAL("wrong"));
    compare(fixture, rebuilt, "has another value");
    table.put(rebuilt, BYTES_LITERAL("b/1"), BYTES_LITERAL("other"));
    compare(fixture, rebuilt, NULL);
    table.put(rebuilt, BYTES_LITERAL("b/2"), BYTES_LITERAL("more"));
    compare(fixture, rebuilt, "is folded but not stored");
    table.remove(rebuilt, BYTES_LITERAL("b/2"));
    compare(fixture, rebuilt, NULL);
    overlay_free(rebuilt);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(rows_written_are_read_over_those_below),
        TEST(a_scan_merges_both_in_byte_order),
        TEST(a_scan_ends_when_the_reader_has_enough),
        TEST(its_rows_come_out_sorted_and_clear_forgets_them),
        TEST(beyond_its_maximum_it_says_full_and_drops),
        TEST(compare_finds_the_first_row_that_differs),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
