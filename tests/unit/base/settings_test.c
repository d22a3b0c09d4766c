/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/edge/setting_value.h"
#include "base/edge/settings.h"

static const struct setting table[] = {
    {.name = "data", .type = SETTING_TEXT, .fallback = "", .help = "Where."},
    {.name = "peers",
     .type = SETTING_INTEGER,
     .fallback = "10",
     .min = 1,
     .max = 100,
     .help = "How many."},
    {.name = "body-max",
     .type = SETTING_BYTES,
     .fallback = "1MiB",
     .min = 1024,
     .max = 64 << 20,
     .help = "How large."},
    {.name = "lease",
     .type = SETTING_DURATION,
     .fallback = "30s",
     .min = 1e6,
     .max = 6e8,
     .help = "How long."},
    {.name = "alpha",
     .type = SETTING_REAL,
     .fallback = "0.05",
     .min = 0,
     .max = 1,
     .help = "How sure."},
    {.name = "drain", .type = SETTING_BOOL, .fallback = "true", .help = "If."},
    {.name = "policy",
     .type = SETTING_CHOICE,
     .fallback = "review",
     .choices = "default|review",
     .help = "Which."},
    {.name = "bus", .type = SETTING_LIST, .fallback = "", .help = "Ends."},
};

static struct settings *fresh(void)
{
    return settings_new(table, ARRAY_LEN(table));
}

static enum err read_text(struct settings *settings, const char *text)
{
    return settings_read_text(settings, "x.yaml", bytes_of_text(text));
}

static void defaults_are_read_as_typed(void **state)
{
    (void)state;
    struct settings *s = fresh();
    assert_string_equal(settings_text(s, "data"), "");
    assert_int_equal(settings_integer(s, "peers"), 10);
    assert_int_equal(settings_integer(s, "body-max"), 1 << 20);
    assert_int_equal(settings_integer(s, "lease"), 30 * 1000 * 1000);
    assert_true(settings_real(s, "alpha") == 0.05);
    assert_true(settings_bool(s, "drain"));
    assert_string_equal(settings_source(s, "lease"), "default");
    settings_free(s);
}

static void a_file_sets_values_and_remembers_lines(void **state)
{
    (void)state;
    struct settings *s = fresh();
    assert_int_equal(read_text(s, "# about\npeers: 7\n\nlease: 5m\n"
                                  "bus:\n  - tcp://*:1\n  - ipc://x\n"
                                  "alpha: 0.5\ndrain: off\n"),
                     ERR_OK);
    assert_int_equal(settings_integer(s, "peers"), 7);
    assert_int_equal(settings_integer(s, "lease"), 300 * 1000 * 1000);
    assert_string_equal(settings_text(s, "bus"), "tcp://*:1,ipc://x");
    assert_false(settings_bool(s, "drain"));
    assert_string_equal(settings_source(s, "peers"), "x.yaml:2");
    assert_string_equal(settings_source(s, "bus"), "x.yaml:5");
    assert_string_equal(settings_source(s, "alpha"), "x.yaml:8");
    assert_string_equal(settings_source(s, "policy"), "default");
    settings_free(s);
}

static void an_unknown_key_names_its_line_and_the_nearest(void **state)
{
    (void)state;
    struct settings *s = fresh();
    assert_int_equal(read_text(s, "peers: 7\n\nleaze: 5m\n"), ERR_INVALID);
    assert_string_equal(settings_why(s), "x.yaml:3: there is no setting "
                                         "\"leaze\"; the nearest is \"lease\"");
    settings_free(s);
}

static void a_wrong_value_says_what_is_allowed(void **state)
{
    (void)state;
    struct settings *s = fresh();
    assert_int_equal(read_text(s, "drain: no\npeers: 101\n"), ERR_INVALID);
    assert_string_equal(settings_why(s), "x.yaml:2: peers: \"101\" is not a "
                                         "whole number, from 1 to 100");
    assert_int_equal(settings_set(s, "policy", "revie"), ERR_INVALID);
    assert_string_equal(settings_why(s), "policy: \"revie\" is not one of "
                                         "default|review");
    assert_int_equal(settings_set(s, "lease", "30"), ERR_INVALID);
    assert_non_null(strstr(settings_why(s), "from 1s to 10m"));
    assert_int_equal(settings_integer(s, "lease"), 30 * 1000 * 1000);
    settings_free(s);
}

static void malformed_files_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "- peers\n",
        "peers: [1, 2]\n",
        "peers: {a: 1}\n",
        "bus: one\n",
        "bus: [[a]]\n",
        "bus: ['a,b']\n",
        "bus: ['']\n",
        "data: \"open\n",
        "peers: 1\npeers: 2\n",
        "peers: &a 1\nalpha: *a\n",
        "peers: 1\n---\npeers: 2\n",
        "peers: 1\n  lease: 3s\n",
        "\xff\xfe",
        "peers\n",
        "%YAML 9.9\n---\npeers: 1\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct settings *s = fresh();
        assert_int_equal(read_text(s, texts[i]), ERR_INVALID);
        assert_int_equal(strncmp(settings_why(s), "x.yaml:", 7), 0);
        settings_free(s);
    }
}

