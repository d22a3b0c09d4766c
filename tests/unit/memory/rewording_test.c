/* SPDX-License-Identifier: MIT */
/* Which findings are one in other words, and which only look like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "memory/rewording.h"
#include "proto/messages.h"

struct way {
    const char *subject;
    const char *option;
};

static char *lent(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void id_of(const struct way *way, uint8_t out[FINDING_BYTES])
{
    Reverie__V1__Change change = REVERIE__V1__CHANGE__INIT;
    change.store = lent("team/blue");
    change.kind = REVERIE__V1__FINDING_KIND__FINDING_DIRECTIVE;
    change.subject = lent(way->subject);
    change.option = lent(way->option);
    rewording_id(&change, out);
}

static bool are_one(const struct way *a, const struct way *b)
{
    uint8_t x[FINDING_BYTES];
    uint8_t y[FINDING_BYTES];
    id_of(a, x);
    id_of(b, y);
    return memcmp(x, y, sizeof(x)) == 0;
}

static void what_is_said_in_other_words_is_one(void **state)
{
    (void)state;
    static const struct way pairs[][2] = {
        {{"do use pnpm", "pnpm"}, {"do use PNPM", "PNPM"}},
        {{"do use pnpm", "pnpm"}, {"please,  always use  pnpm.", "pnpm"}},
        {{"do use pnpm", "pnpm"}, {"prefer pnpm", "pnpm"}},
        {{"do use pnpm not npm", "pnpm"}, {"use pnpm instead of npm", "pnpm"}},
        {{"do use pnpm not npm", "pnpm"}, {"not npm, use pnpm", "pnpm"}},
        {{"do use pnpm not npm", "pnpm"}, {"never npm; pnpm", "pnpm"}},
        {{"do use pnpm not npm", "pnpm"}, {"pnpm rather than npm", "pnpm"}},
        {{"dont use npm", "npm"}, {"don't use NPM", "npm"}},
        {{"dont use npm", "npm"}, {"never use npm", "npm"}},
        {{"do add changelog entries", "changelog entry"},
         {"always add a changelog entry", "changelog entries"}},
        {{"do run tests first", "tests"}, {"first run the test", "test"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        if (!are_one(&pairs[i][0], &pairs[i][1])) {
            fail_msg("\"%s\" is \"%s\"", pairs[i][0].subject,
                     pairs[i][1].subject);
        }
    }
}

static void what_says_something_else_is_not(void **state)
{
    (void)state;
    static const struct way pairs[][2] = {
        {{"do use pnpm", "pnpm"}, {"dont use pnpm", "pnpm"}},
        {{"do use pnpm not npm", "pnpm"}, {"do use npm not pnpm", "npm"}},
        {{"do use pnpm", "pnpm"}, {"do use pnpm not npm", "pnpm"}},
        {{"sync.channel", "amber"}, {"sync.channel", "cedar"}},
        {{"git.commit", "--verify"}, {"git.commit", "--no-verify"}},
        {{"do use \xe7\x94\xb2", "\xe7\x94\xb2"},
         {"do use \xe4\xb9\x99", "\xe4\xb9\x99"}},
        {{"", ""}, {"x", ""}},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        if (are_one(&pairs[i][0], &pairs[i][1])) {
            fail_msg("\"%s\" is not \"%s\"", pairs[i][0].subject,
                     pairs[i][1].subject);
        }
    }
}

/* As long as a change may be, and made of whatever bytes. */
static void whatever_the_bytes_it_has_an_id(void **state)
{
    (void)state;
    static char subject[SUBJECT_MAX_BYTES + 1];
    static char option[OPTION_MAX_BYTES + 1];
    uint32_t seed = 1;
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < SUBJECT_MAX_BYTES; i++) {
            seed = seed * 1664525 + 1013904223;
            subject[i] = (char)(round % 2 ? seed >> 24 | 1U
                                          : (uint8_t) "a b'\xd0"[i % 4]);
            option[i] = subject[i];
        }
        const struct way way = {subject, option};
        assert_true(are_one(&way, &way));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_in_other_words_is_one),
        cmocka_unit_test(what_says_something_else_is_not),
        cmocka_unit_test(whatever_the_bytes_it_has_an_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
