/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plugin/template/template_groups.h"

static struct template_groups *build(const char *const *texts, size_t count,
                                     enum template_rule rule)
{
    struct template_seen *seen = mem_new_array(count, sizeof(*seen));
    for (size_t i = 0; i < count; i++) {
        seen[i] =
            (struct template_seen){.text = bytes_of_text(texts[i]), .count = 1};
    }
    struct template_groups *groups = template_groups_build(seen, count, rule);
    free(seen);
    return groups;
}

static bool are_together(const char *a, const char *b, enum template_rule rule)
{
    const char *texts[] = {a, b};
    struct template_groups *groups = build(texts, 2, rule);
    bool together =
        template_groups_of(groups, 0) == template_groups_of(groups, 1);
    template_groups_free(groups);
    return together;
}

static void test_what_differs_in_a_value_comes_together(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"session closed for user alice", "session closed for user bob"},
        {"login from <IP> port <NUM>", "login from <HOST> port <NUM>"},
        {"remove <ID> <ID> <ID> from <IP>", "remove <ID> from <IP>"},
        {"remove <ID>, <ID> from <IP>", "remove <ID>+ from <IP>"},
        {"read of <PATH> gave <NUM> bytes <TS>",
         "read of <PATH> gave <NUM> bytes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(are_together(rows[i][0], rows[i][1], TEMPLATE_LOGS));
        assert_true(are_together(rows[i][0], rows[i][1], TEMPLATE_ERRORS));
    }
}

/* Where an error was printed out of the middle of something. */
static void test_what_closes_nothing_does_not_count(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"Table <IDENT> doesn't exist", "Table <IDENT> doesn't exist')"},
        {"Table <IDENT> doesn't exist", "Table <IDENT> doesn't exist\")"},
        {"no such table: <IDENT>", "no such table: <IDENT>\"]}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(are_together(rows[i][0], rows[i][1], TEMPLATE_ERRORS));
    }
}

static void test_what_says_something_else_stays_apart(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"open of <PATH> failed with ENOENT",
         "open of <PATH> failed with EACCES"},
        {"the process ended with exit code 1",
         "the process ended with exit code 2"},
        {"error[E0308]: mismatched types here",
         "error[E0382]: mismatched types here"},
        {"opened for user x by (uid=<NUM>)",
         "opened for user x by LOGIN(uid=<NUM>)"},
        {"short one", "short two"},
        {"<NUM> <NUM>", "<PATH> <PATH>"},
        {"", "x"},
        {"auth failure; uid=<NUM> host=<IP>",
         "auth failure; uid=<NUM> host=<IP> user=<VALUE>"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_false(are_together(rows[i][0], rows[i][1], TEMPLATE_ERRORS));
    }
}

static void test_numbers_glued_to_letters_vary_in_logs_only(void **state)
{
    (void)state;
    const char *a = "link of eth0 is up again";
    const char *b = "link of eth1 is up again";
    assert_true(are_together(a, b, TEMPLATE_LOGS));
    assert_false(are_together(a, b, TEMPLATE_ERRORS));
}

static void test_scopes_stay_apart(void **state)
{
    (void)state;
    struct template_seen seen[] = {
        {BYTES_LITERAL("Bash"), BYTES_LITERAL("file not found"), 2},
        {BYTES_LITERAL("Read"), BYTES_LITERAL("file not found"), 3},
        {BYTES_LITERAL("Bash"), BYTES_LITERAL("file not found"), 5}};
    struct template_groups *groups =
        template_groups_build(seen, 3, TEMPLATE_ERRORS);
    assert_int_equal(template_groups_count(groups), 2);
    const struct template_group *bash = template_groups_of(groups, 0);
    assert_ptr_equal(bash, template_groups_of(groups, 2));
    assert_int_equal(bash->count, 7);
    assert_int_equal(bash->members, 1);
    assert_int_equal(bash->id, template_id(seen[0].scope, seen[0].text));
    template_groups_free(groups);
}

