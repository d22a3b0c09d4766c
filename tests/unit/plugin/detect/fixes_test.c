/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/detect/mistakes/fix/fixes.h"
#include "plugin/plan/decide.h"
#include "tests/unit/plugin/tuples.h"

#define SUBJECT "shell: deploy failed"

enum {
    SESSIONS = 24
};

/* What one session does after its error. */
struct story {
    const char *with; /* word that is added to the call; NULL: the same again */
    const char *before;  /* command that is run first, or NULL */
    const char *where;   /* word of both calls, or NULL */
    const char *without; /* word of the first call alone, or NULL */
    bool works;
};

typedef struct story (*storyteller)(int principal, int session);

struct world {
    struct bench bench;
    uint64_t seq;
};

static void call(struct world *world, int principal, int session,
                 const char *program, const char *const words[3])
{
    struct made made;
    struct tuple_ref refs[4];
    size_t count = 0;
    made_base(&made, TUPLE_TOOL_CALL, ++world->seq, principal, session);
    for (size_t i = 0; i < 3; i++) {
        if (words[i]) {
            refs[count++] = (struct tuple_ref){.kind = REF_WORD,
                                               .owner = bytes_of_text(program),
                                               .name = bytes_of_text(words[i]),
                                               .said = bytes_of_text(words[i])};
        }
    }
    refs[count++] = (struct tuple_ref){.kind = REF_COMMAND,
                                       .name = bytes_of_text(program),
                                       .said = bytes_of_text(program)};
    made.slot = (struct tuple_slot){BYTES_LITERAL("shell.program"),
                                    bytes_of_text(program), SLOT_COMMAND};
    made.tuple.quote = bytes_of_text(program);
    made.tuple.call = (struct tuple_call){.tool = BYTES_LITERAL("shell"),
                                          .slots = &made.slot,
                                          .slot_count = 1,
                                          .refs = refs,
                                          .ref_count = count};
    bench_feed(&world->bench, &made.tuple);
}

static void fails_saying(struct world *world, int principal, int session,
                         const char *text, uint64_t key)
{
    struct made made;
    made_error(&made, world->seq, principal, session, "x");
    made.tuple.error.value_count = 0;
    made.tuple.error.tool = BYTES_LITERAL("shell");
    made.tuple.error.template_text = bytes_of_text(text);
    made.tuple.error.key_id = key;
    made.tuple.quote = bytes_of_text(text);
    bench_feed(&world->bench, &made.tuple);
}

static void result(struct world *world, int principal, int session, bool works)
{
    struct made made;
    made_base(&made, TUPLE_TOOL_RESULT, ++world->seq, principal, session);
    made.tuple.result = (struct tuple_result){.tool = BYTES_LITERAL("shell"),
                                              .is_error = !works};
    bench_feed(&world->bench, &made.tuple);
}

static void ends(struct world *world, int principal, int session, bool works)
{
    result(world, principal, session, works);
    if (!works) {
        fails_saying(world, principal, session, "deploy failed", 42);
    }
}

static void session_of(struct world *world, storyteller tell, int session)
{
    int principal = session % 8;
    struct story story = tell(principal, session);
    const char *const first[] = {"run", story.where, story.without};
    const char *const second[] = {"run", story.where, story.with};
    const char *const nothing[] = {NULL, NULL, NULL};
    call(world, principal, session, "deploy", first);
    ends(world, principal, session, false);
    if (story.before) {
        call(world, principal, session, story.before, nothing);
        ends(world, principal, session, true);
    }
    call(world, principal, session, "deploy", second);
    ends(world, principal, session, story.works);
}

/* Tells the sessions in steps of ${stride}, which shares no factor with their
 * number; gives the candidate. */
static struct candidate *told(struct world *world, storyteller tell, int stride)
{
    *world = (struct world){.seq = 0};
    bench_open(&world->bench, &mistakes_detector);
    for (int i = 0; i < SESSIONS; i++) {
        session_of(world, tell, i * stride % SESSIONS);
    }
    struct candidate *found =
        bench_find(&world->bench, SUBJECT, "deploy failed");
    assert_non_null(found);
    decide(&world->bench.candidates);
    return found;
}

