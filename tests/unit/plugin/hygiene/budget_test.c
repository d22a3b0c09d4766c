/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/hygiene/budget.h"

enum {
    ENTRIES = 4
};

static struct arena arena;
static struct hygiene_entry entries[ENTRIES];
static const struct hygiene_entry *order[ENTRIES];
static bool keep[ENTRIES];

static const char *const texts[ENTRIES] = {
    "The export of billing is written to the cold bucket every night.",
    "Questions about the parser are answered by the tools people.",
    "A release of the gateway needs the checks of the harbor service.",
    "Requests for new keys go to the owner of the vault on Mondays.",
};
static const char *const paths[ENTRIES] = {"/a", "/b", "/c", "/d"};

static void make(void)
{
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ENTRIES; i++) {
        entries[i] = (struct hygiene_entry){
            .store = BYTES_LITERAL("team/blue"),
            .path = bytes_of_text(paths[i]),
            .content = bytes_of_text(texts[i]),
            .people = 1,
        };
        assert_int_equal(
            note_read(entries[i].content, &arena, &entries[i].note), ERR_OK);
        order[i] = &entries[i];
    }
}

static size_t kept_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < ENTRIES; i++) {
        count += keep[i];
    }
    return count;
}

/* Room for two of the four, which are about equally long. */
static uint64_t room_for_two(void)
{
    return 2 * hygiene_tokens(&entries[2]) + 2;
}

static void what_fits_stays_whole(void **state)
{
    (void)state;
    make();
    assert_false(budget_choose(order, ENTRIES, 1000, 0, keep));
    assert_int_equal(kept_count(), ENTRIES);
    arena_fini(&arena);
}

static void uplift_counts_before_support_before_recency(void **state)
{
    (void)state;
    make();
    entries[0].people = 40;
    entries[1].has_uplift = true;
    entries[1].uplift = 0.1;
    entries[2].last_us = 5;
    assert_true(budget_choose(order, ENTRIES, room_for_two(), 10, keep));
    assert_true(keep[1] && keep[0]);
    assert_int_equal(kept_count(), 2);
    entries[1].uplift = -0.1;
    budget_choose(order, ENTRIES, room_for_two(), 10, keep);
    assert_false(keep[1]);
    arena_fini(&arena);
}

static void pinned_and_protected_ones_stay_and_are_paid_for(void **state)
{
    (void)state;
    make();
    entries[0].people = entries[1].people = 40;
    entries[2].is_pinned = true;
    entries[3].is_protected = true;
    assert_true(budget_choose(order, ENTRIES, room_for_two(), 0, keep));
    assert_true(keep[2] && keep[3]);
    assert_false(keep[0] || keep[1]);
    assert_true(budget_choose(order, ENTRIES, 1, 0, keep));
    assert_int_equal(kept_count(), 2);
    arena_fini(&arena);
}

static void what_a_kept_one_says_counts_less(void **state)
{
    (void)state;
    make();
    entries[0].people = 5;
    entries[1] = entries[0];
    entries[1].path = bytes_of_text(paths[1]);
    entries[1].people = 4;
    budget_choose(order, ENTRIES, room_for_two(), 0, keep);
    assert_true(keep[0]);
    assert_false(keep[1]);
    assert_int_equal(kept_count(), 2);
    arena_fini(&arena);
}

static void one_large_memory_may_be_worth_more(void **state)
{
    (void)state;
    make();
    entries[0].has_uplift = true;
    entries[0].uplift = 1;
    entries[1].people = 2000000;
    entries[1].content = BYTES_LITERAL("use it");
    uint64_t room = hygiene_tokens(&entries[0]);
    budget_choose(order, ENTRIES, room, 0, keep);
    assert_true(keep[0]);
    assert_int_equal(kept_count(), 1);
    arena_fini(&arena);
}

static void order_changes_nothing(void **state)
{
    (void)state;
    bool first[ENTRIES];
    make();
    budget_choose(order, ENTRIES, room_for_two(), 0, keep);
    memcpy(first, keep, sizeof(first));
    for (size_t i = 0; i < ENTRIES; i++) {
        order[i] = &entries[ENTRIES - 1 - i];
    }
    budget_choose(order, ENTRIES, room_for_two(), 0, keep);
    for (size_t i = 0; i < ENTRIES; i++) {
        assert_int_equal(first[i], keep[ENTRIES - 1 - i]);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_stays_whole),
        cmocka_unit_test(uplift_counts_before_support_before_recency),
        cmocka_unit_test(pinned_and_protected_ones_stay_and_are_paid_for),
        cmocka_unit_test(what_a_kept_one_says_counts_less),
        cmocka_unit_test(one_large_memory_may_be_worth_more),
        cmocka_unit_test(order_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
