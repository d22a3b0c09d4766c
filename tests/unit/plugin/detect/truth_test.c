/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/detect/mistakes/attempts.h"
#include "plugin/plan/decide.h"
#include "plugin/plan/wording.h"
#include "tests/unit/plugin/tuples.h"

#define COLUMNS "mysql: columns of singer"
#define TABLES  "mysql: tables"
#define MESSAGE "Unknown column '<IDENT>' in '<CLAUSE>'"

struct world {
    struct bench bench;
    uint64_t seq;
};

static struct tuple_ref column(const char *name)
{
    return (struct tuple_ref){.kind = REF_COLUMN,
                              .owner = BYTES_LITERAL("singer"),
                              .name = bytes_of_text(name),
                              .said = bytes_of_text(name),
                              .is_certain = true,
                              .is_blamed = true};
}

static void call(struct world *world, int principal, int session,
                 const struct tuple_ref *ref, const char *statement)
{
    struct made made;
    made_base(&made, TUPLE_TOOL_CALL, ++world->seq, principal, session);
    made.slot = (struct tuple_slot){BYTES_LITERAL("sql.statement"),
                                    bytes_of_text(statement), SLOT_COMMAND};
    made.tuple.quote = BYTES_LITERAL("select something from singer");
    made.tuple.call = (struct tuple_call){.tool = BYTES_LITERAL("mysql"),
                                          .slots = &made.slot,
                                          .slot_count = 1,
                                          .refs = ref,
                                          .ref_count = ref ? 1 : 0};
    bench_feed(&world->bench, &made.tuple);
}

static void result(struct world *world, int principal, int session,
                   bool is_error)
{
    struct made made;
    made_base(&made, TUPLE_TOOL_RESULT, ++world->seq, principal, session);
    made.tuple.result = (struct tuple_result){.tool = BYTES_LITERAL("mysql"),
                                              .is_error = is_error};
    bench_feed(&world->bench, &made.tuple);
}

static void error(struct world *world, int principal, int session,
                  const char *name)
{
    struct made made;
    made_error(&made, world->seq, principal, session, name);
    made.tuple.error.template_text = BYTES_LITERAL(MESSAGE);
    bench_feed(&world->bench, &made.tuple);
}

static void works(struct world *world, int principal, int session,
                  const char *name)
{
    struct tuple_ref ref = column(name);
    call(world, principal, session, &ref, "select");
    result(world, principal, session, false);
}

static void fails(struct world *world, int principal, int session,
                  const char *name)
{
    struct tuple_ref ref = column(name);
    call(world, principal, session, &ref, "select");
    result(world, principal, session, true);
    error(world, principal, session, name);
}

static void open_world(struct world *world)
{
    *world = (struct world){.seq = 0};
    bench_open(&world->bench, &mistakes_detector);
}

static struct candidate *decided(struct world *world)
{
    struct candidate *found = bench_find(&world->bench, COLUMNS, "singer");
    if (found) {
        decide(&world->bench.candidates);
    }
    return found;
}

/* One session of the story: three people fail over two wrong names, two of
 * them then use right ones, one uses a name that nobody else does. */
static void session_of(struct world *world, int session)
{
    int principal = session % 3;
    fails(world, principal, session, session % 2 ? "title" : "age_years");
    if (principal < 2) {
        works(world, principal, session, "name");
        works(world, principal, session, "age");
    } else {
        works(world, principal, session, "song");
    }
}

static void content_of(struct world *world, struct buf *out)
{
    struct candidate *found = decided(world);
    assert_non_null(found);
    buf_init(out, 4096);
    wording_content(found, out);
}

static void one_memory_says_what_is_there(void **state)
{
    (void)state;
    struct world world;
    struct buf text;
    open_world(&world);
    for (int i = 0; i < 12; i++) {
        session_of(&world, i);
    }
    content_of(&world, &text);
    assert_non_null(
        strstr(buf_text(&text), "columns known to work: \"age, name\""));
    assert_null(strstr(buf_text(&text), "song"));
    struct candidate *found = decided(&world);
    assert_int_equal(found->tier, TIER_AUTO);
    /* Below the auto tier it also says what one person alone used. */
    found->tier = TIER_PROPOSAL;
    buf_reset(&text);
    wording_content(found, &text);
    assert_non_null(
        strstr(buf_text(&text), "that worked for one person: \"song\""));
    assert_non_null(
        strstr(buf_text(&text), "no such column: \"age_years, title\""));
    buf_fini(&text);
    bench_close(&world.bench);
}

static void the_order_of_sessions_changes_nothing(void **state)
{
    (void)state;
    static const int orders[][12] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
        {11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
        {5, 0, 7, 2, 9, 4, 11, 6, 1, 8, 3, 10},
    };
    struct buf first;
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        struct world world;
        struct buf text;
        open_world(&world);
        for (size_t j = 0; j < 12; j++) {
            session_of(&world, orders[i][j]);
        }
        content_of(&world, i == 0 ? &first : &text);
        if (i > 0) {
            assert_string_equal(buf_text(&first), buf_text(&text));
            buf_fini(&text);
        }
        bench_close(&world.bench);
    }
    buf_fini(&first);
}

