/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"
#include "tests/unit/memory/answers.h"

enum {
    HYGIENE = REVERIE__V1__FINDING_KIND__FINDING_HYGIENE,
    AUTHORED = REVERIE__V1__FINDING_KIND__FINDING_AUTHORED,
    DETAIL_ROOM = 4096,
    SET_MAX = 8
};

static struct world world;
static struct plan plans[SET_MAX];
static uint8_t findings[SET_MAX][2][FINDING_BYTES];
static ProtobufCBinaryData replaced[SET_MAX][2];
static char details[SET_MAX][DETAIL_ROOM];

static const char *const names[SET_MAX] = {"/0.md", "/1.md", "/2.md", "/3.md",
                                           "/4.md", "/5.md", "/6.md", "/7.md"};

static void write_note(const char *path, const char *content)
{
    Reverie__V1__MemoryWriteRequest write =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    struct memory_asker proposer = world.asker;
    world.asker.may_admin = true;
    write.store = mutable_text("team/blue");
    write.path = mutable_text(path);
    write.content = mutable_text(content);
    write.title = mutable_text("a note");
    assert_string_equal(world_request(&world, "memory", "write", &write), "ok");
    world.asker = proposer;
}

static void add_cited(size_t at, const char *path, const char *content)
{
    char hex[2 * DIGEST_BYTES + 1];
    char *detail = details[at];
    size_t len = strlen(detail);
    struct digest digest = digest_of(bytes_of_text(content), bytes_of(NULL, 0));
    snprintf(detail + len, DETAIL_ROOM - len,
             "%s{\"digest\":\"%s\",\"path\":\"%s\",\"store\":\"team/blue\","
             "\"version\":1}",
             len > 20 ? "," : "", hex_text(bytes_of(digest.bytes, 32), hex),
             path);
}

static void replace(size_t at, const char *path)
{
    Reverie__V1__Change *change = &plans[at].change;
    uint8_t *finding = findings[at][change->n_replaces];
    finding_id(AUTHORED, BYTES_LITERAL("blue"), bytes_of_text(path),
               bytes_of(NULL, 0), finding);
    replaced[at][change->n_replaces] =
        message_binary(bytes_of(finding, FINDING_BYTES));
    change->replaces = replaced[at];
    change->n_replaces++;
}

/* A change of ${path}, which says ${content} now; of ${other}, or NULL. */
static struct plan *plan_of(size_t at, int op, const char *path,
                            const char *content, const char *other,
                            const char *other_content)
{
    struct plan *plan = &plans[at];
    plan_init(plan, HYGIENE, "team/blue", path, path, "x",
              op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE ? "" : content);
    plan->change.op = (Reverie__V1__ChangeOp)op;
    plan->change.has_base_version = true;
    plan->change.base_version = 1;
    plan->change.numbers = NULL;
    plan->change.n_replaces = 0;
    snprintf(details[at], DETAIL_ROOM, "{\"memories\":[");
    add_cited(at, path, content);
    replace(at, path);
    if (other) {
        add_cited(at, other, other_content);
    }
    if (other && op == REVERIE__V1__CHANGE_OP__CHANGE_MERGE) {
        replace(at, other);
    }
    size_t len = strlen(details[at]);
    snprintf(details[at] + len, DETAIL_ROOM - len, "]}");
    plan->change.detail_json = details[at];
    plan_finish(plan);
    plan->change.numbers = NULL;
    plan_id(plan);
    return plan;
}

static void assert_proposed(struct plan *plan, const char *verdict,
                            const char *reason)
{
    assert_answer(world_proposes(&world, plan), verdict, reason);
}

/* Live memories of the team; *out_state is the state of the one at ${path}. */
static size_t live_count(const char *path, int *out_state)
{
    Reverie__V1__MemoryListRequest list =
        REVERIE__V1__MEMORY_LIST_REQUEST__INIT;
    Reverie__V1__MemoryListReply reply;
    struct memory_asker proposer = world.asker;
    world.asker.may_observe = true;
    assert_string_equal(world_request(&world, "memory", "list", &list), "ok");
    world.asker = proposer;
    world_reply(&world, &reverie__v1__memory_list_reply__descriptor, &reply);
    for (size_t i = 0; i < reply.n_memories; i++) {
        if (strcmp(reply.memories[i]->path, path) == 0) {
            *out_state = (int)reply.memories[i]->head->state;
            assert_int_equal(reply.memories[i]->head->kind, AUTHORED);
        }
    }
    return reply.n_memories;
}