static void the_same_key_twice_names_the_second_line(void **state)
{
    (void)state;
    struct settings *s = fresh();
    assert_int_equal(read_text(s, "peers: 1\n\"peers\" : 2\n"), ERR_INVALID);
    assert_int_equal(strncmp(settings_why(s), "x.yaml:2: ", 10), 0);
    settings_free(s);
}

static void empty_files_change_nothing(void **state)
{
    (void)state;
    struct settings *s = fresh();
    assert_int_equal(read_text(s, ""), ERR_OK);
    assert_int_equal(read_text(s, "# only this\n"), ERR_OK);
    assert_string_equal(settings_source(s, "peers"), "default");
    assert_int_equal(settings_read_file(s, "/nonexistent/x"), ERR_NOT_FOUND);
    assert_non_null(strstr(settings_why(s), "/nonexistent/x: "));
    settings_free(s);
}

static void later_sources_win(void **state)
{
    (void)state;
    struct settings *s = fresh();
    assert_int_equal(read_text(s, "peers: 2\nbody-max: 2KiB\n"), ERR_OK);
    setenv("REVERIE_BODY_MAX", "4096", 1);
    assert_int_equal(settings_read_environment(s), ERR_OK);
    assert_int_equal(settings_integer(s, "body-max"), 4096);
    assert_string_equal(settings_source(s, "body-max"), "environment");
    assert_int_equal(settings_set(s, "body-max", "8KiB"), ERR_OK);
    assert_string_equal(settings_source(s, "body-max"), "flag");
    setenv("REVERIE_BODY_MAX", "lots", 1);
    assert_int_equal(settings_read_environment(s), ERR_INVALID);
    assert_int_equal(strncmp(settings_why(s), "REVERIE_BODY_MAX: ", 18), 0);
    unsetenv("REVERIE_BODY_MAX");
    settings_free(s);
}

static void numbers_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
    } wrong[] = {
        {"peers", ""},
        {"peers", " 5"},
        {"peers", "5 "},
        {"peers", "+5"},
        {"peers", "0x5"},
        {"peers", "-"},
        {"peers", "5.0"},
        {"body-max", "1mb"},
        {"body-max", "0"},
        {"body-max", "9223372036854775807TiB"},
        {"lease", "1.5s"},
        {"lease", "-5s"},
        {"lease", "s"},
        {"alpha", "nan"},
        {"alpha", "inf"},
        {"alpha", "0.1x"},
        {"alpha", "1e999"},
        {"alpha", ""},
        {"drain", "True"},
        {"policy", ""},
        {"policy", "default|review"},
        {"data", "\xff"},
        {"peers", "99999999999999999999"},
    };
    struct settings *s = fresh();
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(settings_set(s, wrong[i].name, wrong[i].text),
                         ERR_INVALID);
    }
    assert_int_equal(settings_set(s, "nope", "1"), ERR_NOT_FOUND);
    settings_free(s);
}

static void what_is_printed_reads_back(void **state)
{
    (void)state;
    struct settings *a = fresh();
    struct settings *b = fresh();
    struct buf out;
    buf_init(&out, 1 << 16);
    assert_int_equal(settings_set(a, "data", "a \"b\": #c\\ \n\xc3\xa9"),
                     ERR_OK);
    assert_int_equal(settings_set(a, "bus", "tcp://127.0.0.1:*,ipc://y"),
                     ERR_OK);
    assert_int_equal(settings_set(a, "lease", "2m"), ERR_OK);
    settings_print(a, &out);
    assert_int_equal(settings_read_text(b, "y", buf_bytes(&out)), ERR_OK);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (table[i].type == SETTING_TEXT || table[i].type == SETTING_LIST) {
            assert_string_equal(settings_text(a, table[i].name),
                                settings_text(b, table[i].name));
        }
    }
    assert_int_equal(settings_integer(b, "lease"), 120 * 1000 * 1000);
    buf_reset(&out);
    settings_print_help(a, &out);
    assert_non_null(strstr(buf_text(&out), "--body-max"));
    assert_non_null(strstr(buf_text(&out), "64MiB; default 1MiB)"));
    buf_fini(&out);
    settings_free(a);
    settings_free(b);
}

static void files_on_disk_are_read(void **state)
{
    (void)state;
    char path[] = "/tmp/reverie-settings-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "peers: 3\n", 9), 9);
    close(fd);
    struct settings *s = fresh();
    assert_int_equal(settings_read_file(s, path), ERR_OK);
    assert_int_equal(settings_integer(s, "peers"), 3);
    settings_free(s);
    unlink(path);
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(setting_name_distance("lease", "lease"), 0);
    assert_int_equal(setting_name_distance("", "abc"), 3);
    assert_int_equal(setting_name_distance("kitten", "sitting"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_read_as_typed),
        cmocka_unit_test(a_file_sets_values_and_remembers_lines),
        cmocka_unit_test(an_unknown_key_names_its_line_and_the_nearest),
        cmocka_unit_test(a_wrong_value_says_what_is_allowed),
        cmocka_unit_test(malformed_files_are_refused),
        cmocka_unit_test(the_same_key_twice_names_the_second_line),
        cmocka_unit_test(empty_files_change_nothing),
        cmocka_unit_test(later_sources_win),
        cmocka_unit_test(numbers_are_read_strictly),
        cmocka_unit_test(what_is_printed_reads_back),
        cmocka_unit_test(files_on_disk_are_read),
        cmocka_unit_test(distance_counts_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
