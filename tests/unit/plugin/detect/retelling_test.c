/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/detect/retelling.h"
#include "plugin/read/tuple.h"

struct pair {
    const char *a;
    const char *b;
};

static void expect(const struct pair *pair, bool is_retold)
{
    struct bytes a = bytes_of_text(pair->a);
    struct bytes b = bytes_of_text(pair->b);
    if (retelling_holds(a, b) != is_retold ||
        retelling_holds(b, a) != is_retold) {
        fail_msg("%s | %s", pair->a, pair->b);
    }
}

static void what_is_passed_on_is_one_text(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"Always use rg.", "always use rg"},
        {"Always use rg!", "fyi: always use rg."},
        {"Always use rg", "fwd from Bob: \"always use rg\""},
        {"Always use rg", "> always   USE `rg`, please"},
        {"Never push to main without a review",
         "never push to main without a review because it broke on Monday"},
        {"Use rg", "use RG."},
        {"Don't use rg", "dont use rg"},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        expect(&pairs[i], true);
    }
}

static void other_words_are_another_text(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"always use rg", "always use fd"},
        {"always use rg", "please stick to rg instead of grep"},
        {"always use rg", "always use rga"},
        {"use rg", "please use rg here"},
        {"always use rg", "in this repository and in all others we have, "
                          "always use rg for whatever you are looking for"},
        {"we use pnpm for packages here", "we use npm for packages here"},
        {"", "always use rg"},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        expect(&pairs[i], false);
    }
}

static void a_text_of_any_length_is_compared(void **state)
{
    (void)state;
    char text[2 * TUPLE_QUOTE_MAX];
    memset(text, 'a', sizeof(text));
    assert_true(retelling_holds(bytes_of(text, sizeof(text)),
                                bytes_of(text, sizeof(text))));
    memset(text, '.', sizeof(text));
    assert_false(retelling_holds(bytes_of(text, sizeof(text)),
                                 BYTES_LITERAL("always use rg")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_passed_on_is_one_text),
        cmocka_unit_test(other_words_are_another_text),
        cmocka_unit_test(a_text_of_any_length_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
