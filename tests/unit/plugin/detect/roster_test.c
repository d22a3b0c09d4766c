/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/detect/roster.h"

static struct bytes text(const char *words)
{
    return bytes_of_text(words);
}

static void numbers_follow_first_appearance(void **state)
{
    (void)state;
    struct roster *roster = roster_new();
    assert_int_equal(roster_team(roster, text("blue")), 0);
    assert_int_equal(roster_team(roster, text("red")), 1);
    assert_int_equal(roster_team(roster, text("blue")), 0);
    assert_int_equal(roster_principal(roster, 1, text("ada")), 0);
    assert_int_equal(roster_principal(roster, 1, text("bob")), 1);
    assert_int_equal(roster_principal(roster, 0, text("bob")), 0);
    assert_int_equal(roster_teams(roster), 2);
    assert_int_equal(roster_principals(roster, 1), 2);
    assert_true(bytes_equal_text(roster_team_name(roster, 1), "red"));
    assert_true(bytes_equal_text(roster_principal_name(roster, 1, 1), "bob"));
    roster_free(roster);
}

static void users_of_a_tool_are_counted_once(void **state)
{
    (void)state;
    struct roster *roster = roster_new();
    roster_team(roster, text("blue"));
    roster_team(roster, text("red"));
    for (int i = 0; i < 3; i++) {
        roster_use(roster, 0, text("Bash"), text("ada"));
        roster_use(roster, 0, text("Bash"), text("bob"));
    }
    roster_use(roster, 0, text("Read"), text("ada"));
    assert_int_equal(roster_users(roster, 0, text("Bash")), 2);
    assert_int_equal(roster_users(roster, 0, text("Read")), 1);
    assert_int_equal(roster_users(roster, 1, text("Bash")), 0);
    roster_free(roster);
}

static void beyond_the_maximum_is_refused_and_counted(void **state)
{
    (void)state;
    struct roster *roster = roster_new();
    char name[24];
    for (int i = 0; i < TEAMS_MAX; i++) {
        snprintf(name, sizeof(name), "team-%d", i);
        assert_int_equal(roster_team(roster, text(name)), i);
    }
    assert_int_equal(roster_team(roster, text("one more")), ROSTER_NONE);
    assert_int_equal(roster_team(roster, text("team-5")), 5);
    assert_int_equal(roster_refused(roster), 1);
    roster_free(roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_first_appearance),
        cmocka_unit_test(users_of_a_tool_are_counted_once),
        cmocka_unit_test(beyond_the_maximum_is_refused_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
