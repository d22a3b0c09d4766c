/* SPDX-License-Identifier: MIT */
/* Recorded traces through the normaliser, against the labels beside them.
 * Skips where $REVERIE_TRACES is absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/edge/json.h"
#include "base/map.h"
#include "plugin/read/normaliser.h"
#include "proto/messages.h"

enum {
    LINE_MAX_BYTES = 4 << 20,
    KEYS_MAX = 1 << 16
};

static FILE *open_trace(const char *name)
{
    const char *folder = getenv("REVERIE_TRACES");
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", folder ? folder : DEFAULT_TRACES,
             name);
    FILE *file = fopen(path, "r");
    if (!file) {
        print_message("skipped: %s is absent\n", path);
        skip();
    }
    return file;
}

static char *string_of(const struct json *row, const char *name)
{
    struct bytes text = json_as_string(json_get(row, name), bytes_of("", 0));
    return bytes_to_text(text);
}

/* The body of a failed tool result. */
static void pack_result(const struct json *row, struct buf *body)
{
    Reverie__V1__ToolResult result = REVERIE__V1__TOOL_RESULT__INIT;
    result.tool = string_of(row, "tool");
    result.text = string_of(row, "text");
    result.has_is_error = true;
    result.is_error = json_as_bool(json_get(row, "error"), false);
    message_pack(&result, body);
    free(result.tool);
    free(result.text);
}

struct reading {
    struct map *agents; /* "db code identifier" -> "agent\nagent\n..." */
    char db[256];
    char agent[64];
    size_t errors;
    size_t wrong; /* errors of results that were none */
    bool is_error;
};

static const char *code_of(struct bytes template_text)
{
    if (bytes_starts_with(template_text, BYTES_LITERAL("Table '<IDENT>'"))) {
        return "ER_NO_SUCH_TABLE";
    }
    return bytes_starts_with(template_text,
                             BYTES_LITERAL("Unknown column '<IDENT>'"))
               ? "ER_BAD_FIELD_ERROR"
               : NULL;
}

static void note_agent(struct reading *reading, const char *key)
{
    struct bytes name = bytes_of_text(key);
    char *old = map_get(reading->agents, name);
    if (old && strstr(old, reading->agent)) {
        return;
    }
    size_t size = (old ? strlen(old) : 0) + strlen(reading->agent) + 2;
    char *agents = mem_new(size);
    snprintf(agents, size, "%s%s\n", old ? old : "", reading->agent);
    assert_int_equal(map_put(reading->agents, name, agents), ERR_OK);
}

static void keep(void *context, const struct tuple *tuple)
{
    struct reading *reading = context;
    if (tuple->kind != TUPLE_ERROR) {
        return;
    }
    reading->errors++;
    reading->wrong += !reading->is_error;
    const char *code = code_of(tuple->error.template_text);
    const struct tuple_value *value = tuple->error.values;
    const struct tuple_value *end = value + tuple->error.value_count;
    while (value < end && !value->identifies) {
        value++;
    }
    if (code && value < end) {
        char key[512];
        snprintf(key, sizeof(key), "%s %s %.*s", reading->db, code,
                 (int)value->key.len, (const char *)value->key.data);
        note_agent(reading, key);
    }
}

static void read_row(struct normaliser *normaliser, const struct json *row,
                     struct reading *reading)
{
    if (!bytes_equal_text(
            json_as_string(json_get(row, "kind"), bytes_of("", 0)),
            "tool_result")) {
        return;
    }
    char *session = string_of(row, "session");
    char *agent = string_of(row, "agent");
    snprintf(reading->db, sizeof(reading->db), "%.*s",
             (int)strcspn(session, "/"), session);
    /* With its end, so that no name is a part of another. */
    snprintf(reading->agent, sizeof(reading->agent), "%s;", agent);
    reading->is_error = json_as_bool(json_get(row, "error"), false);
    struct buf body;
    buf_init(&body, LINE_MAX_BYTES);
    pack_result(row, &body);
    struct stamp stamp = {.origin = ORIGIN_TOOL};
    struct envelope envelope = {.kind = BYTES_LITERAL("agent.tool_result")};
    normaliser_read(normaliser, &stamp, &envelope, buf_bytes(&body), keep,
                    reading);
    buf_fini(&body);
    free(session);
    free(agent);
}

static void each_row(FILE *file, void (*visit)(void *, const struct json *),
                     void *context)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    while ((len = getline(&line, &size, file)) > 0) {
        struct json *row = NULL;
        size_t end = (size_t)len - (line[len - 1] == '\n');
        assert_int_equal(json_parse(bytes_of(line, end), &row), ERR_OK);
        visit(context, row);
        json_free(row);
    }
    free(line);
    assert_int_equal(fclose(file), 0);
}

struct run {
    struct normaliser *normaliser;
    struct reading reading;
    size_t labels;
    size_t found;
};

static void visit_row(void *context, const struct json *row)
{
    struct run *run = context;
    read_row(run->normaliser, row, &run->reading);
}

static void visit_label(void *context, const struct json *row)
{
    struct run *run = context;
    char *db = string_of(row, "db");
    char *code = string_of(row, "code");
    char *identifier = string_of(row, "ident");
    char key[512];
    snprintf(key, sizeof(key), "%s %s %s", db, code, identifier);
    const char *agents = map_get(run->reading.agents, bytes_of_text(key));
    const char *first = agents ? strchr(agents, '\n') : NULL;
    run->labels++;
    run->found += first && strchr(first + 1, '\n');
    free(db);
    free(code);
    free(identifier);
}

/* Every identifier that two agents got wrong can be told from the errors, and
 * nothing that was no error became one. */
static void test_recurring_identifiers_are_extracted(void **state)
{
    (void)state;
    FILE *rows = open_trace("sqlteam/messages.jsonl");
    FILE *labels =
        open_trace("sqlteam/labels/recurring_identifier_errors.jsonl");
    struct redact_key key = {{1}};
    struct run run = {.normaliser = normaliser_new(&key)};
    run.reading.agents = map_new(KEYS_MAX, free);
    each_row(rows, visit_row, &run);
    each_row(labels, visit_label, &run);
    assert_int_equal(run.reading.wrong, 0);
    assert_true(run.reading.errors > 10000);
    assert_true(run.labels > 0);
    assert_int_equal(run.found, run.labels);
    map_free(run.reading.agents);
    normaliser_free(run.normaliser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recurring_identifiers_are_extracted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
