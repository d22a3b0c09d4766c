/* SPDX-License-Identifier: MIT */
/* The table of commands, its help, and exit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/command.h"
#include "cli/commands/commands.h"

struct said {
    enum exit_code code;
    char *out;
    char *err;
    size_t out_len;
    size_t err_len;
};

static struct said say(const char *const *words)
{
    struct said said = {.code = EXIT_OK};
    int count = 0;
    while (words[count]) {
        count++;
    }
    FILE *out = open_memstream(&said.out, &said.out_len);
    FILE *err = open_memstream(&said.err, &said.err_len);
    said.code = command_main("reverie", count, words, out, err);
    fclose(out);
    fclose(err);
    return said;
}

static void forget(struct said *said)
{
    free(said->out);
    free(said->err);
}

static void expect(const char *const *words, enum exit_code code,
                   const char *out, const char *err)
{
    struct said said = say(words);
    assert_int_equal(said.code, code);
    assert_non_null(strstr(said.out, out));
    assert_non_null(strstr(said.err, err));
    forget(&said);
}

static void test_every_command_teaches(void **state)
{
    (void)state;
    struct buf help;
    buf_init(&help, 1 << 20);
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = command_table[i];
        buf_reset(&help);
        command_help(command, &help);
        assert_int_equal(buf_error(&help), ERR_OK);
        assert_non_null(strstr(buf_text(&help), "usage: reverie "));
        assert_non_null(strstr(command->text, "  reverie "));
        assert_non_null(strstr(command->text, command->name));
        assert_true(command->text[strlen(command->text) - 1] == '\n');
        assert_true(command->words_min <= command->words_max);
        assert_non_null(command->run);
    }
    buf_fini(&help);
}

/* Every row takes --json and --help, by itself or with the shared options. */
static void test_every_command_has_json_and_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = command_table[i];
        const char *words[8] = {NULL};
        char name[64];
        size_t count = 0;
        snprintf(name, sizeof(name), "%s", command->name);
        for (char *rest = name, *word; (word = strtok_r(rest, " ", &rest));) {
            words[count++] = word;
        }
        words[count++] = "--json";
        words[count] = "--help";
        print_message("%s\n", command->name);
        expect(words, EXIT_OK, "--json", "");
        expect(words, EXIT_OK, "--help", "");
    }
}

static void test_names_are_unique_and_in_the_overview(void **state)
{
    (void)state;
    struct buf overview;
    buf_init(&overview, 1 << 20);
    command_overview(&overview);
    for (size_t i = 0; i < command_count; i++) {
        assert_non_null(strstr(buf_text(&overview), command_table[i]->summary));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(command_table[i]->name,
                                    command_table[j]->name);
        }
    }
    buf_fini(&overview);
}

static void test_options_are_unique_within_a_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = command_table[i];
        for (size_t j = 0; j < command->option_count; j++) {
            for (size_t k = 0; k < command_shared_option_count; k++) {
                bool is_shared = command->connects &&
                                 strcmp(command->options[j].name,
                                        command_shared_options[k].name) == 0;
                assert_false(is_shared);
            }
        }
    }
}

static void test_help_in_every_form(void **state)
{
    (void)state;
    const char *const forms[][4] = {
        {"help", "tail"},
        {"tail", "--help"},
        {"--help", "tail"},
        {"tail", "-h"},
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        expect(forms[i], EXIT_OK, "usage: reverie tail", "");
    }
    expect((const char *const[]){"memory", NULL}, EXIT_OK, "memory list", "");
    expect((const char *const[]){"help", "review", NULL}, EXIT_OK,
           "review approve", "");
    expect((const char *const[]){"help", "exit-codes", NULL}, EXIT_OK,
           "5  a check", "");
    expect((const char *const[]){NULL}, EXIT_USAGE, "", "usage: reverie");
}

static void test_unknown_commands_are_guessed(void **state)
{
    (void)state;
    expect((const char *const[]){"tial", NULL}, EXIT_USAGE, "",
           "did you mean `reverie tail`?");
    expect((const char *const[]){"review", "aprove", "3f", NULL}, EXIT_USAGE,
           "", "did you mean `reverie review approve`?");
    expect((const char *const[]){"xyzzy", NULL}, EXIT_USAGE, "",
           "there is no command xyzzy");
}

static void test_what_is_no_endpoint_is_not_dialled(void **state)
{
    (void)state;
    const char *const forms[] = {"foo", "localhost:7411", "http://x", "tcp://"};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        expect((const char *const[]){"tail", "--connect", forms[i], NULL},
               EXIT_USAGE, "", "an endpoint is ipc://PATH");
    }
}

