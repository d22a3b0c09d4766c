/* SPDX-License-Identifier: MIT */
/* A newer proposal about a memory takes the place of its proposer's older one,
 * and of nobody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/id.h"
#include "tests/unit/memory/answers.h"

enum {
    PROPOSED = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED,
    SUPERSEDED = REVERIE__V1__CHANGE_STATE__CHANGE_SUPERSEDED,
    APPLIED = REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED
};

static struct world world;
static struct plan older;
static struct plan newer;

static void propose(const char *dream, struct plan *plan, const char *verdict)
{
    world.dream = dream;
    const Reverie__V1__ReviewProposeReply__Result *result =
        world_proposes(&world, plan);
    assert_non_null(result);
    assert_string_equal(result->verdict, verdict);
}

static Reverie__V1__ReviewItem *item_of(const struct plan *plan)
{
    Reverie__V1__ReviewShowRequest request =
        REVERIE__V1__REVIEW_SHOW_REQUEST__INIT;
    static Reverie__V1__ReviewShowReply reply;
    char hex[DIGEST_TEXT_BYTES];
    struct memory_asker proposer = world.asker;
    world.asker.may_review = true;
    hex_text(bytes_of(plan->id, sizeof(plan->id)), hex);
    request.change = hex;
    assert_string_equal(world_request(&world, "review", "show", &request),
                        "ok");
    world.asker = proposer;
    world_reply(&world, &reverie__v1__review_show_reply__descriptor, &reply);
    return reply.item;
}

static int state_of(const struct plan *plan)
{
    return (int)item_of(plan)->state;
}

static size_t waiting(void)
{
    Reverie__V1__ReviewListRequest request =
        REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
    Reverie__V1__ReviewListReply reply;
    struct memory_asker proposer = world.asker;
    world.asker.may_review = true;
    request.has_state = true;
    request.state = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
    assert_string_equal(world_request(&world, "review", "list", &request),
                        "ok");
    world.asker = proposer;
    world_reply(&world, &reverie__v1__review_list_reply__descriptor, &reply);
    return reply.n_items;
}

static void the_older_one_waits_no_more(void **state)
{
    (void)state;
    char hex[13];
    world_opens(&world, POLICY_REVIEW);
    plan_mistake(&older, &world, 3);
    plan_mistake(&newer, &world, 5);
    propose("d1", &older, "ask");
    propose("d2", &newer, "ask");
    assert_int_equal(waiting(), 1);
    assert_int_equal(state_of(&newer), PROPOSED);
    const Reverie__V1__ReviewItem *item = item_of(&older);
    assert_int_equal(item->state, SUPERSEDED);
    assert_string_equal(item->reason, "superseded");
    /* A reviewer who has the old one open is told where to look. */
    assert_non_null(
        strstr(item->sentence, hex_text(bytes_of(newer.id, 6), hex)));
    world_closes(&world);
}

static void what_was_superseded_is_not_approved(void **state)
{
    (void)state;
    Reverie__V1__ReviewDecideRequest request =
        REVERIE__V1__REVIEW_DECIDE_REQUEST__INIT;
    world_opens(&world, POLICY_REVIEW);
    plan_mistake(&older, &world, 3);
    plan_mistake(&newer, &world, 5);
    propose("d1", &older, "ask");
    propose("d2", &newer, "ask");
    world.asker.principal = BYTES_LITERAL("reviewer");
    world.asker.may_review = true;
    request.has_change = request.has_decision = true;
    request.change = older.change.id;
    request.decision = REVERIE__V1__DECISION__DECISION_APPROVE;
    assert_string_equal(world_request(&world, "review", "decide", &request),
                        "conflict");
    request.change = newer.change.id;
    assert_string_equal(world_request(&world, "review", "decide", &request),
                        "ok");
    assert_int_equal(state_of(&newer), APPLIED);
    world_closes(&world);
}

