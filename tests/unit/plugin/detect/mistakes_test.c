/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/plan/decide.h"
#include "proto/messages.h"
#include "tests/unit/plugin/tuples.h"

#define SUBJECT "mysql: Table <IDENT> doesn't exist"

static void err_in(struct bench *bench, uint64_t seq, int principal,
                   int session)
{
    struct made made;
    made_error(&made, seq, principal, session, "cars");
    bench_feed(bench, &made.tuple);
}

static struct candidate *decided(struct bench *bench)
{
    struct candidate *found = bench_find(bench, SUBJECT, "cars");
    assert_non_null(found);
    decide(&bench->candidates);
    return found;
}

static void two_principals_in_three_sessions_are_proposed(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &mistakes_detector);
    err_in(&bench, 1, 1, 1);
    err_in(&bench, 2, 1, 2);
    err_in(&bench, 3, 1, 3);
    assert_int_equal(decided(&bench)->reason, REASON_ONE_PRINCIPAL);
    err_in(&bench, 4, 2, 4);
    assert_int_equal(decided(&bench)->reason, REASON_PROPOSED);
    assert_int_equal(decided(&bench)->tier, TIER_PROPOSAL);
    bench_close(&bench);
}

static void three_in_five_sessions_on_three_days_are_auto(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < 5; i++) {
        err_in(&bench, (uint64_t)i + 1, i % 3, i);
    }
    struct candidate *found = decided(&bench);
    assert_int_equal(found->tier, TIER_AUTO);
    assert_int_equal(found->mistake.agents, 3);
    assert_int_equal(found->counts.sessions, 5);
    bench_close(&bench);
}

static void without_time_it_is_never_auto(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < 9; i++) {
        made_error(&made, (uint64_t)i + 1, i % 3, i, "cars");
        made.tuple.has_occurred = false;
        bench_feed(&bench, &made.tuple);
    }
    assert_int_equal(decided(&bench)->tier, TIER_PROPOSAL);
    bench_close(&bench);
}

#define UNREAD "File has not been read yet."

static void err_of(struct bench *bench, uint64_t seq, int principal,
                   const char *tool, const char *text)
{
    struct made made;
    made_error(&made, seq, principal, (int)seq, "");
    made.tuple.error.value_count = 0;
    made.tuple.error.tool = bytes_of_text(tool);
    made.tuple.error.template_text = bytes_of_text(text);
    made.tuple.error.key_id =
        hash_bytes_seeded(bytes_of_text(text), hash_bytes(bytes_of_text(tool)));
    made.tuple.quote = bytes_of_text(text);
    bench_feed(bench, &made.tuple);
}

static void what_several_tools_say_alike_is_one_mistake(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &mistakes_detector);
    err_of(&bench, 1, 1, "change", UNREAD);
    err_of(&bench, 2, 1, "change", UNREAD);
    err_of(&bench, 3, 2, "put", UNREAD);
    err_of(&bench, 4, 1, "change", "It failed.");
    err_of(&bench, 5, 1, "change", "It failed.");
    err_of(&bench, 6, 2, "put", "It failed.");
    struct candidate *found =
        bench_find(&bench, "several tools: " UNREAD, UNREAD);
    assert_non_null(found);
    decide(&bench.candidates);
    assert_int_equal(found->reason, REASON_PROPOSED);
    assert_int_equal(found->tier, TIER_PROPOSAL);
    assert_int_equal(found->counts.principals, 2);
    assert_true(bytes_equal_text(found->mistake.tool, "change, put"));
    assert_null(bench_find(&bench, "several tools: It failed.", "It failed."));
    bench_close(&bench);
}

static void what_one_tool_tells_enough_is_no_family(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < 4; i++) {
        err_of(&bench, (uint64_t)i + 1, i % 2, "change", UNREAD);
    }
    err_of(&bench, 5, 2, "put", UNREAD);
    assert_non_null(bench_find(&bench, "change: " UNREAD, UNREAD));
    assert_null(bench_find(&bench, "several tools: " UNREAD, UNREAD));
    bench_close(&bench);
}

