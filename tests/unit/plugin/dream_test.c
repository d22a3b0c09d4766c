/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory/gate/evidence.h"
#include "plugin/dream.h"
#include "proto/messages.h"
#include "tests/unit/plugin/dreaming.h"

enum {
    EVENTS_MAX = 12000,
    EVENTS_SOME = 8000
};

/* Dreams and appends every change set to ${out}. */
static void finish(struct dream *dream, struct buf *out)
{
    struct known *known = known_new();
    const struct dream_question question = {.known = known, .ledger_seq = 7};
    struct dream_result result;
    dream_finish(dream, &question, &result);
    buf_add_text(out, result.name);
    for (size_t i = 0; i < result.plan.count; i++) {
        buf_add(out, buf_bytes(&result.plan.sets[i].packed));
    }
    dream_result_fini(&result);
    known_free(known);
}

static void batches_and_restarts_do_not_show(void **state)
{
    (void)state;
    struct traffic traffic;
    if (!traffic_read(&traffic, "codeteam", EVENTS_MAX)) {
        skip();
    }
    struct buf whole;
    struct buf parts;
    struct buf again;
    struct buf dropped;
    buf_init(&whole, 64 << 20);
    buf_init(&parts, 64 << 20);
    buf_init(&again, 64 << 20);
    buf_init(&dropped, 64 << 20);
    struct dream *dream = new_dream();
    feed(dream, &traffic, 0, traffic.count);
    finish(dream, &whole);
    dream_free(dream);
    /* In parts, with dreams in between and events that come twice. */
    dream = new_dream();
    for (size_t from = 0; from < traffic.count; from += 997) {
        size_t to = from + 997 < traffic.count ? from + 997 : traffic.count;
        feed(dream, &traffic, from > 10 ? from - 10 : 0, to);
        if (from % 3 == 0) {
            buf_reset(&dropped);
            finish(dream, &dropped);
        }
    }
    finish(dream, &parts);
    dream_free(dream);
    /* Stopped at some point, and begun again from the first event. */
    dream = new_dream();
    feed(dream, &traffic, 0, traffic.count / 3);
    dream_free(dream);
    dream = new_dream();
    feed(dream, &traffic, 0, traffic.count);
    finish(dream, &again);
    dream_free(dream);
    assert_true(whole.len > 1000);
    assert_true(bytes_equal(buf_bytes(&whole), buf_bytes(&parts)));
    assert_true(bytes_equal(buf_bytes(&whole), buf_bytes(&again)));
    buf_fini(&whole);
    buf_fini(&parts);
    buf_fini(&again);
    buf_fini(&dropped);
    traffic_free(&traffic);
}

static enum err read_event(void *context, uint16_t log, uint64_t seq,
                           struct arena *arena, struct memory_event *out)
{
    const struct traffic *traffic = context;
    if (log != LOG_TRAFFIC || seq == 0 || seq > traffic->count) {
        return ERR_NOT_FOUND;
    }
    const struct event *event = &traffic->events[seq - 1];
    out->stamp = arena_copy(arena, buf_bytes(&event->stamp));
    out->envelope = arena_copy(arena, buf_bytes(&event->envelope));
    out->body = arena_copy(arena, buf_bytes(&event->body));
    return ERR_OK;
}

static void check_set(const struct traffic *traffic, const struct buf *packed)
{
    const struct memory_log log = {.context = (void *)(uintptr_t)traffic,
                                   .read = read_event};
    const struct redact_key key = {{1, 2, 3}};
    const struct evidence_source source = {.log = &log, .redact = &key};
    struct arena arena;
    arena_init(&arena, 256 << 20);
    Reverie__V1__ChangeSet *set = NULL;
    assert_int_equal(
        MESSAGE_UNPACK(change_set, buf_bytes(packed), &arena, &set), ERR_OK);
    for (size_t i = 0; i < set->n_changes; i++) {
        struct evidence evidence;
        Reverie__V1__Change *change = set->changes[i];
        const char *fault = change_fault(change);
        assert_null(fault);
        assert_int_equal(evidence_check(&source, change, &arena, &evidence),
                         ERR_OK);
        if (evidence.fault != EVIDENCE_NONE) {
            print_message("%s: %s\n", change->title,
                          evidence_fault_text(evidence.fault));
        }
        assert_int_equal(evidence.fault, EVIDENCE_NONE);
    }
    arena_fini(&arena);
}

