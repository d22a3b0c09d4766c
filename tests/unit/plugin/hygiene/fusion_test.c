/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plugin/hygiene/fusion.h"

enum {
    ENTRIES = 12,
    ROUNDS = 500
};

static struct hygiene_entry entries[ENTRIES];
static char paths[ENTRIES][16];

static uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return *state >> 33;
}

static void make_entries(uint64_t *state)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        snprintf(paths[i], sizeof(paths[i]), "/n/%zu", i);
        entries[i] = (struct hygiene_entry){
            .store = bytes_of_text(i % 3 ? "team/blue" : "agent/ada"),
            .path = bytes_of_text(paths[i]),
            .is_team = i % 3 != 0,
            .kind = (int)(random_next(state) % 3) + 1,
            .is_pinned = random_next(state) % 5 == 0,
            .time_us = (int64_t)(random_next(state) % 3),
            .note = {.word_count = random_next(state) % 3,
                     .numbers = random_next(state) % 2,
                     .names = random_next(state) % 2},
        };
    }
}

/* A fusion of some entries, in some order and grouping. */
static struct fusion random_fusion(uint64_t *state)
{
    struct fusion fusion = fusion_of(&entries[random_next(state) % ENTRIES]);
    size_t more = random_next(state) % 5;
    for (size_t i = 0; i < more; i++) {
        struct fusion one = fusion_of(&entries[random_next(state) % ENTRIES]);
        struct fusion both = random_next(state) % 2
                                 ? fusion_join(&fusion, &one)
                                 : fusion_join(&one, &fusion);
        fusion_fini(&fusion);
        fusion_fini(&one);
        fusion = both;
    }
    return fusion;
}

static void assert_equal(const struct fusion *a, const struct fusion *b)
{
    assert_ptr_equal(a->kept, b->kept);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_ptr_equal(a->parts[i], b->parts[i]);
    }
}

static void joining_is_associative_commutative_and_idempotent(void **unused)
{
    (void)unused;
    uint64_t state = 7;
    for (int round = 0; round < ROUNDS; round++) {
        make_entries(&state);
        struct fusion a = random_fusion(&state);
        struct fusion b = random_fusion(&state);
        struct fusion c = random_fusion(&state);
        struct fusion ab = fusion_join(&a, &b);
        struct fusion ba = fusion_join(&b, &a);
        struct fusion bc = fusion_join(&b, &c);
        struct fusion left = fusion_join(&ab, &c);
        struct fusion right = fusion_join(&a, &bc);
        struct fusion twice = fusion_join(&a, &a);
        assert_equal(&ab, &ba);
        assert_equal(&left, &right);
        assert_equal(&twice, &a);
        struct fusion *const all[] = {&a,  &b,    &c,     &ab,   &ba,
                                      &bc, &left, &right, &twice};
        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
            fusion_fini(all[i]);
        }
    }
}

static void what_stays_is_one_of_the_parts_and_the_team_s(void **unused)
{
    (void)unused;
    uint64_t state = 9;
    for (int round = 0; round < ROUNDS; round++) {
        make_entries(&state);
        struct fusion fusion = random_fusion(&state);
        bool has_kept = false;
        bool has_team = false;
        for (size_t i = 0; i < fusion.count; i++) {
            has_kept |= fusion.parts[i] == fusion.kept;
            has_team |= fusion.parts[i]->is_team;
        }
        assert_true(has_kept);
        assert_int_equal(fusion.kept->is_team, has_team);
        fusion_fini(&fusion);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joining_is_associative_commutative_and_idempotent),
        cmocka_unit_test(what_stays_is_one_of_the_parts_and_the_team_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
