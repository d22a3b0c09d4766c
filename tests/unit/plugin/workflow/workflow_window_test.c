/* SPDX-License-Identifier: MIT */
/* When sessions close, what they become, and which are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plugin/workflow/steps/window.h"
#include "tests/unit/plugin/tuples.h"

struct trial {
    struct window *window;
    uint64_t seq;
    int closed;
};

static void note(void *context, const struct session *session)
{
    (void)session;
    ((struct trial *)context)->closed++;
}

static void open_trial(struct trial *trial)
{
    *trial = (struct trial){0};
    trial->window = window_new(note, trial);
}

static void feed(struct trial *trial, enum tuple_kind kind, int principal,
                 int session, int64_t at_us, uint16_t step, const char *call)
{
    struct made made;
    made_base(&made, kind, ++trial->seq, principal, session);
    made.tuple.occurred_us = at_us;
    made.tuple.call.call = bytes_of_text(call);
    struct detector_event event = {
        .tuple = &made.tuple, .team = 0, .principal = (uint32_t)principal};
    if (kind == TUPLE_TOOL_CALL) {
        window_call(trial->window, &event, &step, 1);
    } else if (kind == TUPLE_TOOL_RESULT) {
        made.tuple.result = (struct tuple_result){.call = bytes_of_text(call),
                                                  .is_error = true};
        window_result(trial->window, &event);
    } else if (kind == TUPLE_SESSION_END) {
        window_end(trial->window, &event);
    } else {
        made.tuple.outcome.outcome = OUTCOME_SUCCESS;
        window_outcome(trial->window, &event);
    }
}

static void repeats_collapse_and_failures_are_marked(void **state)
{
    (void)state;
    struct trial trial;
    struct window_list list;
    open_trial(&trial);
    feed(&trial, TUPLE_TOOL_CALL, 1, 1, 10, 5, "a");
    feed(&trial, TUPLE_TOOL_CALL, 1, 1, 11, 5, "b");
    feed(&trial, TUPLE_TOOL_CALL, 1, 1, 12, 6, "c");
    feed(&trial, TUPLE_TOOL_CALL, 1, 1, 13, 6, "d");
    feed(&trial, TUPLE_TOOL_RESULT, 1, 1, 14, 0, "c");
    feed(&trial, TUPLE_TOOL_RESULT, 1, 1, 14, 0, "unheard-of");
    feed(&trial, TUPLE_OUTCOME, 1, 1, 15, 0, "");
    window_list(trial.window, 0, &list);
    assert_int_equal(list.count, 1);
    const uint16_t expected[] = {10, 13, 12};
    assert_int_equal(list.items[0]->symbol_count, 3);
    assert_memory_equal(list.items[0]->symbols, expected, sizeof(expected));
    assert_int_equal(list.items[0]->outcome, OUTCOME_SUCCESS);
    assert_int_equal(list.items[0]->place_count, 2);
    assert_int_equal(list.items[0]->places[1].seq, 3);
    window_list_fini(&list);
    window_free(trial.window);
}

static void sessions_close_by_end_outcome_and_silence(void **state)
{
    (void)state;
    struct trial trial;
    struct window_list list;
    const int64_t minute_us = 60 * INT64_C(1000000);
    open_trial(&trial);
    feed(&trial, TUPLE_TOOL_CALL, 1, 1, 0, 1, "");
    feed(&trial, TUPLE_SESSION_END, 1, 1, 1, 0, "");
    feed(&trial, TUPLE_TOOL_CALL, 1, 2, 1, 1, "");
    feed(&trial, TUPLE_OUTCOME, 1, 2, 2, 0, "");
    assert_int_equal(trial.closed, 2);
    feed(&trial, TUPLE_TOOL_CALL, 1, 3, 2, 1, "");
    feed(&trial, TUPLE_TOOL_CALL, 1, 3, 30 * minute_us, 2, "");
    assert_int_equal(trial.closed, 2);
    feed(&trial, TUPLE_TOOL_CALL, 1, 3, 61 * minute_us, 3, "");
    assert_int_equal(trial.closed, 3);
    /* The fourth is open, and not silent for long enough. */
    window_list(trial.window, 0, &list);
    assert_int_equal(list.count, 3);
    window_list_fini(&list);
    uint64_t version = window_version(trial.window, 0);
    feed(&trial, TUPLE_TOOL_CALL, 2, 1, 92 * minute_us, 3, "");
    assert_true(window_version(trial.window, 0) != version);
    window_list(trial.window, 0, &list);
    assert_int_equal(list.count, 4);
    assert_int_equal(trial.closed, 3); /* looking closes nothing */
    window_list_fini(&list);
    window_free(trial.window);
}