static void test_data_in_a_file_is_refused(void **state)
{
    (void)state;
    expect((const char *const[]){"up", "--data", "/dev/null", NULL},
           EXIT_REFUSED, "", "/dev/null: Not a directory");
}

static void test_missing_and_extra_words_are_usage(void **state)
{
    (void)state;
    expect((const char *const[]){"memory", "who", NULL}, EXIT_USAGE, "",
           "something is missing; usage: reverie memory who STORE");
    expect((const char *const[]){"peers", "now", NULL}, EXIT_USAGE, "",
           "unexpected word now");
    expect((const char *const[]){"memory", "revert", "a", "b", NULL},
           EXIT_USAGE, "", "--to N is missing");
    expect((const char *const[]){"pub", "hi", NULL}, EXIT_USAGE, "",
           "--to is missing");
    expect((const char *const[]){"tail", "--from", "yesterday", NULL},
           EXIT_USAGE, "", "neither a position");
    expect((const char *const[]){"broker", "--leese", "3s", NULL}, EXIT_USAGE,
           "", "did you mean --lease?");
    expect((const char *const[]){"broker", "--lease", "soon", NULL}, EXIT_USAGE,
           "", "lease");
}

static void test_no_broker_is_said_with_what_to_do(void **state)
{
    (void)state;
    unsetenv("REVERIE_CONNECT");
    expect((const char *const[]){"peers", NULL}, EXIT_NO_BROKER, "",
           "what to do: start one");
    expect((const char *const[]){"peers", "--connect", "nonsense", NULL},
           EXIT_USAGE, "", "an endpoint is ipc://PATH");
}

static void test_config_is_printed_and_checked(void **state)
{
    (void)state;
    expect((const char *const[]){"config", "print", "--lease", "30s", NULL},
           EXIT_OK, "lease: 30s", "");
    expect((const char *const[]){"config", "check", "/nonexistent.yaml", NULL},
           EXIT_REFUSED, "", "/nonexistent.yaml");
}

/* Writes a settings file; gives its path (free). */
static char *settings_file(const char *text)
{
    char path[] = "/tmp/reverie-settings-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    return strdup(path);
}

/* They are for the worker that `up` starts: who sets them for a broker alone
 * must hear that nothing comes of it. */
static void test_settings_without_use_are_noted(void **state)
{
    (void)state;
    char *idle = settings_file("lease: 30s\nmemory-budget: 300\n");
    char *used = settings_file("lease: 30s\n");
    expect((const char *const[]){"config", "check", idle, NULL}, EXIT_OK,
           ":2) is for the worker", "");
    expect((const char *const[]){"config", "check", idle, "--json", NULL},
           EXIT_OK, "{\"ok\":true,\"notes\":[\"memory-budget (", "");
    expect((const char *const[]){"config", "check", used, "--json", NULL},
           EXIT_OK, "{\"ok\":true,\"notes\":[]}\n", "");
    expect((const char *const[]){"config", "check", used, "--dream-shards", "2",
                                 NULL},
           EXIT_OK, "dream-shards (flag) is for", "");
    unlink(idle);
    unlink(used);
    free(idle);
    free(used);
}

static void test_faults_of_a_file_have_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *fault;
    } rows[] = {
        {"lease: 30s\nlaese: 3\n", ":2: there is no setting \"laese\""},
        {"lease: 30s\npolicy: [a, b]\n",
         ":2: one value is expected here, not a list"},
        {"lease: {a: b}\n", ":1: one value is expected here, not settings"},
        {"- lease\n", ":1: settings are expected here"},
        {"lease: 30s\nbus: [ipc://x, tcp://y:80x]\n",
         ":2: bus: tcp://y:80x is no endpoint"},
        {"asserted-rights: [fly]\n",
         ":1: asserted-rights: not a list of rights: fly"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *file = settings_file(rows[i].text);
        expect((const char *const[]){"config", "check", file, NULL},
               EXIT_REFUSED, "", rows[i].fault);
        unlink(file);
        free(file);
    }
}