enum {
    REVISE = REVERIE__V1__CHANGE_OP__CHANGE_REVISE,
    MERGE = REVERIE__V1__CHANGE_OP__CHANGE_MERGE,
    RETIRE = REVERIE__V1__CHANGE_OP__CHANGE_RETIRE
};

static void a_merge_keeps_one_text_and_supersedes_the_others(void **state)
{
    (void)state;
    int kept = 0;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    write_note("/a.md", "it is kept for 30 days");
    write_note("/b.md", "note: it is kept for 30 days");
    struct plan *plan = plan_of(0, MERGE, "/a.md", "it is kept for 30 days",
                                "/b.md", "note: it is kept for 30 days");
    assert_proposed(plan, "apply", "approve_all_proposals");
    assert_int_equal(live_count("/a.md", &kept), 1);
    assert_int_equal(kept, REVERIE__V1__VERSION_STATE__VERSION_ACTIVE);
    world_closes(&world);
}

static void a_flag_marks_suspect_and_changes_no_text(void **state)
{
    (void)state;
    int kept = 0;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    write_note("/a.md", "kept for 30 days");
    write_note("/b.md", "kept for 90 days");
    assert_proposed(plan_of(0, REVISE, "/a.md", "kept for 30 days", "/b.md",
                            "kept for 90 days"),
                    "apply", "approve_all_proposals");
    assert_int_equal(live_count("/a.md", &kept), 2);
    assert_int_equal(kept, REVERIE__V1__VERSION_STATE__VERSION_SUSPECT);
    world_closes(&world);
}

static void a_human_is_asked_by_default(void **state)
{
    (void)state;
    world_opens(&world, POLICY_DEFAULT);
    write_note("/a.md", "one");
    write_note("/b.md", "two");
    assert_proposed(plan_of(0, RETIRE, "/a.md", "one", NULL, NULL), "ask",
                    "retirement");
    assert_proposed(plan_of(0, MERGE, "/a.md", "one", "/b.md", "two"), "ask",
                    "retirement");
    world_closes(&world);
}

static void what_it_names_must_be_as_it_says(void **state)
{
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    write_note("/a.md", "one");
    write_note("/b.md", "two");
    write_note("/protected/c.md", "three");
    assert_proposed(plan_of(0, RETIRE, "/a.md", "another", NULL, NULL),
                    "refuse", "memory_moved");
    assert_proposed(plan_of(0, MERGE, "/a.md", "one", "/b.md", "other"),
                    "refuse", "memory_moved");
    assert_proposed(plan_of(0, MERGE, "/a.md", "one", "/z.md", "two"), "refuse",
                    "no_such_memory");
    struct plan *plan = plan_of(0, MERGE, "/a.md", "one", "/b.md", "two");
    plan->change.content = mutable_text("both of them");
    plan_id(plan);
    assert_proposed(plan, "refuse", "wrong_detail");
    plan = plan_of(0, RETIRE, "/a.md", "one", NULL, NULL);
    plan->change.detail_json = mutable_text("[[[");
    plan_id(plan);
    assert_proposed(plan, "refuse", "wrong_detail");
    assert_proposed(plan_of(0, RETIRE, "/protected/c.md", "three", NULL, NULL),
                    "refuse", "protected");
    world_closes(&world);
}

static void a_merge_names_each_memory_once(void **state)
{
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    write_note("/a.md", "one");
    write_note("/b.md", "two");
    struct plan *plan = plan_of(0, MERGE, "/a.md", "one", "/a.md", "one");
    finding_id(AUTHORED, BYTES_LITERAL("blue"), BYTES_LITERAL("/b.md"),
               bytes_of(NULL, 0), findings[0][1]);
    plan_id(plan);
    assert_proposed(plan, "refuse", "wrong_detail");
    world_closes(&world);
}

