/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "broker/route/parts/view.h"

static void assert_text(const struct view *view, const char *text)
{
    struct bytes got = view_text(view);
    assert_int_equal(got.len, bytes_of_text(text).len);
    assert_true(bytes_equal_text(got, text));
}

static void mounted_stores_come_first_and_are_known(void **state)
{
    (void)state;
    struct view view;
    view_init(&view);
    view_mount(&view, BYTES_LITERAL("blue"), BYTES_LITERAL("ada"));
    assert_text(&view, "team/blue@0+agent/ada@0");
    assert_true(view_raise(&view, BYTES_LITERAL("team/blue"), 3));
    assert_false(view_raise(&view, BYTES_LITERAL("team/blue"), 2));
    view_mount(&view, BYTES_LITERAL("red"), BYTES_LITERAL("ada"));
    assert_text(&view, "team/red@0+agent/ada@0+team/blue@3");
    view_fini(&view);
}

static void a_report_can_only_add(void **state)
{
    (void)state;
    struct view view;
    bool is_changed = false;
    view_init(&view);
    view_mount(&view, bytes_of(NULL, 0), BYTES_LITERAL("ada"));
    assert_int_equal(
        view_merge(&view, BYTES_LITERAL("agent/ada@4+team/x@1"), &is_changed),
        ERR_OK);
    assert_true(is_changed);
    is_changed = false;
    assert_int_equal(
        view_merge(&view, BYTES_LITERAL("agent/ada@2"), &is_changed), ERR_OK);
    assert_false(is_changed);
    assert_text(&view, "agent/ada@4+team/x@1");
    view_fini(&view);
}

static void names_may_hold_the_separators(void **state)
{
    (void)state;
    struct view view;
    view_init(&view);
    assert_int_equal(
        view_merge(&view, BYTES_LITERAL("team/a+b@c@7+agent/x@y@9"), NULL),
        ERR_OK);
    assert_int_equal(view.count, 2);
    assert_string_equal(view.stores[0].name, "team/a+b@c");
    assert_int_equal(view.stores[0].version, 7);
    assert_string_equal(view.stores[1].name, "agent/x@y");
    view_fini(&view);
}

static void what_is_no_view_changes_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"x",
                                        "team/blue",
                                        "team/blue@",
                                        "team/blue@1x",
                                        "team/b@1+team/c",
                                        "store/b@1",
                                        "team/b@1111111111111111111"};
    struct view view;
    view_init(&view);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_int_equal(view_merge(&view, bytes_of_text(texts[i]), NULL),
                         ERR_INVALID);
        assert_int_equal(view.count, 0);
    }
    view_fini(&view);
}

static void what_does_not_fit_is_unknown_for_good(void **state)
{
    (void)state;
    struct view view;
    view_init(&view);
    view_mount(&view, BYTES_LITERAL("blue"), BYTES_LITERAL("ada"));
    for (int i = 0; i < VIEW_STORES_MAX; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "team/t%d", i);
        (void)view_raise(&view, bytes_of_text(name), 1);
    }
    assert_text(&view, "");
    (void)view_raise(&view, BYTES_LITERAL("team/blue"), 9);
    assert_text(&view, "");
    view_fini(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mounted_stores_come_first_and_are_known),
        cmocka_unit_test(a_report_can_only_add),
        cmocka_unit_test(names_may_hold_the_separators),
        cmocka_unit_test(what_is_no_view_changes_nothing),
        cmocka_unit_test(what_does_not_fit_is_unknown_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
