/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plugin/detect/scope/parts.h"
#include "plugin/detect/scope/split.h"
#include "plugin/plan/decide.h"
#include "plugin/plan/wording.h"
#include "tests/unit/plugin/tuples.h"

static const char slot_name[] = "shell.pm";

static uint64_t next_seq;

/* ${principal} works in ${repository} on ${days} days, choosing once each. */
static void work(struct bench *bench, const char *team, int principal,
                 const char *repository, const char *role, const char *option,
                 int days)
{
    struct made made;
    int first = repository ? repository[0] - 'a' : 50;
    for (int day = 0; day < days; day++) {
        int session = 100 * day + first;
        made_start(&made, ++next_seq, principal, session, repository, role);
        made.tuple.team = bytes_of_text(team);
        bench_feed(bench, &made.tuple);
        made_choice(&made, ++next_seq, principal, session, slot_name, option);
        made.tuple.team = bytes_of_text(team);
        bench_feed(bench, &made.tuple);
    }
}

/* Teams that make no difference: a baseline of about a third. */
static void add_others(struct bench *bench)
{
    const char *const options[] = {"pnpm", "npm", "yarn"};
    const char *const teams[] = {"u", "v", "w"};
    for (int team = 0; team < 3; team++) {
        for (int i = 0; i < 12; i++) {
            work(bench, teams[team], i, NULL, NULL, options[i % 3], 3);
        }
    }
}

static struct candidate *decided(struct bench *bench, const char *subject,
                                 const char *option)
{
    (void)bench_find(bench, "", "");
    decide(&bench->candidates);
    for (size_t i = 0; i < bench->candidates.count; i++) {
        struct candidate *it = &bench->candidates.items[i];
        if (bytes_equal_text(it->subject, subject) &&
            bytes_equal_text(it->option, option) &&
            bytes_equal_text(it->team_name, "blue")) {
            return it;
        }
    }
    return NULL;
}

static bool says(const struct candidate *candidate, const char *needle)
{
    struct buf text;
    buf_init(&text, WORDING_CONTENT_MAX);
    wording_content(candidate, &text);
    bool found =
        bytes_find(buf_bytes(&text), bytes_of_text(needle), 0) != SIZE_MAX;
    buf_fini(&text);
    return found;
}

static void a_repository_is_an_exception(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    add_others(&bench);
    for (int i = 0; i < 20; i++) {
        work(&bench, "blue", i, "a", NULL, "pnpm", 5);
        work(&bench, "blue", i, "b", NULL, i < 16 ? "pnpm" : "yarn", 5);
        work(&bench, "blue", i, "c", NULL, i < 18 ? "npm" : "pnpm", 2);
    }
    struct candidate *part = decided(&bench, "shell.pm in repository c", "npm");
    assert_non_null(part);
    assert_int_equal(part->reason, REASON_TOO_FEW_DAYS);
    for (int i = 0; i < 20; i++) {
        work(&bench, "blue", i, "c", NULL, i < 18 ? "npm" : "pnpm", 4);
    }
    part = decided(&bench, "shell.pm in repository c", "npm");
    assert_int_equal(part->reason, REASON_PROPOSED);
    assert_int_equal(part->tier, TIER_PROPOSAL);
    assert_int_equal(part->preference.voters, 20);
    assert_int_equal(part->preference.supporters, 18);
    assert_int_equal(preference_scope(&part->preference)->rest_voters, 40);
    assert_int_equal(preference_scope(&part->preference)->rest_supporters, 0);
    assert_true(says(part, "for shell.pm in repository c."));
    assert_true(says(part, "elsewhere in the team: 0 of 40."));
    struct candidate *team = decided(&bench, slot_name, "pnpm");
    assert_int_equal(team->reason, REASON_PROPOSED);
    assert_true(says(team, "except: in repository c: \"npm\".\n"));
    assert_null(decided(&bench, "shell.pm in repository a", "pnpm"));
    bench_close(&bench);
}

/* Repository b is where eight of twenty made their first choices. */
static void work_apart(struct bench *bench, int days_in_b)
{
    add_others(bench);
    for (int i = 0; i < 20; i++) {
        if (i < 12) {
            work(bench, "blue", i, "a", NULL, "pnpm", 3);
        }
        work(bench, "blue", i, "b", NULL, "npm", days_in_b);
        work(bench, "blue", i, "c", NULL, i < 19 ? "pnpm" : "yarn",
             i < 12 ? 3 : 2);
    }
}