static struct story flag_helps(int principal, int session)
{
    (void)principal;
    bool tries = session % 3 != 0;
    return (struct story){.with = tries ? "--region" : NULL, .works = tries};
}

static struct story waiting_helps(int principal, int session)
{
    (void)principal;
    return (struct story){.works = session != 5};
}

static struct story everything_else_works(int principal, int session)
{
    static const char *const words[] = {"--a", "--b", "--c", "--d"};
    return (struct story){.with = words[(principal + session) % 4],
                          .works = true};
}

static struct story nothing_helps(int principal, int session)
{
    (void)principal;
    return (struct story){.with = session % 2 ? "--verbose" : NULL};
}

static struct story setup_helps(int principal, int session)
{
    (void)principal;
    bool tries = session % 3 != 0;
    return (struct story){.before = tries ? "setup" : NULL, .works = tries};
}

static struct story silence_helps(int principal, int session)
{
    (void)principal;
    bool tries = session % 3 != 0;
    return (struct story){.with = tries ? "--no-verify" : NULL, .works = tries};
}

/* A flag that helps on staging alone, for everybody who has that. */
static struct story flag_helps_on_staging(int principal, int session)
{
    bool tries = session >= 8;
    bool holds = principal < 5;
    return (struct story){.with = tries ? "--region" : NULL,
                          .where = holds ? "staging" : "production",
                          .works = tries && holds};
}

/* Whoever did something else altogether left "us" out as well. */
static struct story another_region_helps(int principal, int session)
{
    (void)principal;
    bool tries = session % 3 != 0;
    const char *with = session % 7 == 1 ? "elsewhere" : "eu";
    return (struct story){
        .without = "us", .with = tries ? with : "us", .works = tries};
}

static void what_is_added_is_a_fix(void **state)
{
    (void)state;
    struct world world;
    struct candidate *found = told(&world, flag_helps, 1);
    assert_int_equal(found->mistake.label, MISTAKE_FIX);
    assert_true(
        bytes_equal_text(mistake_fix(&found->mistake)->text, "--region"));
    assert_int_equal(mistake_fix(&found->mistake)->principals_worked, 8);
    assert_int_equal(mistake_fix(&found->mistake)->retry_worked, 0);
    assert_true(mistake_fix(&found->mistake)->retry_principals >= 3);
    assert_int_equal(found->tier, TIER_AUTO);
    bench_close(&world.bench);
}

/* A user says what to do instead, right after the error or after another
 * call. */
static void say(struct world *world, int principal, int session)
{
    struct made made;
    made_base(&made, TUPLE_DIRECTIVE, ++world->seq, principal, session);
    made.tuple.origin = ORIGIN_USER;
    made.tuple.quote = BYTES_LITERAL("no, use ship instead of deploy");
    made.tuple.directive =
        (struct tuple_directive){.strength = DIRECTIVE_CORRECTION,
                                 .verb = VERB_USE,
                                 .object = BYTES_LITERAL("ship"),
                                 .instead = BYTES_LITERAL("deploy"),
                                 .key = BYTES_LITERAL("use ship"),
                                 .key_id = 7};
    bench_feed(&world->bench, &made.tuple);
}

static enum mistake_label corrected(int people, bool is_late)
{
    static const char *const words[] = {"run", NULL, NULL};
    struct world world = {.seq = 0};
    bench_open(&world.bench, &mistakes_detector);
    for (int session = 0; session < 9; session++) {
        int principal = session % 3;
        call(&world, principal, session, "deploy", words);
        ends(&world, principal, session, false);
        if (is_late) {
            call(&world, principal, session, "look", words);
        }
        if (principal < people) {
            say(&world, principal, session);
        }
    }
    const struct candidate *found =
        bench_find(&world.bench, SUBJECT, "deploy failed");
    enum mistake_label label = found->mistake.label;
    if (label == MISTAKE_CORRECTED) {
        assert_true(
            bytes_equal_text(mistake_fix(&found->mistake)->told, "\"ship\""));
        assert_int_equal(mistake_fix(&found->mistake)->cited_count, people);
        assert_int_equal(mistake_fix(&found->mistake)->cited[0].result_seq, 0);
    }
    bench_close(&world.bench);
    return label;
}

