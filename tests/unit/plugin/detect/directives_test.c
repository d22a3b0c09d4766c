/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/plan/decide.h"
#include "plugin/plan/directive/wishes.h"
#include "tests/unit/plugin/tuples.h"

static void say(struct bench *bench, uint64_t seq, int principal,
                const char *quote)
{
    struct made made;
    made_directive(&made, seq, principal, (int)seq, "pnpm", quote);
    bench_feed(bench, &made.tuple);
}

static enum reason decided(struct bench *bench)
{
    struct candidate *found = bench_find(bench, "pnpm", "pnpm");
    decide(&bench->candidates);
    return found->reason;
}

static void two_people_make_it_the_teams(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &directives_detector);
    say(&bench, 1, 1, "always use pnpm");
    say(&bench, 2, 1, "use pnpm, as I said");
    assert_int_equal(decided(&bench), REASON_ONE_PRINCIPAL);
    say(&bench, 3, 2, "we use pnpm here");
    assert_int_equal(decided(&bench), REASON_PROPOSED);
    bench_close(&bench);
}

static void one_owner_is_enough(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    bench_open(&bench, &directives_detector);
    made_directive(&made, 1, 1, 1, "pnpm", "always use pnpm");
    made.tuple.origin = ORIGIN_OWNER;
    bench_feed(&bench, &made.tuple);
    assert_int_equal(decided(&bench), REASON_PROPOSED);
    bench_close(&bench);
}

static void the_same_words_within_a_day_are_one_broadcast(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    bench_open(&bench, &directives_detector);
    for (int principal = 1; principal < 6; principal++) {
        made_directive(&made, (uint64_t)principal, principal, 1, "pnpm",
                       "Always use pnpm");
        bench_feed(&bench, &made.tuple);
    }
    assert_int_equal(decided(&bench), REASON_ONE_PRINCIPAL);
    bench_close(&bench);
}

static void for_this_time_only_is_no_rule(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    bench_open(&bench, &directives_detector);
    made_directive(&made, 1, 1, 1, "pnpm", "use pnpm today");
    made.tuple.directive.strength = DIRECTIVE_ONCE;
    bench_feed(&bench, &made.tuple);
    assert_null(bench_find(&bench, "pnpm", "pnpm"));
    bench_close(&bench);
}

static void oppose(struct bench *bench, uint64_t seq, int principal,
                   enum directive_polarity polarity)
{
    struct made made;
    made_directive(&made, seq, principal, (int)seq, "pnpm", "about pnpm");
    made.tuple.directive.polarity = polarity;
    made.tuple.directive.key = polarity == DIRECTIVE_DO
                                   ? BYTES_LITERAL("do pnpm")
                                   : BYTES_LITERAL("dont pnpm");
    made.tuple.directive.key_id = (uint64_t)polarity + 1;
    bench_feed(bench, &made.tuple);
}

static void of_opposites_the_stronger_stays(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &directives_detector);
    for (int i = 0; i < 2; i++) {
        oppose(&bench, (uint64_t)i * 2 + 1, i, DIRECTIVE_DO);
        oppose(&bench, (uint64_t)i * 2 + 2, i + 5, DIRECTIVE_DONT);
    }
    bench_find(&bench, "", "");
    decide(&bench.candidates);
    assert_int_equal(bench.candidates.items[0].reason, REASON_CONTRADICTED);
    assert_int_equal(bench.candidates.items[1].reason, REASON_CONTRADICTED);
    oppose(&bench, 9, 9, DIRECTIVE_DO);
    struct candidate *stronger = bench_find(&bench, "do pnpm", "pnpm");
    decide(&bench.candidates);
    assert_int_equal(stronger->reason, REASON_PROPOSED);
    assert_int_equal(bench.candidates.items[1].tier, TIER_NONE);
    bench_close(&bench);
}