static void the_team_is_looked_at_without_the_part_that_differs(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    work_apart(&bench, 3);
    struct candidate *part = decided(&bench, "shell.pm in repository b", "npm");
    assert_int_equal(part->reason, REASON_PROPOSED);
    struct candidate *team = decided(&bench, slot_name, "pnpm");
    assert_int_equal(team->reason, REASON_PROPOSED);
    assert_int_equal(team->tier, TIER_PROPOSAL);
    assert_int_equal(team->preference.voters, 20);
    assert_int_equal(team->preference.supporters, 19);
    assert_true(says(team, "for shell.pm, elsewhere than in repository b.\n"));
    assert_true(says(team, "except: in repository b: \"npm\".\n"));
    /* Nobody is cited for what was chosen there. */
    for (uint32_t i = 0; i < team->witness_count; i++) {
        int64_t day = team->witnesses[i]->occurred_us / US_PER_DAY;
        assert_int_not_equal(day % 100, 'b' - 'a');
    }
    bench_close(&bench);
}

static void no_part_is_left_out_that_is_not_told_to_differ(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    work_apart(&bench, 2);
    struct candidate *part = decided(&bench, "shell.pm in repository b", "npm");
    assert_int_equal(part->reason, REASON_TOO_FEW_DAYS);
    struct candidate *team = decided(&bench, slot_name, "pnpm");
    assert_int_equal(team->tier, TIER_NONE);
    assert_int_equal(team->preference.supporters, 12);
    assert_non_null(team->without);
    assert_int_equal(team->without->preference.supporters, 19);
    bench_close(&bench);
}

static void a_role_prefers_what_the_team_does_not(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    const char *const options[] = {"pnpm", "npm", "yarn"};
    add_others(&bench);
    for (int i = 0; i < 24; i++) {
        work(&bench, "blue", i, NULL, i < 10 ? "tester" : "writer",
             i < 10 ? "yarn" : options[i % 3], 3);
    }
    struct candidate *part = decided(&bench, "shell.pm in role tester", "yarn");
    assert_non_null(part);
    assert_int_equal(part->reason, REASON_PROPOSED);
    struct candidate *team = decided(&bench, slot_name, "yarn");
    assert_int_equal(team->reason, REASON_SPLIT);
    bench_close(&bench);
}

static void parts_that_agree_are_the_team(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    add_others(&bench);
    for (int i = 0; i < 20; i++) {
        work(&bench, "blue", i, "a", "tester", "pnpm", 3);
        work(&bench, "blue", i, "b", "tester", i < 16 ? "pnpm" : "npm", 3);
    }
    struct candidate *team = decided(&bench, slot_name, "pnpm");
    assert_int_equal(team->reason, REASON_PROPOSED);
    assert_int_equal(preference_scope(&team->preference)->exception_count, 0);
    for (size_t i = 0; i < bench.candidates.count; i++) {
        assert_int_equal(
            preference_scope(&bench.candidates.items[i].preference)->part,
            PART_NONE);
    }
    bench_close(&bench);
}

/* Parts that choose at random: nothing is told of any of them. */
static void parts_of_the_null_world_prefer_nothing(void **state)
{
    (void)state;
    const char *const options[] = {"pnpm", "npm", "yarn"};
    const char *const repositories[] = {"a", "b", "c", "d"};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct rng rng = rng_seeded(seed, 3);
        struct bench bench;
        bench_open(&bench, &preferences_detector);
        add_others(&bench);
        for (int i = 0; i < 40; i++) {
            work(&bench, "blue", i % 10, repositories[i / 10], NULL,
                 options[rng_below(&rng, 3)], 3);
        }
        (void)bench_find(&bench, "", "");
        decide(&bench.candidates);
        for (size_t i = 0; i < bench.candidates.count; i++) {
            assert_int_equal(bench.candidates.items[i].tier, TIER_NONE);
        }
        bench_close(&bench);
    }
}

static void a_person_that_differs_is_told_to_its_agent_only(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    add_others(&bench);
    for (int i = 0; i < 20; i++) {
        work(&bench, "blue", i, NULL, NULL, i < 19 ? "pnpm" : "npm", 9);
    }
    struct candidate *own = decided(&bench, slot_name, "npm");
    assert_non_null(own);
    assert_true(bytes_equal_text(own->agent, "person-19"));
    assert_int_equal(own->reason, REASON_PROPOSED);
    assert_int_equal(own->tier, TIER_PROPOSAL);
    assert_true(own->counts.days >= 3);
    assert_true(says(own, "team blue: \"pnpm\""));
    bench_close(&bench);
}

static void a_person_is_no_exception_from_nothing(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &preferences_detector);
    add_others(&bench);
    for (int i = 0; i < 10; i++) {
        work(&bench, "blue", i, NULL, NULL, i < 6 ? "pnpm" : "npm", 9);
    }
    struct candidate *own = decided(&bench, slot_name, "npm");
    assert_non_null(own);
    assert_int_equal(own->reason, REASON_TEAM_UNDECIDED);
    bench_close(&bench);
}