/* More people than are cited say so, each twice. */
static void everybody_who_corrects_counts_once(void **state)
{
    enum {
        PEOPLE = FIX_CITED_PEOPLE + 2
    };
    (void)state;
    static const char *const words[] = {"run", NULL, NULL};
    struct world world = {.seq = 0};
    bench_open(&world.bench, &mistakes_detector);
    for (int session = 0; session < 2 * PEOPLE; session++) {
        int principal = session % PEOPLE;
        call(&world, principal, session, "deploy", words);
        ends(&world, principal, session, false);
        say(&world, principal, session);
    }
    const struct candidate *found =
        bench_find(&world.bench, SUBJECT, "deploy failed");
    assert_int_equal(found->mistake.label, MISTAKE_CORRECTED);
    assert_int_equal(mistake_fix(&found->mistake)->cited_count,
                     FIX_CITED_PEOPLE);
    assert_int_equal(mistake_fix(&found->mistake)->principals, PEOPLE);
    assert_int_equal(mistake_fix(&found->mistake)->principals_worked, PEOPLE);
    bench_close(&world.bench);
}

/* One of them corrects the wording that is told, one the other. */
static void corrections_of_all_wordings_count(void **state)
{
    static const char *const wordings[] = {"deploy failed:",
                                           "deploy failed: no such region"};
    static const char *const words[] = {"run", NULL, NULL};
    (void)state;
    struct world world = {.seq = 0};
    bench_open(&world.bench, &mistakes_detector);
    for (int session = 0; session < 12; session++) {
        int principal = session % 4;
        int wording = session % 2;
        call(&world, principal, session, "deploy", words);
        result(&world, principal, session, false);
        fails_saying(&world, principal, session, wordings[wording],
                     50 + (uint64_t)wording);
        if (principal < 2) {
            say(&world, principal, session);
        }
    }
    const struct candidate *found =
        bench_find(&world.bench, "shell: deploy failed:", "deploy failed:");
    assert_non_null(found);
    assert_int_equal(found->mistake.label, MISTAKE_CORRECTED);
    assert_int_equal(mistake_fix(&found->mistake)->principals, 2);
    bench_close(&world.bench);
}

static void what_people_say_after_an_error_corrects_it(void **state)
{
    (void)state;
    assert_int_equal(corrected(3, false), MISTAKE_CORRECTED);
    assert_int_equal(corrected(2, false), MISTAKE_CORRECTED);
    assert_int_not_equal(corrected(1, false), MISTAKE_CORRECTED);
    /* Something else was begun since: it may be about that. */
    assert_int_not_equal(corrected(3, true), MISTAKE_CORRECTED);
}

/* Calls that show what helped, of different people, each with its result. */
static void who_did_what_helped_is_cited(void **state)
{
    (void)state;
    static const storyteller tellers[] = {flag_helps, setup_helps};
    static const uint32_t calls[] = {FIX_CITED_PEOPLE, 2 * FIX_CITED_PEOPLE};
    static const char *const words[] = {"\"--region\"", "after \"setup\""};
    for (size_t i = 0; i < ARRAY_LEN(tellers); i++) {
        struct world world;
        struct candidate *it = told(&world, tellers[i], 1);
        const struct fix_figures *fix = mistake_fix(&it->mistake);
        assert_true(bytes_equal_text(fix->told, words[i]));
        assert_int_equal(fix->cited_count, calls[i]);
        for (uint32_t j = 0; j < fix->cited_count; j++) {
            assert_int_equal(fix->cited[j].seen->origin, ORIGIN_AGENT);
            assert_true(fix->cited[j].result_seq > fix->cited[j].seen->seq);
        }
        assert_int_not_equal(fix->cited[0].seen->principal,
                             fix->cited[calls[i] - 1].seen->principal);
        bench_close(&world.bench);
    }
}

