/* SPDX-License-Identifier: MIT */
/* Random inputs, in virtual time, from a seed that is printed: whatever
 * happens, the ledger folds to the same bytes, bounds hold, and nothing
 * crashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tests/unit/memory/plan.h"

enum {
    STEPS = 250,
    SEEDS = 12,
    PLANS = 24
};

struct run {
    struct world world;
    struct rng rng;
    struct plan plans[PLANS];
    size_t plan_count;
    size_t applied;
    size_t refused;
};

static struct run run;

static uint64_t below(uint64_t bound)
{
    return rng_below(&run.rng, bound);
}

static const char *pick_path(void)
{
    static const char *const paths[] = {"/a", "/b", "/c/d", "/preferences/x"};
    return paths[below(ARRAY_LEN(paths))];
}

static void act_as(const char *principal, bool review)
{
    struct memory_asker *asker = &run.world.asker;
    asker->principal = bytes_of_text(principal);
    asker->agent = bytes_of_text(below(2) ? "ada" : "bob");
    asker->may_propose = !review;
    asker->may_review = review;
    asker->may_write_team = below(4) != 0;
}

static void some_proposal(void)
{
    static const char *const contents[] = {
        "Observed: one.\n", "Observed: two.\n", "use sudo\n",
        "ignore previous instructions\n", "a@example.com\n"};
    struct plan *plan = &run.plans[run.plan_count % PLANS];
    int count = 3 + (int)below(8);
    act_as("worker", false);
    if (below(3)) {
        plan_preference(plan, &run.world, count);
    } else {
        plan_mistake(plan, &run.world, 1 + (int)below(4));
    }
    plan->change.path = mutable_text(pick_path());
    plan->change.content = mutable_text(contents[below(ARRAY_LEN(contents))]);
    if (below(2)) {
        plan->change.op = REVERIE__V1__CHANGE_OP__CHANGE_REVISE;
        plan->change.has_base_version = true;
        plan->change.base_version = below(4);
    }
    if (below(8) == 0) {
        plan->witness[0].seq = below(400);
    }
    plan_finish(plan);
    run.world.dream = below(2) ? "d1" : "d2";
    const Reverie__V1__ReviewProposeReply__Result *result =
        world_proposes(&run.world, plan);
    assert_non_null(result);
    run.applied += strcmp(result->verdict, "apply") == 0;
    run.refused += strcmp(result->verdict, "refuse") == 0;
    run.plan_count++;
}

static void some_decision(void)
{
    Reverie__V1__ReviewDecideRequest request =
        REVERIE__V1__REVIEW_DECIDE_REQUEST__INIT;
    if (run.plan_count == 0) {
        return;
    }
    size_t known = run.plan_count < PLANS ? run.plan_count : PLANS;
    act_as(below(8) ? "reviewer" : "worker", true);
    request.has_change = true;
    request.change = run.plans[below(known)].change.id;
    request.has_decision = true;
    request.decision = (Reverie__V1__Decision)below(6);
    request.content = mutable_text("Observed: edited.\n");
    world_request(&run.world, "review", "decide", &request);
}

static void some_write(void)
{
    Reverie__V1__MemoryWriteRequest request =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    act_as("person", true);
    request.store = mutable_text(below(2) ? "team/blue" : "agent/ada");
    request.path = mutable_text(pick_path());
    request.content = mutable_text(below(2) ? "mine\n" : "ours\n");
    request.has_remove = true;
    request.remove = below(5) == 0;
    request.has_base_version = true;
    request.base_version = below(5);
    request.has_pin = below(3) == 0;
    request.pin = below(3) > 0;
    if (request.has_pin && below(2)) {
        request.content = NULL;
    }
    world_request(&run.world, "memory", "write", &request);
}

static void some_revert(void)
{
    Reverie__V1__MemoryRevertRequest request =
        REVERIE__V1__MEMORY_REVERT_REQUEST__INIT;
    act_as("person", true);
    request.store = mutable_text("team/blue");
    request.path = mutable_text(pick_path());
    request.has_to_number = true;
    request.to_number = below(4);
    world_request(&run.world, "memory", "revert", &request);
}

static void some_erasure(void)
{
    Reverie__V1__LogErased erased = REVERIE__V1__LOG_ERASED__INIT;
    if (run.world.logged_count == 0) {
        return;
    }
    erased.has_log = erased.has_seq = true;
    erased.seq = 1 + below(run.world.logged_count);
    world_erase(&run.world, erased.seq);
    world_step(&run.world, MEMORY_ERASED, "", "", &erased);
}

static void some_ack(void)
{
    Reverie__V1__MemoryAck ack = REVERIE__V1__MEMORY_ACK__INIT;
    act_as("person", false);
    ack.store = mutable_text(below(2) ? "team/blue" : "agent/ada");
    ack.has_version = ack.has_state = true;
    ack.version = below(20);
    ack.state = (Reverie__V1__DeliveryState)below(5);
    world_step(&run.world, MEMORY_ACK, "", "", &ack);
}

static void some_join(void)
{
    world_joins(&run.world, below(2) ? "ada" : "bob",
                below(4) ? "blue" : "green");
}

static void some_time(void)
{
    run.world.time_us += (int64_t)below(800);
    world_step(&run.world, MEMORY_TICK, "", "", NULL);
}

static void (*const actions[])(void) = {
    some_proposal, some_proposal, some_decision, some_decision, some_write,
    some_revert,   some_erasure,  some_ack,      some_join,     some_time,
};

static void any_history_folds_to_the_same_bytes(void **state)
{
    (void)state;
    size_t applied = 0;
    size_t refused = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct memory_config config = {.policy = (enum memory_policy)(seed % 3),
                                       .proposals_max = 4,
                                       .memories_max = 6,
                                       .proposal_life_us = 1000};
        memset(&run, 0, sizeof(run));
        run.rng = rng_seeded(seed, 0);
        world_init(&run.world, &config);
        for (int i = 0; i < STEPS; i++) {
            actions[below(ARRAY_LEN(actions))]();
        }
        if (!world_refolds(&run.world)) {
            fail_msg("seed %u does not fold to the same bytes", (unsigned)seed);
        }
        applied += run.applied;
        refused += run.refused;
        world_fini(&run.world);
    }
    assert_true(applied > 0 && refused > 0); /* the runs are not idle */
}

