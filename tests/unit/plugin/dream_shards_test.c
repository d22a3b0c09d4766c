/* SPDX-License-Identifier: MIT */
/* The change sets of a dream are byte-identical for any number of shards, over
 * simulated worlds and recorded traffic, with dreams in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory/change.h"
#include "plugin/dream.h"
#include "plugin/shards.h"
#include "tests/unit/plugin/traffic.h"

enum {
    TRACE_EVENTS = 9000,
    WORLD_EVENTS = 9000,
    HEAVY_EVENTS = 1500,
    BETWEEN = 3001, /* events between two dreams: no multiple of a batch */
    TEXT_MAX = 256 << 20
};

static void add_funnel(const struct funnel *funnel, struct buf *out)
{
    for (size_t i = 0; i < funnel->count; i++) {
        buf_add_format(out, "%s=%llu\n", funnel->steps[i].step,
                       (unsigned long long)funnel->steps[i].count);
    }
}

static void dream_once(struct dream *dream, struct buf *out)
{
    struct known *known = known_new();
    const struct dream_question question = {.known = known, .ledger_seq = 7};
    struct dream_result result;
    dream_finish(dream, &question, &result);
    buf_add_text(out, result.name);
    for (size_t i = 0; i < result.candidates.count; i++) {
        const struct candidate *candidate = &result.candidates.items[i];
        buf_add(out, candidate->subject);
        buf_add(out, candidate->option);
        buf_add_format(out, " %s %u %.17g\n", reason_name(candidate->reason),
                       candidate->witness_count, candidate->log_e);
    }
    for (size_t i = 0; i < result.plan.count; i++) {
        buf_add(out, buf_bytes(&result.plan.sets[i].packed));
    }
    add_funnel(&result.funnel, out);
    dream_result_fini(&result);
    known_free(known);
}

/* Dreams with ${count} shards, 0: without, and gives all that came of it. */
static void dream_with(const struct traffic *traffic, size_t count,
                       struct buf *out)
{
    struct shards *shards = count > 0 ? shards_new(count) : NULL;
    struct dream_config config = {.key = {{1, 2, 3}}};
    struct dream *dream = NULL;
    if (shards) {
        config.jobs = shards_jobs(shards);
    }
    buf_init(out, TEXT_MAX);
    assert_int_equal(dream_new(&config, out, &dream), ERR_OK);
    for (size_t i = 0; i < traffic->count; i++) {
        struct stamp stamp;
        struct envelope envelope;
        const struct event *event = &traffic->events[i];
        assert_int_equal(stamp_read(buf_bytes(&event->stamp), &stamp), ERR_OK);
        assert_int_equal(envelope_read(buf_bytes(&event->envelope), &envelope),
                         ERR_OK);
        dream_feed(dream, &stamp, &envelope, buf_bytes(&event->body));
        if ((i + 1) % BETWEEN == 0) {
            dream_once(dream, out);
        }
    }
    dream_once(dream, out);
    dream_free(dream);
    shards_free(shards);
}

static void check_shards(const struct traffic *traffic)
{
    static const size_t counts[] = {1, 4, 16};
    struct buf without;
    dream_with(traffic, 0, &without);
    assert_true(without.len > 1000);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct buf with;
        dream_with(traffic, counts[i], &with);
        assert_true(bytes_equal(buf_bytes(&without), buf_bytes(&with)));
        buf_fini(&with);
    }
    buf_fini(&without);
}

static void shards_change_nothing_in_a_simulated_world(void **state)
{
    (void)state;
    struct traffic traffic;
    traffic_simulate(&traffic, 11, WORLD_EVENTS);
    check_shards(&traffic);
    traffic_free(&traffic);
}

static void shards_change_nothing_in_recorded_traffic(void **state)
{
    (void)state;
    static const char *const sets[] = {"codeteam", "sqlteam"};
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        struct traffic traffic;
        if (!traffic_read(&traffic, sets[i], TRACE_EVENTS)) {
            skip();
        }
        check_shards(&traffic);
        traffic_free(&traffic);
    }
}

/* Adds a field that nobody reads to a body: frames of 16 KiB and more, so that
 * a batch is full of bytes long before it is full of events. */
static void make_heavy(struct event *event)
{
    static const uint8_t head[] = {0x82, 0x7d, 0x80, 0x80, 0x01};
    static const uint8_t rest[16 * 1024];
    buf_add(&event->body, bytes_of(head, sizeof(head)));
    buf_add(&event->body, bytes_of(rest, sizeof(rest)));
    assert_int_equal(buf_error(&event->body), ERR_OK);
}

static void shards_change_nothing_where_a_batch_is_full_of_bytes(void **state)
{
    (void)state;
    struct traffic traffic;
    struct buf whole;
    traffic_simulate(&traffic, 12, HEAVY_EVENTS);
    for (size_t i = 0; i < traffic.count; i++) {
        make_heavy(&traffic.events[i]);
    }
    check_shards(&traffic);
    dream_with(&traffic, 0, &whole);
    assert_true(bytes_find(buf_bytes(&whole), BYTES_LITERAL("\nmalformed=0\n"),
                           0) != SIZE_MAX);
    assert_true(bytes_find(buf_bytes(&whole), BYTES_LITERAL("\ntool_calls=0\n"),
                           0) == SIZE_MAX);
    buf_fini(&whole);
    traffic_free(&traffic);
}

struct sum {
    atomic_size_t calls;
    atomic_size_t indices;
};

static void count_job(void *state, size_t index)
{
    struct sum *sum = state;
    atomic_fetch_add(&sum->calls, 1);
    atomic_fetch_add(&sum->indices, index);
}

static void every_job_runs_once(void **state)
{
    (void)state;
    struct shards *shards = shards_new(8);
    struct dream_jobs jobs = shards_jobs(shards);
    for (size_t round = 0; round < 500; round++) {
        struct sum sum = {0};
        size_t count = round % 23;
        jobs.run(jobs.context, count_job, &sum, count);
        assert_int_equal(atomic_load(&sum.calls), count);
        assert_int_equal(atomic_load(&sum.indices),
                         count ? count * (count - 1) / 2 : 0);
    }
    shards_free(shards);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once),
        cmocka_unit_test(shards_change_nothing_in_a_simulated_world),
        cmocka_unit_test(shards_change_nothing_in_recorded_traffic),
        cmocka_unit_test(shards_change_nothing_where_a_batch_is_full_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
