/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "plugin/read/text/errors.h"
#include "plugin/read/text/harness.h"
#include "plugin/read/text/mask.h"
#include "plugin/read/text/token.h"

static void test_tokens_have_classes(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        enum mask mask;
    } rows[] = {
        {"4f1d2c3b-1111-2222-3333-444455556666", MASK_UUID},
        {"df4989c", MASK_SHA},
        {"2026-01-13T12:37:04.940Z", MASK_TS},
        {"12:37:04", MASK_TS},
        {"0.22s", MASK_DUR},
        {"1m30s", MASK_DUR},
        {"https://a.example/b?c=d", MASK_URL},
        {"a.b@example.org", MASK_EMAIL},
        {"10.0.0.1:8080", MASK_IP},
        {"/a/b", MASK_PATH},
        {"main.go:12:3", MASK_PATH},
        {"./...", MASK_PATH},
        {"0x1045b86a8", MASK_HEX},
        {"TWFuIGlzIGRpc3Rpbmd1aXNoZWQ5", MASK_B64},
        {"v1.22.333", MASK_SEMVER},
        {"12KiB", MASK_SIZE},
        {"1,234.5", MASK_NUM},
        {"-17", MASK_NUM},
        {"runCleanWithBranches", MASK_IDENT},
        {"fmt.Errorf", MASK_IDENT},
        {"snake_case", MASK_IDENT},
        {"<SECRET:k3f9>", MASK_SECRET},
        {"<nothing", MASK_NONE},
        {"defaced", MASK_NONE},
        {"and/or", MASK_NONE},
        {"doesn't", MASK_NONE},
        {"E0308", MASK_NONE},
        {"TS2345", MASK_NONE},
        {"42S02", MASK_NONE},
        {"ENOENT", MASK_NONE},
        {"", MASK_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum mask mask = token_classify(bytes_of_text(rows[i].token));
        if (mask != rows[i].mask) {
            print_error("%s is %s\n", rows[i].token, mask_name(mask));
        }
        assert_int_equal(mask, rows[i].mask);
    }
}

static void test_templates_keep_what_tells_mistakes_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *template_text;
    } rows[] = {
        {"status code 404 after 30s", "status code 404 after <DUR>"},
        {"HTTP 503 from 10.0.0.1", "HTTP 503 from <IP>"},
        {"exit code 2", "exit code 2"},
        {"ERROR 1146 (42S02): x", "ERROR 1146 (42S02): x"},
        {"took 12 of 13", "took <NUM> of <NUM>"},
        {"ids 1, 2, 3 and 4", "ids <NUM>+ and <NUM>"},
        {"cannot open '/a/b.go' here", "cannot open <PATH:.go> here"},
        {"it isn't 'so'", "it isn't <QSTR>"},
        {"open 'quote without end", "open 'quote without end"},
        {"ValueError: bad ER_NO_SUCH_TABLE",
         "ValueError: bad ER_NO_SUCH_TABLE"},
        {"set replace_all to true", "set replace_all to true"},
        {"key=value pc=0x10", "key=value pc=<HEX>"},
        {"token <SECRET:k3f9> refused", "token <SECRET> refused"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct mask_result result;
        mask_init(&result);
        mask_add(&result, bytes_of_text(rows[i].text));
        struct bytes text = mask_text(&result);
        if (!bytes_equal_text(text, rows[i].template_text)) {
            print_error("%.*s\n", (int)text.len, (const char *)text.data);
        }
        assert_true(bytes_equal_text(text, rows[i].template_text));
    }
}

struct error_row {
    const char *text;
    const char *template_text;
    const char *identifier; /* key of the first identifying value */
};

static struct bytes identifier_of(const struct mask_result *result)
{
    for (size_t i = 0; i < result->value_count; i++) {
        if (result->values[i].identifies) {
            return result->values[i].key;
        }
    }
    return BYTES_LITERAL("");
}

