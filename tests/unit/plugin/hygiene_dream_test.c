/* SPDX-License-Identifier: MIT */
/* What a dream finds wrong with memory, and what the gate makes of it: a real
 * memory, a real dream, and change sets that go from one to the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/memory/plan.h"
#include "tests/unit/plugin/dreamer.h"

enum {
    ANSWERS_MAX = 64,
    LONG_TEXT = 2000,
    TOKEN_BYTES = 4 /* of text that count as one */
};

/* What became of one change. */
struct answer {
    char store[32];
    char path[64];
    char label[24];
    int op;
    char verdict[16];
    char reason[32];
};

static struct world world;
static struct dreamer *dreamer;
static struct answer answers[ANSWERS_MAX];
static size_t answer_count;

static void open_scene(enum memory_policy policy, uint64_t budget_tokens)
{
    const struct memory_config memory = {.policy = policy};
    world_init(&world, &memory);
    world_joins(&world, "ada", "blue");
    world.everybody_has_tenure = true;
    dreamer = dreamer_new(budget_tokens);
}

static void close_scene(void)
{
    assert_true(world_refolds(&world));
    dreamer_free(dreamer);
    world_fini(&world);
}

static void works(const char *agent, const char *file, int day)
{
    dreamer_works(dreamer, agent, file, day);
}

static void write_as(const char *store, const char *path, const char *content,
                     bool pins)
{
    Reverie__V1__MemoryWriteRequest write =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    struct memory_asker before = world.asker;
    world.asker.may_admin = true;
    write.store = mutable_text(store);
    write.path = mutable_text(path);
    write.content = mutable_text(content);
    write.title = mutable_text("a note");
    write.has_pin = pins;
    write.pin = pins;
    assert_string_equal(world_request(&world, "memory", "write", &write), "ok");
    world.asker = before;
}

/* ---- a dream ------------------------------------------------------------- */

static void learn(void)
{
    Reverie__V1__MemoryListRequest list =
        REVERIE__V1__MEMORY_LIST_REQUEST__INIT;
    Reverie__V1__ReviewListRequest waiting =
        REVERIE__V1__REVIEW_LIST_REQUEST__INIT;
    struct memory_asker before = world.asker;
    world.asker.may_observe = true;
    list.has_limit = waiting.has_limit = true;
    list.limit = waiting.limit = 1000;
    waiting.has_state = true;
    waiting.state = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
    assert_string_equal(world_request(&world, "memory", "list", &list), "ok");
    dreamer_reads_memory(dreamer, world.out.payload);
    assert_string_equal(world_request(&world, "review", "list", &waiting),
                        "ok");
    dreamer_reads_waiting(dreamer, world.out.payload);
    world.asker = before;
}

static void take_answer(const Reverie__V1__Change *change,
                        const Reverie__V1__ReviewProposeReply__Result *result)
{
    static const char *const labels[] = {"duplicate", "contradiction", "stale",
                                         "budget"};
    assert_true(answer_count < ANSWERS_MAX);
    struct answer *it = &answers[answer_count++];
    *it = (struct answer){.op = (int)change->op};
    snprintf(it->store, sizeof(it->store), "%s", change->store);
    snprintf(it->path, sizeof(it->path), "%s", change->path);
    snprintf(it->verdict, sizeof(it->verdict), "%s", result->verdict);
    snprintf(it->reason, sizeof(it->reason), "%s", result->reason);
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        char member[48];
        snprintf(member, sizeof(member), "\"label\":\"%s\"", labels[i]);
        if (change->detail_json && strstr(change->detail_json, member)) {
            snprintf(it->label, sizeof(it->label), "%s", labels[i]);
        }
    }
}

static void propose(void *context, struct bytes packed)
{
    (void)context;
    Reverie__V1__ReviewProposeRequest ask =
        REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
    Reverie__V1__ReviewProposeReply reply;
    assert_int_equal(
        MESSAGE_UNPACK(change_set, packed, &world.arena, &ask.change_set),
        ERR_OK);
    assert_string_equal(world_request(&world, "review", "propose", &ask), "ok");
    world_reply(&world, &reverie__v1__review_propose_reply__descriptor, &reply);
    assert_int_equal(reply.n_results, ask.change_set->n_changes);
    for (size_t i = 0; i < reply.n_results; i++) {
        take_answer(ask.change_set->changes[i], reply.results[i]);
    }
}

static void dreams(void)
{
    answer_count = 0;
    learn();
    dreamer_dreams(dreamer, world.ledger_count, propose, NULL);
}

static const struct answer *answer_of(const char *store, const char *path)
{
    for (size_t i = 0; i < answer_count; i++) {
        if (strcmp(answers[i].path, path) == 0 &&
            strcmp(answers[i].store, store) == 0) {
            return &answers[i];
        }
    }
    return NULL;
}