/* However long it is: it becomes part of no key. */
static void a_store_that_is_none_is_refused(void **state)
{
    static char store[3 * 1024];
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    write_note("/a.md", "one");
    memset(store, 'x', sizeof(store) - 1);
    struct plan *plan = plan_of(0, RETIRE, "/a.md", "one", NULL, NULL);
    plan->change.store = store;
    plan_id(plan);
    assert_proposed(plan, "refuse", "invalid");
    world_closes(&world);
}

static void pin(const char *path, bool pins, const char *code)
{
    Reverie__V1__MemoryWriteRequest write =
        REVERIE__V1__MEMORY_WRITE_REQUEST__INIT;
    struct memory_asker proposer = world.asker;
    world.asker.may_admin = true;
    write.store = mutable_text("team/blue");
    write.path = mutable_text(path);
    write.has_pin = true;
    write.pin = pins;
    assert_string_equal(world_request(&world, "memory", "write", &write), code);
    world.asker = proposer;
}

static void what_is_pinned_is_not_touched_by_dreams(void **state)
{
    (void)state;
    int kept = 0;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    write_note("/a.md", "one");
    write_note("/b.md", "two");
    pin("/z.md", true, "not_found");
    pin("/a.md", true, "ok");
    assert_proposed(plan_of(0, RETIRE, "/a.md", "one", NULL, NULL), "refuse",
                    "protected");
    assert_proposed(plan_of(0, MERGE, "/b.md", "two", "/a.md", "one"), "refuse",
                    "protected");
    assert_proposed(plan_of(0, REVISE, "/a.md", "one", "/b.md", "two"), "ask",
                    "pinned");
    /* It may stay while others go into it. */
    assert_proposed(plan_of(1, MERGE, "/a.md", "one", "/b.md", "two"), "ask",
                    "pinned");
    assert_int_equal(live_count("/a.md", &kept), 2);
    assert_int_equal(kept, REVERIE__V1__VERSION_STATE__VERSION_ACTIVE);
    pin("/a.md", false, "ok");
    assert_proposed(plan_of(0, RETIRE, "/a.md", "one", NULL, NULL), "refuse",
                    "protected"); /* these bytes were decided on */
    plans[0].change.title = mutable_text("again");
    plan_id(&plans[0]);
    assert_proposed(&plans[0], "apply", "approve_all_proposals");
    world_closes(&world);
}

/* A pinned preference, and a mistake that would take its place: at its path, or
 * at another. */
static struct plan *plan_to_replace_pinned(void)
{
    struct plan *plan = &plans[1];
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    world.everybody_has_tenure = true;
    plan_preference(&plans[0], &world, 14);
    assert_proposed(&plans[0], "apply", "auto");
    pin("/preferences/package-manager.md", true, "ok");
    plan_mistake(plan, &world, 5);
    replaced[1][0] = plans[0].change.finding;
    plan->change.replaces = replaced[1];
    plan->change.n_replaces = 1;
    plan_id(plan);
    return plan;
}

static void a_pinned_preference_is_changed_by_a_human_alone(void **state)
{
    (void)state;
    struct plan *plan = plan_to_replace_pinned();
    plan->change.path = plans[0].change.path;
    plan->change.op = REVERIE__V1__CHANGE_OP__CHANGE_REVISE;
    plan->change.has_base_version = true;
    plan->change.base_version = 1;
    plan_id(plan);
    assert_proposed(plan, "ask", "pinned");
    world_closes(&world);
}

static void a_pinned_memory_is_not_replaced_by_another(void **state)
{
    (void)state;
    assert_proposed(plan_to_replace_pinned(), "ask", "pinned");
    world_closes(&world);
}

static void what_others_replace_counts_as_removed(void **state)
{
    (void)state;
    ProtobufCBinaryData all[SET_MAX];
    uint8_t ids[SET_MAX][FINDING_BYTES];
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    world.everybody_has_tenure = true;
    for (size_t i = 0; i < SET_MAX; i++) {
        write_note(names[i], names[i]);
        finding_id(AUTHORED, BYTES_LITERAL("blue"), bytes_of_text(names[i]),
                   bytes_of(NULL, 0), ids[i]);
        all[i] = message_binary(bytes_of(ids[i], FINDING_BYTES));
    }
    plan_preference(&plans[0], &world, 14);
    plans[0].change.replaces = all;
    plans[0].change.n_replaces = SET_MAX;
    plan_id(&plans[0]);
    assert_proposed(&plans[0], "ask", "mass_removal");
    world_closes(&world);
}