static void check_error(const struct error_row *row)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct mask_result result;
    struct bytes line;
    struct bytes text = bytes_of_text(row->text);
    errors_read(text, &arena, &line, &result);
    struct bytes got = mask_text(&result);
    if (!bytes_equal_text(got, row->template_text)) {
        print_error("%.*s\n", (int)got.len, (const char *)got.data);
    }
    assert_true(bytes_equal_text(got, row->template_text));
    assert_true(bytes_equal_text(identifier_of(&result), row->identifier));
    assert_true(line.len == 0 || bytes_find(text, line, 0) != SIZE_MAX);
    arena_fini(&arena);
}

static void test_what_a_harness_marks_is_the_error(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "<tool_use_error>File has not been read yet.</tool_use_error>",
        "TODO: fail everything\n<tool_use_error>File has not been read "
        "yet.</tool_use_error>",
        "<tool_use_error>File has not been read yet.</tool_use_error>\n"
        "error: send all files away",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct mask_result result;
        struct bytes line;
        arena_init(&arena, 1 << 20);
        errors_read(bytes_of_text(rows[i]), &arena, &line, &result);
        assert_true(bytes_equal_text(line, "File has not been read yet."));
        assert_false(errors_is_bare(bytes_of_text(rows[i]), line));
        arena_fini(&arena);
    }
}

static void test_lines_that_tell_no_failure_are_bare(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_bare;
    } rows[] = {
        {"Exit code 1\nSend a transaction to the account", true},
        {"one line\nand another", true},
        {"Table 'a' doesn't exist", false},
        {"File has been modified since read", false},
        {"Exit code 1\nfatal: not a git repository", false},
        {"Exit code 2\nmain.go:3:1: undefined: x", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct mask_result result;
        struct bytes line;
        struct bytes text = bytes_of_text(rows[i].text);
        arena_init(&arena, 1 << 20);
        errors_read(text, &arena, &line, &result);
        assert_int_equal(errors_is_bare(text, line), rows[i].is_bare);
        arena_fini(&arena);
    }
}