static void what_is_done_before_is_a_fix(void **state)
{
    (void)state;
    struct world world;
    struct candidate *found = told(&world, setup_helps, 1);
    assert_int_equal(found->mistake.label, MISTAKE_FIX);
    assert_true(
        bytes_equal_text(mistake_fix(&found->mistake)->text, "after setup"));
    bench_close(&world.bench);
}

static void what_a_retry_mends_is_no_lesson(void **state)
{
    (void)state;
    struct world world;
    struct candidate *found = told(&world, waiting_helps, 1);
    assert_int_equal(found->mistake.label, MISTAKE_TRANSIENT);
    assert_int_equal(found->reason, REASON_TRANSIENT);
    assert_int_equal(found->tier, TIER_NONE);
    bench_close(&world.bench);
}

/* Every session meets another wording of one family, and tries again. */
static struct candidate *told_in_other_words(struct world *world, bool works)
{
    const char *const words[3] = {"run"};
    static char texts[SESSIONS][64];
    *world = (struct world){.seq = 0};
    bench_open(&world->bench, &mistakes_detector);
    for (int i = 0; i < SESSIONS; i++) {
        snprintf(texts[i], sizeof(texts[i]), "stage %c%c: connection refused",
                 'a' + i, 'z' - i);
        call(world, i % 8, i, "deploy", words);
        result(world, i % 8, i, false);
        fails_saying(world, i % 8, i, texts[i], 100 + (uint64_t)i);
        call(world, i % 8, i, "deploy", words);
        result(world, i % 8, i, works);
        if (!works) {
            fails_saying(world, i % 8, i, texts[i], 100 + (uint64_t)i);
        }
    }
    struct candidate *found =
        bench_find(&world->bench, "shell: family connection refused",
                   "connection refused");
    assert_non_null(found);
    decide(&world->bench.candidates);
    return found;
}

static void a_family_that_a_retry_mends_is_no_lesson(void **state)
{
    (void)state;
    struct world world;
    struct candidate *found = told_in_other_words(&world, true);
    assert_int_equal(found->mistake.label, MISTAKE_TRANSIENT);
    assert_int_equal(found->reason, REASON_TRANSIENT);
    assert_int_equal(found->mistake.over, REASON_TRANSIENT);
    assert_int_equal(mistake_fix(&found->mistake)->retry_principals, 8);
    assert_int_equal(mistake_fix(&found->mistake)->retry_worked, 8);
    bench_close(&world.bench);
    found = told_in_other_words(&world, false);
    assert_int_equal(found->mistake.label, MISTAKE_FAMILY);
    assert_int_equal(found->reason, REASON_PROPOSED);
    assert_int_equal(found->tier, TIER_PROPOSAL);
    bench_close(&world.bench);
}

static void what_nobody_tried_again_is_not_said_to_go_away(void **state)
{
    (void)state;
    struct world world;
    struct candidate *found = told(&world, everything_else_works, 5);
    assert_int_equal(found->mistake.label, MISTAKE_OPEN);
    assert_int_not_equal(found->reason, REASON_TRANSIENT);
    bench_close(&world.bench);
}

static void what_nothing_mends_is_unresolved(void **state)
{
    (void)state;
    struct world world;
    struct candidate *found = told(&world, nothing_helps, 1);
    assert_int_equal(found->mistake.label, MISTAKE_UNRESOLVED);
    assert_int_equal(mistake_fix(&found->mistake)->text.len, 0);
    assert_int_equal(found->reason, REASON_PROPOSED);
    bench_close(&world.bench);
}

static void what_silences_is_never_auto(void **state)
{
    (void)state;
    struct world world;
    struct candidate *found = told(&world, silence_helps, 1);
    assert_true(mistake_fix(&found->mistake)->is_suppressor);
    assert_int_equal(found->tier, TIER_PROPOSAL);
    bench_close(&world.bench);
}

