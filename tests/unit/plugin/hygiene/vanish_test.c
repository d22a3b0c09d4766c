/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "plugin/hygiene/vanish.h"

static const struct bytes team = {(const uint8_t *)"blue", 4};

static void use(struct vanish *vanish, const char *thing, int64_t day)
{
    char text[128];
    snprintf(text, sizeof(text), "{\"path\":\"/srv/%s/config.yaml\"}", thing);
    vanish_feed(vanish, team, BYTES_LITERAL("read_file"), bytes_of_text(text),
                day * US_PER_DAY);
}

static enum vanish_state ask(const struct vanish *vanish, const char *name)
{
    return vanish_ask(vanish, team, bytes_of_text(name), NULL);
}

static struct vanish *lived(bool backwards)
{
    struct vanish *vanish = vanish_new();
    for (int64_t i = 0; i < 100; i++) {
        int64_t day = backwards ? 99 - i : i;
        use(vanish, "amber_parcel", day);
        use(vanish, "cedar", day);
        use(vanish, "Dusty-Garden", day);
        if (day < 30) {
            use(vanish, "early_ticket", day);
        }
        if (day < 2) {
            use(vanish, "once_or_twice", day);
        }
        if (day < 20) {
            vanish_feed(vanish, team, BYTES_LITERAL("run_report"),
                        BYTES_LITERAL("{\"name\":\"old_report\"}"),
                        day * US_PER_DAY);
        }
    }
    vanish_settle(vanish);
    return vanish;
}

static void assert_states(const struct vanish *vanish)
{
    assert_int_equal(ask(vanish, "early_ticket"), VANISH_GONE);
    assert_int_equal(ask(vanish, "EARLY_TICKET"), VANISH_GONE);
    assert_int_equal(ask(vanish, "amber_parcel"), VANISH_SEEN);
    assert_int_equal(ask(vanish, "cedar"), VANISH_SEEN);
    assert_int_equal(ask(vanish, "dusty-garden"), VANISH_SEEN);
    assert_int_equal(ask(vanish, "never_seen"), VANISH_UNKNOWN);
    assert_int_equal(ask(vanish, "once_or_twice"), VANISH_UNKNOWN);
    /* Nobody uses that tool any more: it says nothing of what it named. */
    assert_int_equal(ask(vanish, "old_report"), VANISH_UNKNOWN);
    assert_int_equal(vanish_ask(vanish, BYTES_LITERAL("red"),
                                BYTES_LITERAL("early_ticket"), NULL),
                     VANISH_UNKNOWN);
}

static void what_its_siblings_outlive_is_gone(void **state)
{
    (void)state;
    struct vanish *vanish = lived(false);
    int64_t last_us = 0;
    assert_states(vanish);
    assert_int_equal(
        vanish_ask(vanish, team, BYTES_LITERAL("early_ticket"), &last_us),
        VANISH_GONE);
    assert_int_equal(last_us, 29 * US_PER_DAY);
    vanish_free(vanish);
}

static void order_changes_nothing(void **state)
{
    (void)state;
    struct vanish *vanish = lived(true);
    assert_states(vanish);
    assert_int_equal(vanish_now_us(vanish), 99 * US_PER_DAY);
    vanish_free(vanish);
}

/* Of a team that rests nothing is gone because another one works in a folder of
 * the same name. */
static void another_teams_files_are_no_siblings(void **state)
{
    (void)state;
    struct vanish *vanish = vanish_new();
    for (int64_t day = 0; day < 100; day++) {
        if (day < 20) {
            use(vanish, "quiet_parcel", day);
            use(vanish, "quiet_garden", day);
        }
        for (int i = 0; i < 4; i++) {
            char text[64];
            snprintf(text, sizeof(text), "{\"path\":\"/srv/busy_%d/a.yaml\"}",
                     i);
            vanish_feed(vanish, BYTES_LITERAL("red"),
                        BYTES_LITERAL("read_file"), bytes_of_text(text),
                        day * US_PER_DAY);
        }
    }
    vanish_settle(vanish);
    assert_int_equal(ask(vanish, "quiet_parcel"), VANISH_UNKNOWN);
    assert_int_equal(
        vanish_ask(vanish, BYTES_LITERAL("red"), BYTES_LITERAL("busy_1"), NULL),
        VANISH_SEEN);
    vanish_free(vanish);
}

/* What is followed beyond the maximum is chosen by hash, so two orders follow
 * the same names. */
static void a_full_table_follows_the_same_names_in_any_order(void **state)
{
    (void)state;
    enum {
        NAMES = VANISH_NAMES_MAX + VANISH_NAMES_MAX / 4
    };
    struct vanish *one = vanish_new();
    struct vanish *other = vanish_new();
    char text[64];
    for (int64_t i = 0; i < NAMES; i++) {
        for (int64_t day = 0; day < VANISH_USED_DAYS; day++) {
            snprintf(text, sizeof(text), "x_%lld", (long long)i);
            vanish_feed(one, team, BYTES_LITERAL("t"), bytes_of_text(text),
                        day * US_PER_DAY);
            snprintf(text, sizeof(text), "x_%lld", (long long)(NAMES - 1 - i));
            vanish_feed(other, team, BYTES_LITERAL("t"), bytes_of_text(text),
                        day * US_PER_DAY);
        }
    }
    vanish_settle(one);
    vanish_settle(other);
    size_t followed = 0;
    for (int64_t i = 0; i < NAMES; i++) {
        snprintf(text, sizeof(text), "x_%lld", (long long)i);
        assert_int_equal(ask(one, text), ask(other, text));
        followed += ask(one, text) == VANISH_SEEN;
    }
    assert_true(followed > NAMES / 4 && followed <= VANISH_NAMES_MAX);
    assert_true(vanish_dropped(one) > 0);
    vanish_free(one);
    vanish_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_its_siblings_outlive_is_gone),
        cmocka_unit_test(order_changes_nothing),
        cmocka_unit_test(another_teams_files_are_no_siblings),
        cmocka_unit_test(a_full_table_follows_the_same_names_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