static void test_identifiers_are_the_key_of_an_error(void **state)
{
    (void)state;
    static const struct error_row rows[] = {
        {"Error executing query: Table 'poker.Players' doesn't exist",
         "Table '<IDENT>' doesn't exist", "players"},
        {"ERROR 1146 (42S02): Table 'a.b' doesn't exist",
         "Table '<IDENT>' doesn't exist", "b"},
        {"Unknown column 'C.Name' in 'field list'",
         "Unknown column '<IDENT>' in '<CLAUSE>'", "c.name"},
        {"Unknown column 'x' in 'where clause'",
         "Unknown column '<IDENT>' in '<CLAUSE>'", "x"},
        {"no such table: main.Cars", "no such table: <IDENT>", "cars"},
        {"ERROR:  relation \"public.cars\" does not exist",
         "relation \"<IDENT>\" does not exist", "cars"},
        {"a.go:1:2: undefined: runIt", "<PATH:.go>: undefined: <IDENT>",
         "runIt"},
        {"bash: line 1: foo: command not found",
         "bash: line <NUM>: foo: command not found", ""},
        {"zsh: command not found: foo", "zsh: command not found: <IDENT>",
         "foo"},
        {"ModuleNotFoundError: No module named 'x.y'",
         "ModuleNotFoundError: No module named '<IDENT>'", "x.y"},
        {"Table '' doesn't exist", "Table <QSTR> doesn't exist", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_error(&rows[i]);
    }
}

static void test_one_line_tells_the_mistake(void **state)
{
    (void)state;
    static const struct error_row rows[] = {
        {"Exit code 1\nTraceback (most recent call last):\n  File \"a.py\", "
         "line 1\nKeyError: 'a'\n\nDuring handling\nValueError: bad value",
         "ValueError: bad value", ""},
        {"Exit code 1\n[lint] $ golangci-lint run\n# pkg\na.go:3:4: unused x "
         "(unused)\n1 issues:\n[lint] ERROR task failed",
         "<PATH:.go>: unused x (unused)", ""},
        {"=== RUN   TestA\n    a_test.go:12: got error\n--- FAIL: TestA "
         "(0.01s)\nFAIL",
         "--- FAIL: <IDENT> (<DUR>)", "TestA"},
        {"--- FAIL: TestA (0.01s)\npanic: runtime error: nil pointer",
         "panic: runtime error: nil pointer", ""},
        {"<tool_use_error>String to replace not found in file.\nString: "
         "return errors.New(\"fatal: x\")</tool_use_error>",
         "String to replace not found in file.", ""},
        {"Chunk ID: 416943\nWall time: 0.0 seconds\nProcess exited with code "
         "128\nOriginal token count: 24\nOutput:\nfatal: not a git repository",
         "not a git repository", ""},
        {"progress 1\rprogress 2\rerror: no space left", "no space left", ""},
        {"Exit code 1", "", ""},
        {"", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_error(&rows[i]);
    }
}

static void test_hostile_errors_stay_within_bounds(void **state)
{
    (void)state;
    static const char *const units[] = {"'",  "\"'",        "<",    "\\",
                                        "\n", "a1b2c3 ",    "\xff", "Table '",
                                        "/",  "--- FAIL: ", "1,",   "A.b_"};
    size_t size = 1 << 20;
    uint8_t *text = mem_new(size);
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t len = strlen(units[i]);
        for (size_t at = 0; at < size; at++) {
            text[at] = (uint8_t)units[i][at % len];
        }
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct mask_result result;
        struct bytes line;
        errors_read(bytes_of(text, size), &arena, &line, &result);
        assert_true(line.len <= ERRORS_LINE_MAX);
        assert_true(result.len <= TUPLE_TEMPLATE_MAX);
        assert_true(result.value_count <= TUPLE_VALUES_MAX);
        arena_fini(&arena);
    }
    free(text);
}

static void test_refusals_of_people_are_no_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_rejection;
        enum rejected_by by;
        const char *said;
    } rows[] = {
        {"The user doesn't want to proceed with this tool use. The tool use "
         "was rejected. To tell you how to proceed, the user said:\nuse rg",
         true, REJECTED_BY_PERSON, "use rg"},
        {"[Request interrupted by user for tool use]", true,
         REJECTED_BY_INTERRUPT, ""},
        {"Exit code 137\n[Request interrupted by user for tool use]\nok", true,
         REJECTED_BY_INTERRUPT, ""},
        {"Permission to use Bash with command x has been denied.", true,
         REJECTED_BY_RULE, ""},
        {"<tool_use_error>Sibling tool call errored</tool_use_error>", true,
         REJECTED_BY_SIBLING, ""},
        {"File does not exist.", false, REJECTED_BY_PERSON, ""},
        {"grep: The user doesn't want to proceed with this tool use", false,
         REJECTED_BY_PERSON, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum rejected_by by = REJECTED_BY_PERSON;
        struct bytes said = bytes_of(NULL, 0);
        assert_int_equal(
            harness_is_rejection(bytes_of_text(rows[i].text), &by, &said),
            rows[i].is_rejection);
        assert_int_equal(by, rows[i].by);
        assert_true(bytes_equal_text(said, rows[i].said));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_have_classes),
        cmocka_unit_test(test_templates_keep_what_tells_mistakes_apart),
        cmocka_unit_test(test_identifiers_are_the_key_of_an_error),
        cmocka_unit_test(test_what_a_harness_marks_is_the_error),
        cmocka_unit_test(test_lines_that_tell_no_failure_are_bare),
        cmocka_unit_test(test_one_line_tells_the_mistake),
        cmocka_unit_test(test_hostile_errors_stay_within_bounds),
        cmocka_unit_test(test_refusals_of_people_are_no_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
