/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plugin/plan/decide.h"
#include "tests/unit/plugin/tuples.h"

static uint64_t next_seq;

/* ${principal} chooses ${option} twice, in two sessions on two days. */
static void vote(struct bench *bench, const char *team, int principal,
                 const char *slot, const char *option)
{
    struct made made;
    for (int use = 0; use < 2; use++) {
        made_choice(&made, ++next_seq, principal, principal % 5 + use, slot,
                    option);
        made.tuple.team = bytes_of_text(team);
        bench_feed(bench, &made.tuple);
    }
}

static void a_team_is_compared_with_the_others(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    const char *const others[] = {"a", "b", "c"};
    for (int team = 0; team < 3; team++) {
        for (int i = 0; i < 10; i++) {
            vote(&bench, others[team], i, "shell.pm",
                 i < (team == 1 ? 4 : 3) ? "pnpm"
                 : i < 8                 ? "npm"
                                         : "yarn");
        }
    }
    for (int i = 0; i < 24; i++) {
        vote(&bench, "blue", i, "shell.pm", i < 22 ? "pnpm" : "npm");
    }
    const struct candidate *found = NULL;
    assert_non_null(bench_find(&bench, "shell.pm", "pnpm"));
    for (size_t i = 0; i < bench.candidates.count; i++) {
        if (bytes_equal_text(bench.candidates.items[i].team_name, "blue")) {
            found = &bench.candidates.items[i];
        }
    }
    assert_non_null(found);
    assert_int_equal(found->preference.voters, 24);
    assert_int_equal(found->preference.supporters, 22);
    assert_int_equal(found->preference.source, BASELINE_TEAMS);
    /* The 60 % quantile of Beta(10/3 + 10, 20/3 + 20), by integration. */
    assert_float_equal(found->preference.baseline, 0.349661, 1e-4);
    decide(&bench.candidates);
    assert_int_equal(found->reason, REASON_PROPOSED);
    assert_int_equal(found->tier, TIER_AUTO);
    bench_close(&bench);
}

static void a_slot_with_one_option_is_constant(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    for (int i = 0; i < 30; i++) {
        vote(&bench, "blue", i, "shell.pm", "npm");
    }
    assert_int_equal(bench_find(&bench, "shell.pm", "npm")->reason,
                     REASON_CONSTANT);
    vote(&bench, "red", 1, "shell.pm", "pnpm");
    assert_int_equal(bench_find(&bench, "shell.pm", "npm")->reason,
                     REASON_UNDECIDED);
    bench_close(&bench);
}

static void ids_are_no_choice(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    char option[24];
    for (int i = 0; i < 200; i++) {
        snprintf(option, sizeof(option), "id-%d", i);
        vote(&bench, "blue", i % 20, "tool.id", option);
    }
    bench_find(&bench, "tool.id", "");
    assert_int_equal(bench.candidates.items[0].reason, REASON_HIGH_CARDINALITY);
    bench_close(&bench);
}

static void one_loud_principal_is_one_vote(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    for (int i = 0; i < 1000; i++) {
        vote(&bench, "blue", 1, "shell.pm", "pnpm");
    }
    vote(&bench, "blue", 2, "shell.pm", "npm");
    struct candidate *found = bench_find(&bench, "shell.pm", "npm");
    assert_non_null(found);
    assert_int_equal(found->preference.voters, 2);
    decide(&bench.candidates);
    assert_int_equal(found->reason, REASON_TOO_FEW_PRINCIPALS);
    bench_close(&bench);
}

static void a_directive_is_a_vote_for_a_family(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    vote(&bench, "blue", 1, "shell.pm", "pnpm");
    struct made made;
    made_directive(&made, ++next_seq, 2, 1, "PNPM", "always use PNPM");
    bench_feed(&bench, &made.tuple);
    struct candidate *found = bench_find(&bench, "shell.pm", "pnpm");
    assert_int_equal(found->preference.voters, 2);
    bench_close(&bench);
}

/* Uniformly random options: nothing is a preference. */
static void the_null_world_has_no_preferences(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct rng rng = rng_seeded(seed, 0);
        struct bench bench;
        bench_open(&bench, &preferences_detector);
        char slot[24];
        char option[24];
        for (int i = 0; i < 24 * 60; i++) {
            snprintf(slot, sizeof(slot), "tool.slot-%d", i / 24);
            snprintf(option, sizeof(option), "o%d",
                     (int)rng_below(&rng, 2 + (uint64_t)(i / 24) % 4));
            vote(&bench, "blue", i % 24, slot, option);
        }
        bench_find(&bench, "", "");
        assert_int_equal(bench.candidates.count, 60);
        decide(&bench.candidates);
        for (size_t i = 0; i < bench.candidates.count; i++) {
            assert_int_equal(bench.candidates.items[i].tier, TIER_NONE);
        }
        bench_close(&bench);
    }
}

