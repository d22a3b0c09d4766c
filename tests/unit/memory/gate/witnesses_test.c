/* SPDX-License-Identifier: MIT */
/* Who counts as a witness, and as how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/memory/answers.h"

static struct world world;
static struct plan plan;

static void copies_of_one_principal_are_one(void **state)
{
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    plan_preference(&plan, &world, 4);
    for (int i = 0; i < 20; i++) {
        uint64_t seq =
            world_says(&world, &(struct speech){.principal = "p1",
                                                .session = "loud",
                                                .text = "pnpm install again",
                                                .day = 101});
        plan_cites(&plan, &world, seq, "pnpm", "pnpm install");
    }
    plan_finish(&plan);
    assert_int_equal(plan.numbers.principals, 4);
    assert_answer(world_proposes(&world, &plan), "refuse",
                  "too_few_principals");
    world_closes(&world);
}

static void echoes_of_one_root_are_one(void **state)
{
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    plan_preference(&plan, &world, 3);
    for (int i = 0; i < 10; i++) {
        char name[8] = "echo0";
        name[4] = (char)('0' + i);
        uint64_t seq =
            world_says(&world, &(struct speech){.principal = name,
                                                .session = name,
                                                .text = "pnpm install",
                                                .root = "the first word!!",
                                                .day = 101});
        plan_cites(&plan, &world, seq, "pnpm", "pnpm install");
    }
    plan_finish(&plan);
    assert_int_equal(plan.numbers.principals, 4);
    assert_answer(world_proposes(&world, &plan), "refuse",
                  "too_few_principals");
    world_closes(&world);
}

static void tools_cannot_state_a_preference(void **state)
{
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    plan_preference(&plan, &world, 9);
    uint64_t seq = world_says(&world, &(struct speech){.principal = "p9",
                                                       .text = "pnpm install",
                                                       .origin = ORIGIN_TOOL,
                                                       .day = 101});
    plan_cites(&plan, &world, seq, "pnpm", "pnpm install");
    plan_finish(&plan);
    assert_answer(world_proposes(&world, &plan), "refuse", "tainted");
    world_closes(&world);
}

static void other_teams_are_no_witnesses(void **state)
{
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    plan_preference(&plan, &world, 9);
    uint64_t seq = world_says(&world, &(struct speech){.principal = "p9",
                                                       .team = "green",
                                                       .text = "pnpm install",
                                                       .day = 101});
    plan_cites(&plan, &world, seq, "pnpm", "pnpm install");
    plan_finish(&plan);
    assert_answer(world_proposes(&world, &plan), "refuse", "wrong_team");
    world_closes(&world);
}

static void exposed_sessions_do_not_support(void **state)
{
    (void)state;
    world_opens(&world, POLICY_DEFAULT);
    plan_preference(&plan, &world, 14);
    assert_answer(world_proposes(&world, &plan), "apply", "auto");
    plan_init(&plan, REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE, "team/blue",
              "/preferences/package-manager.md", "shell.package_manager",
              "pnpm", "Observed: even more use pnpm.\n");
    plan.change.op = REVERIE__V1__CHANGE_OP__CHANGE_REVISE;
    plan.change.has_base_version = true;
    plan.change.base_version = 1;
    uint64_t seq =
        world_says(&world, &(struct speech){.principal = "p1",
                                            .text = "pnpm install",
                                            .view = "team/blue@1+agent/p1@0",
                                            .day = 101});
    plan_cites(&plan, &world, seq, "pnpm", "pnpm install");
    plan_finish(&plan);
    assert_answer(world_proposes(&world, &plan), "refuse", "exposed");
    plan.change.n_witnesses = 0;
    seq = world_says(&world, &(struct speech){.principal = "p1",
                                              .text = "pnpm install",
                                              .view = "team/blue@0+agent/p1@0",
                                              .day = 101});
    plan_cites(&plan, &world, seq, "pnpm", "pnpm install");
    plan_finish(&plan);
    assert_answer(world_proposes(&world, &plan), "refuse",
                  "too_few_principals");
    world_closes(&world);
}

static void asserted_identities_never_apply_alone(void **state)
{
    (void)state;
    struct memory_config trusting = {.policy = POLICY_DEFAULT,
                                     .auto_on_asserted = true};
    for (int i = 0; i < 2; i++) {
        if (i) {
            world_init(&world, &trusting);
        } else {
            world_opens(&world, POLICY_DEFAULT);
        }
        plan_preference(&plan, &world, 13);
        uint64_t seq =
            world_says(&world, &(struct speech){.principal = "p99",
                                                .text = "pnpm install",
                                                .identity = IDENTITY_ASSERTED,
                                                .day = 101});
        plan_cites(&plan, &world, seq, "pnpm", "pnpm install");
        plan_finish(&plan);
        assert_answer(world_proposes(&world, &plan), i ? "apply" : "ask",
                      i ? "auto" : "asserted");
        world_closes(&world);
    }
}

enum {
    LONG_VOTES = 14,
    LONG_TEXT = 200 << 10,
    LONG_PARTS = 100
};

/* 14 votes in long texts for a choice of 100 parts: looking for them all would
 * hold everybody else up. */
static void votes_that_cost_too_much_to_check_ask(void **state)
{
    (void)state;
    static char text[LONG_TEXT];
    char option[2 * LONG_PARTS] = "";
    for (size_t i = 0; i + 2 < sizeof(option); i += 2) {
        option[i] = 'a';
        option[i + 1] = '|';
    }
    option[sizeof(option) - 2] = 'a';
    memset(text, ' ', sizeof(text) - 1);
    text[0] = 'a';
    world_opens(&world, POLICY_DEFAULT);
    world.everybody_has_tenure = true;
    plan_init(&plan, REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE, "team/blue",
              "/preferences/p.md", "tool.arg", option, "Observed: a.\n");
    for (int i = 0; i < LONG_VOTES; i++) {
        char name[8] = "pa";
        name[1] = (char)('a' + i);
        uint64_t seq = world_says(&world, &(struct speech){.principal = name,
                                                           .session = name,
                                                           .text = text,
                                                           .day = 100 + i % 3});
        plan_cites(&plan, &world, seq, option, "a");
    }
    plan.numbers.has_baseline = true;
    plan.numbers.baseline = 0.2;
    plan.numbers.has_alpha = plan.numbers.has_family = true;
    plan.numbers.has_rank = true;
    plan.numbers.alpha = 0.05;
    plan.numbers.family = plan.numbers.rank = 1;
    plan_finish(&plan);
    plan_id(&plan);
    assert_answer(world_proposes(&world, &plan), "ask", "unshown");
    world_closes(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_of_one_principal_are_one),
        cmocka_unit_test(echoes_of_one_root_are_one),
        cmocka_unit_test(tools_cannot_state_a_preference),
        cmocka_unit_test(other_teams_are_no_witnesses),
        cmocka_unit_test(exposed_sessions_do_not_support),
        cmocka_unit_test(asserted_identities_never_apply_alone),
        cmocka_unit_test(votes_that_cost_too_much_to_check_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
