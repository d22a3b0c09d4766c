/* SPDX-License-Identifier: MIT */
/* Reading command lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cli/arguments.h"

static const struct option options[] = {
    {"reason", 'r', "TEXT", "why"},
    {"count", 'n', "N", "how many"},
    {"json", 'j', NULL, "JSON"},
};

static const struct setting settings_table[] = {
    {"lease", SETTING_DURATION, "15s", 1e6, 1e9, NULL, "Silence."},
};

static enum err read_words(struct arguments *out, const char *const *words,
                           struct settings *values)
{
    const struct argument_table known = {
        .options = options,
        .option_count = ARRAY_LEN(options),
        .settings = values ? settings_table : NULL,
        .setting_count = values ? 1 : 0,
        .values = values,
    };
    int count = 0;
    while (words[count]) {
        count++;
    }
    return arguments_read(out, count, words, &known);
}

static void test_every_form_of_an_option_is_read(void **state)
{
    (void)state;
    static const char *const forms[][4] = {
        {"--count", "5", NULL, NULL},
        {"--count=5", NULL, NULL, NULL},
        {"-n", "5", NULL, NULL},
        {"-n5", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct arguments arguments;
        uint64_t count = 0;
        assert_int_equal(read_words(&arguments, forms[i], NULL), ERR_OK);
        assert_int_equal(argument_number(&arguments, "count", 1, 10, &count),
                         ERR_OK);
        assert_int_equal(count, 5);
        assert_int_equal(arguments.word_count, 0);
    }
}

static void test_words_and_options_mix(void **state)
{
    (void)state;
    struct arguments arguments;
    const char *const words[] = {"one", "-j",  "two", "-",
                                 "--",  "--x", "-r",  NULL};
    assert_int_equal(read_words(&arguments, words, NULL), ERR_OK);
    assert_int_equal(arguments.word_count, 5);
    assert_string_equal(arguments.words[2], "-");
    assert_string_equal(arguments.words[3], "--x");
    assert_true(argument_is_set(&arguments, "json"));
    assert_false(argument_is_set(&arguments, "reason"));
}

static void test_the_last_value_counts_and_lists_keep_all(void **state)
{
    (void)state;
    struct arguments arguments;
    const char *list[4];
    const char *const words[] = {"-r", "a", "--reason=b", "-r", "c", NULL};
    assert_int_equal(read_words(&arguments, words, NULL), ERR_OK);
    assert_string_equal(argument_text(&arguments, "reason", NULL), "c");
    assert_int_equal(argument_list(&arguments, "reason", list, 4), 3);
    assert_int_equal(argument_list(&arguments, "reason", list, 2), 2);
    assert_string_equal(list[1], "b");
}

static void test_mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *words[3];
        const char *why;
    } cases[] = {
        {{"--resaon", "x"}, "did you mean --reason"},
        {{"--nothing-like-it"}, "there is no option --nothing-like-it"},
        {{"--count"}, "--count needs a value"},
        {{"--json=yes"}, "--json takes no value"},
        {{"-z"}, "there is no option -z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arguments arguments;
        assert_int_equal(read_words(&arguments, cases[i].words, NULL),
                         ERR_INVALID);
        assert_non_null(strstr(arguments.why, cases[i].why));
    }
}

static void test_numbers_are_checked(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "x", "5x", "-1", "11", "0", " 5", "99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct arguments arguments;
        uint64_t count = 7;
        const char *const words[] = {"--count", wrong[i], NULL};
        assert_int_equal(read_words(&arguments, words, NULL), ERR_OK);
        assert_int_equal(argument_number(&arguments, "count", 1, 10, &count),
                         ERR_INVALID);
        assert_int_equal(count, 7);
        assert_non_null(strstr(arguments.why, "from 1 to 10"));
    }
}

static void test_settings_are_options(void **state)
{
    (void)state;
    struct arguments arguments;
    struct settings *values = settings_new(settings_table, 1);
    const char *const right[] = {"--lease=30s", "word", NULL};
    const char *const wrong[] = {"--lease", "soon", NULL};
    assert_int_equal(read_words(&arguments, right, values), ERR_OK);
    assert_int_equal(settings_integer(values, "lease"), 30000000);
    assert_int_equal(arguments.given_count, 1);
    assert_string_equal(arguments.given[0].value, "30s");
    assert_int_equal(read_words(&arguments, wrong, values), ERR_INVALID);
    assert_non_null(strstr(arguments.why, "lease"));
    settings_free(values);
}

static void test_too_many_words_are_refused(void **state)
{
    (void)state;
    struct arguments arguments;
    const char *words[ARGUMENTS_MAX + 2];
    for (size_t i = 0; i <= ARGUMENTS_MAX; i++) {
        words[i] = "word";
    }
    words[ARGUMENTS_MAX + 1] = NULL;
    assert_int_equal(read_words(&arguments, words, NULL), ERR_FULL);
}

static void test_distances(void **state)
{
    (void)state;
    assert_int_equal(text_distance("tail", "tail"), 0);
    assert_int_equal(text_distance("tial", "tail"), 1);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
    static const char *const names[] = {"replay", "review list"};
    assert_string_equal(text_nearest("repaly", names, 2), "replay");
    assert_string_equal(text_nearest("review", names, 2), "review list");
    assert_null(text_nearest("xyzzy", names, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_of_an_option_is_read),
        cmocka_unit_test(test_words_and_options_mix),
        cmocka_unit_test(test_the_last_value_counts_and_lists_keep_all),
        cmocka_unit_test(test_mistakes_are_named),
        cmocka_unit_test(test_numbers_are_checked),
        cmocka_unit_test(test_settings_are_options),
        cmocka_unit_test(test_too_many_words_are_refused),
        cmocka_unit_test(test_distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