/* The gate's own check, over real traffic. */
static void every_witness_and_number_stands_up(void **state)
{
    (void)state;
    static const char *const sets[] = {"codeteam", "sqlteam"};
    static const size_t maxima[] = {EVENTS_MAX, EVENTS_SOME};
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        struct traffic traffic;
        if (!traffic_read(&traffic, sets[i], maxima[i])) {
            skip();
        }
        struct known *known = known_new();
        const struct dream_question question = {.known = known};
        struct dream_result result;
        struct dream *dream = new_dream();
        feed(dream, &traffic, 0, traffic.count);
        dream_finish(dream, &question, &result);
        assert_true(result.plan.changes > 0);
        for (size_t k = 0; k < result.plan.count; k++) {
            check_set(&traffic, &result.plan.sets[k].packed);
        }
        dream_result_fini(&result);
        dream_free(dream);
        known_free(known);
        traffic_free(&traffic);
    }
}

static void only_the_teams_asked_for_get_changes(void **state)
{
    (void)state;
    struct traffic traffic;
    if (!traffic_read(&traffic, "sqlteam", EVENTS_SOME)) {
        skip();
    }
    static const char *const teams[] = {"car_1"};
    struct known *known = known_new();
    struct dream_question question = {.known = known};
    struct dream_result all;
    struct dream_result one;
    struct dream *dream = new_dream();
    feed(dream, &traffic, 0, traffic.count);
    dream_finish(dream, &question, &all);
    question.teams = teams;
    question.team_count = 1;
    dream_finish(dream, &question, &one);
    assert_true(one.plan.changes < all.plan.changes);
    for (size_t i = 0; i < one.candidates.count; i++) {
        assert_true(
            bytes_equal_text(one.candidates.items[i].team_name, "car_1"));
    }
    assert_string_not_equal(one.name, all.name);
    dream_result_fini(&one);
    dream_result_fini(&all);
    dream_free(dream);
    known_free(known);
    traffic_free(&traffic);
}

static void an_empty_log_changes_nothing_and_says_so(void **state)
{
    (void)state;
    struct dream *dream = new_dream();
    struct known *known = known_new();
    const struct dream_question question = {.known = known};
    struct dream_result result;
    struct buf sentence;
    buf_init(&sentence, REPORT_SENTENCE_MAX);
    dream_finish(dream, &question, &result);
    report_sentence(&result.funnel, &sentence);
    assert_int_equal(result.plan.count, 0);
    assert_non_null(strstr(buf_text(&sentence), "nothing changed"));
    buf_fini(&sentence);
    dream_result_fini(&result);
    known_free(known);
    dream_free(dream);
}

static void a_table_that_is_wrong_is_refused(void **state)
{
    (void)state;
    struct dream_config config = {.defaults = BYTES_LITERAL("{\"a\": 3}")};
    struct dream *dream = NULL;
    struct buf why;
    buf_init(&why, 256);
    assert_int_equal(dream_new(&config, &why, &dream), ERR_INVALID);
    assert_null(dream);
    assert_true(why.len > 0);
    buf_fini(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_and_restarts_do_not_show),
        cmocka_unit_test(every_witness_and_number_stands_up),
        cmocka_unit_test(only_the_teams_asked_for_get_changes),
        cmocka_unit_test(an_empty_log_changes_nothing_and_says_so),
        cmocka_unit_test(a_table_that_is_wrong_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