/* What people said before and after one of them said everything. */
static void one_who_says_everything_is_not_all_that_is_heard(void **state)
{
    (void)state;
    struct bench bench;
    struct made made;
    bench_open(&bench, &directives_detector);
    for (int i = 0; i < 5000; i++) {
        made_directive(&made, (uint64_t)i + 1, 77, i % 9, "pnpm", "pnpm");
        made.tuple.directive.key_id = 1000 + (uint64_t)i;
        bench_feed(&bench, &made.tuple);
    }
    say(&bench, 6001, 1, "always use pnpm");
    say(&bench, 6002, 2, "we use pnpm here");
    bench_find(&bench, "pnpm", "pnpm");
    decide(&bench.candidates);
    size_t proposed = 0;
    for (size_t i = 0; i < bench.candidates.count; i++) {
        proposed += bench.candidates.items[i].reason == REASON_PROPOSED;
    }
    assert_int_equal(proposed, 1);
    bench_close(&bench);
}

/* ${people} say "add a changelog entry", or the same of many. */
static void ask_for_entries(struct bench *bench, bool many, int first,
                            int people)
{
    struct made made;
    for (int i = first; i < first + people; i++) {
        made_directive(&made, (uint64_t)i + 1, i, i,
                       many ? "changelog entries" : "changelog entry",
                       many ? "always add changelog entries"
                            : "always add a changelog entry");
        made.tuple.directive.verb = VERB_WRITE;
        made.tuple.directive.key =
            many ? BYTES_LITERAL("do write changelog entri")
                 : BYTES_LITERAL("do write changelog entry");
        made.tuple.directive.key_id = many ? 2 : 1;
        made.tuple.occurred_us += (int64_t)i * 2 * 86400 * 1000000;
        bench_feed(bench, &made.tuple);
    }
}

static void a_rule_in_two_wordings_is_told_once(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &directives_detector);
    ask_for_entries(&bench, false, 0, 2);
    ask_for_entries(&bench, true, 2, 3);
    struct candidate *one =
        bench_find(&bench, "do write changelog entry", "changelog entry");
    decide(&bench.candidates);
    assert_non_null(one);
    assert_int_equal(one->reason, REASON_PROPOSED);
    struct candidate *other =
        bench_find(&bench, "do write changelog entri", "changelog entries");
    decide(&bench.candidates);
    assert_non_null(other);
    assert_int_equal(other->reason, REASON_MERGED);
    assert_int_equal(other->tier, TIER_NONE);
    bench_close(&bench);
}

/* ---- one wish in more and in fewer words --------------------------------- */

enum {
    PART,   /* use pnpm */
    WHOLE,  /* use pnpm instead of npm */
    DENIED, /* never use npm */
    WISHES
};

static const struct {
    const char *key;
    const char *object;
    const char *instead;
    const char *quote;
} wishes[WISHES] = {
    [PART] = {"do use pnpm", "pnpm", "", "always use pnpm"},
    [WHOLE] = {"do use pnpm not npm", "pnpm", "npm", "use pnpm instead of npm"},
    [DENIED] = {"dont use npm", "npm", "", "never use npm"},
};

/* People first..first + count - 1 say ${wish}, days apart. */
static void wish(struct bench *bench, int wish, int first, int count,
                 enum origin origin)
{
    for (int i = first; i < first + count; i++) {
        struct made made;
        made_directive(&made, (uint64_t)i + 1, i, i, wishes[wish].object,
                       wishes[wish].quote);
        made.tuple.origin = origin;
        made.tuple.directive.key = bytes_of_text(wishes[wish].key);
        made.tuple.directive.key_id = hash_bytes(made.tuple.directive.key);
        made.tuple.directive.instead = bytes_of_text(wishes[wish].instead);
        made.tuple.directive.polarity =
            wish == DENIED ? DIRECTIVE_DONT : DIRECTIVE_DO;
        made.tuple.occurred_us += (int64_t)i * 2 * 86400 * 1000000;
        bench_feed(bench, &made.tuple);
    }
}

/* How many people stand behind ${wish} if it is told; else -1 and why not. */
static int people_behind(struct bench *bench, int wish, enum reason why)
{
    const char *key = wishes[wish].key;
    struct candidate *it = bench_find(bench, key, wishes[wish].object);
    assert_non_null(it);
    wishes_unite(&bench->candidates, bench->setting.exposures);
    decide(&bench->candidates);
    assert_int_equal(it->reason, why);
    for (uint32_t i = 1; i < it->for_count; i++) {
        assert_true(it->witnesses[i - 1]->seq < it->witnesses[i]->seq);
    }
    return it->tier == TIER_NONE ? -1 : (int)it->counts.principals;
}

