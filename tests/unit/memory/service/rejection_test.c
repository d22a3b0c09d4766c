/* SPDX-License-Identifier: MIT */
/* What was turned down stays so, however it is put, until there is new
 * evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/memory/answers.h"

static struct world world;
static struct plan plan;

static void propose(void)
{
    world_asks_as(&world, ASKER_WORKER);
    assert_non_null(world_proposes(&world, &plan));
    world_asks_as(&world, ASKER_REVIEWER);
}

static void rejection_is_remembered_until_a_new_witness(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    world_opens(&world, POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    assert_string_equal(world_decides(&world, &plan, REJECT, NULL, &reply),
                        "ok");
    world_asks_as(&world, ASKER_WORKER);
    const Reverie__V1__ReviewProposeReply__Result *again =
        world_proposes(&world, &plan);
    assert_string_equal(again->verdict, "refuse");
    assert_int_equal(world.out.event_count, 0);
    plan.change.content = mutable_text("Observed: other words.\n");
    plan_finish(&plan);
    again = world_proposes(&world, &plan);
    assert_string_equal(again->reason, "rejected_before");
    uint64_t seq = world_says(&world, &(struct speech){.principal = "p77",
                                                       .text = "pnpm install",
                                                       .day = 120});
    plan_cites(&plan, &world, seq, "pnpm", "pnpm install");
    plan_finish(&plan);
    again = world_proposes(&world, &plan);
    assert_string_equal(again->verdict, "ask");
    world_closes(&world);
}

static void rejection_is_remembered_in_other_words(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    world_opens(&world, POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    assert_string_equal(world_decides(&world, &plan, REJECT, NULL, &reply),
                        "ok");
    world_asks_as(&world, ASKER_WORKER);
    plan.change.subject = mutable_text("Shell: the package manager");
    plan.change.option = mutable_text("PNPM");
    plan.change.path = mutable_text("/preferences/other.md");
    for (size_t i = 0; i < plan.change.n_witnesses; i++) {
        plan.change.witnesses[i]->option = plan.change.option;
    }
    plan_finish(&plan);
    assert_string_equal(world_proposes(&world, &plan)->reason,
                        "rejected_before");
    plan.change.subject = mutable_text("shell.shell");
    plan_finish(&plan);
    assert_string_equal(world_proposes(&world, &plan)->reason, "policy_review");
    world_closes(&world);
}

/* The ways in which one who wants it back may put it. */
static void rejection_outlives_every_way_to_put_it(void **state)
{
    (void)state;
    static const struct {
        const char *subject;
        const char *option;
    } ways[] = {
        {"SHELL.PACKAGE-MANAGER", "pnpm"},
        {"  shell \t package_manager ", "Pnpm"},
        {"package manager of the shell", "pnpm"},
        {"package managers, shell", "pnpm"},
        {"shell.package-manager", "please use pnpm"},
        {"shell.package-manager", "always using: pnpm!"},
        {"shell.package-manager pnpm", "pnpm"},
        {"pnpm for the shell's package-manager", "pnpm"},
        {"sh\xd0\xb5ll.package-manager", "pnpm"},     /* a Cyrillic letter */
        {"\xef\xbd\x93hell.package-manager", "pnpm"}, /* a wide one */
        {"shell.pack\xe2\x80\x8b"
         "age-manager",
         "pnpm"}, /* one not seen */
    };
    Reverie__V1__ReviewDecideReply reply;
    world_opens(&world, POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    assert_string_equal(world_decides(&world, &plan, REJECT, NULL, &reply),
                        "ok");
    world_asks_as(&world, ASKER_WORKER);
    plan.change.path = mutable_text("/preferences/other.md");
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        plan.change.subject = mutable_text(ways[i].subject);
        plan.change.option = mutable_text(ways[i].option);
        for (size_t j = 0; j < plan.change.n_witnesses; j++) {
            plan.change.witnesses[j]->option = plan.change.option;
        }
        plan_finish(&plan);
        const Reverie__V1__ReviewProposeReply__Result *again =
            world_proposes(&world, &plan);
        if (strcmp(again->reason, "rejected_before") != 0) {
            fail_msg("\"%s\" of \"%s\" came back: %s", ways[i].option,
                     ways[i].subject, again->reason);
        }
    }
    world_closes(&world);
}

static void what_was_turned_down_never_returns_without_a_human(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    world_opens(&world, POLICY_DEFAULT);
    plan_preference(&plan, &world, 12);
    propose();
    assert_string_equal(world_decides(&world, &plan, REJECT, NULL, &reply),
                        "ok");
    world_asks_as(&world, ASKER_WORKER);
    for (int i = 0; i < 8; i++) {
        char name[] = "q0";
        name[1] = (char)('0' + i);
        uint64_t seq = world_says(&world, &(struct speech){.principal = name,
                                                           .text = "pnpm add",
                                                           .day = 120});
        plan_cites(&plan, &world, seq, "pnpm", "pnpm add");
    }
    plan_finish(&plan);
    const Reverie__V1__ReviewProposeReply__Result *again =
        world_proposes(&world, &plan);
    assert_string_equal(again->verdict, "ask");
    assert_string_equal(again->reason, "reopened");
    world_closes(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rejection_is_remembered_until_a_new_witness),
        cmocka_unit_test(rejection_is_remembered_in_other_words),
        cmocka_unit_test(rejection_outlives_every_way_to_put_it),
        cmocka_unit_test(what_was_turned_down_never_returns_without_a_human),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