/* Arguments, files and what they say reach a terminal in signs. */
static void test_complaints_hold_nothing_a_terminal_obeys(void **state)
{
    (void)state;
#define HOSTILE                                                                \
    "\x1b[2J\x9b"                                                              \
    "1m\n\r\xe2\x80\xae!"
    static const char *const lines[][6] = {
        {HOSTILE},
        {"memory", HOSTILE},
        {"peers", "--" HOSTILE},
        {"peers", HOSTILE},
        {"peers", "--timeout", HOSTILE},
        {"tail", "--from", HOSTILE},
        {"config", "check", HOSTILE},
        {"config", "check", "x", HOSTILE},
        {"config", "print", "--lease", HOSTILE},
        {"config", "print", "--policy", HOSTILE},
        {"config", "print", "--config", HOSTILE},
        {"peers", "--connect", "ipc://" HOSTILE "/" HOSTILE, "--timeout", "1"},
        {"peers", "--connect", HOSTILE},
        {"log", "verify", "--data", HOSTILE},
        {"replay", HOSTILE},
        {"keys", "list", "--data", HOSTILE},
        {"pub", "--to", HOSTILE, "--file", HOSTILE},
        {"score", HOSTILE},
        {"help", HOSTILE},
    };
#undef HOSTILE
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct said said = say(lines[i]);
        print_message("%s: %s", lines[i][0][0] == '\x1b' ? "" : lines[i][0],
                      said.err);
        assert_int_not_equal(said.code, EXIT_OK);
        for (size_t at = 0; at < said.err_len; at++) {
            assert_true((unsigned char)said.err[at] >= ' ' ||
                        said.err[at] == '\n');
        }
        assert_null(strchr(said.err, '\x9b'));
        assert_null(strstr(said.err, "\xe2\x80\xae"));
        assert_null(strstr(said.err, "\n!"));
        assert_int_equal(said.out_len, 0);
        forget(&said);
    }
}

static void test_what_is_printed_without_a_broker_is_json(void **state)
{
    (void)state;
    expect((const char *const[]){"score", "--list", "--json", NULL}, EXIT_OK,
           "{\"group\":\"preference\",\"summary\":", "");
    expect((const char *const[]){"sim", "--knobs", "--json", NULL}, EXIT_OK,
           "{\"name\":\"seed\",\"value\":1", "");
}

/* How long it waits is how long it was told to. */
static void test_nobody_is_waited_for_as_long_as_asked(void **state)
{
    (void)state;
    expect((const char *const[]){"peers", "--connect", "ipc:///nonexistent/bus",
                                 "--timeout", "1", NULL},
           EXIT_NO_BROKER, "",
           "no broker answers at ipc:///nonexistent/bus within 1 s: there is "
           "no such socket");
    expect((const char *const[]){"peers", "--connect", "ipc:///nonexistent/bus",
                                 "--token", "/nonexistent/token", NULL},
           EXIT_USAGE, "", "the token file /nonexistent/token cannot be read");
}

/* Options with their help; a word that is too long stands by itself. */
static void test_help_fits_a_terminal(void **state)
{
    (void)state;
    struct buf help;
    buf_init(&help, 1 << 20);
    for (size_t i = 0; i < command_count; i++) {
        buf_reset(&help);
        command_help(command_table[i], &help);
        const char *line = strstr(buf_text(&help), "\noptions:\n");
        assert_non_null(line);
        for (line++; *line; line += strcspn(line, "\n") + 1) {
            size_t len = strcspn(line, "\n");
            const char *word = strstr(line, "speak_for,");
            if (len > 80 && !(word && word < line + len)) {
                fail_msg("%s: %.*s", command_table[i]->name, (int)len, line);
            }
        }
    }
    buf_fini(&help);
}

static void test_positions(void **state)
{
    (void)state;
    uint32_t log = 0;
    uint64_t seq = 0;
    assert_int_equal(command_position("1:42", &log, &seq), ERR_OK);
    assert_int_equal(log, 1);
    assert_int_equal(seq, 42);
    log = 0;
    assert_int_equal(command_position("7", &log, &seq), ERR_OK);
    assert_int_equal(log, 0);
    static const char *const wrong[] = {
        "", "x", "2:1", "1:", ":1", "1:x", "-1", "10:1"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(command_position(wrong[i], &log, &seq), ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_teaches),
        cmocka_unit_test(test_every_command_has_json_and_help),
        cmocka_unit_test(test_names_are_unique_and_in_the_overview),
        cmocka_unit_test(test_options_are_unique_within_a_command),
        cmocka_unit_test(test_help_in_every_form),
        cmocka_unit_test(test_unknown_commands_are_guessed),
        cmocka_unit_test(test_what_is_no_endpoint_is_not_dialled),
        cmocka_unit_test(test_data_in_a_file_is_refused),
        cmocka_unit_test(test_missing_and_extra_words_are_usage),
        cmocka_unit_test(test_no_broker_is_said_with_what_to_do),
        cmocka_unit_test(test_config_is_printed_and_checked),
        cmocka_unit_test(test_settings_without_use_are_noted),
        cmocka_unit_test(test_faults_of_a_file_have_their_line),
        cmocka_unit_test(test_complaints_hold_nothing_a_terminal_obeys),
        cmocka_unit_test(test_what_is_printed_without_a_broker_is_json),
        cmocka_unit_test(test_nobody_is_waited_for_as_long_as_asked),
        cmocka_unit_test(test_help_fits_a_terminal),
        cmocka_unit_test(test_positions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