static void expect(const char *store, const char *path, const char *label,
                   const char *verdict, const char *reason)
{
    const struct answer *it = answer_of(store, path);
    assert_non_null(it);
    assert_string_equal(it->label, label);
    assert_string_equal(it->reason, reason);
    assert_string_equal(it->verdict, verdict);
}

/* Whether memory holds it; *out_state is the state of it. */
static bool holds(const char *store, const char *path, int *out_state)
{
    Reverie__V1__MemoryListRequest list =
        REVERIE__V1__MEMORY_LIST_REQUEST__INIT;
    Reverie__V1__MemoryListReply reply;
    struct memory_asker before = world.asker;
    bool found = false;
    world.asker.may_observe = true;
    list.has_limit = true;
    list.limit = 1000;
    assert_string_equal(world_request(&world, "memory", "list", &list), "ok");
    world.asker = before;
    world_reply(&world, &reverie__v1__memory_list_reply__descriptor, &reply);
    for (size_t i = 0; i < reply.n_memories; i++) {
        bool is_it = strcmp(reply.memories[i]->path, path) == 0 &&
                     strcmp(reply.memories[i]->store, store) == 0;
        *out_state = is_it ? (int)reply.memories[i]->head->state : *out_state;
        found |= is_it;
    }
    return found;
}

/* ---- what was counted ---------------------------------------------------- */

/* The team chooses pnpm, thirteen and more of it. */
static void team_prefers(void)
{
    static struct plan plan;
    plan_preference(&plan, &world, 14);
    plan.change.subject = mutable_text("use.package-manager");
    plan_finish(&plan);
    const Reverie__V1__ReviewProposeReply__Result *result =
        world_proposes(&world, &plan);
    assert_non_null(result);
    assert_string_equal(result->verdict, "apply");
}

/* The agent ada has a finding of its own, applied by a human. */
static void ada_has(struct plan *plan, const char *path, int kind,
                    const char *subject, const char *option)
{
    plan_init(plan, kind, "agent/ada", path, subject, option,
              "stated: the agent's own.\n");
    for (int i = 0; i < 3; i++) {
        char session[16];
        snprintf(session, sizeof(session), "a%d", i);
        uint64_t seq =
            world_says(&world, &(struct speech){.principal = "ada",
                                                .session = session,
                                                .text = "use pnpm, always pnpm",
                                                .origin = ORIGIN_USER,
                                                .day = 100 + i});
        plan_cites(plan, &world, seq, option, "use pnpm");
    }
    plan_finish(plan);
    Reverie__V1__ReviewDecideRequest decide =
        REVERIE__V1__REVIEW_DECIDE_REQUEST__INIT;
    const Reverie__V1__ReviewProposeReply__Result *result =
        world_proposes(&world, plan);
    assert_non_null(result);
    assert_string_equal(result->verdict, "ask");
    struct memory_asker before = world.asker;
    world.asker.principal = BYTES_LITERAL("a-human");
    world.asker.may_review = true;
    decide.has_change = decide.has_decision = true;
    decide.change = plan->change.id;
    decide.decision = REVERIE__V1__DECISION__DECISION_APPROVE;
    assert_string_equal(world_request(&world, "review", "decide", &decide),
                        "ok");
    world.asker = before;
}

/* An agent's own is reconciled with its team's: one finding in two places needs
 * no human, and the team's stays. */
static void an_agents_copy_of_a_finding_goes_by_itself(void **state)
{
    (void)state;
    static struct plan own;
    int at = 0;
    open_scene(POLICY_DEFAULT, 0);
    works("ada", "/srv/a/one.c", 1);
    ada_has(&own, "/preferences/own.md",
            REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE,
            "use.package-manager", "pnpm");
    team_prefers();
    dreams();
    assert_int_equal(answer_count, 1);
    expect("agent/ada", "/preferences/own.md", "duplicate", "apply", "auto");
    assert_false(holds("agent/ada", "/preferences/own.md", &at));
    assert_true(holds("team/blue", "/preferences/package-manager.md", &at));
    dreams();
    assert_int_equal(answer_count, 0);
    close_scene();
}

/* Which one goes is a rule; that it goes is a human's decision. */
static void an_agents_rule_against_its_teams_is_asked_about(void **state)
{
    (void)state;
    static struct plan own;
    int at = 0;
    open_scene(POLICY_DEFAULT, 0);
    works("ada", "/srv/a/one.c", 1);
    ada_has(&own, "/directives/own.md",
            REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE, "dont run pnpm",
            "pnpm");
    team_prefers();
    dreams();
    assert_int_equal(answer_count, 1);
    expect("agent/ada", "/directives/own.md", "contradiction", "ask",
           "retirement");
    assert_true(holds("agent/ada", "/directives/own.md", &at));
    dreams();
    assert_int_equal(answer_count, 0); /* it waits */
    close_scene();
}