/* Proposes retiring names[from..to) as one set; how many were applied, having
 * checked that the others were asked about by the breaker. */
static size_t retire_set(size_t from, size_t to)
{
    Reverie__V1__ReviewProposeRequest request =
        REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
    Reverie__V1__ChangeSet set = REVERIE__V1__CHANGE_SET__INIT;
    Reverie__V1__ReviewProposeReply reply;
    Reverie__V1__Change *changes[SET_MAX];
    size_t applied = 0;
    for (size_t i = from; i < to; i++) {
        changes[set.n_changes++] =
            &plan_of(i, RETIRE, names[i], names[i], NULL, NULL)->change;
    }
    set.dream = mutable_text("d1");
    set.team = mutable_text("blue");
    set.changes = changes;
    set.has_format = true;
    set.format = 1;
    struct digest digest = change_set_digest(&set);
    set.has_id = true;
    set.id = message_binary(bytes_of(digest.bytes, sizeof(digest.bytes)));
    request.change_set = &set;
    assert_string_equal(world_request(&world, "review", "propose", &request),
                        "ok");
    world_reply(&world, &reverie__v1__review_propose_reply__descriptor, &reply);
    for (size_t i = 0; i < reply.n_results; i++) {
        bool is_applied = strcmp(reply.results[i]->verdict, "apply") == 0;
        applied += is_applied;
        if (!is_applied) {
            assert_string_equal(reply.results[i]->reason, "mass_removal");
        }
    }
    return applied;
}

static void write_all(void)
{
    for (size_t i = 0; i < SET_MAX; i++) {
        write_note(names[i], names[i]);
    }
}

static void a_batch_of_too_many_removals_asks_as_a_whole(void **state)
{
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    write_all();
    assert_int_equal(retire_set(0, 4), 0);
    world_closes(&world);
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    write_all();
    assert_int_equal(retire_set(0, 3), 3);
    world_closes(&world);
}

static void removals_of_a_day_add_up(void **state)
{
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    write_all();
    assert_int_equal(retire_set(0, 2), 2);
    assert_int_equal(retire_set(2, 4), 0);
    assert_int_equal(retire_set(4, 5), 1);
    assert_int_equal(retire_set(5, 6), 0);
    world.time_us += US_PER_DAY;
    assert_int_equal(retire_set(6, 8), 2);
    world_closes(&world);
}

/* 14 people of ${store} prefer pnpm, and the team, or one of its agents, is
 * told so: by the same finding in each place. */
static void prefer(struct plan *plan, const char *store, const char *team)
{
    plan_init(plan, REVERIE__V1__FINDING_KIND__FINDING_PREFERENCE, store,
              "/preferences/pm.md", "shell.pm", "pnpm",
              "observed: all choose pnpm.\n");
    bool is_own = strncmp(store, "agent/", 6) == 0;
    for (int i = 0; i < (is_own ? 3 : 14); i++) {
        char *who = arena_take(&world.arena, 64);
        snprintf(who, 32, "%s-%d", team, is_own ? 0 : i);
        snprintf(who + 32, 32, "s-%d", i);
        uint64_t seq =
            world_says(&world, &(struct speech){.principal = who,
                                                .agent = is_own ? "ada" : who,
                                                .team = team,
                                                .session = who + 32,
                                                .text = "run pnpm install",
                                                .day = 100 + i % 3});
        plan_cites(plan, &world, seq, "pnpm", "pnpm install");
    }
    plan->numbers.has_baseline = !is_own;
    plan->numbers.baseline = 0.2;
    plan->numbers.has_alpha = plan->numbers.has_family = true;
    plan->numbers.has_rank = true;
    plan->numbers.alpha = 0.05;
    plan->numbers.family = plan->numbers.rank = 1;
    plan_finish(plan);
    const Reverie__V1__ReviewProposeReply__Result *result =
        world_proposes_for(&world, plan, team);
    assert_string_equal(result->verdict, "apply");
}