static void test_a_group_says_what_its_members_share(void **state)
{
    (void)state;
    struct template_seen seen[] = {
        {.text = BYTES_LITERAL("no route from alice to <IP>"), .count = 1},
        {.text = BYTES_LITERAL("no route from bob to <IP>"), .count = 4},
        {.text = BYTES_LITERAL("no route from carol to <IP>"), .count = 2}};
    struct template_groups *groups =
        template_groups_build(seen, 3, TEMPLATE_ERRORS);
    const struct template_group *group = template_groups_of(groups, 0);
    assert_int_equal(template_groups_count(groups), 1);
    assert_true(bytes_equal_text(group->text, "no route from <*> to <IP>"));
    assert_true(bytes_equal_text(group->most, "no route from bob to <IP>"));
    assert_int_equal(group->count, 7);
    assert_int_equal(group->members, 3);
    template_groups_free(groups);
}

/* ---- properties -----------------------------------------------------------
 */

enum {
    TEXTS = 400,
    TEXT_BYTES = 96
};

struct corpus {
    char text[TEXTS][TEXT_BYTES];
    struct template_seen seen[TEXTS];
};

static void corpus_fill(struct corpus *corpus, struct rng *rng)
{
    static const char *const words[] = {
        "open",  "close", "user",   "file",      "failed", "ENOENT",
        "<NUM>", "<IP>",  "<PATH>", "uid=<NUM>", "by",     "alice",
        "bob",   "eth0",  "E0308",  "<ID>,",     "<ID>"};
    for (size_t i = 0; i < TEXTS; i++) {
        size_t len = 0;
        size_t count = 1 + rng_below(rng, 7);
        for (size_t n = 0; n < count; n++) {
            len += (size_t)snprintf(corpus->text[i] + len, TEXT_BYTES - len,
                                    "%s%s", n ? " " : "",
                                    words[rng_below(rng, ARRAY_LEN(words))]);
        }
        corpus->seen[i] =
            (struct template_seen){.text = bytes_of_text(corpus->text[i]),
                                   .count = 1 + rng_below(rng, 5)};
    }
}

static void shuffle(size_t *order, size_t count, struct rng *rng)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = rng_below(rng, i);
        size_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static void check_same(const struct template_group *a,
                       const struct template_group *b)
{
    assert_int_equal(a->id, b->id);
    assert_true(bytes_equal(a->text, b->text));
    assert_true(bytes_equal(a->most, b->most));
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->members, b->members);
}

static void test_order_does_not_matter(void **state)
{
    (void)state;
    struct corpus *corpus = mem_new(sizeof(*corpus));
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct rng rng = rng_seeded(seed, 1);
        corpus_fill(corpus, &rng);
        struct template_groups *first =
            template_groups_build(corpus->seen, TEXTS, TEMPLATE_ERRORS);
        size_t order[TEXTS];
        struct template_seen shuffled[TEXTS];
        for (size_t i = 0; i < TEXTS; i++) {
            order[i] = i;
        }
        shuffle(order, TEXTS, &rng);
        for (size_t i = 0; i < TEXTS; i++) {
            shuffled[i] = corpus->seen[order[i]];
        }
        struct template_groups *second =
            template_groups_build(shuffled, TEXTS, TEMPLATE_ERRORS);
        assert_int_equal(template_groups_count(first),
                         template_groups_count(second));
        for (size_t i = 0; i < TEXTS; i++) {
            check_same(template_groups_of(first, order[i]),
                       template_groups_of(second, i));
        }
        template_groups_free(first);
        template_groups_free(second);
    }
    free(corpus);
}

/* Every template is in one group, and a group's id is one of its members'. */
static void test_groups_partition_what_was_seen(void **state)
{
    (void)state;
    struct corpus *corpus = mem_new(sizeof(*corpus));
    struct rng rng = rng_seeded(7, 1);
    corpus_fill(corpus, &rng);
    struct template_groups *groups =
        template_groups_build(corpus->seen, TEXTS, TEMPLATE_LOGS);
    uint64_t total = 0;
    for (size_t i = 0; i < template_groups_count(groups); i++) {
        const struct template_group *group = template_groups_at(groups, i);
        bool has_id = false;
        total += group->count;
        for (size_t n = 0; n < TEXTS && !has_id; n++) {
            has_id = template_groups_of(groups, n) == group &&
                     template_id(corpus->seen[n].scope, corpus->seen[n].text) ==
                         group->id;
        }
        assert_true(has_id);
        assert_true(i == 0 ||
                    template_groups_at(groups, i - 1)->id < group->id);
    }
    for (size_t n = 0; n < TEXTS; n++) {
        total -= corpus->seen[n].count;
    }
    assert_int_equal(total, 0);
    template_groups_free(groups);
    free(corpus);
}

