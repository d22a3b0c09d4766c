/* SPDX-License-Identifier: MIT */
/* What a dream keeps from the one before it is in no result.
 *
 * One dream is fed a log and finishes at random points of it; at each of them
 * another one is fed the same prefix from its first event and finishes once.
 * Both say the same, byte for byte: change sets, funnel, and every figure of
 * every candidate. So do thirty dreams with nothing new. REVERIE_SEED repeats
 * the points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plugin/dream.h"
#include "plugin/plan/report.h"
#include "tests/unit/plugin/dreaming.h"

enum {
    EVENTS = 7000,
    STEP_MAX = 2000, /* events between two dreams */
    AGAIN = 30,
    TEXT_MAX = 256 << 20
};

static void add_candidates(const struct dream_result *result, struct buf *out)
{
    struct report *report = report_new(&result->candidates);
    struct buf packed;
    buf_init(&packed, TEXT_MAX);
    while (report_next(report, BYTES_LITERAL("d"), &packed)) {
        buf_add(out, buf_bytes(&packed));
        buf_reset(&packed);
    }
    report_finished(report, &result->funnel, BYTES_LITERAL("d"), &packed);
    buf_add(out, buf_bytes(&packed));
    buf_fini(&packed);
    report_free(report);
}

static const struct preference_figures no_votes;
static const struct mistake_figures no_mistake;

/* What the reports do not tell. */
static void add_figures(const struct dream_result *result, struct buf *out)
{
    for (size_t i = 0; i < result->candidates.count; i++) {
        const struct candidate *it = &result->candidates.items[i];
        const struct preference_figures *votes =
            it->kind == FINDING_KIND_PREFERENCE ? &it->preference : &no_votes;
        const struct mistake_figures *mistake =
            it->kind == FINDING_KIND_MISTAKE ? &it->mistake : &no_mistake;
        buf_add_format(out, "%u %u %u %u %u %llu %.17g %.17g %u %u\n",
                       it->for_count, it->witness_count, it->counts.sessions,
                       it->counts.robust_sessions, it->counts.days,
                       (unsigned long long)it->left_out, votes->probability,
                       votes->baseline, votes->clones, votes->echoes);
        buf_add_format(out, "%u %u %llu %d %.17g %u ", mistake->agents,
                       mistake->tool_users,
                       (unsigned long long)mistake->occurrences,
                       (int)mistake->label, mistake_fix(mistake)->log_e,
                       mistake_fix(mistake)->attempts);
        buf_add(out, mistake_fix(mistake)->text);
        buf_add(out, mistake_fix(mistake)->condition);
        for (uint32_t k = 0; k < it->witness_count; k++) {
            buf_add_u64(out, it->witnesses[k]->seq);
        }
    }
}

static void finish(struct dream *dream, struct buf *out)
{
    struct known *known = known_new();
    const struct dream_question question = {.known = known, .ledger_seq = 7};
    struct dream_result result;
    buf_reset(out);
    dream_finish(dream, &question, &result);
    buf_add_text(out, result.name);
    for (size_t i = 0; i < result.plan.count; i++) {
        buf_add(out, buf_bytes(&result.plan.sets[i].packed));
    }
    add_candidates(&result, out);
    add_figures(&result, out);
    assert_int_equal(buf_error(out), ERR_OK);
    dream_result_fini(&result);
    known_free(known);
}

/* Gives the dream that was fed from the first event. */
static struct dream *expect_as_from_scratch(const struct traffic *traffic,
                                            size_t to, const struct buf *kept)
{
    struct buf fresh;
    struct dream *dream = new_dream();
    buf_init(&fresh, TEXT_MAX);
    feed(dream, traffic, 0, to);
    finish(dream, &fresh);
    if (!bytes_equal(buf_bytes(&fresh), buf_bytes(kept))) {
        fail_msg("after %zu events it is another dream", to);
    }
    buf_fini(&fresh);
    return dream;
}

static uint64_t seed(void)
{
    const char *given = getenv("REVERIE_SEED");
    uint64_t number = given ? strtoull(given, NULL, 10) : 20261122;
    print_message("REVERIE_SEED=%llu\n", (unsigned long long)number);
    return number;
}

static void check_points(const struct traffic *traffic)
{
    struct rng rng = rng_seeded(seed(), 0);
    struct dream *dream = new_dream();
    struct buf kept;
    size_t at = 0;
    buf_init(&kept, TEXT_MAX);
    while (at < traffic->count) {
        size_t step = 1 + (size_t)rng_below(&rng, STEP_MAX);
        /* Some dreams have little that is new. */
        step = rng_below(&rng, 3) == 0 ? 1 + step % 16 : step;
        size_t to = at + step < traffic->count ? at + step : traffic->count;
        feed(dream, traffic, at, to);
        at = to;
        finish(dream, &kept);
        struct dream *fresh = expect_as_from_scratch(traffic, at, &kept);
        bool is_restart = rng_below(&rng, 4) == 0;
        dream_free(is_restart ? dream : fresh);
        dream = is_restart ? fresh : dream;
    }
    assert_true(kept.len > 1000);
    buf_fini(&kept);
    dream_free(dream);
}

static void a_simulated_world_is_dreamt_as_from_scratch(void **state)
{
    (void)state;
    for (uint64_t world = 21; world < 23; world++) {
        struct traffic traffic;
        traffic_simulate(&traffic, world, EVENTS);
        check_points(&traffic);
        traffic_free(&traffic);
    }
}

static void recorded_traffic_is_dreamt_as_from_scratch(void **state)
{
    (void)state;
    static const char *const sets[] = {"codeteam", "sqlteam"};
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        struct traffic traffic = {0};
        if (!traffic_read(&traffic, sets[i], EVENTS)) {
            skip();
        }
        check_points(&traffic);
        traffic_free(&traffic);
    }
}

static void nothing_new_gives_nothing_new(void **state)
{
    (void)state;
    struct traffic traffic;
    struct dream *dream = new_dream();
    struct buf first;
    struct buf again;
    buf_init(&first, TEXT_MAX);
    buf_init(&again, TEXT_MAX);
    traffic_simulate(&traffic, 24, EVENTS);
    feed(dream, &traffic, 0, traffic.count);
    finish(dream, &first);
    const struct work before = *dream_work(dream);
    assert_true(before.changes > 0 && before.standings > 0);
    for (int i = 0; i < AGAIN; i++) {
        finish(dream, &again);
        assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&again)));
    }
    assert_memory_equal(dream_work(dream), &before, sizeof(before));
    traffic_free(&traffic);
    buf_fini(&first);
    buf_fini(&again);
    dream_free(dream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simulated_world_is_dreamt_as_from_scratch),
        cmocka_unit_test(recorded_traffic_is_dreamt_as_from_scratch),
        cmocka_unit_test(nothing_new_gives_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
