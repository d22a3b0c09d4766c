/* SPDX-License-Identifier: MIT */
/* Change sets as a hostile proposer makes them: with ids that are right, and,
 * as far as the first byte says, with findings, numbers and witnesses that
 * agree with the log. What is spoiled by chance alone hardly ever gets past the
 * digest; what comes here gets as far as the gate, and, where a human says yes,
 * into the memory. The second byte says what happens then. */
#include <stdlib.h>

#include "memory/witnesses.h"
#include "tests/unit/memory/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    APPROVES_ALL = 1, /* the policy; else the default one */
    FINDINGS_AGREE = 2,
    NUMBERS_AGREE = 4,
    WITNESSES_AGREE = 8,
    HAVE_TENURE = 16,
    DIGEST_CALLS = 64 /* changes of a set that are looked at */
};

enum {
    THEN_DECIDE = 1,
    THEN_ERASE = 2,
    THEN_AGAIN = 4,
    THEN_EXPIRE = 8
};

/* Fourteen who choose, two who err, an owner and a user who ask for something,
 * two who try something, and a note; one memory is there, and one change
 * waits. */
static void open_world(struct world *world, uint8_t how)
{
    static struct plan plan;
    struct memory_config config = {.policy = how & APPROVES_ALL
                                                 ? POLICY_APPROVE_ALL_PROPOSALS
                                                 : POLICY_DEFAULT};
    world_init(world, &config);
    world_joins(world, "ada", "blue");
    plan_preference(&plan, world, 14);
    world_proposes(world, &plan);
    plan_mistake(&plan, world, 2);
    world_proposes(world, &plan);
    for (int i = 0; i < 2; i++) {
        world_says(world,
                   &(struct speech){.principal = i ? "boss" : "user",
                                    .text = "always use iso 8601 dates",
                                    .origin = i ? ORIGIN_OWNER : ORIGIN_USER,
                                    .day = 103});
        world_tries(world,
                    &(struct speech){.principal = i ? "p0" : "p1",
                                     .text = "{\"command\": \"make lint\"}",
                                     .day = 104},
                    true);
    }
    world->everybody_has_tenure = how & HAVE_TENURE;
}

static void repair_finding(Reverie__V1__Change *change, struct arena *arena)
{
    struct bytes name = bytes_of(NULL, 0);
    uint8_t *finding = arena_take(arena, FINDING_BYTES);
    if (finding && store_name_is_valid(message_text(change->store), &name)) {
        finding_id((uint32_t)change->kind, name, message_text(change->subject),
                   message_text(change->option), finding);
        change->has_finding = true;
        change->finding = message_binary(bytes_of(finding, FINDING_BYTES));
    }
}

static void repair(struct world *world, Reverie__V1__Change *change,
                   uint8_t how, struct arena *arena)
{
    for (size_t i = 0; how & WITNESSES_AGREE && i < change->n_witnesses; i++) {
        uint64_t seq = change->witnesses[i]->seq;
        if (seq > 0 && seq <= world->logged_count) {
            plan_agrees(change->witnesses[i], world, seq);
        }
    }
    if (how & NUMBERS_AGREE && change->numbers) {
        struct witness_count count =
            witnesses_count(change->witnesses, change->n_witnesses, NULL);
        numbers_derive(&count, change->numbers);
    }
    if (how & FINDINGS_AGREE) {
        repair_finding(change, arena);
    }
}

static void set_ids(struct world *world, Reverie__V1__ChangeSet *set,
                    uint8_t how, struct arena *arena)
{
    for (size_t i = 0; i < set->n_changes && i < DIGEST_CALLS; i++) {
        Reverie__V1__Change *change = set->changes[i];
        repair(world, change, how, arena);
        struct digest digest = change_digest(change);
        struct bytes id =
            arena_copy(arena, bytes_of(digest.bytes, sizeof(digest.bytes)));
        change->has_id = true;
        change->id = message_binary(id);
    }
    struct digest digest = change_set_digest(set);
    struct bytes id =
        arena_copy(arena, bytes_of(digest.bytes, sizeof(digest.bytes)));
    set->has_id = true;
    set->id = message_binary(id);
}

static void propose(struct world *world, Reverie__V1__ChangeSet *set)
{
    Reverie__V1__ReviewProposeRequest request =
        REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
    request.change_set = set;
    world_request(world, "review", "propose", &request);
}

/* A human says yes to whatever waits. */
static void approve(struct world *world, const Reverie__V1__ChangeSet *set)
{
    struct memory_asker proposer = world->asker;
    world->asker.principal = BYTES_LITERAL("reviewer");
    world->asker.may_review = true;
    for (size_t i = 0; i < set->n_changes && i < DIGEST_CALLS; i++) {
        Reverie__V1__ReviewDecideRequest request =
            REVERIE__V1__REVIEW_DECIDE_REQUEST__INIT;
        request.has_change = request.has_decision = true;
        request.change = set->changes[i]->id;
        request.decision = REVERIE__V1__DECISION__DECISION_APPROVE;
        world_request(world, "review", "decide", &request);
    }
    world->asker = proposer;
}

static void erase(struct world *world, uint64_t seq)
{
    Reverie__V1__LogErased erased = REVERIE__V1__LOG_ERASED__INIT;
    erased.has_log = erased.has_seq = true;
    erased.seq = seq;
    world_erase(world, seq);
    world_step(world, MEMORY_ERASED, "", "", &erased);
}

/* Whoever looks at it afterwards is answered. */
static void look(struct world *world)
{
    Reverie__V1__ReviewListRequest list =
        REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
    Reverie__V1__MemoryViewRequest view =
        REVERIE__V1__MEMORY_VIEW_REQUEST__INIT;
    Reverie__V1__MemoryVerifyRequest verify =
        REVERIE__V1__MEMORY_VERIFY_REQUEST__INIT;
    world->asker.may_review = world->asker.may_admin = true;
    world_request(world, "review", "list", &list);
    world_request(world, "memory", "view", &view);
    world_request(world, "memory", "verify", &verify);
}

static void go_on(struct world *world, Reverie__V1__ChangeSet *set,
                  uint8_t then)
{
    if (then & THEN_DECIDE) {
        approve(world, set);
    }
    if (then & THEN_ERASE) {
        erase(world, 1 + (then >> 4));
    }
    if (then & THEN_AGAIN) {
        propose(world, set);
    }
    if (then & THEN_EXPIRE) {
        world->time_us += INT64_C(1) << 50;
        world_step(world, MEMORY_TICK, "", "", NULL);
    }
    look(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    struct arena arena;
    Reverie__V1__ChangeSet *set = NULL;
    if (size < 2) {
        return 0;
    }
    arena_init(&arena, 32 << 20);
    struct bytes packed = bytes_of(data + 2, size - 2);
    if (MESSAGE_UNPACK(change_set, packed, &arena, &set) == ERR_OK) {
        open_world(&world, data[0]);
        set_ids(&world, set, data[0], &arena);
        propose(&world, set);
        go_on(&world, set, data[1]);
        if (!world_refolds(&world)) {
            abort();
        }
        world_fini(&world);
    }
    arena_fini(&arena);
    return 0;
}
