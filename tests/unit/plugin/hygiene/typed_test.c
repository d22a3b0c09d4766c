/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/hygiene/typed.h"

static struct hygiene_entry entry_of(int kind, const char *subject,
                                     const char *option)
{
    return (struct hygiene_entry){.store = BYTES_LITERAL("team/blue"),
                                  .path = bytes_of_text(subject),
                                  .is_team = true,
                                  .kind = kind,
                                  .subject = bytes_of_text(subject),
                                  .option = bytes_of_text(option)};
}

static void keys_and_values_decide(void **state)
{
    (void)state;
    struct hygiene_entry npm =
        entry_of(ENTRY_PREFERENCE, "use.package-manager", "npm");
    struct hygiene_entry pnpm =
        entry_of(ENTRY_PREFERENCE, "use.package-manager", "pnpm");
    struct hygiene_entry upper =
        entry_of(ENTRY_PREFERENCE, "use.package-manager", "PNPM");
    struct hygiene_entry other =
        entry_of(ENTRY_PREFERENCE, "Grep.output_mode", "content");
    struct hygiene_entry told =
        entry_of(ENTRY_DIRECTIVE, "do use pnpm", "pnpm");
    struct hygiene_entry forbidden =
        entry_of(ENTRY_DIRECTIVE, "dont use npm", "npm");
    assert_int_equal(typed_compare(&npm, &pnpm), TYPED_AGAINST);
    assert_int_equal(typed_compare(&pnpm, &upper), TYPED_SAME);
    assert_int_equal(typed_compare(&pnpm, &other), TYPED_NONE);
    assert_int_equal(typed_compare(&npm, &told), TYPED_AGAINST);
    assert_int_equal(typed_compare(&pnpm, &told), TYPED_SAME);
    assert_int_equal(typed_compare(&npm, &forbidden), TYPED_AGAINST);
    assert_int_equal(typed_compare(&pnpm, &forbidden), TYPED_NONE);
    assert_int_equal(typed_compare(&told, &forbidden), TYPED_NONE);
}

static void directives_exclude_their_opposite(void **state)
{
    (void)state;
    struct hygiene_entry yes =
        entry_of(ENTRY_DIRECTIVE, "do change generat fil", "generated files");
    struct hygiene_entry no =
        entry_of(ENTRY_DIRECTIVE, "dont change generat fil", "generated files");
    struct hygiene_entry mistake = entry_of(4, "shell|no such file", "a.txt");
    struct hygiene_entry another = entry_of(4, "shell|no such file", "b.txt");
    assert_int_equal(typed_compare(&yes, &no), TYPED_AGAINST);
    assert_int_equal(typed_compare(&mistake, &another), TYPED_NONE);
    assert_int_equal(typed_compare(&mistake, &mistake), TYPED_SAME);
}

/* Of a slot that chooses among programs. */
static enum typed_relation chosen_and_said(const char *slot, const char *chosen,
                                           const char *key, const char *said)
{
    struct hygiene_entry a = entry_of(ENTRY_PREFERENCE, slot, chosen);
    struct hygiene_entry b = entry_of(ENTRY_DIRECTIVE, key, said);
    enum typed_relation relation = typed_compare(&a, &b);
    assert_int_equal(typed_compare(&b, &a), relation);
    return relation;
}

static void what_was_said_names_the_program_alone(void **state)
{
    (void)state;
    assert_int_equal(chosen_and_said("use.package-manager", "npm install",
                                     "do run npm", "npm"),
                     TYPED_SAME);
    assert_int_equal(chosen_and_said("use.package-manager", "npm install",
                                     "do run pnpm not npm", "pnpm"),
                     TYPED_AGAINST);
    assert_int_equal(chosen_and_said("use.package-manager", "npm install",
                                     "dont run npm", "npm"),
                     TYPED_AGAINST);
    /* Two habits with one program are two habits. */
    struct hygiene_entry ci =
        entry_of(ENTRY_PREFERENCE, "use.package-manager", "npm ci");
    struct hygiene_entry install =
        entry_of(ENTRY_PREFERENCE, "use.package-manager", "npm install");
    assert_int_equal(typed_compare(&ci, &install), TYPED_AGAINST);
}

static void programs_for_other_work_are_no_alternatives(void **state)
{
    (void)state;
    struct hygiene_entry go =
        entry_of(ENTRY_DIRECTIVE, "do run gofmt", "gofmt");
    struct hygiene_entry web =
        entry_of(ENTRY_DIRECTIVE, "do run prettier", "prettier");
    assert_int_equal(typed_compare(&go, &web), TYPED_NONE);
    assert_int_equal(
        chosen_and_said("use.test-runner", "pytest", "do run jest", "jest"),
        TYPED_NONE);
    assert_int_equal(
        chosen_and_said("use.test-runner", "pytest", "do run nox", "nox"),
        TYPED_AGAINST);
}

static void a_condition_makes_another_rule(void **state)
{
    (void)state;
    struct hygiene_entry here =
        entry_of(ENTRY_DIRECTIVE, "do run npm | frontend", "npm");
    struct hygiene_entry there =
        entry_of(ENTRY_DIRECTIVE, "do run pnpm | backend", "pnpm");
    struct hygiene_entry always =
        entry_of(ENTRY_DIRECTIVE, "do run pnpm", "pnpm");
    assert_int_equal(typed_compare(&here, &there), TYPED_NONE);
    assert_int_equal(typed_compare(&here, &always), TYPED_NONE);
}