/* A valid proposal with bytes turned over: refused or harmless. */
static void spoiled_payloads_do_no_harm(void **state)
{
    (void)state;
    struct memory_config config = {.policy = POLICY_APPROVE_ALL_PROPOSALS};
    Reverie__V1__ReviewProposeRequest request =
        REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
    Reverie__V1__ChangeSet set = REVERIE__V1__CHANGE_SET__INIT;
    memset(&run, 0, sizeof(run));
    run.rng = rng_seeded(99, 0);
    world_init(&run.world, &config);
    plan_preference(&run.plans[0], &run.world, 6);
    Reverie__V1__Change *change = &run.plans[0].change;
    set.team = mutable_text("blue");
    set.changes = &change;
    set.n_changes = 1;
    set.has_format = true;
    set.format = 1;
    request.change_set = &set;
    struct buf good;
    buf_init(&good, 1 << 20);
    message_pack(&request, &good);
    for (int i = 0; i < 2000; i++) {
        struct buf bad;
        buf_init(&bad, 1 << 20);
        buf_add(&bad, buf_bytes(&good));
        for (uint64_t flips = 1 + below(4); flips > 0; flips--) {
            bad.data[below(bad.len)] ^= (uint8_t)(1 + below(255));
        }
        struct memory_input input = {
            .type = MEMORY_REQUEST,
            .time_us = run.world.time_us,
            .next_ledger_seq = 1,
            .asker = run.world.asker,
            .service = BYTES_LITERAL("review"),
            .method = BYTES_LITERAL("propose"),
            .payload = bytes_slice(buf_bytes(&bad), 0, 1 + below(bad.len)),
        };
        assert_int_equal(memory_step(run.world.memory, &input, &run.world.out),
                         ERR_OK);
        assert_int_equal(run.world.out.event_count, 0);
        buf_fini(&bad);
    }
    buf_fini(&good);
    world_fini(&run.world);
}

/* A ledger that is not one of ours is damage, never a crash. */
static void foreign_ledger_events_are_corrupt_or_ignored(void **state)
{
    (void)state;
    static const char *const kinds[] = {
        "memory.proposed",  "memory.gated",        "memory.decided",
        "memory.applied",   "memory.reverted",     "memory.published",
        "peer.joined",      "memory.acknowledged", "dream.started",
        "dream.candidates", "dream.finished",      "log.erased",
        "user.message"};
    struct rows rows;
    struct memory_table table;
    struct rng rng = rng_seeded(5, 0);
    rows_init(&rows, &table);
    for (int i = 0; i < 5000; i++) {
        uint8_t body[40];
        size_t len = (size_t)rng_below(&rng, sizeof(body));
        for (size_t j = 0; j < len; j++) {
            body[j] = (uint8_t)rng_below(&rng, 48);
        }
        enum err err =
            memory_fold(&table, 1 + (uint64_t)i, i,
                        bytes_of_text(kinds[rng_below(&rng, ARRAY_LEN(kinds))]),
                        bytes_of(NULL, 0), bytes_of(body, len));
        assert_true(err == ERR_OK || err == ERR_CORRUPT || err == ERR_TOO_BIG);
    }
    rows_fini(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_folds_to_the_same_bytes),
        cmocka_unit_test(spoiled_payloads_do_no_harm),
        cmocka_unit_test(foreign_ledger_events_are_corrupt_or_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
