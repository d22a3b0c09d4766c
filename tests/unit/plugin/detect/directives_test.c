/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/plan/decide.h"
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
