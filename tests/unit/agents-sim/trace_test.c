/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agents-sim/trace.h"
#include "proto/messages.h"

struct fixture {
    struct arena arena;
    struct buf why;
};

static struct fixture fixture_new(void)
{
    struct fixture fixture;
    arena_init(&fixture.arena, 1 << 20);
    buf_init(&fixture.why, 4096);
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    arena_fini(&fixture->arena);
    buf_fini(&fixture->why);
}

static void assert_text(struct bytes actual, const char *expected)
{
    assert_int_equal(actual.len, strlen(expected));
    assert_memory_equal(actual.data, expected, actual.len);
}

#define HEAD                                                                   \
    "{\"set\":\"s\",\"session\":\"x\",\"seq\":3,\"agent\":\"a@bo/sub\","

static void a_tool_call_keeps_tool_call_id_and_arguments(void **state)
{
    (void)state;
    struct fixture fixture = fixture_new();
    struct trace_row row;
    const char *line =
        HEAD "\"role\":\"assistant\",\"kind\":\"tool_call\",\"tool\":\"Bash\","
             "\"args\":{\"command\":\"ls\"},\"call\":\"c1\","
             "\"ts\":\"2026-01-05T12:17:31.459Z\"}";
    assert_int_equal(
        trace_row_read(bytes_of_text(line), &fixture.arena, &fixture.why, &row),
        ERR_OK);
    assert_text(row.kind, "agent.tool_use");
    assert_text(row.principal, "bo");
    assert_text(row.team, "s");
    assert_text(row.to, "topic:trace.s");
    assert_text(row.source, "trace:s");
    assert_text(row.source_id, "x#3");
    assert_int_equal(row.origin, ORIGIN_AGENT);
    assert_true(row.has_occurred);
    assert_true(row.occurred_us == INT64_C(1767615451459000));
    Reverie__V1__ToolUse *use;
    assert_int_equal(MESSAGE_UNPACK(tool_use, row.body, &fixture.arena, &use),
                     ERR_OK);
    assert_string_equal(use->tool, "Bash");
    assert_string_equal(use->call, "c1");
    assert_string_equal(use->arguments_json, "{\"command\":\"ls\"}");
    fixture_free(&fixture);
}

static void rows_map_to_kinds_and_origins(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        const char *kind;
        enum origin origin;
    } cases[] = {
        {"\"role\":\"user\",\"kind\":\"message\"", "user.message", ORIGIN_USER},
        {"\"role\":\"assistant\",\"kind\":\"message\"", "agent.message",
         ORIGIN_AGENT},
        {"\"role\":\"tool\",\"kind\":\"tool_result\",\"tool\":\"t\"",
         "agent.tool_result", ORIGIN_TOOL},
        {"\"role\":\"env\",\"kind\":\"outcome\",\"reward\":1",
         "outcome.evaluated", ORIGIN_TOOL},
        {"\"role\":\"user\",\"kind\":\"harness\"", "note.harness", ORIGIN_TOOL},
        {"\"role\":\"assistant\",\"kind\":\"completion-evidence\"",
         "note.completion_evidence", ORIGIN_AGENT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture fixture = fixture_new();
        struct trace_row row;
        char line[512];
        snprintf(line, sizeof(line), HEAD "%s}", cases[i].fields);
        assert_int_equal(trace_row_read(bytes_of_text(line), &fixture.arena,
                                        &fixture.why, &row),
                         ERR_OK);
        assert_text(row.kind, cases[i].kind);
        assert_int_equal(row.origin, cases[i].origin);
        assert_false(row.has_occurred);
        fixture_free(&fixture);
    }
}

static void a_wrong_row_is_refused_by_key(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *why;
    } cases[] = {
        {"", "valid JSON"},
        {"{", "valid JSON"},
        {"[1]", "JSON object"},
        {"{\"set\":\"s\"}", "\"session\" is missing"},
        {"{\"set\":\"s\",\"session\":\"x\",\"agent\":\"a\"}",
         "\"seq\" is missing"},
        {"{\"set\":7,\"session\":\"x\",\"agent\":\"a\",\"seq\":0}",
         "\"set\" is not a text"},
        {HEAD "\"kind\":\"tool_call\"}", "\"tool\" is missing"},
        {HEAD "\"kind\":\"message\",\"role\":\"user\",\"ts\":\"soon\"}",
         "\"ts\" is not"},
        {HEAD "\"kind\":\"No Such\"}", "\"kind\" is not"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture fixture = fixture_new();
        struct trace_row row;
        assert_int_equal(trace_row_read(bytes_of_text(cases[i].line),
                                        &fixture.arena, &fixture.why, &row),
                         ERR_INVALID);
        assert_non_null(strstr(buf_text(&fixture.why), cases[i].why));
        fixture_free(&fixture);
    }
}