static void the_whole_swarm_is_held_against_the_world(void **state)
{
    (void)state;
    struct bench bench;
    struct buf why;
    struct baseline_table *table;
    const char *const teams[] = {"blue", "green", "red", "white"};
    buf_init(&why, 256);
    bench_open(&bench, &preferences_detector);
    for (int team = 0; team < 4; team++) {
        for (int i = 0; i < 15; i++) {
            work(&bench, teams[team], i, NULL, NULL, i < 14 ? "pnpm" : "npm",
                 3);
        }
    }
    /* Without a table it is what everybody does. */
    assert_int_equal(decided(&bench, slot_name, "pnpm")->tier, TIER_NONE);
    assert_int_equal(
        baseline_table_read(BYTES_LITERAL("{\"shell.pm\":{\"pnpm\":0.2}}"),
                            &why, &table),
        ERR_OK);
    bench.setting.table = table;
    struct candidate *team = decided(&bench, slot_name, "pnpm");
    assert_int_equal(team->reason, REASON_PROPOSED);
    assert_int_equal(team->preference.source, BASELINE_TABLE);
    assert_true(says(team, "scope: all 4 teams of the swarm.\n"));
    bench_close(&bench);
    baseline_table_free(table);
    buf_fini(&why);
}

static void the_test_of_heterogeneity_is_chi_squared(void **state)
{
    (void)state;
    /* Quantiles of the usual tables. */
    assert_float_equal(split_chi_squared(3.841459, 1), 0.05, 1e-6);
    assert_float_equal(split_chi_squared(5.991465, 2), 0.05, 1e-6);
    assert_float_equal(split_chi_squared(7.814728, 3), 0.05, 1e-6);
    assert_float_equal(split_chi_squared(18.307038, 10), 0.05, 1e-6);
    const struct split_part apart[] = {{20, 18}, {20, 4}};
    const struct split_part alike[] = {{20, 18}, {20, 16}, {4, 0}};
    /* By hand: G = 2 sum O ln(O/E) = 22.031689. */
    assert_float_equal(split_p(apart, 2), erfc(sqrt(22.031689 / 2)), 1e-8);
    assert_false(split_agrees(apart, 2));
    assert_true(split_agrees(alike, 3));
}

static void what_a_session_said_is_of_that_session(void **state)
{
    (void)state;
    struct parts *parts = parts_new();
    struct made made;
    made_start(&made, 1, 1, 1, "payments", "tester");
    assert_null(parts_of(parts, 0, 1, made.tuple.session));
    parts_begin(parts, 0, 1, &made.tuple);
    const struct bytes *names = parts_of(parts, 0, 1, made.tuple.session);
    assert_true(bytes_equal_text(names[PART_REPOSITORY], "payments"));
    assert_true(bytes_equal_text(names[PART_ROLE], "tester"));
    /* Another principal's session of this name is another session. */
    assert_null(parts_of(parts, 0, 2, made.tuple.session));
    assert_null(parts_of(parts, 1, 1, made.tuple.session));
    parts_end(parts, 0, 1, made.tuple.session);
    assert_null(parts_of(parts, 0, 1, made.tuple.session));
    parts_free(parts);
}

static void sessions_are_forgotten_at_the_maximum(void **state)
{
    (void)state;
    struct parts *parts = parts_new();
    struct made made;
    for (int i = 0; i < 3 * PARTS_SESSIONS_MAX; i++) {
        made_start(&made, 1, 1, i, "payments", NULL);
        parts_begin(parts, 0, 1, &made.tuple);
        made_start(&made, 1, 2, 0, "kept", NULL);
        if (i == 0) {
            parts_begin(parts, 0, 2, &made.tuple);
        }
        assert_non_null(parts_of(parts, 0, 2, made.tuple.session));
    }
    made_start(&made, 1, 1, 0, NULL, NULL);
    assert_null(parts_of(parts, 0, 1, made.tuple.session));
    parts_free(parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repository_is_an_exception),
        cmocka_unit_test(the_team_is_looked_at_without_the_part_that_differs),
        cmocka_unit_test(no_part_is_left_out_that_is_not_told_to_differ),
        cmocka_unit_test(a_role_prefers_what_the_team_does_not),
        cmocka_unit_test(parts_that_agree_are_the_team),
        cmocka_unit_test(parts_of_the_null_world_prefer_nothing),
        cmocka_unit_test(a_person_that_differs_is_told_to_its_agent_only),
        cmocka_unit_test(a_person_is_no_exception_from_nothing),
        cmocka_unit_test(the_whole_swarm_is_held_against_the_world),
        cmocka_unit_test(the_test_of_heterogeneity_is_chi_squared),
        cmocka_unit_test(what_a_session_said_is_of_that_session),
        cmocka_unit_test(sessions_are_forgotten_at_the_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
