/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "memory/change.h"
#include "plugin/plan/decide.h"
#include "plugin/plan/planner.h"
#include "proto/messages.h"
#include "tests/unit/plugin/tuples.h"

/* A mistake seen by ${principals} principals, each in ${sessions} sessions. */
static void feed(struct bench *bench, const char *identifier, int principals,
                 int sessions)
{
    static uint64_t seq;
    struct made made;
    for (int p = 0; p < principals; p++) {
        for (int s = 0; s < sessions; s++) {
            made_error(&made, ++seq, p, s, identifier);
            bench_feed(bench, &made.tuple);
        }
    }
}

static void plan_with(struct bench *bench, const struct known *known,
                      struct plan_memo *memo, struct plan *out)
{
    const struct plan_range range = {.dream = BYTES_LITERAL("d-1"),
                                     .from_seq = 1,
                                     .to_seq = 9,
                                     .ledger_seq = 3};
    bench_find(bench, "", "");
    decide(&bench->candidates);
    plan_make(&bench->candidates, bench->setting.roster, known, &range, memo,
              out);
}

static void plan(struct bench *bench, const struct known *known,
                 struct plan *out)
{
    plan_with(bench, known, NULL, out);
}

static Reverie__V1__ChangeSet *read_set(const struct plan *plan, size_t index,
                                        struct arena *arena)
{
    Reverie__V1__ChangeSet *set = NULL;
    assert_true(index < plan->count);
    assert_int_equal(MESSAGE_UNPACK(change_set,
                                    buf_bytes(&plan->sets[index].packed), arena,
                                    &set),
                     ERR_OK);
    return set;
}

/* One plan with what the last one left, and one without, are the same. */
static void expect_same_plan(struct bench *bench, struct plan_memo *memo)
{
    struct known *known = known_new();
    struct plan kept;
    struct plan fresh;
    plan_with(bench, known, memo, &kept);
    plan(bench, known, &fresh);
    assert_int_equal(kept.count, fresh.count);
    for (size_t i = 0; i < kept.count; i++) {
        assert_true(bytes_equal(buf_bytes(&kept.sets[i].packed),
                                buf_bytes(&fresh.sets[i].packed)));
    }
    plan_fini(&kept);
    plan_fini(&fresh);
    known_free(known);
}

static void what_was_packed_before_is_packed_once(void **state)
{
    (void)state;
    struct bench bench;
    struct plan_memo *memo = plan_memo_new();
    bench_open(&bench, &mistakes_detector);
    feed(&bench, "orders", 4, 3);
    feed(&bench, "clients", 4, 3);
    expect_same_plan(&bench, memo);
    assert_int_equal(plan_memo_made(memo), 2);
    expect_same_plan(&bench, memo);
    assert_int_equal(plan_memo_made(memo), 2);
    feed(&bench, "clients", 5, 4);
    expect_same_plan(&bench, memo);
    assert_int_equal(plan_memo_made(memo), 3);
    bench_close(&bench);
    plan_memo_free(memo);
}

static void a_finding_becomes_a_well_formed_change(void **state)
{
    (void)state;
    struct bench bench;
    struct arena arena;
    struct plan made;
    struct known *known = known_new();
    arena_init(&arena, 1 << 24);
    bench_open(&bench, &mistakes_detector);
    feed(&bench, "cars", 3, 2);
    feed(&bench, "once", 1, 1);
    plan(&bench, known, &made);
    assert_int_equal(made.changes, 1);
    Reverie__V1__ChangeSet *set = read_set(&made, 0, &arena);
    assert_int_equal(set->n_changes, 1);
    Reverie__V1__Change *change = set->changes[0];
    assert_null(change_fault(change));
    assert_string_equal(change->store, "team/blue");
    assert_string_equal(change->scope, "team:blue");
    assert_string_equal(change->option, "cars");
    assert_int_equal(change->n_witnesses, 6);
    assert_int_equal(change->numbers->principals, 3);
    assert_int_equal(change->numbers->sessions, 6);
    assert_string_equal(change->numbers->tier, "proposal");
    struct digest digest = change_set_digest(set);
    assert_memory_equal(digest.bytes, set->id.data, DIGEST_BYTES);
    plan_fini(&made);
    bench_close(&bench);
    known_free(known);
    arena_fini(&arena);
}

