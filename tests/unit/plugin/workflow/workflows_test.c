/* SPDX-License-Identifier: MIT */
/* The workflows detector on planted sessions, to the decision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plugin/plan/decide.h"
#include "plugin/plan/wording.h"
#include "proto/messages.h"
#include "tests/unit/plugin/workflow/plant.h"

static const struct plant standard = {
    .seed = 3,
    .principals = 20,
    .sessions = 600,
    .share = .4,
    .uplift = .4,
    .harm = .2,
    .base = .5,
    .noise = 6,
    .swap = .4,
};

static void decide_all(struct bench *bench)
{
    candidates_fini(&bench->candidates);
    candidates_init(&bench->candidates);
    bench->detector->collect(bench->state, &bench->candidates);
    candidates_sort(&bench->candidates);
    decide(&bench->candidates);
}

/* The proposed workflow about a planted sequence, or NULL. */
static const struct candidate *proposed(const struct bench *bench, int sequence)
{
    for (size_t i = 0; i < bench->candidates.count; i++) {
        const struct candidate *candidate = &bench->candidates.items[i];
        if (candidate->tier != TIER_NONE &&
            plant_sequence_of(candidate->workflow) == sequence) {
            return candidate;
        }
    }
    return NULL;
}

static void proposes_what_helps_and_nothing_else(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &workflows_detector);
    plant_feed(&standard, &bench);
    decide_all(&bench);
    const struct candidate *found = proposed(&bench, 0);
    assert_non_null(found);
    assert_true(bytes_equal_text(found->option, "s0-a > s0-b > s0-c > s0-d"));
    assert_true(bytes_equal_text(found->subject, "s0-a to s0-d"));
    assert_int_equal(found->tier, TIER_PROPOSAL);
    assert_true(found->workflow->uplift > .15 && found->workflow->uplift < .45);
    for (int decoy = 1; decoy < PLANT_SEQUENCES; decoy++) {
        assert_null(proposed(&bench, decoy));
    }
    bench_close(&bench);
}

/* A team that gets better, whatever it does, and gets used to an order. */
static void what_comes_with_time_is_not_what_helps(void **state)
{
    (void)state;
    struct plant maturing = standard;
    maturing.sessions = 1200;
    maturing.rise = .4;
    maturing.uplift = .3;
    maturing.base = .55;
    maturing.harm = .1;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct bench bench;
        maturing.seed = seed;
        bench_open(&bench, &workflows_detector);
        plant_feed(&maturing, &bench);
        decide_all(&bench);
        assert_non_null(proposed(&bench, 0));
        for (int decoy = 1; decoy < PLANT_SEQUENCES; decoy++) {
            assert_null(proposed(&bench, decoy));
        }
        bench_close(&bench);
    }
}

static void names_the_variant_that_fails(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &workflows_detector);
    plant_feed(&standard, &bench);
    decide_all(&bench);
    const struct candidate *found = proposed(&bench, 0);
    assert_non_null(found);
    /* The other order is the only other way that is planted. */
    assert_true(bytes_equal_text(found->workflow->failing,
                                 "s0-d > s0-c > s0-b > s0-a"));
    bench_close(&bench);
}

static void words_it_as_an_observation(void **state)
{
    (void)state;
    struct bench bench;
    struct buf text;
    buf_init(&text, WORDING_CONTENT_MAX);
    bench_open(&bench, &workflows_detector);
    plant_feed(&standard, &bench);
    decide_all(&bench);
    const struct candidate *found = proposed(&bench, 0);
    assert_non_null(found);
    wording_content(found, &text);
    assert_int_equal(buf_error(&text), ERR_OK);
    assert_non_null(strstr(buf_text(&text),
                           "observed: \"s0-a\", then \"s0-b\", then \"s0-c\", "
                           "then \"s0-d\"; in sessions of 20 principals of "
                           "team blue.\nwith: "));
    assert_non_null(strstr(buf_text(&text), "most that failed without it did"));
    buf_reset(&text);
    wording_path(found, &text);
    assert_true(bytes_starts_with(buf_bytes(&text),
                                  BYTES_LITERAL("/workflows/s0-a-to-s0-d-")));
    buf_fini(&text);
    bench_close(&bench);
}

static void cites_good_sessions_for_it_and_bad_ones_against(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &workflows_detector);
    plant_feed(&standard, &bench);
    decide_all(&bench);
    const struct candidate *found = proposed(&bench, 0);
    assert_non_null(found);
    assert_true(found->for_count >= 8);
    assert_true(found->witness_count > found->for_count);
    assert_int_equal(found->counts.principals, 20);
    for (uint32_t i = 0; i < found->witness_count; i++) {
        const struct sighting *witness = found->witnesses[i];
        bool is_for = i < found->for_count;
        assert_true(bytes_equal(witness->option, found->option) == is_for);
        assert_true(i == 0 || i == found->for_count ||
                    found->witnesses[i - 1]->seq < witness->seq);
        if (is_for) { /* the event of one of its steps */
            assert_true(
                bytes_starts_with(witness->quote, BYTES_LITERAL("s0-")));
        }
    }
    bench_close(&bench);
}

/* Everything but citations. */
static void describe(const struct bench *bench, struct buf *out)
{
    for (size_t i = 0; i < bench->candidates.count; i++) {
        const struct candidate *candidate = &bench->candidates.items[i];
        buf_add(out, candidate->option);
        buf_add_format(out, " %s %.17g %.17g\n", reason_name(candidate->reason),
                       candidate->log_e, candidate->workflow->robust_log_e);
        wording_content(candidate, out);
    }
}