static void an_outcome_may_come_after_the_end(void **state)
{
    (void)state;
    struct trial trial;
    struct window_list list;
    open_trial(&trial);
    feed(&trial, TUPLE_TOOL_CALL, 1, 1, 0, 1, "");
    feed(&trial, TUPLE_SESSION_END, 1, 1, 1, 0, "");
    feed(&trial, TUPLE_OUTCOME, 1, 1, 2, 0, "");
    feed(&trial, TUPLE_OUTCOME, 1, 9, 2, 0, ""); /* of no session */
    window_list(trial.window, 0, &list);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0]->outcome, OUTCOME_SUCCESS);
    window_list_fini(&list);
    window_free(trial.window);
}

/* More sessions than a team may keep, of three weeks, in some order. */
static uint64_t kept_of(uint64_t seed, uint32_t *out_count)
{
    enum {
        SESSIONS = WINDOW_TEAM_MAX + 900
    };
    struct trial trial;
    struct window_list list;
    struct rng rng = rng_seeded(seed, 0);
    static int order[SESSIONS];
    uint64_t digest = 0;
    open_trial(&trial);
    for (int i = 0; i < SESSIONS; i++) {
        order[i] = i;
    }
    for (int i = SESSIONS - 1; i > 0; i--) {
        int other = (int)rng_below(&rng, (uint64_t)i + 1);
        int kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (int i = 0; i < SESSIONS; i++) {
        int64_t at_us = (order[i] % 3) * 7 * US_PER_DAY + order[i];
        trial.seq = (uint64_t)order[i] * 2; /* ids do not depend on the order */
        feed(&trial, TUPLE_TOOL_CALL, 1, order[i], at_us, 1, "");
        feed(&trial, TUPLE_SESSION_END, 1, order[i], at_us, 0, "");
    }
    window_list(trial.window, 0, &list);
    for (uint32_t i = 0; i < list.count; i++) {
        digest = digest * 31 + list.items[i]->content;
    }
    *out_count = list.count;
    window_list_fini(&list);
    window_free(trial.window);
    return digest;
}

static void which_are_kept_does_not_depend_on_their_order(void **state)
{
    (void)state;
    uint32_t count = 0;
    uint64_t first = kept_of(1, &count);
    assert_int_equal(count, WINDOW_TEAM_MAX);
    assert_true(first == kept_of(2, &count));
    assert_int_equal(count, WINDOW_TEAM_MAX);
}

static void more_teams_leave_less_to_each(void **state)
{
    (void)state;
    assert_int_equal(window_quota(1), WINDOW_TEAM_MAX);
    assert_int_equal(window_quota(8), WINDOW_TEAM_MAX);
    assert_int_equal(window_quota(9), WINDOW_SESSIONS_MAX / 16);
    assert_int_equal(window_quota(TEAMS_MAX), WINDOW_TEAM_MIN);
    for (uint32_t teams = 1; teams <= TEAMS_MAX; teams++) {
        assert_true(teams * window_quota(teams) <= WINDOW_SESSIONS_MAX);
    }
}

static void open_sessions_are_bounded(void **state)
{
    (void)state;
    struct trial trial;
    open_trial(&trial);
    for (int i = 0; i < WINDOW_OPEN_MAX + 5; i++) {
        feed(&trial, TUPLE_TOOL_CALL, 1, i, i, 1, "");
    }
    assert_int_equal(trial.closed, 5);
    window_free(trial.window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_collapse_and_failures_are_marked),
        cmocka_unit_test(sessions_close_by_end_outcome_and_silence),
        cmocka_unit_test(an_outcome_may_come_after_the_end),
        cmocka_unit_test(which_are_kept_does_not_depend_on_their_order),
        cmocka_unit_test(more_teams_leave_less_to_each),
        cmocka_unit_test(open_sessions_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
