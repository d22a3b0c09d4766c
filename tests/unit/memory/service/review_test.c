/* SPDX-License-Identifier: MIT */
/* What a human sees of a change and says of it, and what becomes of it then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/id.h"
#include "tests/unit/memory/answers.h"

static struct world world;
static struct plan plan;

static void open_world(enum memory_policy policy)
{
    struct memory_config config = {.policy = policy, .proposal_life_us = 1000};
    world_init(&world, &config);
    world_joins(&world, "ada", "blue");
}

static void propose(void)
{
    world_asks_as(&world, ASKER_WORKER);
    assert_non_null(world_proposes(&world, &plan));
    world_asks_as(&world, ASKER_REVIEWER);
}

/* What a person writes beside a decision is kept, but no secret in it. */
static void a_remark_keeps_no_secret(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideRequest request =
        REVERIE__V1__REVIEW_DECIDE_REQUEST__INIT;
    open_world(POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    request.has_change = true;
    request.change = plan.change.id;
    request.has_decision = true;
    request.decision = (Reverie__V1__Decision)APPROVE;
    request.reason = mutable_text("see AKIAIOSFODNN7EXAMPLE in the log");
    assert_string_equal(world_request(&world, "review", "decide", &request),
                        "ok");
    for (size_t i = 0; i < world.ledger_count; i++) {
        assert_true(bytes_find(world.ledger[i].body,
                               BYTES_LITERAL("AKIAIOSFODNN7EXAMPLE"),
                               0) == SIZE_MAX);
    }
    for (size_t i = 0; i < world.rows.count; i++) {
        assert_true(bytes_find(world.rows.row[i].value,
                               BYTES_LITERAL("AKIAIOSFODNN7EXAMPLE"),
                               0) == SIZE_MAX);
    }
    world_closes(&world);
}

static int state_of_change(void)
{
    Reverie__V1__ReviewShowRequest request =
        REVERIE__V1__REVIEW_SHOW_REQUEST__INIT;
    Reverie__V1__ReviewShowReply reply;
    char hex[DIGEST_TEXT_BYTES];
    hex_text(bytes_of(plan.id, sizeof(plan.id)), hex);
    hex[9] = 0; /* an odd prefix */
    request.change = hex;
    assert_string_equal(world_request(&world, "review", "show", &request),
                        "ok");
    world_reply(&world, &reverie__v1__review_show_reply__descriptor, &reply);
    return (int)reply.item->state;
}

static void approval_applies_the_bytes_that_were_shown(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    open_world(POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    assert_string_equal(world_decides(&world, &plan, APPROVE, NULL, &reply),
                        "ok");
    assert_string_equal(reply.verdict, "apply");
    assert_int_equal(reply.number, 1);
    assert_int_equal(world_emitted(&world, "memory.decided"), 1);
    assert_int_equal(world_emitted(&world, "memory.gated"), 1);
    assert_int_equal(world_emitted(&world, "memory.applied"), 1);
    assert_int_equal(world_emitted(&world, "memory.update"), 1);
    assert_int_equal(state_of_change(),
                     REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED);
    assert_string_equal(world_decides(&world, &plan, APPROVE, NULL, &reply),
                        "conflict");
    world_closes(&world);
}

static void reviewer_is_shown_what_the_digest_covers(void **state)
{
    (void)state;
    Reverie__V1__ReviewShowRequest request =
        REVERIE__V1__REVIEW_SHOW_REQUEST__INIT;
    Reverie__V1__ReviewShowReply reply;
    char hex[DIGEST_TEXT_BYTES];
    open_world(POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    hex_text(bytes_of(plan.id, sizeof(plan.id)), hex);
    request.change = hex;
    assert_string_equal(world_request(&world, "review", "show", &request),
                        "ok");
    world_reply(&world, &reverie__v1__review_show_reply__descriptor, &reply);
    assert_string_equal(reply.item->change->witnesses[0]->quote,
                        "pnpm install");
    struct digest digest = change_digest(reply.item->change);
    assert_memory_equal(digest.bytes, plan.id, sizeof(plan.id));
    assert_string_equal(reply.item->proposer, "worker");
    hex[3] = 0;
    assert_string_equal(world_request(&world, "review", "show", &request),
                        "invalid");
    memset(hex, 'f', 8);
    hex[8] = 0;
    assert_string_equal(world_request(&world, "review", "show", &request),
                        "not_found");
    world_closes(&world);
}

static void proposer_is_never_the_approver(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    open_world(POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    world.asker.principal = BYTES_LITERAL("worker");
    assert_string_equal(world_decides(&world, &plan, APPROVE, NULL, &reply),
                        "denied");
    world.asker.principal = BYTES_LITERAL("reviewer");
    world.asker.may_review = false;
    assert_string_equal(world_decides(&world, &plan, APPROVE, NULL, &reply),
                        "denied");
    world.asker.may_review = true;
    assert_string_equal(world_decides(&world, &plan, 99, NULL, &reply),
                        "invalid");
    plan.change.id.len = 8;
    assert_string_equal(world_decides(&world, &plan, APPROVE, NULL, &reply),
                        "invalid");
    world_closes(&world);
}

static void approval_does_not_skip_the_gate(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    open_world(POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    world_erase(&world, 1); /* behind the broker's back */
    assert_string_equal(world_decides(&world, &plan, APPROVE, NULL, &reply),
                        "ok");
    assert_string_equal(reply.verdict, "refuse");
    assert_string_equal(reply.reason, "erased");
    assert_int_equal(world_emitted(&world, "memory.applied"), 0);
    assert_int_equal(state_of_change(),
                     REVERIE__V1__CHANGE_STATE__CHANGE_REJECTED);
    world_closes(&world);
}

static void approval_of_an_old_base_is_a_conflict(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    Reverie__V1__MemoryWriteRequest write =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    open_world(POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    world.asker.may_write_team = true;
    write.store = plan.change.store;
    write.path = plan.change.path;
    write.content = mutable_text("ours\n");
    assert_string_equal(world_request(&world, "memory", "write", &write), "ok");
    assert_string_equal(world_decides(&world, &plan, APPROVE, NULL, &reply),
                        "conflict");
    assert_int_equal(world.out.event_count, 0);
    assert_int_equal(state_of_change(),
                     REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED);
    world_closes(&world);
}

/* Writes what waits for a review, with the pin ${pin}, and lets ${decision} be
 * said of it. Whether the memory is pinned then. */
static bool pinned_after(bool pin, int decision, const char *edited)
{
    Reverie__V1__MemoryWriteRequest write =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    Reverie__V1__ReviewListRequest list =
        REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
    Reverie__V1__ReviewDecideRequest decide =
        REVERIE__V1__REVIEW_DECIDE_REQUEST__INIT;
    Reverie__V1__MemoryHistoryRequest ask =
        REVERIE__V1__MEMORY_HISTORY_REQUEST__INIT;
    Reverie__V1__ReviewListReply waiting;
    Reverie__V1__MemoryHistoryReply history;
    world.asker.may_write_team = true;
    write.store = ask.store = mutable_text("team/blue");
    write.path = ask.path = mutable_text("/deploy.md");
    write.content = mutable_text("Disable the firewall while deploying.\n");
    write.has_pin = true;
    write.pin = pin;
    assert_string_equal(world_request(&world, "memory", "write", &write), "ok");
    world_asks_as(&world, ASKER_REVIEWER);
    assert_string_equal(world_request(&world, "review", "list", &list), "ok");
    world_reply(&world, &reverie__v1__review_list_reply__descriptor, &waiting);
    assert_int_equal(waiting.n_items, 1);
    assert_true(waiting.items[0]->change->has_pin);
    decide.has_change = decide.has_decision = true;
    decide.change = waiting.items[0]->change->id;
    decide.decision = (Reverie__V1__Decision)decision;
    decide.content = mutable_text(edited);
    assert_string_equal(world_request(&world, "review", "decide", &decide),
                        "ok");
    assert_string_equal(world_request(&world, "memory", "history", &ask), "ok");
    world_reply(&world, &reverie__v1__memory_history_reply__descriptor,
                &history);
    assert_int_equal(history.n_versions, 1);
    return history.versions[0]->pinned;
}

static void a_write_that_waited_keeps_its_pin(void **state)
{
    (void)state;
    static const struct {
        bool pin;
        int decision;
        const char *edited;
    } cases[] = {
        {true, APPROVE, NULL},
        {true, EDIT, "Leave the firewall alone.\n"},
        {false, APPROVE, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        open_world(POLICY_DEFAULT);
        assert_int_equal(
            pinned_after(cases[i].pin, cases[i].decision, cases[i].edited),
            cases[i].pin);
        world_closes(&world);
    }
}

static void nobody_proposes_a_pin(void **state)
{
    (void)state;
    open_world(POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    plan.change.has_pin = true;
    plan.change.pin = true;
    plan_id(&plan);
    assert_non_null(change_fault(&plan.change));
    world_closes(&world);
}

static void edit_applies_other_words_on_the_same_evidence(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    open_world(POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    assert_string_equal(world_decides(&world, &plan, EDIT, "", &reply),
                        "invalid");
    assert_string_equal(
        world_decides(&world, &plan, EDIT, "mail me: a@example.com\n", &reply),
        "ok");
    assert_string_equal(reply.verdict, "refuse");
    assert_string_equal(reply.reason, "secret");
    assert_int_equal(world.out.event_count, 0);
    assert_string_equal(
        world_decides(&world, &plan, EDIT, "Observed: pnpm it is.\n", &reply),
        "ok");
    assert_string_equal(reply.verdict, "apply");
    assert_int_equal(reply.change.len, DIGEST_BYTES);
    assert_memory_not_equal(reply.change.data, plan.id, DIGEST_BYTES);
    assert_int_equal(state_of_change(),
                     REVERIE__V1__CHANGE_STATE__CHANGE_REJECTED);
    memcpy(plan.id, reply.change.data, DIGEST_BYTES);
    assert_int_equal(state_of_change(),
                     REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED);
    world_closes(&world);
}

static void undecided_changes_expire_and_may_return(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    open_world(POLICY_REVIEW);
    plan_preference(&plan, &world, 14);
    propose();
    world.time_us += 900;
    assert_string_equal(world_decides(&world, &plan, DEFER, NULL, &reply),
                        "ok");
    world.time_us += 900;
    world_step(&world, MEMORY_TICK, "", "", NULL);
    assert_int_equal(world.out.event_count, 0);
    world.time_us += 200;
    world_step(&world, MEMORY_TICK, "", "", NULL);
    assert_int_equal(world.out.event_count, 1);
    assert_int_equal(state_of_change(),
                     REVERIE__V1__CHANGE_STATE__CHANGE_EXPIRED);
    assert_string_equal(world_decides(&world, &plan, APPROVE, NULL, &reply),
                        "conflict");
    propose();
    assert_int_equal(state_of_change(),
                     REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED);
    world_closes(&world);
}

static void list_is_paged_by_state_and_store(void **state)
{
    (void)state;
    Reverie__V1__ReviewListRequest request =
        REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
    Reverie__V1__ReviewListReply reply;
    open_world(POLICY_REVIEW);
    for (int i = 0; i < 5; i++) {
        char path[] = "/preferences/0.md";
        char subject[] = "slot0";
        path[13] = subject[4] = (char)('0' + i);
        plan_preference(&plan, &world, 14);
        plan.change.path = path;
        plan.change.subject = subject;
        plan_finish(&plan);
        propose();
    }
    size_t seen = 0;
    request.has_limit = true;
    request.limit = 2;
    do {
        assert_string_equal(world_request(&world, "review", "list", &request),
                            "ok");
        world_reply(&world, &reverie__v1__review_list_reply__descriptor,
                    &reply);
        for (size_t i = 0; i < reply.n_items; i++) {
            assert_int_equal(reply.items[i]->change->path[13], '0' + seen);
            assert_int_equal(reply.items[i]->change->n_witnesses, 0);
            seen++;
        }
        request.after = reply.next;
    } while (reply.next);
    assert_int_equal(seen, 5);
    request.store = mutable_text("team/green");
    assert_string_equal(world_request(&world, "review", "list", &request),
                        "ok");
    world_reply(&world, &reverie__v1__review_list_reply__descriptor, &reply);
    assert_int_equal(reply.n_items, 0);
    request.after = mutable_text("zz");
    assert_string_equal(world_request(&world, "review", "list", &request),
                        "invalid");
    world_closes(&world);
}

static int head_state(void)
{
    Reverie__V1__MemoryHistoryRequest request =
        REVERIE__V1__MEMORY_HISTORY_REQUEST__INIT;
    Reverie__V1__MemoryHistoryReply reply;
    request.store = mutable_text("team/blue");
    request.path = mutable_text("/preferences/package-manager.md");
    assert_string_equal(world_request(&world, "memory", "history", &request),
                        "ok");
    world_reply(&world, &reverie__v1__memory_history_reply__descriptor, &reply);
    assert_true(reply.n_versions > 0);
    return (int)reply.versions[0]->state;
}

/* ${left} of 14 principals choose npm by now, the others still pnpm. */
static void plan_retirement(int left)
{
    static char names[14][16];
    plan_preference(&plan, &world, 1);
    plan.change.n_witnesses = 0;
    plan.numbers = (Reverie__V1__Numbers)REVERIE__V1__NUMBERS__INIT;
    for (int i = 0; i < 14; i++) {
        snprintf(names[i], sizeof(names[i]), "p%d", i);
        bool is_left = i < left;
        uint64_t seq = world_says(
            &world,
            &(struct speech){.principal = names[i],
                             .text = is_left ? "npm install" : "pnpm install",
                             .view = "team/blue@0+agent/x@0",
                             .day = 200});
        Reverie__V1__Witness *witness =
            plan_cites(&plan, &world, seq, is_left ? "npm" : "pnpm", NULL);
        witness->has_against = is_left;
        witness->against = is_left;
    }
    plan.change.content = NULL;
    plan.change.op = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE;
    plan.change.has_base_version = true;
    plan.change.base_version = 1;
    plan_finish(&plan);
}

static void a_preference_most_have_left_is_suspect_until_decided(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideReply reply;
    open_world(POLICY_DEFAULT);
    plan_preference(&plan, &world, 14);
    propose();
    assert_int_equal(head_state(), REVERIE__V1__VERSION_STATE__VERSION_ACTIVE);
    plan_retirement(7);
    propose();
    assert_int_equal(head_state(), REVERIE__V1__VERSION_STATE__VERSION_ACTIVE);
    plan_retirement(13);
    propose();
    assert_int_equal(head_state(), REVERIE__V1__VERSION_STATE__VERSION_SUSPECT);
    assert_string_equal(world_decides(&world, &plan, REJECT, NULL, &reply),
                        "ok");
    assert_int_equal(head_state(), REVERIE__V1__VERSION_STATE__VERSION_ACTIVE);
    world_closes(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_remark_keeps_no_secret),
        cmocka_unit_test(approval_applies_the_bytes_that_were_shown),
        cmocka_unit_test(reviewer_is_shown_what_the_digest_covers),
        cmocka_unit_test(proposer_is_never_the_approver),
        cmocka_unit_test(approval_does_not_skip_the_gate),
        cmocka_unit_test(approval_of_an_old_base_is_a_conflict),
        cmocka_unit_test(a_write_that_waited_keeps_its_pin),
        cmocka_unit_test(nobody_proposes_a_pin),
        cmocka_unit_test(edit_applies_other_words_on_the_same_evidence),
        cmocka_unit_test(undecided_changes_expire_and_may_return),
        cmocka_unit_test(list_is_paged_by_state_and_store),
        cmocka_unit_test(a_preference_most_have_left_is_suspect_until_decided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