static void feed_in_order(struct bench *bench, uint64_t seed, bool is_shuffled)
{
    int order[600];
    struct rng rng = rng_seeded(seed, 0);
    uint64_t seq = 0;
    for (int i = 0; i < 600; i++) {
        order[i] = i;
    }
    for (int i = 599; is_shuffled && i > 0; i--) {
        int other = (int)rng_below(&rng, (uint64_t)i + 1);
        int kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (int i = 0; i < 600; i++) {
        struct plant_session session;
        plant_session_make(&standard, order[i], &session);
        plant_feed_session(&session, &seq, bench);
    }
}

static void shuffled_sessions_give_the_same(void **state)
{
    (void)state;
    struct buf texts[2];
    for (int i = 0; i < 2; i++) {
        struct bench bench;
        bench_open(&bench, &workflows_detector);
        buf_init(&texts[i], 1 << 20);
        feed_in_order(&bench, 5, i == 1);
        decide_all(&bench);
        describe(&bench, &texts[i]);
        bench_close(&bench);
    }
    assert_true(texts[0].len > 300);
    assert_string_equal(buf_text(&texts[0]), buf_text(&texts[1]));
    buf_fini(&texts[0]);
    buf_fini(&texts[1]);
}

static void publish(struct bench *bench, const struct candidate *found)
{
    Reverie__V1__Version version = REVERIE__V1__VERSION__INIT;
    Reverie__V1__MemoryDelta delta = REVERIE__V1__MEMORY_DELTA__INIT;
    Reverie__V1__MemoryDelta *deltas[] = {&delta};
    Reverie__V1__MemoryUpdate update = REVERIE__V1__MEMORY_UPDATE__INIT;
    static char path[] = "/workflows/x.md";
    static char store[] = "team/blue";
    uint8_t finding[FINDING_BYTES];
    memcpy(finding, found->finding, sizeof(finding));
    version.has_state = true;
    version.state = REVERIE__V1__VERSION_STATE__VERSION_ACTIVE;
    version.has_finding = true;
    version.finding = (ProtobufCBinaryData){sizeof(finding), finding};
    delta.path = path;
    delta.version = &version;
    update.store = store;
    update.has_to_version = true;
    update.to_version = 1;
    update.deltas = deltas;
    update.n_deltas = 1;
    struct buf body;
    buf_init(&body, 4096);
    message_pack(&update, &body);
    assert_int_equal(
        exposures_update(bench->setting.exposures, buf_bytes(&body)), ERR_OK);
    buf_fini(&body);
}

/* Later sessions whose agents had been told it, all of them good. */
static void feed_told(struct bench *bench)
{
    struct plant told = standard;
    uint64_t seq = 1000000;
    told.seed = 77;
    for (int i = 0; i < 200; i++) {
        struct plant_session session;
        plant_session_make(&told, i, &session);
        session.number += 10000;
        session.is_good = true;
        for (int s = 0; s < session.count; s++) {
            struct made made;
            made_choice(&made, ++seq, session.principal, session.number, "tool",
                        session.steps[s]);
            made.slot.form = SLOT_COMMAND;
            made.tuple.call.tool = bytes_of_text(session.steps[s]);
            made.tuple.view = BYTES_LITERAL("team/blue@1+agent/x@0");
            bench_feed(bench, &made.tuple);
        }
        struct made made;
        made_base(&made, TUPLE_OUTCOME, ++seq, session.principal,
                  session.number);
        made.tuple.outcome.outcome = OUTCOME_SUCCESS;
        bench_feed(bench, &made.tuple);
    }
}

static void sessions_that_were_told_do_not_support_it(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &workflows_detector);
    plant_feed(&standard, &bench);
    decide_all(&bench);
    const struct candidate *found = proposed(&bench, 0);
    assert_non_null(found);
    struct contrast_row before = found->workflow->total;
    publish(&bench, found);
    feed_told(&bench);
    decide_all(&bench);
    found = proposed(&bench, 0);
    assert_non_null(found);
    assert_int_equal(found->workflow->exposed, 200);
    assert_memory_equal(&found->workflow->total, &before, sizeof(before));
    bench_close(&bench);
}

static void outcomes_that_come_late_count(void **state)
{
    (void)state;
    struct bench bench;
    struct plant_session session;
    uint64_t seq = 0;
    bench_open(&bench, &workflows_detector);
    for (int i = 0; i < standard.sessions; i++) {
        struct made made;
        plant_session_make(&standard, i, &session);
        uint64_t from = seq;
        plant_feed_session(&session, &seq, &bench);
        /* A second judgement changes nothing. */
        made_base(&made, TUPLE_OUTCOME, ++seq, session.principal,
                  session.number);
        made.tuple.outcome.outcome = OUTCOME_FAILURE;
        bench_feed(&bench, &made.tuple);
        assert_true(seq > from);
    }
    decide_all(&bench);
    assert_non_null(proposed(&bench, 0));
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proposes_what_helps_and_nothing_else),
        cmocka_unit_test(what_comes_with_time_is_not_what_helps),
        cmocka_unit_test(names_the_variant_that_fails),
        cmocka_unit_test(words_it_as_an_observation),
        cmocka_unit_test(cites_good_sessions_for_it_and_bad_ones_against),
        cmocka_unit_test(shuffled_sessions_give_the_same),
        cmocka_unit_test(sessions_that_were_told_do_not_support_it),
        cmocka_unit_test(outcomes_that_come_late_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