/* What the broker would list after applying ${change}. */
static void remember(struct known *known, const Reverie__V1__Change *change,
                     const char *content)
{
    Reverie__V1__Version version = REVERIE__V1__VERSION__INIT;
    Reverie__V1__Memory memory = REVERIE__V1__MEMORY__INIT;
    Reverie__V1__MemoryListReply reply = REVERIE__V1__MEMORY_LIST_REPLY__INIT;
    Reverie__V1__Memory *memories[] = {&memory};
    version.has_number = true;
    version.number = 4;
    version.has_finding = true;
    version.finding = change->finding;
    version.has_kind = true;
    version.kind = change->kind;
    version.subject = change->subject;
    version.option = change->option;
    version.numbers = change->numbers;
    version.content = (char *)(uintptr_t)content;
    memory.store = change->store;
    memory.path = change->path;
    memory.head = &version;
    reply.memories = memories;
    reply.n_memories = 1;
    struct buf packed;
    struct bytes next;
    buf_init(&packed, 1 << 20);
    message_pack(&reply, &packed);
    assert_int_equal(known_add(known, buf_bytes(&packed), &next), ERR_OK);
    assert_int_equal(next.len, 0);
    buf_fini(&packed);
}

static void unchanged_evidence_changes_nothing(void **state)
{
    (void)state;
    struct bench bench;
    struct arena arena;
    struct plan first;
    struct plan second;
    struct known *known = known_new();
    arena_init(&arena, 1 << 24);
    bench_open(&bench, &mistakes_detector);
    feed(&bench, "cars", 3, 2);
    plan(&bench, known, &first);
    Reverie__V1__ChangeSet *set = read_set(&first, 0, &arena);
    remember(known, set->changes[0], set->changes[0]->content);
    plan(&bench, known, &second);
    assert_int_equal(second.changes, 0);
    assert_int_equal(bench.candidates.items[0].reason, REASON_UNCHANGED);
    plan_fini(&second);
    /* More sessions of the same people are no news either. */
    feed(&bench, "cars", 3, 4);
    plan(&bench, known, &second);
    assert_int_equal(second.changes, 0);
    plan_fini(&second);
    /* More people are. */
    feed(&bench, "cars", 5, 2);
    plan(&bench, known, &second);
    assert_int_equal(second.changes, 1);
    set = read_set(&second, 0, &arena);
    assert_int_equal(set->changes[0]->op,
                     REVERIE__V1__CHANGE_OP__CHANGE_REVISE);
    assert_int_equal(set->changes[0]->base_version, 4);
    assert_null(change_fault(set->changes[0]));
    plan_fini(&second);
    plan_fini(&first);
    bench_close(&bench);
    known_free(known);
    arena_fini(&arena);
}

/* A rule of ${people}, about the key ${subject}. */
static void state_rule(struct bench *bench, const char *subject,
                       const char *option, int first, int people)
{
    struct made made;
    for (int i = first; i < first + people; i++) {
        made_directive(&made, (uint64_t)i + 1, i, i, option, option);
        made.tuple.directive.key = bytes_of_text(subject);
        made.tuple.directive.key_id = hash_bytes(bytes_of_text(subject));
        made.tuple.occurred_us += (int64_t)i * 2 * 86400 * 1000000;
        bench_feed(bench, &made.tuple);
    }
}

