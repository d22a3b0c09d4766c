/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/route/parts/filter.h"
#include "broker/route/route.h"
#include "proto/limits.h"

static const struct filter_subject subject = {
    .team = {(const uint8_t *)"blue", 4},
    .agent = {(const uint8_t *)"ada", 3},
    .session = {(const uint8_t *)"s1", 2},
    .kind = {(const uint8_t *)"agent.tool_use", 14},
};

static bool passes(enum filter_list list, const char *a, const char *b)
{
    struct route_filter *filter = filter_new();
    assert_int_equal(filter_add(filter, list, bytes_of_text(a)), ERR_OK);
    if (b) {
        assert_int_equal(filter_add(filter, list, bytes_of_text(b)), ERR_OK);
    }
    bool is_passed = filter_passes(filter, &subject);
    filter_drop(filter);
    return is_passed;
}

static void an_empty_filter_passes_everything(void **state)
{
    (void)state;
    struct route_filter *filter = filter_new();
    assert_true(filter_passes(filter, &subject));
    assert_true(filter_passes(NULL, &subject));
    filter_drop(filter);
}

static void one_entry_of_a_list_is_enough(void **state)
{
    (void)state;
    assert_true(passes(FILTER_TEAM, "red", "blue"));
    assert_false(passes(FILTER_TEAM, "red", "green"));
    assert_true(passes(FILTER_AGENT, "ada", NULL));
    assert_true(passes(FILTER_SESSION, "s1", NULL));
    assert_false(passes(FILTER_SESSION, "s", NULL));
    assert_true(passes(FILTER_KIND, "agent.*", NULL));
    assert_false(passes(FILTER_KIND, "agent.tool", NULL));
    assert_false(passes(FILTER_TOPIC, ">", NULL)); /* is to no topic */
}

static void every_list_needs_a_match(void **state)
{
    (void)state;
    struct route_filter *filter = filter_new();
    assert_int_equal(filter_add(filter, FILTER_TEAM, BYTES_LITERAL("blue")),
                     ERR_OK);
    assert_true(filter_passes(filter, &subject));
    assert_int_equal(filter_add(filter, FILTER_AGENT, BYTES_LITERAL("bob")),
                     ERR_OK);
    assert_false(filter_passes(filter, &subject));
    filter_drop(filter);
}

static void what_cannot_match_and_what_is_too_much_is_refused(void **state)
{
    (void)state;
    struct route_filter *filter = filter_new();
    assert_int_equal(filter_add(filter, FILTER_TEAM, BYTES_LITERAL("")),
                     ERR_INVALID);
    assert_int_equal(filter_add(filter, FILTER_KIND, BYTES_LITERAL("A.b")),
                     ERR_INVALID);
    assert_int_equal(filter_add(filter, FILTER_TOPIC, BYTES_LITERAL("a..b")),
                     ERR_INVALID);
    for (int i = 0; i < FILTER_LIST_MAX; i++) {
        assert_int_equal(filter_add(filter, FILTER_AGENT, BYTES_LITERAL("x")),
                         ERR_OK);
    }
    assert_int_equal(filter_add(filter, FILTER_AGENT, BYTES_LITERAL("x")),
                     ERR_TOO_BIG);
    filter_drop(filter);
}

static void stored_events_are_matched_by_stamp_and_envelope(void **state)
{
    (void)state;
    struct buf stamp;
    struct buf envelope;
    buf_init(&stamp, 1000);
    buf_init(&envelope, 1000);
    stamp_write_claims(
        &(struct stamp){.from = subject.agent, .team = subject.team}, &stamp);
    envelope_write(&(struct envelope){.version = 1,
                                      .to = BYTES_LITERAL("topic:a.b"),
                                      .from = BYTES_LITERAL("eve"),
                                      .kind = subject.kind},
                   &envelope);
    struct route_filter *filter = filter_new();
    assert_int_equal(filter_add(filter, FILTER_AGENT, subject.agent), ERR_OK);
    assert_int_equal(filter_add(filter, FILTER_TOPIC, BYTES_LITERAL("a.*")),
                     ERR_OK);
    assert_true(
        route_filter_matches(filter, buf_bytes(&stamp), buf_bytes(&envelope)));
    assert_false(
        route_filter_matches(filter, bytes_of(NULL, 0), buf_bytes(&envelope)));
    filter_drop(filter);
    buf_fini(&stamp);
    buf_fini(&envelope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_filter_passes_everything),
        cmocka_unit_test(one_entry_of_a_list_is_enough),
        cmocka_unit_test(every_list_needs_a_match),
        cmocka_unit_test(what_cannot_match_and_what_is_too_much_is_refused),
        cmocka_unit_test(stored_events_are_matched_by_stamp_and_envelope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
