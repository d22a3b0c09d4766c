/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/route/parts/roots.h"

static struct id id_of(uint64_t number)
{
    return id_make(1000, 7, number << 8);
}

static void a_chain_of_answers_has_one_root(void **state)
{
    (void)state;
    struct roots *roots = roots_new(8, 1);
    struct id first = id_of(1);
    struct id last = first;
    struct id root = roots_note(roots, &first, NULL);
    assert_true(id_equal(&root, &first));
    for (uint64_t i = 2; i < 100; i++) {
        struct id id = id_of(i);
        root = roots_note(roots, &id, &last);
        assert_true(id_equal(&root, &first));
        last = id;
    }
    roots_free(roots);
}

static void an_unknown_parent_is_the_root(void **state)
{
    (void)state;
    struct roots *roots = roots_new(8, 1);
    struct id id = id_of(1);
    struct id parent = id_of(2);
    struct id root = roots_note(roots, &id, &parent);
    assert_true(id_equal(&root, &parent));
    roots_free(roots);
}

static void only_the_last_so_many_are_remembered(void **state)
{
    (void)state;
    struct roots *roots = roots_new(16, 1);
    struct id known;
    for (uint64_t i = 1; i <= 200; i++) {
        struct id id = id_of(i);
        (void)roots_note(roots, &id, NULL);
        for (uint64_t j = 1; j <= i; j++) {
            struct id other = id_of(j);
            assert_int_equal(roots_get(roots, &other, &known), j + 16 > i);
        }
    }
    roots_free(roots);
}

static void what_is_known_stays_as_it_is(void **state)
{
    (void)state;
    struct roots *roots = roots_new(8, 1);
    struct id id = id_of(1);
    struct id other = id_of(2);
    (void)roots_note(roots, &id, NULL);
    roots_put(roots, &id, &other);
    struct id root = roots_note(roots, &id, &other);
    assert_true(id_equal(&root, &id));
    roots_free(roots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_of_answers_has_one_root),
        cmocka_unit_test(an_unknown_parent_is_the_root),
        cmocka_unit_test(only_the_last_so_many_are_remembered),
        cmocka_unit_test(what_is_known_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