/* ${part} is in memory; now two say the whole, then others the rest. */
static void take_the_place_of(const char *part_key, const char *part_option,
                              const char *rest_key, const char *rest_option)
{
    struct bench bench;
    struct arena arena;
    struct plan made;
    struct known *known = known_new();
    arena_init(&arena, 1 << 24);
    bench_open(&bench, &directives_detector);
    state_rule(&bench, part_key, part_option, 0, 2);
    plan(&bench, known, &made);
    Reverie__V1__ChangeSet *set = read_set(&made, 0, &arena);
    Reverie__V1__Change *part = set->changes[0];
    remember(known, part, part->content);
    plan_fini(&made);
    bench_close(&bench);
    bench_open(&bench, &directives_detector);
    state_rule(&bench, "do use amber_dagger not brisk_engine", "amber_dagger",
               4, 2);
    plan(&bench, known, &made);
    assert_int_equal(made.changes, 1);
    set = read_set(&made, 0, &arena);
    Reverie__V1__Change *whole = set->changes[0];
    assert_string_equal(whole->path, part->path);
    assert_int_equal(whole->op, REVERIE__V1__CHANGE_OP__CHANGE_REVISE);
    assert_int_equal(whole->n_replaces, 1);
    assert_memory_equal(whole->replaces[0].data, part->finding.data,
                        FINDING_BYTES);
    assert_null(change_fault(whole));
    remember(known, whole, whole->content);
    plan_fini(&made);
    bench_close(&bench);
    /* The other part does not come beside it. */
    bench_open(&bench, &directives_detector);
    state_rule(&bench, rest_key, rest_option, 8, 2);
    plan(&bench, known, &made);
    assert_int_equal(made.changes, 0);
    assert_int_equal(bench.candidates.items[0].reason, REASON_MERGED);
    plan_fini(&made);
    bench_close(&bench);
    known_free(known);
    arena_fini(&arena);
}

static void a_wish_that_says_more_takes_the_place_of_its_part(void **state)
{
    (void)state;
    take_the_place_of("do use amber_dagger", "amber_dagger",
                      "dont use brisk_engine", "brisk_engine");
    take_the_place_of("dont use brisk_engine", "brisk_engine",
                      "do use amber_dagger", "amber_dagger");
}

static void what_memory_says_in_other_words_is_not_proposed(void **state)
{
    (void)state;
    struct bench bench;
    struct arena arena;
    struct plan made;
    struct known *known = known_new();
    arena_init(&arena, 1 << 24);
    bench_open(&bench, &directives_detector);
    state_rule(&bench, "do write changelog entri", "changelog entries", 0, 2);
    plan(&bench, known, &made);
    assert_int_equal(made.changes, 1);
    Reverie__V1__ChangeSet *set = read_set(&made, 0, &arena);
    remember(known, set->changes[0], set->changes[0]->content);
    plan_fini(&made);
    bench_close(&bench);
    /* Later others put it their way; the first said it too long ago. */
    bench_open(&bench, &directives_detector);
    state_rule(&bench, "do write changelog entry", "changelog entry", 4, 2);
    state_rule(&bench, "do write unit test", "unit tests", 8, 2);
    plan(&bench, known, &made);
    assert_int_equal(made.changes, 1);
    set = read_set(&made, 0, &arena);
    assert_string_equal(set->changes[0]->option, "unit tests");
    assert_int_equal(bench.candidates.items[0].reason, REASON_MERGED);
    plan_fini(&made);
    bench_close(&bench);
    known_free(known);
    arena_fini(&arena);
}

/* All but one of 24 principals choose pnpm, twice; the last position. */
static uint64_t open_choices(struct bench *bench)
{
    struct made call;
    uint64_t seq = 0;
    bench_open(bench, &preferences_detector);
    for (int i = 0; i < 48; i++) {
        made_choice(&call, ++seq, i % 24, i, "shell.pm",
                    i % 24 == 3 ? "npm" : "pnpm");
        bench_feed(bench, &call.tuple);
    }
    return seq;
}