static void test_a_crowded_leaf_is_bounded(void **state)
{
    (void)state;
    enum {
        MANY = 20000
    };
    char(*text)[32] = mem_new_array(MANY, sizeof(*text));
    struct template_seen *seen = mem_new_array(MANY, sizeof(*seen));
    for (int i = 0; i < MANY; i++) {
        snprintf(text[i], sizeof(text[i]), "at E%05d it X%05d", i, i);
        seen[i] =
            (struct template_seen){.text = bytes_of_text(text[i]), .count = 1};
    }
    struct template_groups *groups =
        template_groups_build(seen, MANY, TEMPLATE_ERRORS);
    assert_int_equal(template_groups_count(groups), MANY);
    template_groups_free(groups);
    free(seen);
    free(text);
}

static void test_hostile_texts_stay_within_bounds(void **state)
{
    (void)state;
    static const char *const units[] = {"<",      "<A", "<NUM>", "<NUM> ",
                                        "<A:",    "a ", "A=",    "\xff ",
                                        "<NUM>+", "  ", "1",     "=<ID>,"};
    enum {
        SIZE = 4000
    };
    char *texts[ARRAY_LEN(units)];
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t len = strlen(units[i]);
        texts[i] = mem_new(SIZE + 1);
        for (size_t at = 0; at < SIZE; at++) {
            texts[i][at] = units[i][at % len];
        }
    }
    struct template_groups *groups =
        build((const char *const *)texts, ARRAY_LEN(units), TEMPLATE_LOGS);
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        assert_true(template_groups_of(groups, i)->text.len <=
                    2 * (size_t)TEMPLATE_TEXT_MAX);
        free(texts[i]);
    }
    template_groups_free(groups);
}

/* In sorted order the members of one cluster stand between those of others. */
static void test_clusters_may_interleave(void **state)
{
    (void)state;
    enum {
        MANY = 300
    };
    char(*text)[64] = mem_new_array(MANY, sizeof(*text));
    struct template_seen *seen = mem_new_array(MANY, sizeof(*seen));
    for (int i = 0; i < MANY; i++) {
        snprintf(text[i], sizeof(text[i]), "the user %c%c%c of CLASS%c is gone",
                 'a' + i % 26, 'a' + i / 26, 'z', 'A' + i % 3);
        seen[i] =
            (struct template_seen){.text = bytes_of_text(text[i]), .count = 1};
    }
    struct template_groups *groups =
        template_groups_build(seen, MANY, TEMPLATE_ERRORS);
    assert_int_equal(template_groups_count(groups), 3);
    template_groups_free(groups);
    free(seen);
    free(text);
}

static void test_nothing_gives_no_groups(void **state)
{
    (void)state;
    struct template_groups *groups =
        template_groups_build(NULL, 0, TEMPLATE_ERRORS);
    assert_int_equal(template_groups_count(groups), 0);
    template_groups_free(groups);
    template_groups_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_differs_in_a_value_comes_together),
        cmocka_unit_test(test_what_closes_nothing_does_not_count),
        cmocka_unit_test(test_what_says_something_else_stays_apart),
        cmocka_unit_test(test_numbers_glued_to_letters_vary_in_logs_only),
        cmocka_unit_test(test_scopes_stay_apart),
        cmocka_unit_test(test_a_group_says_what_its_members_share),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_groups_partition_what_was_seen),
        cmocka_unit_test(test_a_crowded_leaf_is_bounded),
        cmocka_unit_test(test_hostile_texts_stay_within_bounds),
        cmocka_unit_test(test_clusters_may_interleave),
        cmocka_unit_test(test_nothing_gives_no_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