/* What everybody does anyway is nobody's preference. */
static void a_world_default_is_not_proposed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct rng rng = rng_seeded(seed, 1);
        struct bench bench;
        bench_open(&bench, &preferences_detector);
        const char *const teams[] = {"blue", "red", "green"};
        char slot[24];
        for (int i = 0; i < 3 * 24 * 20; i++) {
            snprintf(slot, sizeof(slot), "tool.slot-%d", i / 72);
            double u = rng_unit(&rng);
            vote(&bench, teams[i % 3], i / 3 % 24, slot,
                 u < 0.75  ? "default"
                 : u < 0.9 ? "second"
                           : "third");
        }
        bench_find(&bench, "", "");
        decide(&bench.candidates);
        for (size_t i = 0; i < bench.candidates.count; i++) {
            assert_int_equal(bench.candidates.items[i].tier, TIER_NONE);
        }
        bench_close(&bench);
    }
}

/* One principal that names junk all day takes a part of the table and is
 * forgotten after a week; what others choose still finds room. */
static void junk_of_one_principal_makes_room(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    char slot[48];
    bench_open(&bench, &preferences_detector);
    for (int day = 0; day < 20; day++) {
        for (int i = 0; i < 600; i++) {
            snprintf(slot, sizeof(slot), "junk.slot-%d-%d", day, i);
            made_choice(&made, ++next_seq, 77, day, slot, "x");
            made.slot.form = SLOT_VALUE;
            bench_feed(&bench, &made.tuple);
        }
    }
    for (int i = 0; i < 8; i++) {
        for (int use = 0; use < 2; use++) {
            made_choice(&made, ++next_seq, i, 20 + use, "shell.pm", "pnpm");
            bench_feed(&bench, &made.tuple);
        }
    }
    struct candidate *found = bench_find(&bench, "shell.pm", "pnpm");
    assert_non_null(found);
    assert_int_equal(found->preference.voters, 8);
    assert_true(bench.candidates.count <= 4096);
    bench_close(&bench);
}

static void use_slot(struct bench *bench, int principal, int day,
                     const char *name)
{
    struct made made;
    made_choice(&made, ++next_seq, principal, day, name, "x");
    made.slot.form = SLOT_VALUE;
    bench_feed(bench, &made.tuple);
}

static void choose_new(struct bench *bench, int day)
{
    struct made made;
    for (int i = 0; i < 8; i++) {
        for (int use = 0; use < 2; use++) {
            made_choice(&made, ++next_seq, i, day + use, "shell.pm", "pnpm");
            bench_feed(bench, &made.tuple);
        }
    }
    struct candidate *found = bench_find(bench, "shell.pm", "pnpm");
    assert_non_null(found);
    assert_int_equal(found->preference.voters, 8);
}

/* It never lets any of its junk grow old. */
static void junk_that_is_kept_alive_makes_room(void **state)
{
    (void)state;
    struct bench bench;
    char slot[48];
    bench_open(&bench, &preferences_detector);
    for (int day = 0; day < 12; day++) {
        for (int i = 0; i < 500 * (day + 1) && i < 4500; i++) {
            snprintf(slot, sizeof(slot), "junk.slot-%d", i);
            use_slot(&bench, 77, day, slot);
        }
    }
    choose_new(&bench, 12);
    bench_close(&bench);
}

static void junk_of_several_makes_room(void **state)
{
    (void)state;
    struct bench bench;
    char slot[48];
    bench_open(&bench, &preferences_detector);
    for (int day = 0; day < 4; day++) {
        for (int i = 0; i < 10 * 600; i++) {
            snprintf(slot, sizeof(slot), "junk.slot-%d-%d", day, i);
            use_slot(&bench, 70 + i % 10, day, slot);
        }
    }
    choose_new(&bench, 4);
    bench_close(&bench);
}

/* What is being used while room is made for its parts is not dropped. */
static void room_for_parts_is_not_made_of_their_slot(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    char name[48];
    bench_open(&bench, &preferences_detector);
    for (int repository = 0; repository < 100; repository++) {
        snprintf(name, sizeof(name), "repository-%d", repository);
        made_start(&made, ++next_seq, 7, 1, name, "role");
        bench_feed(&bench, &made.tuple);
        for (int i = 0; i < 100; i++) {
            snprintf(name, sizeof(name), "tool.slot-%d", i);
            use_slot(&bench, 7, 1, name);
        }
    }
    for (int day = 20; day < 24; day++) {
        made_start(&made, ++next_seq, 7, day, "another", "also");
        bench_feed(&bench, &made.tuple);
        snprintf(name, sizeof(name), "tool.new-%d", day);
        use_slot(&bench, 7, day, name);
        use_slot(&bench, 7, day, "tool.slot-3");
    }
    assert_non_null(bench_find(&bench, "tool.new-23", ""));
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_is_compared_with_the_others),
        cmocka_unit_test(a_slot_with_one_option_is_constant),
        cmocka_unit_test(ids_are_no_choice),
        cmocka_unit_test(one_loud_principal_is_one_vote),
        cmocka_unit_test(a_directive_is_a_vote_for_a_family),
        cmocka_unit_test(the_null_world_has_no_preferences),
        cmocka_unit_test(a_world_default_is_not_proposed),
        cmocka_unit_test(junk_of_one_principal_makes_room),
        cmocka_unit_test(junk_that_is_kept_alive_makes_room),
        cmocka_unit_test(junk_of_several_makes_room),
        cmocka_unit_test(room_for_parts_is_not_made_of_their_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