static void another_option_revises_the_memory_of_its_slot(void **state)
{
    (void)state;
    struct bench bench;
    struct arena arena;
    struct plan made;
    struct known *known = known_new();
    arena_init(&arena, 1 << 24);
    open_choices(&bench);
    struct candidate old = {.kind = FINDING_KIND_PREFERENCE,
                            .team_name = BYTES_LITERAL("blue"),
                            .subject = BYTES_LITERAL("shell.pm"),
                            .option = BYTES_LITERAL("npm")};
    candidate_name(&old);
    plan(&bench, known, &made);
    Reverie__V1__ChangeSet *set = read_set(&made, 0, &arena);
    Reverie__V1__Change before = *set->changes[0];
    before.finding = message_binary(bytes_of(old.finding, FINDING_BYTES));
    remember(known, &before, "something else");
    plan_fini(&made);
    plan(&bench, known, &made);
    set = read_set(&made, 0, &arena);
    assert_int_equal(set->changes[0]->op,
                     REVERIE__V1__CHANGE_OP__CHANGE_REVISE);
    assert_int_equal(set->changes[0]->n_replaces, 1);
    assert_memory_equal(set->changes[0]->replaces[0].data, old.finding,
                        FINDING_BYTES);
    assert_null(change_fault(set->changes[0]));
    plan_fini(&made);
    bench_close(&bench);
    known_free(known);
    arena_fini(&arena);
}

/* What the log says when memory.update brought ${finding} to the team. */
static void publish(struct bench *bench, const uint8_t *finding)
{
    Reverie__V1__Version version = REVERIE__V1__VERSION__INIT;
    Reverie__V1__MemoryDelta delta = REVERIE__V1__MEMORY_DELTA__INIT;
    Reverie__V1__MemoryUpdate update = REVERIE__V1__MEMORY_UPDATE__INIT;
    Reverie__V1__MemoryDelta *deltas[] = {&delta};
    version.has_state = version.has_finding = version.has_store_version = true;
    version.state = REVERIE__V1__VERSION_STATE__VERSION_ACTIVE;
    version.finding = message_binary(bytes_of(finding, FINDING_BYTES));
    version.store_version = 1;
    delta.path = (char *)(uintptr_t) "/preferences/pm.md";
    delta.version = &version;
    update.store = (char *)(uintptr_t) "team/blue";
    update.has_to_version = true;
    update.to_version = 1;
    update.deltas = deltas;
    update.n_deltas = 1;
    struct buf packed;
    buf_init(&packed, 1 << 16);
    message_pack(&update, &packed);
    assert_int_equal(
        exposures_update(bench->setting.exposures, buf_bytes(&packed)), ERR_OK);
    buf_fini(&packed);
}

/* Half go one way and half another: nothing takes its place. */
static void what_most_have_left_is_retired(void **state)
{
    (void)state;
    struct bench bench;
    struct arena arena;
    struct plan made;
    struct made call;
    struct known *known = known_new();
    arena_init(&arena, 1 << 24);
    uint64_t seq = open_choices(&bench);
    plan(&bench, known, &made);
    Reverie__V1__ChangeSet *set = read_set(&made, 0, &arena);
    remember(known, set->changes[0], set->changes[0]->content);
    publish(&bench, set->changes[0]->finding.data);
    plan_fini(&made);
    for (int i = 0; i < 96; i++) {
        made_choice(&call, ++seq, i % 24, 60 + i / 24, "shell.pm",
                    i % 2 ? "yarn" : "bun");
        call.tuple.view = BYTES_LITERAL("team/blue@1+agent/x@0");
        bench_feed(&bench, &call.tuple);
    }
    plan(&bench, known, &made);
    set = read_set(&made, 0, &arena);
    assert_int_equal(set->n_changes, 1);
    const Reverie__V1__Change *change = set->changes[0];
    assert_int_equal(change->op, REVERIE__V1__CHANGE_OP__CHANGE_RETIRE);
    assert_null(change_fault(set->changes[0]));
    assert_int_equal(change->numbers->principals, 24);
    assert_int_equal(change->numbers->principals_for, 0);
    assert_int_equal(change->base_version, 4);
    assert_string_equal(change->option, "pnpm");
    plan_fini(&made);
    bench_close(&bench);
    known_free(known);
    arena_fini(&arena);
}