static void an_agent_of_no_known_team_is_left_alone(void **state)
{
    (void)state;
    static struct plan own;
    open_scene(POLICY_DEFAULT, 0);
    works("bob", "/srv/a/one.c", 1);
    ada_has(&own, "/directives/own.md",
            REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE, "dont run pnpm",
            "pnpm");
    team_prefers();
    dreams();
    assert_int_equal(answer_count, 0);
    close_scene();
}

/* ---- free text ----------------------------------------------------------- */

static const char *const thirty =
    "The nightly export is written to the archive bucket and kept for 30 days.";
static const char *const ninety =
    "The nightly export is written to the archive bucket and kept for 90 days.";

static void notes_that_say_the_same_become_one(void **state)
{
    (void)state;
    int at = 0;
    open_scene(POLICY_DEFAULT, 0);
    write_as("team/blue", "/a.md", thirty, false);
    write_as("team/blue", "/b.md",
             "Note: the nightly export is written to the archive bucket and "
             "kept for 30 days.",
             false);
    dreams();
    assert_int_equal(answer_count, 1);
    assert_string_equal(answers[0].verdict, "ask");
    assert_int_equal(answers[0].op, REVERIE__V1__CHANGE_OP__CHANGE_MERGE);
    assert_true(holds("team/blue", "/a.md", &at));
    assert_true(holds("team/blue", "/b.md", &at));
    close_scene();
}

/* More than the details of one change have room for: the rest waits. */
static void notes_at_long_places_are_merged_in_parts(void **state)
{
    enum {
        NOTES = 16,
        LONG_PATH = 500
    };
    (void)state;
    char path[LONG_PATH + 1];
    open_scene(POLICY_DEFAULT, 0);
    memset(path, '"', sizeof(path)); /* two bytes each, in the details */
    path[0] = '/';
    path[LONG_PATH] = '\0';
    for (int i = 0; i < NOTES; i++) {
        path[LONG_PATH - 1] = (char)('a' + i);
        write_as("team/blue", path, thirty, false);
    }
    dreams();
    assert_int_equal(answer_count, 1);
    assert_string_equal(answers[0].verdict, "ask");
    assert_int_equal(answers[0].op, REVERIE__V1__CHANGE_OP__CHANGE_MERGE);
    close_scene();
}

static void notes_that_contradict_are_flagged_and_both_stay(void **state)
{
    (void)state;
    int at = 0;
    open_scene(POLICY_APPROVE_ALL_PROPOSALS, 0);
    write_as("team/blue", "/a.md", thirty, false);
    world.time_us += US_PER_DAY;
    write_as("team/blue", "/b.md", ninety, false);
    dreams();
    assert_int_equal(answer_count, 1);
    expect("team/blue", "/a.md", "contradiction", "apply",
           "approve_all_proposals");
    assert_true(holds("team/blue", "/a.md", &at));
    assert_int_equal(at, REVERIE__V1__VERSION_STATE__VERSION_SUSPECT);
    assert_true(holds("team/blue", "/b.md", &at));
    assert_int_equal(at, REVERIE__V1__VERSION_STATE__VERSION_ACTIVE);
    dreams();
    assert_int_equal(answer_count, 0);
    close_scene();
}

static void an_agents_note_that_its_team_has_goes(void **state)
{
    (void)state;
    open_scene(POLICY_DEFAULT, 0);
    works("ada", "/srv/a/one.c", 1);
    write_as("team/blue", "/a.md", thirty, false);
    write_as("agent/ada", "/mine.md", thirty, false);
    dreams();
    assert_int_equal(answer_count, 1);
    expect("agent/ada", "/mine.md", "duplicate", "ask", "retirement");
    close_scene();
}

/* ---- what is kept -------------------------------------------------------- */

static void what_is_pinned_or_protected_is_never_proposed(void **state)
{
    (void)state;
    int at = 0;
    open_scene(POLICY_APPROVE_ALL_PROPOSALS, 0);
    write_as("team/blue", "/protected/a.md", thirty, false);
    write_as("team/blue", "/b.md", thirty, true);
    dreams();
    assert_true(holds("team/blue", "/protected/a.md", &at));
    assert_true(holds("team/blue", "/b.md", &at));
    for (size_t i = 0; i < answer_count; i++) {
        assert_string_equal(answers[i].verdict, "refuse");
    }
    close_scene();
}