/* What takes the place of another needs none of its own. */
static void it_comes_in_while_no_more_may_wait(void **state)
{
    (void)state;
    struct memory_config config = {.policy = POLICY_REVIEW, .proposals_max = 1};
    world_init(&world, &config);
    world_joins(&world, "ada", "blue");
    plan_mistake(&older, &world, 3);
    plan_mistake(&newer, &world, 5);
    propose("d1", &older, "ask");
    propose("d2", &newer, "ask");
    assert_int_equal(waiting(), 1);
    assert_int_equal(state_of(&newer), PROPOSED);
    world_closes(&world);
}

/* Evidence may be erased or a worker may go back: what it says last counts. */
static void it_may_come_again(void **state)
{
    (void)state;
    world_opens(&world, POLICY_REVIEW);
    plan_mistake(&older, &world, 3);
    plan_mistake(&newer, &world, 5);
    propose("d1", &older, "ask");
    propose("d2", &newer, "ask");
    propose("d3", &older, "ask");
    assert_int_equal(state_of(&older), PROPOSED);
    assert_int_equal(state_of(&newer), SUPERSEDED);
    world_closes(&world);
}

static void nobody_clears_away_what_another_proposed(void **state)
{
    (void)state;
    world_opens(&world, POLICY_REVIEW);
    plan_mistake(&older, &world, 3);
    plan_mistake(&newer, &world, 5);
    propose("d1", &older, "ask");
    world.asker.principal = BYTES_LITERAL("another-worker");
    propose("d2", &newer, "ask");
    assert_int_equal(waiting(), 2);
    assert_int_equal(state_of(&older), PROPOSED);
    world_closes(&world);
}

static void one_dream_may_say_two_things_of_a_memory(void **state)
{
    (void)state;
    world_opens(&world, POLICY_REVIEW);
    plan_mistake(&older, &world, 3);
    plan_mistake(&newer, &world, 5);
    propose("d1", &older, "ask");
    propose("d1", &newer, "ask");
    assert_int_equal(waiting(), 2);
    world_closes(&world);
}

static void what_is_refused_takes_no_place(void **state)
{
    (void)state;
    world_opens(&world, POLICY_REVIEW);
    plan_mistake(&older, &world, 3);
    plan_mistake(&newer, &world, 1);
    propose("d1", &older, "ask");
    propose("d2", &newer, "refuse");
    assert_int_equal(state_of(&older), PROPOSED);
    world_closes(&world);
}

static void another_memory_or_kind_is_another_matter(void **state)
{
    (void)state;
    world_opens(&world, POLICY_REVIEW);
    plan_mistake(&older, &world, 3);
    plan_mistake(&newer, &world, 5);
    newer.change.path = mutable_text("/mistakes/unknown-column.md.old");
    plan_id(&newer);
    propose("d1", &older, "ask");
    propose("d2", &newer, "ask");
    assert_int_equal(waiting(), 2);
    plan_preference(&newer, &world, 14);
    newer.change.path = older.change.path;
    plan_id(&newer);
    propose("d3", &newer, "ask");
    assert_int_equal(waiting(), 3);
    world_closes(&world);
}

static void what_policy_applies_takes_the_place_too(void **state)
{
    (void)state;
    world_opens(&world, POLICY_DEFAULT);
    plan_preference(&older, &world, 6);
    plan_preference(&newer, &world, 14);
    propose("d1", &older, "ask");
    propose("d2", &newer, "apply");
    assert_int_equal(waiting(), 0);
    assert_int_equal(state_of(&older), SUPERSEDED);
    assert_int_equal(state_of(&newer), APPLIED);
    world_closes(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_older_one_waits_no_more),
        cmocka_unit_test(it_comes_in_while_no_more_may_wait),
        cmocka_unit_test(what_was_superseded_is_not_approved),
        cmocka_unit_test(it_may_come_again),
        cmocka_unit_test(nobody_clears_away_what_another_proposed),
        cmocka_unit_test(one_dream_may_say_two_things_of_a_memory),
        cmocka_unit_test(what_is_refused_takes_no_place),
        cmocka_unit_test(another_memory_or_kind_is_another_matter),
        cmocka_unit_test(what_policy_applies_takes_the_place_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