/* Retires the memory of ${at}, because ${other} says the same. */
static struct plan *retire_for(size_t at, const char *store, const char *other)
{
    char hex[2 * DIGEST_BYTES + 1];
    const char *content = plans[at].change.content;
    struct plan *plan = &plans[SET_MAX - 1];
    uint8_t *finding = findings[SET_MAX - 1][0];
    memcpy(finding, plans[at].finding, FINDING_BYTES);
    plan_init(plan, HYGIENE, store, "/preferences/pm.md", "twice", "x", "");
    plan->change.op = (Reverie__V1__ChangeOp)RETIRE;
    plan->change.has_base_version = true;
    plan->change.base_version = 1;
    replaced[SET_MAX - 1][0] = message_binary(bytes_of(finding, FINDING_BYTES));
    plan->change.replaces = replaced[SET_MAX - 1];
    plan->change.n_replaces = 1;
    struct digest digest = digest_of(bytes_of_text(content), bytes_of(NULL, 0));
    hex_text(bytes_of(digest.bytes, 32), hex);
    snprintf(details[0], DETAIL_ROOM,
             "{\"memories\":[{\"digest\":\"%s\",\"path\":\"/preferences/"
             "pm.md\",\"store\":\"%s\",\"version\":1},{\"digest\":\"%s\","
             "\"path\":\"/preferences/pm.md\",\"store\":\"%s\","
             "\"version\":1}]}",
             hex, store, hex, other);
    plan->change.detail_json = details[0];
    plan_finish(plan);
    plan->change.numbers = NULL;
    plan_id(plan);
    return plan;
}

/* What two teams both do is not there twice: nobody reads both. */
static void a_team_keeps_what_another_team_says_too(void **state)
{
    (void)state;
    world_opens(&world, POLICY_DEFAULT);
    prefer(&plans[0], "team/blue", "blue");
    prefer(&plans[1], "team/red", "red");
    assert_proposed(retire_for(0, "team/blue", "team/red"), "ask",
                    "retirement");
    world_closes(&world);
}

static void an_agent_may_lose_what_its_team_says_and_not_another(void **state)
{
    (void)state;
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    prefer(&plans[0], "agent/ada", "blue");
    prefer(&plans[1], "team/blue", "blue");
    prefer(&plans[2], "team/red", "red");
    assert_proposed(retire_for(1, "team/blue", "agent/ada"), "apply",
                    "approve_all_proposals");
    world_closes(&world);
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    prefer(&plans[0], "agent/ada", "blue");
    prefer(&plans[1], "team/blue", "blue");
    prefer(&plans[2], "team/red", "red");
    assert_proposed(retire_for(0, "agent/ada", "team/red"), "apply",
                    "approve_all_proposals");
    world_closes(&world);
    world_opens(&world, POLICY_APPROVE_ALL_PROPOSALS);
    prefer(&plans[0], "agent/ada", "blue");
    prefer(&plans[1], "team/blue", "blue");
    assert_proposed(retire_for(0, "agent/ada", "team/blue"), "apply", "auto");
    world_closes(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merge_keeps_one_text_and_supersedes_the_others),
        cmocka_unit_test(a_flag_marks_suspect_and_changes_no_text),
        cmocka_unit_test(a_human_is_asked_by_default),
        cmocka_unit_test(what_it_names_must_be_as_it_says),
        cmocka_unit_test(what_is_pinned_is_not_touched_by_dreams),
        cmocka_unit_test(a_pinned_preference_is_changed_by_a_human_alone),
        cmocka_unit_test(a_batch_of_too_many_removals_asks_as_a_whole),
        cmocka_unit_test(removals_of_a_day_add_up),
        cmocka_unit_test(a_merge_names_each_memory_once),
        cmocka_unit_test(a_store_that_is_none_is_refused),
        cmocka_unit_test(a_pinned_memory_is_not_replaced_by_another),
        cmocka_unit_test(what_others_replace_counts_as_removed),
        cmocka_unit_test(a_team_keeps_what_another_team_says_too),
        cmocka_unit_test(an_agent_may_lose_what_its_team_says_and_not_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
