/* SPDX-License-Identifier: MIT */
/* A dream computes again what is new, and nothing else: counted, not timed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/plugin/tuples.h"

enum {
    PEOPLE = 6,
    THINGS = 10
};

static uint64_t seq;

static void choose(struct bench *bench, int person, int thing, int day,
                   const char *option)
{
    char name[32];
    struct made made;
    snprintf(name, sizeof(name), "shell.thing-%d", thing);
    made_choice(&made, ++seq, person, day, name, option);
    bench_feed(bench, &made.tuple);
}

static void collect(struct bench *bench)
{
    (void)bench_find(bench, "", "");
}

static void a_choice_that_changes_no_ballot_takes_nothing(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    for (int i = 0; i < 2 * PEOPLE * THINGS; i++) {
        choose(&bench, i % PEOPLE, i / PEOPLE % THINGS, 1, "npm");
    }
    collect(&bench);
    assert_int_equal(bench.work.standings, THINGS);
    collect(&bench);
    assert_int_equal(bench.work.standings, THINGS);
    /* Once more of the same, on the same day. */
    choose(&bench, 0, 3, 1, "npm");
    collect(&bench);
    assert_int_equal(bench.work.standings, THINGS);
    assert_int_equal(bench.candidates.items[3].preference.uses, 2 * PEOPLE + 1);
    bench_close(&bench);
}

static void one_slot_is_looked_at_where_one_changed(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    for (int i = 0; i < 2 * PEOPLE * THINGS; i++) {
        choose(&bench, i % PEOPLE, i / PEOPLE % THINGS, 1, "npm");
    }
    collect(&bench);
    choose(&bench, PEOPLE, 3, 2, "pnpm");
    choose(&bench, PEOPLE, 3, 2, "pnpm");
    choose(&bench, PEOPLE, 4, 2, "pnpm");
    choose(&bench, PEOPLE, 4, 2, "pnpm");
    collect(&bench);
    assert_int_equal(bench.work.standings, THINGS + 2);
    bench_close(&bench);
}

static void err_at(struct bench *bench, int person, int thing, int day)
{
    char name[32];
    struct made made;
    snprintf(name, sizeof(name), "table_%d", thing);
    made_error(&made, ++seq, person, day, name);
    bench_feed(bench, &made.tuple);
}

static void mistakes_are_looked_at_where_one_was_made(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < PEOPLE * THINGS; i++) {
        err_at(&bench, i % PEOPLE, i / PEOPLE, i % 5);
    }
    collect(&bench);
    uint64_t before = bench.work.mistakes;
    assert_int_equal(before, THINGS);
    collect(&bench);
    assert_int_equal(bench.work.mistakes, before);
    err_at(&bench, 1, 2, 9);
    err_at(&bench, 2, 2, 9);
    err_at(&bench, 1, 7, 9);
    collect(&bench);
    assert_int_equal(bench.work.mistakes, before + 2);
    err_at(&bench, 1, THINGS, 9); /* a new one changes no other */
    collect(&bench);
    assert_int_equal(bench.work.mistakes, before + 3);
    bench_close(&bench);
}

static void work(struct bench *bench, const char *team, int session, int day)
{
    struct made made;
    made_base(&made, TUPLE_TOOL_CALL, ++seq, 1, session);
    made.tuple.team = bytes_of_text(team);
    made.tuple.occurred_us = day * US_PER_DAY + (int64_t)seq;
    made.tuple.call = (struct tuple_call){.tool = BYTES_LITERAL("edit")};
    bench_feed(bench, &made.tuple);
    made.tuple.kind = TUPLE_SESSION_END;
    bench_feed(bench, &made.tuple);
}

static void workflows_are_looked_for_where_a_session_closed(void **state)
{
    (void)state;
    static const char *const teams[] = {"blue", "red", "green"};
    struct bench bench;
    bench_open(&bench, &workflows_detector);
    for (int i = 0; i < 30; i++) {
        work(&bench, teams[i % 3], i, 1);
    }
    collect(&bench);
    assert_int_equal(bench.work.workflows, ARRAY_LEN(teams));
    collect(&bench);
    assert_int_equal(bench.work.workflows, ARRAY_LEN(teams));
    work(&bench, "red", 100, 1);
    collect(&bench);
    assert_int_equal(bench.work.workflows, ARRAY_LEN(teams) + 1);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_choice_that_changes_no_ballot_takes_nothing),
        cmocka_unit_test(one_slot_is_looked_at_where_one_changed),
        cmocka_unit_test(mistakes_are_looked_at_where_one_was_made),
        cmocka_unit_test(workflows_are_looked_for_where_a_session_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
