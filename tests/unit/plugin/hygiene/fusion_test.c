/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/hygiene/fusion.h"
#include "plugin/hygiene/hygiene.h"

enum {
    ENTRIES = 14, /* the first half an agent's, the rest its team's */
    ROUNDS = 200,
    ORDERS = 3 /* of each set of entries */
};

static struct hygiene_entry entries[ENTRIES];
static char paths[ENTRIES][16];
static struct arena arena;

static uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return *state >> 33;
}

/* Some of them say the same, some a little more, some the opposite. */
static void make_entries(uint64_t *state)
{
    static const char *const texts[] = {
        "Exports of billing are kept for 30 days.",
        "Note: exports of billing are kept for 30 days!",
        "Exports of billing are kept for 30 days, please.",
        "Exports of billing are kept for 90 days.",
        "Exports of billing are never kept for 30 days.",
        "Questions about the gateway go to the people of platform.",
        "Question about the gateway goes to people of platform.",
    };
    arena_fini(&arena);
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ENTRIES; i++) {
        bool is_team = i >= ENTRIES / 2;
        snprintf(paths[i], sizeof(paths[i]), "/n/%02zu", i);
        entries[i] = (struct hygiene_entry){
            .store = bytes_of_text(is_team ? "team/blue" : "agent/ada"),
            .path = bytes_of_text(paths[i]),
            .content =
                bytes_of_text(texts[random_next(state) % ARRAY_LEN(texts)]),
            .is_team = is_team,
            .kind = ENTRY_AUTHORED,
            .is_pinned = random_next(state) % 7 == 0,
            .time_us = (int64_t)(random_next(state) % 3)};
        assert_int_equal(
            note_read(entries[i].content, &arena, &entries[i].note), ERR_OK);
    }
}

/* Only within its store: those stand one after the other. */
static void shuffle(struct hygiene_entry *some, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = random_next(state) % i;
        struct hygiene_entry entry = some[i - 1];
        some[i - 1] = some[other];
        some[other] = entry;
    }
}

static struct hygiene_findings find(const struct hygiene_entry *some)
{
    const struct hygiene_question question = {
        .entries = some, .count = ENTRIES, .team = BYTES_LITERAL("blue")};
    return hygiene_find(&question);
}

static bool names(const struct hygiene_finding *finding,
                  const struct hygiene_entry *entry)
{
    bool found = false;
    for (size_t i = 0; i < finding->other_count; i++) {
        found |= hygiene_place_compare(finding->others[i], entry) == 0;
    }
    return found;
}

static void assert_same(const struct hygiene_finding *a,
                        const struct hygiene_finding *b)
{
    assert_int_equal(hygiene_place_compare(a->entry, b->entry), 0);
    assert_int_equal(a->label, b->label);
    assert_int_equal(a->action, b->action);
    assert_int_equal(a->other_count, b->other_count);
    for (size_t i = 0; a->action == HYGIENE_MERGE && i < a->other_count; i++) {
        assert_true(names(b, a->others[i]));
    }
}

static void assert_found(const struct hygiene_findings *expected,
                         const struct hygiene_entry *some)
{
    struct hygiene_findings found = find(some);
    assert_int_equal(found.count, expected->count);
    for (size_t i = 0; i < found.count; i++) {
        assert_same(&expected->items[i], &found.items[i]);
    }
    hygiene_findings_fini(&found);
}

static size_t count_merges(const struct hygiene_findings *findings)
{
    size_t merges = 0;
    for (size_t i = 0; i < findings->count; i++) {
        merges += findings->items[i].action == HYGIENE_MERGE;
    }
    return merges;
}

/* What is found, and what becomes one with what. */
static void the_order_within_a_store_changes_nothing(void **unused)
{
    (void)unused;
    uint64_t state = 7;
    size_t merges = 0;
    for (int round = 0; round < ROUNDS; round++) {
        make_entries(&state);
        struct hygiene_findings first = find(entries);
        merges += count_merges(&first);
        for (int order = 0; order < ORDERS; order++) {
            struct hygiene_entry other[ENTRIES];
            memcpy(other, entries, sizeof(other));
            shuffle(other, ENTRIES / 2, &state);
            shuffle(other + ENTRIES / 2, ENTRIES / 2, &state);
            assert_found(&first, other);
        }
        hygiene_findings_fini(&first);
    }
    assert_true(merges > ROUNDS);
}

static void what_stays_is_the_first_of_a_total_order(void **unused)
{
    (void)unused;
    uint64_t state = 9;
    for (int round = 0; round < ROUNDS; round++) {
        make_entries(&state);
        const struct hygiene_entry *a = &entries[random_next(&state) % ENTRIES];
        const struct hygiene_entry *b = &entries[random_next(&state) % ENTRIES];
        const struct hygiene_entry *c = &entries[random_next(&state) % ENTRIES];
        int ab = fusion_prefers(a, b);
        assert_int_equal(ab == 0, a == b);
        assert_int_equal(ab<0, fusion_prefers(b, a)> 0);
        if (ab < 0 && fusion_prefers(b, c) < 0) {
            assert_true(fusion_prefers(a, c) < 0);
        }
    }
}

static int end(void **unused)
{
    (void)unused;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_within_a_store_changes_nothing),
        cmocka_unit_test(what_stays_is_the_first_of_a_total_order),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