static void the_whole_wish_is_told_with_all_who_want_it(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &directives_detector);
    wish(&bench, WHOLE, 10, 2, ORIGIN_USER);
    wish(&bench, PART, 0, 3, ORIGIN_USER);
    wish(&bench, PART, 10, 1, ORIGIN_USER); /* one says both */
    wish(&bench, DENIED, 20, 2, ORIGIN_USER);
    assert_int_equal(people_behind(&bench, WHOLE, REASON_PROPOSED), 5);
    assert_int_equal(people_behind(&bench, PART, REASON_MERGED), -1);
    assert_int_equal(people_behind(&bench, DENIED, REASON_MERGED), -1);
    bench_close(&bench);
}

static void one_who_says_more_counts_for_the_parts(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &directives_detector);
    wish(&bench, WHOLE, 10, 1, ORIGIN_USER);
    wish(&bench, PART, 0, 1, ORIGIN_USER);
    wish(&bench, DENIED, 20, 1, ORIGIN_USER);
    assert_int_equal(people_behind(&bench, PART, REASON_PROPOSED), 2);
    assert_int_equal(people_behind(&bench, DENIED, REASON_PROPOSED), 2);
    assert_int_equal(people_behind(&bench, WHOLE, REASON_ONE_PRINCIPAL), -1);
    bench_close(&bench);
}

/* Or two people could put words into an owner's mouth. */
static void nobody_adds_to_what_an_owner_stated(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &directives_detector);
    wish(&bench, PART, 0, 1, ORIGIN_OWNER);
    wish(&bench, WHOLE, 10, 2, ORIGIN_USER);
    assert_int_equal(people_behind(&bench, PART, REASON_PROPOSED), 3);
    assert_int_equal(people_behind(&bench, WHOLE, REASON_MERGED), -1);
    bench_close(&bench);
}

static void under_a_condition_it_is_another_wish(void **state)
{
    (void)state;
    static const struct {
        const char *part;
        const char *whole;
        enum wish_part kind;
    } pairs[] = {
        {"do use pnpm", "do use pnpm not npm", WISH_WANTED},
        {"dont use npm", "do use pnpm not npm", WISH_DENIED},
        {"do use pnpm | ci", "do use pnpm not npm", WISH_OTHER},
        {"do use pnpm", "do use pnpm not npm | ci", WISH_OTHER},
        {"do use pn", "do use pnpm not npm", WISH_OTHER},
        {"dont run npm", "do use pnpm not npm", WISH_OTHER},
        {"dont use pnpm", "do use pnpm not npm", WISH_OTHER},
        {"do use npm", "do use pnpm not npm", WISH_OTHER},
        {"do use pnpm", "do use pnpm", WISH_OTHER},
        {"do use pnpm", "dont use pnpm not npm", WISH_OTHER},
        {"", "do not", WISH_OTHER},
        {"do", "do  not x", WISH_OTHER},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        assert_int_equal(wish_part_of(bytes_of_text(pairs[i].part),
                                      bytes_of_text(pairs[i].whole)),
                         pairs[i].kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_people_make_it_the_teams),
        cmocka_unit_test(one_owner_is_enough),
        cmocka_unit_test(the_same_words_within_a_day_are_one_broadcast),
        cmocka_unit_test(of_opposites_the_stronger_stays),
        cmocka_unit_test(for_this_time_only_is_no_rule),
        cmocka_unit_test(one_who_says_everything_is_not_all_that_is_heard),
        cmocka_unit_test(a_rule_in_two_wordings_is_told_once),
        cmocka_unit_test(the_whole_wish_is_told_with_all_who_want_it),
        cmocka_unit_test(one_who_says_more_counts_for_the_parts),
        cmocka_unit_test(nobody_adds_to_what_an_owner_stated),
        cmocka_unit_test(under_a_condition_it_is_another_wish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