static void an_outage_is_an_incident(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < 9; i++) {
        made_error(&made, (uint64_t)i + 1, i % 3, i, "cars");
        made.tuple.occurred_us = i * US_PER_MINUTE;
        bench_feed(&bench, &made.tuple);
    }
    assert_int_equal(decided(&bench)->reason, REASON_INCIDENT);
    bench_close(&bench);
}

static void too_few_sessions_are_named(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &mistakes_detector);
    err_in(&bench, 1, 1, 1);
    err_in(&bench, 2, 2, 9);
    assert_int_equal(decided(&bench)->reason, REASON_TOO_FEW_SESSIONS);
    bench_close(&bench);
}

static void publish(struct bench *bench, const struct candidate *candidate)
{
    Reverie__V1__Version version = REVERIE__V1__VERSION__INIT;
    Reverie__V1__MemoryDelta delta = REVERIE__V1__MEMORY_DELTA__INIT;
    Reverie__V1__MemoryUpdate update = REVERIE__V1__MEMORY_UPDATE__INIT;
    Reverie__V1__MemoryDelta *deltas[] = {&delta};
    struct buf packed;
    buf_init(&packed, 4096);
    version.has_state = true;
    version.state = REVERIE__V1__VERSION_STATE__VERSION_ACTIVE;
    version.has_finding = true;
    version.finding =
        message_binary(bytes_of(candidate->finding, FINDING_BYTES));
    delta.path = (char *)(uintptr_t) "/mistakes/cars.md";
    delta.version = &version;
    update.store = (char *)(uintptr_t) "team/blue";
    update.has_to_version = true;
    update.to_version = 4;
    update.deltas = deltas;
    update.n_deltas = 1;
    message_pack(&update, &packed);
    assert_int_equal(
        exposures_update(bench->setting.exposures, buf_bytes(&packed)), ERR_OK);
    buf_fini(&packed);
}

static void who_was_warned_is_no_witness(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    bench_open(&bench, &mistakes_detector);
    err_in(&bench, 1, 1, 1);
    publish(&bench, decided(&bench));
    for (int i = 2; i < 9; i++) {
        made_error(&made, (uint64_t)i, i, i, "cars");
        made.tuple.view = BYTES_LITERAL("team/blue@4+agent/x@0");
        bench_feed(&bench, &made.tuple);
    }
    assert_int_equal(decided(&bench)->counts.principals, 1);
    /* Whoever had not read it yet still is one. */
    made_error(&made, 9, 9, 9, "cars");
    made.tuple.view = BYTES_LITERAL("team/blue@3+agent/x@0");
    bench_feed(&bench, &made.tuple);
    assert_int_equal(decided(&bench)->counts.principals, 2);
    bench_close(&bench);
}

/* A flood of errors that never come back does not push out those that do,
 * and does not grow the table beyond its maximum. */
static void a_flood_of_singles_is_evicted(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    char identifier[24];
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < 4; i++) {
        err_in(&bench, (uint64_t)i + 1, i, i);
    }
    for (int i = 0; i < 10000; i++) {
        snprintf(identifier, sizeof(identifier), "flood_%d", i);
        made_error(&made, (uint64_t)i + 10, 1, i, identifier);
        bench_feed(&bench, &made.tuple);
    }
    assert_int_equal(decided(&bench)->reason, REASON_PROPOSED);
    assert_in_range(bench.candidates.count, 500, 1024);
    bench_close(&bench);
}

/* It makes every error twice, in two sessions; what two others find after that
 * still finds room. */
static void a_flood_of_pairs_is_evicted(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    char identifier[24];
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < 3000; i++) {
        snprintf(identifier, sizeof(identifier), "flood_%d", i / 2);
        made_error(&made, (uint64_t)i + 10, 1, i, identifier);
        bench_feed(&bench, &made.tuple);
    }
    for (int i = 0; i < 4; i++) {
        err_in(&bench, (uint64_t)i + 5000, i + 2, i);
    }
    assert_int_equal(decided(&bench)->reason, REASON_PROPOSED);
    bench_close(&bench);
}

