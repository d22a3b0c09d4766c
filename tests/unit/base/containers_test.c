/* SPDX-License-Identifier: MIT */
/* Arenas, maps and tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/rng.h"
#include "base/table.h"

static void arenas_lend_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (int round = 0; round < 2; round++) {
        for (size_t size = 1; size < 3000; size += 97) {
            uint8_t *taken = arena_take(&arena, size);
            assert_non_null(taken);
            assert_int_equal((uintptr_t)taken % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++) {
                assert_int_equal(taken[i], 0);
            }
            memset(taken, 0xff, size);
        }
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    arena_fini(&arena);
    arena_fini(&arena);
}

/* What took many blocks comes out of one afterwards, zeroed. */
static void arenas_fill_again_and_again(void **state)
{
    (void)state;
    static const size_t sizes[] = {40000, 700, 300000, 5, 90000, 600000};
    static const uint8_t zeroes[1000];
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t round = 0; round < 3 * ARRAY_LEN(sizes); round++) {
        size_t left = sizes[round % ARRAY_LEN(sizes)];
        while (left > 0) {
            size_t size = left < sizeof(zeroes) ? left : sizeof(zeroes);
            uint8_t *taken = arena_take(&arena, size);
            assert_non_null(taken);
            assert_memory_equal(taken, zeroes, size);
            memset(taken, 0xff, size);
            left -= size;
        }
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    arena_fini(&arena);
}

static void arenas_keep_their_maximum(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100);
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_take(&arena, 101));
    assert_non_null(arena_take(&arena, 90));
    assert_null(arena_take(&arena, 16));
    assert_null(arena_copy(&arena, BYTES_LITERAL("0123456789")).data);
    arena_fini(&arena);
}

static void arenas_copy_with_a_nul_behind(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1000);
    struct bytes copy = arena_copy(&arena, BYTES_LITERAL("abc"));
    assert_int_equal(copy.len, 3);
    assert_string_equal((const char *)copy.data, "abc");
    assert_non_null(arena_copy(&arena, BYTES_LITERAL("")).data);
    arena_fini(&arena);
}

static int freed;

static void count_freed(void *value)
{
    freed++;
    free(value);
}

static int *number(int n)
{
    int *value = mem_new(sizeof(*value));
    *value = n;
    return value;
}

static struct bytes key_of(int n, char out[16])
{
    snprintf(out, 16, "key-%d", n);
    return bytes_of_text(out);
}

static void maps_find_what_was_put(void **state)
{
    (void)state;
    char key[16];
    struct map *map = map_new(10000, count_freed);
    freed = 0;
    assert_null(map_get(map, BYTES_LITERAL("x")));
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(map_put(map, key_of(i, key), number(i)), ERR_OK);
    }
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(*(int *)map_get(map, key_of(i, key)), i);
    }
    assert_int_equal(map_put(map, key_of(7, key), number(70)), ERR_OK);
    assert_int_equal(freed, 1);
    assert_int_equal(map_size(map), 5000);
    map_remove(map, key_of(7, key));
    map_remove(map, key_of(7, key));
    assert_null(map_get(map, key_of(7, key)));
    assert_int_equal(freed, 2);
    map_free(map);
    assert_int_equal(freed, 5001);
}

static void maps_refuse_new_keys_when_full(void **state)
{
    (void)state;
    char key[16];
    int values[3] = {0};
    struct map *map = map_new(2, NULL);
    assert_int_equal(map_put(map, key_of(0, key), &values[0]), ERR_OK);
    assert_int_equal(map_put(map, key_of(1, key), &values[1]), ERR_OK);
    assert_int_equal(map_put(map, key_of(2, key), &values[2]), ERR_FULL);
    assert_int_equal(map_put(map, key_of(1, key), &values[2]), ERR_OK);
    assert_ptr_equal(map_take(map, key_of(0, key)), &values[0]);
    assert_int_equal(map_put(map, key_of(2, key), &values[2]), ERR_OK);
    map_free(map);
}

static void maps_are_walked_in_order_of_insertion(void **state)
{
    (void)state;
    char key[16];
    int value = 0;
    size_t cursor = 0;
    struct bytes got;
    void *out;
    struct map *map = map_new(1000, NULL);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(map_put(map, key_of(i, key), &value), ERR_OK);
    }
    for (int i = 0; i < 500; i += 2) {
        map_remove(map, key_of(i, key));
    }
    assert_int_equal(map_put(map, key_of(0, key), &value), ERR_OK);
    for (int i = 1; i < 500; i += 2) {
        assert_true(map_next(map, &cursor, &got, &out));
        assert_true(bytes_equal(got, key_of(i, key)));
    }
    assert_true(map_next(map, &cursor, NULL, &out));
    assert_false(map_next(map, &cursor, NULL, &out));
    map_free(map);
}

/* A small map under long churn against an array. */
static void maps_survive_churn(void **state)
{
    (void)state;
    char key[16];
    int values[64] = {0};
    bool present[64] = {false};
    size_t size = 0;
    struct rng rng = rng_seeded(3, 0);
    struct map *map = map_new(64, NULL);
    for (int round = 0; round < 20000; round++) {
        int n = (int)rng_below(&rng, 64);
        if (present[n]) {
            assert_ptr_equal(map_take(map, key_of(n, key)), &values[n]);
            size--;
        } else {
            assert_null(map_get(map, key_of(n, key)));
            assert_int_equal(map_put(map, key_of(n, key), &values[n]), ERR_OK);
            size++;
        }
        present[n] = !present[n];
        assert_int_equal(map_size(map), size);
    }
    map_free(map);
}

/* Against an array, with keys that crowd together. */
static void tables_find_what_is_in_them(void **state)
{
    (void)state;
    enum {
        KEYS = 96
    };
    struct table *table = table_new(64);
    bool is_in[KEYS] = {false};
    uint32_t count = 0;
    struct rng rng = rng_seeded(2, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t at = rng_below(&rng, KEYS);
        uint64_t key = at / 4 + (at % 4) * 128; /* four to a place */
        if (rng_chance(&rng, .55)) {
            bool is_put = table_put(table, key, &is_in[at]);
            assert_true(is_put == (is_in[at] || count < 64));
            count += is_put && !is_in[at];
            is_in[at] |= is_put;
        } else {
            table_remove(table, key);
            count -= is_in[at];
            is_in[at] = false;
        }
        assert_int_equal(table_size(table), count);
        for (uint64_t k = 0; k < KEYS; k++) {
            void *value = table_get(table, k / 4 + (k % 4) * 128);
            assert_ptr_equal(value, is_in[k] ? &is_in[k] : NULL);
        }
    }
    table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arenas_lend_zeroed_aligned_memory),
        cmocka_unit_test(arenas_fill_again_and_again),
        cmocka_unit_test(arenas_keep_their_maximum),
        cmocka_unit_test(arenas_copy_with_a_nul_behind),
        cmocka_unit_test(maps_find_what_was_put),
        cmocka_unit_test(maps_refuse_new_keys_when_full),
        cmocka_unit_test(maps_are_walked_in_order_of_insertion),
        cmocka_unit_test(maps_survive_churn),
        cmocka_unit_test(tables_find_what_is_in_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