static void what_is_put_instead_is_named(void **state)
{
    (void)state;
    struct world world;
    struct candidate *found = told(&world, another_region_helps, 1);
    assert_int_equal(found->mistake.label, MISTAKE_FIX);
    assert_true(bytes_equal_text(mistake_fix(&found->mistake)->text,
                                 "eu instead of us"));
    bench_close(&world.bench);
}

static void a_condition_is_kept(void **state)
{
    (void)state;
    struct world world;
    struct candidate *found = told(&world, flag_helps_on_staging, 1);
    assert_true(
        bytes_equal_text(mistake_fix(&found->mistake)->text, "--region"));
    assert_true(
        bytes_equal_text(mistake_fix(&found->mistake)->condition, "staging"));
    assert_int_equal(mistake_fix(&found->mistake)->principals, 5);
    assert_int_equal(mistake_fix(&found->mistake)->principals_worked, 5);
    bench_close(&world.bench);
}

/* The order of sessions does not change what is found, nor how sure. */
static void shuffled_sessions_give_the_same(void **state)
{
    (void)state;
    static const storyteller tellers[] = {flag_helps, setup_helps,
                                          nothing_helps, flag_helps_on_staging};
    static const int strides[] = {5, 7, 11, 13, 23};
    for (size_t i = 0; i < ARRAY_LEN(tellers); i++) {
        struct world first;
        struct candidate *expected = told(&first, tellers[i], 1);
        for (size_t j = 0; j < ARRAY_LEN(strides); j++) {
            struct world world;
            struct candidate *found = told(&world, tellers[i], strides[j]);
            const struct fix_figures *a = mistake_fix(&expected->mistake);
            const struct fix_figures *b = mistake_fix(&found->mistake);
            assert_int_equal(found->mistake.label, expected->mistake.label);
            assert_true(bytes_equal(a->text, b->text));
            assert_true(bytes_equal(a->condition, b->condition));
            assert_true(a->log_e == b->log_e);
            assert_int_equal(a->attempts_worked, b->attempts_worked);
            bench_close(&world.bench);
        }
        bench_close(&first.bench);
    }
}

static void the_set_of_trials_is_bounded(void **state)
{
    (void)state;
    struct trials up = {0};
    struct trials down = {0};
    for (uint64_t i = 0; i < 1000; i++) {
        struct delta delta = {.features = {4 * i}, .count = 1};
        struct delta other = {.features = {4 * (999 - i)}, .count = 1};
        const struct trial_order order = {.number = 1};
        trials_add(&up, i % 7, &delta, &order, true);
        trials_add(&down, (999 - i) % 7, &other, &order, true);
    }
    trials_sort(&up);
    trials_sort(&down);
    assert_int_equal(up.count, TRIALS_MAX);
    assert_int_equal(up.left_out, 1000 - TRIALS_MAX);
    for (uint32_t i = 0; i < up.count; i++) {
        assert_int_equal(up.items[i].signature, down.items[i].signature);
    }
    trials_fini(&up);
    trials_fini(&down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_a_fix),
        cmocka_unit_test(what_people_say_after_an_error_corrects_it),
        cmocka_unit_test(everybody_who_corrects_counts_once),
        cmocka_unit_test(corrections_of_all_wordings_count),
        cmocka_unit_test(who_did_what_helped_is_cited),
        cmocka_unit_test(what_is_done_before_is_a_fix),
        cmocka_unit_test(what_a_retry_mends_is_no_lesson),
        cmocka_unit_test(a_family_that_a_retry_mends_is_no_lesson),
        cmocka_unit_test(what_nobody_tried_again_is_not_said_to_go_away),
        cmocka_unit_test(what_nothing_mends_is_unresolved),
        cmocka_unit_test(what_silences_is_never_auto),
        cmocka_unit_test(what_is_put_instead_is_named),
        cmocka_unit_test(a_condition_is_kept),
        cmocka_unit_test(shuffled_sessions_give_the_same),
        cmocka_unit_test(the_set_of_trials_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