/* An error that memory tells of proves to have been an outage: most of it falls
 * into one evening. What memory does not tell of is not proposed at all. */
static void what_is_no_lesson_any_more_is_retired(void **state)
{
    (void)state;
    struct bench bench;
    struct arena arena;
    struct plan first;
    struct plan again;
    struct plan unknown;
    struct known *known = known_new();
    struct known *nothing = known_new();
    arena_init(&arena, 1 << 24);
    bench_open(&bench, &mistakes_detector);
    feed(&bench, "cars", 3, 2);
    plan(&bench, known, &first);
    const Reverie__V1__Change *told = read_set(&first, 0, &arena)->changes[0];
    remember(known, told, told->content);
    for (int i = 0; i < 20; i++) {
        struct made made;
        made_error(&made, (uint64_t)i + 100, 4 + i % 3, 10 + i, "cars");
        made.tuple.occurred_us = i * US_PER_MINUTE;
        bench_feed(&bench, &made.tuple);
    }
    plan(&bench, known, &again);
    assert_int_equal(again.changes, 1);
    Reverie__V1__Change *change = read_set(&again, 0, &arena)->changes[0];
    assert_null(change_fault(change));
    assert_int_equal(change->op, REVERIE__V1__CHANGE_OP__CHANGE_RETIRE);
    assert_string_equal(change->path, told->path);
    assert_string_equal(change->reason, reason_text(REASON_INCIDENT));
    plan(&bench, nothing, &unknown);
    assert_int_equal(unknown.changes, 0);
    plan_fini(&first);
    plan_fini(&again);
    plan_fini(&unknown);
    bench_close(&bench);
    known_free(known);
    known_free(nothing);
    arena_fini(&arena);
}

static void many_changes_are_split_into_sets(void **state)
{
    (void)state;
    struct bench bench;
    struct arena arena;
    struct plan made;
    struct known *known = known_new();
    char identifier[24];
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < 700; i++) {
        snprintf(identifier, sizeof(identifier), "table_%d", i);
        feed(&bench, identifier, 3, 3);
    }
    plan(&bench, known, &made);
    assert_int_equal(made.changes, 700);
    assert_true(made.count >= 3);
    uint32_t total = 0;
    for (size_t i = 0; i < made.count; i++) {
        /* Reading passes the pre-scan: what a broker would take. */
        arena_init(&arena, 64 << 20);
        total += (uint32_t)read_set(&made, i, &arena)->n_changes;
        arena_fini(&arena);
    }
    assert_int_equal(total, 700);
    plan_fini(&made);
    bench_close(&bench);
    known_free(known);
}

static void what_memory_says_must_decode(void **state)
{
    (void)state;
    struct known *known = known_new();
    struct bytes next;
    assert_int_not_equal(known_add(known, BYTES_LITERAL("\x0a\x7f"), &next),
                         ERR_OK);
    assert_null(
        known_path(known, BYTES_LITERAL("team/blue"), BYTES_LITERAL("/a")));
    known_free(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_becomes_a_well_formed_change),
        cmocka_unit_test(what_was_packed_before_is_packed_once),
        cmocka_unit_test(unchanged_evidence_changes_nothing),
        cmocka_unit_test(a_wish_that_says_more_takes_the_place_of_its_part),
        cmocka_unit_test(what_memory_says_in_other_words_is_not_proposed),
        cmocka_unit_test(another_option_revises_the_memory_of_its_slot),
        cmocka_unit_test(what_most_have_left_is_retired),
        cmocka_unit_test(what_is_no_lesson_any_more_is_retired),
        cmocka_unit_test(many_changes_are_split_into_sets),
        cmocka_unit_test(what_memory_says_must_decode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