static void the_single_errors_are_covered(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    for (int i = 0; i < 12; i++) {
        session_of(&world, i);
    }
    struct candidate *found =
        bench_find(&world.bench, "mysql: " MESSAGE, "title");
    assert_non_null(found);
    assert_int_equal(found->reason, REASON_COVERED);
    bench_close(&world.bench);
}

static void a_name_that_is_in_no_call_is_not_told(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    for (int i = 0; i < 12; i++) {
        struct tuple_ref ref = column("name");
        call(&world, i % 3, i, &ref, "select");
        result(&world, i % 3, i, true);
        error(&world, i % 3, i, "run_this_instead");
    }
    assert_null(decided(&world));
    bench_close(&world.bench);
}

static void one_person_alone_says_nothing(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    for (int i = 0; i < 12; i++) {
        fails(&world, 1, i, "title");
        works(&world, 1, i, "planted");
    }
    struct candidate *found = decided(&world);
    assert_non_null(found);
    assert_int_equal(found->tier, TIER_NONE);
    assert_int_equal(found->reason, REASON_ONE_PRINCIPAL);
    bench_close(&world.bench);
}

static bool is_among(const struct place_name *names, uint32_t count,
                     const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bytes_equal_text(names[i].text, name)) {
            return true;
        }
    }
    return false;
}

/* It makes a right name fail wherever it can, and one other person once. */
static void who_fails_on_purpose_takes_no_name_away(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    for (int i = 0; i < 6; i++) {
        works(&world, i, i, "name");
        fails(&world, i, i + 10, "nome");
    }
    for (int i = 0; i < 40; i++) {
        fails(&world, 9, 100 + i, "name");
    }
    fails(&world, 1, 50, "name");
    const struct candidate *found = decided(&world);
    assert_non_null(found);
    const struct place_figures *place = mistake_place(&found->mistake);
    assert_true(is_among(place->good, place->good_count, "name"));
    assert_false(is_among(place->bad, place->bad_count, "name"));
    assert_true(is_among(place->bad, place->bad_count, "nome"));
    bench_close(&world.bench);
}

/* One who makes names up fills neither a place nor the table. */
static void who_makes_names_up_leaves_room(void **state)
{
    (void)state;
    struct world world;
    char name[32];
    open_world(&world);
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof(name), "made_up_%d", i);
        works(&world, 9, i % 20, name);
    }
    for (int i = 0; i < 9000; i++) {
        struct tuple_ref ref = column("name");
        snprintf(name, sizeof(name), "table_%d", i);
        ref.owner = bytes_of_text(name);
        call(&world, 9, 30, &ref, "select");
        result(&world, 9, 30, false);
    }
    for (int i = 0; i < 6; i++) {
        works(&world, i, i, "name");
        fails(&world, i, i + 10, "nome");
    }
    const struct candidate *found = decided(&world);
    assert_non_null(found);
    const struct place_figures *place = mistake_place(&found->mistake);
    assert_true(is_among(place->good, place->good_count, "name"));
    assert_true(is_among(place->bad, place->bad_count, "nome"));
    bench_close(&world.bench);
}

static void names_of_a_sessions_own_making_do_not_count(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    for (int i = 0; i < 12; i++) {
        call(&world, i % 3, i, NULL, "create");
        result(&world, i % 3, i, false);
        session_of(&world, i);
    }
    assert_null(decided(&world));
    bench_close(&world.bench);
}

static void silent_sessions_are_forgotten_first(void **state)
{
    (void)state;
    struct attempts *attempts = attempts_new();
    struct made made;
    for (int i = 0; i < ATTEMPTS_SESSIONS_MAX + 3; i++) {
        made_base(&made, TUPLE_TOOL_CALL, 1, 1, i);
        assert_non_null(attempts_of(attempts, 0, 1, &made.tuple));
        /* The first session goes on speaking. */
        made_base(&made, TUPLE_TOOL_CALL, 1, 1, 0);
        struct live *live = attempts_of(attempts, 0, 1, &made.tuple);
        live_call(live, &made.tuple, 1);
        assert_int_equal(live->numbers, i + 1);
    }
    assert_int_equal(attempts_evicted(attempts), 3);
    attempts_free(attempts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_memory_says_what_is_there),
        cmocka_unit_test(the_order_of_sessions_changes_nothing),
        cmocka_unit_test(the_single_errors_are_covered),
        cmocka_unit_test(a_name_that_is_in_no_call_is_not_told),
        cmocka_unit_test(one_person_alone_says_nothing),
        cmocka_unit_test(who_fails_on_purpose_takes_no_name_away),
        cmocka_unit_test(who_makes_names_up_leaves_room),
        cmocka_unit_test(names_of_a_sessions_own_making_do_not_count),
        cmocka_unit_test(silent_sessions_are_forgotten_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