/* What one person met twice is not pushed out by what another met once. */
static void a_flood_pushes_out_its_own(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    char identifier[24];
    bench_open(&bench, &mistakes_detector);
    err_in(&bench, 1, 2, 1);
    for (int i = 0; i < 5000; i++) {
        snprintf(identifier, sizeof(identifier), "flood_%d", i);
        made_error(&made, (uint64_t)i + 10, 1, i, identifier);
        bench_feed(&bench, &made.tuple);
    }
    for (int i = 0; i < 3; i++) {
        err_in(&bench, (uint64_t)i + 6000, 3, i + 2);
    }
    assert_int_equal(decided(&bench)->counts.principals, 2);
    bench_close(&bench);
}

/* Of all tools together, by so many that nobody made more than another. */
static void mistakes_of_all_tools_have_a_maximum(void **state)
{
    enum {
        MADE = 40000,
        KEPT_MAX = 32768
    };
    (void)state;
    struct bench bench;
    struct made made;
    char identifier[24];
    char tool[24];
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < MADE; i++) {
        snprintf(identifier, sizeof(identifier), "flood_%d", i);
        snprintf(tool, sizeof(tool), "tool_%d", i % 1000);
        made_error(&made, (uint64_t)i + 10, i % 4000, i, identifier);
        made.tuple.error.tool = bytes_of_text(tool);
        bench_feed(&bench, &made.tuple);
    }
    for (int i = 0; i < 4; i++) {
        err_in(&bench, MADE + 100 + (uint64_t)i, i, MADE + i);
    }
    assert_int_equal(decided(&bench)->reason, REASON_PROPOSED);
    assert_true(bench.candidates.count <= KEPT_MAX);
    assert_true(bench.candidates.count > KEPT_MAX / 2);
    bench_close(&bench);
}

/* One principal takes all the room there is, in the partitions of other tools:
 * it has to give way. */
static void a_flood_elsewhere_leaves_room_for_every_tool(void **state)
{
    enum {
        MADE = 32768,
        PARTITION = PARTITIONS - 1
    };
    (void)state;
    struct bench bench;
    struct made made;
    char identifier[24];
    char tool[24];
    uint64_t own = hash_bytes(BYTES_LITERAL("mysql"));
    int tools = 0;
    bench_open(&bench, &mistakes_detector);
    for (int i = 0; i < MADE; i++) {
        snprintf(identifier, sizeof(identifier), "flood_%d", i);
        do {
            snprintf(tool, sizeof(tool), "tool_%d", ++tools % 1000);
        } while (((hash_bytes(bytes_of_text(tool)) ^ own) & PARTITION) == 0);
        made_error(&made, (uint64_t)i + 10, 1, i, identifier);
        made.tuple.error.tool = bytes_of_text(tool);
        bench_feed(&bench, &made.tuple);
    }
    for (int i = 0; i < 4; i++) {
        err_in(&bench, MADE + 100 + (uint64_t)i, i + 2, MADE + i);
    }
    assert_int_equal(decided(&bench)->reason, REASON_PROPOSED);
    assert_in_range(bench.candidates.count, MADE / 2, MADE);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_principals_in_three_sessions_are_proposed),
        cmocka_unit_test(three_in_five_sessions_on_three_days_are_auto),
        cmocka_unit_test(without_time_it_is_never_auto),
        cmocka_unit_test(what_several_tools_say_alike_is_one_mistake),
        cmocka_unit_test(what_one_tool_tells_enough_is_no_family),
        cmocka_unit_test(an_outage_is_an_incident),
        cmocka_unit_test(too_few_sessions_are_named),
        cmocka_unit_test(who_was_warned_is_no_witness),
        cmocka_unit_test(a_flood_of_singles_is_evicted),
        cmocka_unit_test(a_flood_of_pairs_is_evicted),
        cmocka_unit_test(a_flood_pushes_out_its_own),
        cmocka_unit_test(mistakes_of_all_tools_have_a_maximum),
        cmocka_unit_test(a_flood_elsewhere_leaves_room_for_every_tool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