/* Writes ${text} to a new file and gives its path. */
static char *write_file(const char *text)
{
    char *path = mem_string("/tmp/reverie-trace-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    return path;
}

static void sessions_interleave_by_time_and_keep_their_order(void **state)
{
    (void)state;
    char *path = write_file(
        "{\"set\":\"s\",\"session\":\"x\",\"seq\":0,\"agent\":\"a\","
        "\"kind\":\"task\",\"role\":\"user\",\"ts\":\"2026-01-01T00:00:05Z\"}\n"
        "{\"set\":\"s\",\"session\":\"x\",\"seq\":1,\"agent\":\"a\","
        "\"kind\":\"task\",\"role\":\"user\",\"ts\":\"2026-01-01T00:00:01Z\"}\n"
        "\n"
        "{\"set\":\"s\",\"session\":\"y\",\"seq\":0,\"agent\":\"b\","
        "\"kind\":\"task\",\"role\":\"user\",\"ts\":\"2026-01-01T00:00:03Z\"}");
    struct buf why;
    buf_init(&why, 4096);
    struct trace *trace;
    assert_int_equal(trace_open(path, &why, &trace), ERR_OK);
    assert_int_equal(trace_len(trace), 3);
    static const char *const expected[] = {"y#0", "x#0", "x#1"};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        struct trace_row row;
        assert_int_equal(trace_at(trace, i, &why, &row), ERR_OK);
        assert_text(row.source_id, expected[i]);
    }
    trace_close(trace);
    buf_fini(&why);
    unlink(path);
    free(path);
}

static void the_team_of_a_session_holds_for_all_its_rows(void **state)
{
    (void)state;
    char *path =
        write_file("{\"set\":\"s\",\"session\":\"x\",\"seq\":0,\"agent\":\"a\","
                   "\"kind\":\"task\",\"role\":\"user\",\"db\":\"car_1\"}\n"
                   "{\"set\":\"s\",\"session\":\"x\",\"seq\":1,\"agent\":\"a\","
                   "\"kind\":\"task\",\"role\":\"user\"}\n"
                   "{\"set\":\"s\",\"session\":\"y\",\"seq\":0,\"agent\":\"b\","
                   "\"kind\":\"task\",\"role\":\"user\"}\n");
    struct buf why;
    buf_init(&why, 4096);
    struct trace *trace;
    assert_int_equal(trace_open(path, &why, &trace), ERR_OK);
    static const char *const expected[] = {"car_1", "car_1", "s"};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        struct trace_row row;
        assert_int_equal(trace_at(trace, i, &why, &row), ERR_OK);
        assert_text(row.team, expected[i]);
    }
    trace_close(trace);
    buf_fini(&why);
    unlink(path);
    free(path);
}

static void a_bad_line_is_named_by_file_and_number(void **state)
{
    (void)state;
    char *path =
        write_file("{\"set\":\"s\",\"session\":\"x\",\"seq\":1,\"agent\":\"a\","
                   "\"kind\":\"task\",\"role\":\"user\"}\n"
                   "{\"set\":\"s\",\"session\":\"x\",\"seq\":1,\"agent\":\"a\","
                   "\"kind\":\"task\",\"role\":\"user\"}\n");
    struct buf why;
    buf_init(&why, 4096);
    struct trace *trace = NULL;
    assert_int_equal(trace_open(path, &why, &trace), ERR_INVALID);
    assert_null(trace);
    char expected[256];
    snprintf(expected, sizeof(expected), "%s:2: key \"seq\" does not grow",
             path);
    assert_non_null(strstr(buf_text(&why), expected));
    buf_fini(&why);
    unlink(path);
    free(path);
}

static void the_recorded_traces_are_read_whole(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        size_t rows;
    } sets[] = {{"codeteam", 28619},
                {"sqlteam", 38795},
                {"airline", 2555},
                {"whowhen", 1953},
                {"relay", 1781}};
    const char *folder = getenv("REVERIE_TRACES");
    if (!folder || access(folder, R_OK) != 0) {
        print_message("skipped: no recorded traces ($REVERIE_TRACES)\n");
        skip();
    }
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        char path[1024];
        snprintf(path, sizeof(path), "%s/%s/messages.jsonl", folder,
                 sets[i].set);
        struct buf why;
        buf_init(&why, 4096);
        struct trace *trace = NULL;
        enum err err = trace_open(path, &why, &trace);
        if (err != ERR_OK) {
            print_message("%s\n", buf_text(&why));
        }
        assert_int_equal(err, ERR_OK);
        assert_int_equal(trace_len(trace), sets[i].rows);
        trace_close(trace);
        buf_fini(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tool_call_keeps_tool_call_id_and_arguments),
        cmocka_unit_test(rows_map_to_kinds_and_origins),
        cmocka_unit_test(a_wrong_row_is_refused_by_key),
        cmocka_unit_test(sessions_interleave_by_time_and_keep_their_order),
        cmocka_unit_test(the_team_of_a_session_holds_for_all_its_rows),
        cmocka_unit_test(a_bad_line_is_named_by_file_and_number),
        cmocka_unit_test(the_recorded_traces_are_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