/* Of two that contradict the older is pinned: nothing marks it. */
static void a_pinned_note_is_marked_by_nobody_but_people(void **state)
{
    (void)state;
    int at = 0;
    open_scene(POLICY_APPROVE_ALL_PROPOSALS, 0);
    write_as("team/blue", "/a.md", thirty, true);
    world.time_us += US_PER_DAY;
    write_as("team/blue", "/b.md", ninety, false);
    dreams();
    assert_true(holds("team/blue", "/a.md", &at));
    assert_int_equal(at, REVERIE__V1__VERSION_STATE__VERSION_ACTIVE);
    close_scene();
}

static void write_long(const char *path, char letter, bool pins)
{
    char text[LONG_TEXT + 1];
    for (size_t i = 0; i < LONG_TEXT; i++) {
        text[i] = i % 6 == 5 ? ' ' : (char)(letter + (char)(i * i % 7));
    }
    text[LONG_TEXT] = 0;
    write_as("team/blue", path, text, pins);
}

static void over_budget_the_rest_is_asked_about(void **state)
{
    (void)state;
    open_scene(POLICY_DEFAULT, 4 * LONG_TEXT / TOKEN_BYTES);
    works("ada", "/srv/a/one.c", 1);
    team_prefers(); /* short, and counted: worth more than any note */
    write_long("/protected/1.md", 'a', false);
    write_long("/2.md", 'h', true);
    write_long("/3.md", 'o', false);
    dreams();
    assert_int_equal(answer_count, 0);
    write_long("/4.md", 'A', false);
    write_long("/5.md", 'H', false);
    dreams();
    assert_int_equal(answer_count, 2);
    for (size_t i = 0; i < answer_count; i++) {
        assert_string_equal(answers[i].label, "budget");
        assert_string_equal(answers[i].reason, "retirement");
    }
    assert_null(answer_of("team/blue", "/protected/1.md"));
    assert_null(answer_of("team/blue", "/2.md"));
    assert_null(answer_of("team/blue", "/preferences/package-manager.md"));
    close_scene();
}

/* A store that shrinks to a tenth is no dream's to make, policy or not. */
static void the_breaker_stops_a_dream_that_removes_too_much(void **state)
{
    (void)state;
    int at = 0;
    open_scene(POLICY_APPROVE_ALL_PROPOSALS, LONG_TEXT / TOKEN_BYTES + 1);
    for (char i = 0; i < 6; i++) {
        char path[16];
        snprintf(path, sizeof(path), "/%d.md", i);
        write_long(path, (char)('a' + 3 * i), false);
    }
    dreams();
    assert_int_equal(answer_count, 5);
    for (size_t i = 0; i < answer_count; i++) {
        assert_string_equal(answers[i].verdict, "ask");
        assert_string_equal(answers[i].reason, "mass_removal");
    }
    assert_true(holds("team/blue", "/0.md", &at));
    assert_true(holds("team/blue", "/5.md", &at));
    close_scene();
}

/* ---- what is gone -------------------------------------------------------- */

static void a_note_about_what_is_gone_is_asked_about(void **state)
{
    (void)state;
    static const char *const files[] = {"/srv/a/one.c", "/srv/a/two.c",
                                        "/srv/a/three.c"};
    open_scene(POLICY_DEFAULT, 0);
    world.time_us = 4 * US_PER_DAY;
    write_as("team/blue", "/gone.md", "Timeouts are set in legacy_timer.c.",
             false);
    write_as("team/blue", "/there.md", "Retries are counted in three.c alone.",
             false);
    for (int day = 1; day < 100; day += 3) {
        for (size_t i = 0; i < ARRAY_LEN(files); i++) {
            works("ada", files[i], day);
        }
        if (day < 10) {
            works("ada", "/srv/a/legacy_timer.c", day);
        }
    }
    dreams();
    assert_int_equal(answer_count, 1);
    expect("team/blue", "/gone.md", "stale", "ask", "retirement");
    close_scene();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_agents_copy_of_a_finding_goes_by_itself),
        cmocka_unit_test(an_agents_rule_against_its_teams_is_asked_about),
        cmocka_unit_test(an_agent_of_no_known_team_is_left_alone),
        cmocka_unit_test(notes_at_long_places_are_merged_in_parts),
        cmocka_unit_test(notes_that_say_the_same_become_one),
        cmocka_unit_test(notes_that_contradict_are_flagged_and_both_stay),
        cmocka_unit_test(an_agents_note_that_its_team_has_goes),
        cmocka_unit_test(what_is_pinned_or_protected_is_never_proposed),
        cmocka_unit_test(a_pinned_note_is_marked_by_nobody_but_people),
        cmocka_unit_test(over_budget_the_rest_is_asked_about),
        cmocka_unit_test(the_breaker_stops_a_dream_that_removes_too_much),
        cmocka_unit_test(a_note_about_what_is_gone_is_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