static void a_rule_turned_round_is_the_same_rule(void **state)
{
    (void)state;
    struct hygiene_entry one = entry_of(
        ENTRY_DIRECTIVE, "do write changelog entry", "changelog entry");
    struct hygiene_entry many =
        entry_of(ENTRY_DIRECTIVE, "do write entri changelog",
                 "entries in the changelog");
    struct hygiene_entry none = entry_of(
        ENTRY_DIRECTIVE, "dont write changelog entri", "changelog entries");
    struct hygiene_entry before =
        entry_of(ENTRY_DIRECTIVE, "do write changelog entri | befor merg",
                 "changelog entries");
    assert_int_equal(typed_compare(&one, &many), TYPED_SAME);
    assert_int_equal(typed_compare(&one, &none), TYPED_AGAINST);
    assert_int_equal(typed_compare(&one, &before), TYPED_NONE);
}

/* Keys that differ only far behind their beginning. */
static void long_keys_differ_at_their_end(void **state)
{
    (void)state;
    static char one[1000];
    static char two[1000];
    snprintf(one, sizeof(one), "do write %0900d", 1);
    snprintf(two, sizeof(two), "%s", one);
    two[strlen(two) - 1] = '2';
    struct hygiene_entry a = entry_of(4, one, "a.txt");
    struct hygiene_entry b = entry_of(4, two, "a.txt");
    assert_int_equal(typed_compare(&a, &b), TYPED_NONE);
    assert_int_equal(typed_compare(&a, &a), TYPED_SAME);
    struct hygiene_entry rule = entry_of(ENTRY_DIRECTIVE, one, "x");
    struct hygiene_entry other = entry_of(ENTRY_DIRECTIVE, two, "x");
    assert_int_equal(typed_compare(&rule, &other), TYPED_NONE);
    assert_int_equal(typed_compare(&rule, &rule), TYPED_SAME);
    assert_true(typed_sense(&rule) != typed_sense(&other));
}

static void agents_of_one_team_do_not_meet(void **state)
{
    (void)state;
    struct hygiene_entry a =
        entry_of(ENTRY_PREFERENCE, "use.package-manager", "npm");
    struct hygiene_entry b =
        entry_of(ENTRY_PREFERENCE, "use.package-manager", "pnpm");
    a.is_team = b.is_team = false;
    a.store = BYTES_LITERAL("agent/ada");
    b.store = BYTES_LITERAL("agent/bob");
    assert_int_equal(typed_compare(&a, &b), TYPED_NONE);
    b.store = BYTES_LITERAL("team/blue");
    b.is_team = true;
    /* What one prefers is an exception; what was stated is none. */
    assert_int_equal(typed_compare(&a, &b), TYPED_NONE);
    b = entry_of(ENTRY_DIRECTIVE, "do use pnpm", "pnpm");
    assert_int_equal(typed_compare(&a, &b), TYPED_AGAINST);
}

static void assert_rule(struct hygiene_entry *a, struct hygiene_entry *b,
                        const char *rule)
{
    const char *found = "";
    assert_true(typed_prefers(a, b, &found) < 0);
    assert_string_equal(found, rule);
    assert_true(typed_prefers(b, a, &found) > 0);
    assert_string_equal(found, rule);
}

static void rules_apply_in_their_order(void **state)
{
    (void)state;
    struct hygiene_entry a = entry_of(ENTRY_PREFERENCE, "s", "x");
    struct hygiene_entry b = entry_of(ENTRY_PREFERENCE, "s", "y");
    b.path = BYTES_LITERAL("t");
    assert_rule(&a, &b, "place");
    a.time_us = 1;
    b.time_us = 2;
    assert_rule(&a, &b, "older");
    b.log_e = 3;
    assert_rule(&b, &a, "e-value");
    a.people = 9;
    assert_rule(&a, &b, "quorum");
    b.has_moved = true;
    assert_rule(&b, &a, "moved");
    a.by_owner = true;
    assert_rule(&a, &b, "owner");
    a.is_team = false;
    assert_rule(&b, &a, "team");
}

struct told {
    size_t count;
    const struct hygiene_entry *losers[8];
};

static void note(void *context, const struct hygiene_entry *loser,
                 const struct hygiene_entry *winner,
                 enum typed_relation relation, const char *rule)
{
    struct told *told = context;
    (void)winner;
    (void)relation;
    (void)rule;
    told->losers[told->count++] = loser;
}

/* What went for a reason takes nobody along. */
static void losers_do_not_decide(void **state)
{
    (void)state;
    struct hygiene_entry entries[] = {
        entry_of(ENTRY_PREFERENCE, "use.package-manager", "npm"),
        entry_of(ENTRY_DIRECTIVE, "do use pnpm", "pnpm"),
        entry_of(ENTRY_PREFERENCE, "Grep.output_mode", "content"),
    };
    struct told told = {0};
    entries[1].by_owner = true;
    typed_find(entries, ARRAY_LEN(entries), note, &told);
    assert_int_equal(told.count, 1);
    assert_ptr_equal(told.losers[0], &entries[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_values_decide),
        cmocka_unit_test(directives_exclude_their_opposite),
        cmocka_unit_test(what_was_said_names_the_program_alone),
        cmocka_unit_test(programs_for_other_work_are_no_alternatives),
        cmocka_unit_test(a_condition_makes_another_rule),
        cmocka_unit_test(a_rule_turned_round_is_the_same_rule),
        cmocka_unit_test(long_keys_differ_at_their_end),
        cmocka_unit_test(agents_of_one_team_do_not_meet),
        cmocka_unit_test(rules_apply_in_their_order),
        cmocka_unit_test(losers_do_not_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
