/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/plan/wording.h"

static struct bytes text(const char *words)
{
    return bytes_of_text(words);
}

static struct candidate preference(void)
{
    return (struct candidate){.kind = FINDING_KIND_PREFERENCE,
                              .team_name = text("blue"),
                              .subject = text("shell.test-runner"),
                              .option = text("mise run test"),
                              .preference = {.voters = 10,
                                             .supporters = 9,
                                             .baseline = 0.4,
                                             .source = BASELINE_TEAMS}};
}

static void a_preference_is_stated_as_data(void **state)
{
    (void)state;
    struct candidate candidate = preference();
    struct buf out;
    buf_init(&out, WORDING_CONTENT_MAX);
    wording_content(&candidate, &out);
    assert_string_equal(
        buf_text(&out),
        "observed: 9 of 10 principals of team blue choose \"mise run test\" "
        "for shell.test-runner.\nbaseline: 0.40 of other teams at most.\n");
    buf_reset(&out);
    candidate.preference.source = BASELINE_NONE;
    wording_content(&candidate, &out);
    assert_non_null(strstr(buf_text(&out), "no baseline is known"));
    buf_fini(&out);
}

static void a_preference_that_moved_says_what_it_was(void **state)
{
    (void)state;
    struct candidate candidate = preference();
    struct buf out;
    buf_init(&out, WORDING_CONTENT_MAX);
    candidate.preference.has_moved = true;
    candidate.preference.since_day = 20600;
    candidate.preference.before = BYTES_LITERAL("go test");
    candidate.preference.before_voters = 12;
    candidate.preference.before_supporters = 11;
    wording_content(&candidate, &out);
    assert_string_equal(
        buf_text(&out),
        "observed: 9 of 10 principals of team blue choose \"mise run test\" "
        "for shell.test-runner.\nsince: 2026-05-27; before: \"go test\" (11 "
        "of 12).\nbaseline: 0.40 of other teams at most.\n");
    buf_reset(&out);
    candidate.preference.is_stale = true;
    candidate.preference.supporters = 1;
    wording_content(&candidate, &out);
    assert_string_equal(buf_text(&out),
                        "observed: by now 9 of 10 principals of team blue "
                        "choose something else than \"mise run test\" for "
                        "shell.test-runner.\n");
    buf_fini(&out);
}

static void a_mistake_names_what_fails_and_who_saw_it(void **state)
{
    (void)state;
    struct candidate candidate = {
        .kind = FINDING_KIND_MISTAKE,
        .team_name = text("blue"),
        .subject = text("mysql: Table <IDENT> doesn't exist"),
        .option = text("cars"),
        .counts = {.sessions = 17},
        .mistake = {.tool = text("mysql"),
                    .template_text = text("Table <IDENT> doesn't exist"),
                    .values = text("cars"),
                    .tool_users = 8,
                    .agents = 5}};
    struct buf out;
    buf_init(&out, WORDING_CONTENT_MAX);
    wording_content(&candidate, &out);
    assert_string_equal(buf_text(&out),
                        "observed: mysql fails with \"Table cars doesn't "
                        "exist\"; seen by 5 of 8 agents in 17 sessions of "
                        "team blue.\n");
    buf_reset(&out);
    wording_title(&candidate, &out);
    assert_string_equal(buf_text(&out), "mysql: Table cars doesn't exist");
    candidate.mistake.values = text("cars, trucks");
    buf_reset(&out);
    wording_content(&candidate, &out);
    assert_string_equal(buf_text(&out),
                        "observed: mysql fails with \"Table <IDENT> doesn't "
                        "exist\" for \"cars, trucks\"; seen by 5 of 8 agents "
                        "in 17 sessions of team blue.\n");
    buf_fini(&out);
}

static void hostile_text_cannot_leave_its_quotes(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 256);
    wording_escape(text("a\"b\n`c`\x1b \xe2\x80\xae"
                        "d\xef\xbb\xbf"),
                   100, &out);
    assert_string_equal(buf_text(&out), "a'b 'c'  d");
    buf_reset(&out);
    wording_escape(text("\xc3\xa9\xc3\xa9\xc3\xa9"), 5, &out);
    assert_string_equal(buf_text(&out), "\xc3\xa9\xc3\xa9...");
    buf_fini(&out);
}

static void everything_fits_whatever_it_is_made_of(void **state)
{
    (void)state;
    char huge[5000];
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = 0;
    struct sighting seen = {.quote = text(huge)};
    struct sighting *witnesses[] = {&seen};
    const enum finding_kind kinds[] = {
        FINDING_KIND_PREFERENCE, FINDING_KIND_DIRECTIVE, FINDING_KIND_MISTAKE};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct candidate candidate = {.kind = kinds[i],
                                      .team_name = text("a-team-name"),
                                      .subject = text("subject"),
                                      .option = text(huge),
                                      .witnesses = witnesses,
                                      .for_count = 1};
        if (kinds[i] == FINDING_KIND_DIRECTIVE) {
            candidate.directive.said.object = text(huge);
            candidate.directive.said.instead = text(huge);
        } else if (kinds[i] == FINDING_KIND_MISTAKE) {
            candidate.mistake.tool = text(huge);
            candidate.mistake.template_text = text(huge);
            candidate.mistake.values = text(huge);
        }
        struct buf out;
        buf_init(&out, WORDING_CONTENT_MAX);
        wording_content(&candidate, &out);
        assert_int_equal(buf_error(&out), ERR_OK);
        buf_fini(&out);
        buf_init(&out, WORDING_TITLE_MAX);
        wording_title(&candidate, &out);
        assert_int_equal(buf_error(&out), ERR_OK);
        buf_fini(&out);
        buf_init(&out, WORDING_PATH_MAX);
        wording_path(&candidate, &out);
        assert_int_equal(buf_error(&out), ERR_OK);
        buf_fini(&out);
    }
}

static void a_slot_has_one_path_for_all_its_options(void **state)
{
    (void)state;
    struct candidate candidate = preference();
    struct buf a;
    struct buf b;
    buf_init(&a, WORDING_PATH_MAX);
    buf_init(&b, WORDING_PATH_MAX);
    wording_path(&candidate, &a);
    candidate.option = text("go test");
    wording_path(&candidate, &b);
    assert_string_equal(buf_text(&a), buf_text(&b));
    assert_memory_equal(buf_text(&a), "/preferences/shell-test-runner-", 31);
    buf_fini(&a);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preference_is_stated_as_data),
        cmocka_unit_test(a_preference_that_moved_says_what_it_was),
        cmocka_unit_test(a_mistake_names_what_fails_and_who_saw_it),
        cmocka_unit_test(hostile_text_cannot_leave_its_quotes),
        cmocka_unit_test(everything_fits_whatever_it_is_made_of),
        cmocka_unit_test(a_slot_has_one_path_for_all_its_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
