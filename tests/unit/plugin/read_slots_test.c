/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/read/call/json_walk.h"
#include "plugin/read/call/shape.h"
#include "plugin/read/call/slots.h"
#include "plugin/read/call/sql.h"

static void append(void *context, struct bytes path, enum json_walk_kind kind,
                   struct bytes value)
{
    struct buf *out = context;
    buf_add(out, path);
    buf_add_format(out, "=%d:", (int)kind);
    buf_add(out, value);
    buf_add_text(out, ";");
}

static enum err walk(struct bytes text, struct buf *out)
{
    struct buf scratch;
    buf_init(&scratch, 1 << 21);
    enum err err = json_walk(text, &scratch, append, out);
    buf_fini(&scratch);
    return err;
}

static void test_scalars_come_with_their_paths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *visits;
    } rows[] = {
        {"{\"a\":1,\"b\":{\"c\":[true,null]}}",
         "a=1:1;b.c[]=2:true;b.c[]=4:null;"},
        {" [ {\"x\" : \"y\"} , -1.5e3 ] ", "[].x=0:y;[]=1:-1.5e3;"},
        {"\"SHOW TABLES\"", "=0:SHOW TABLES;"},
        {"{\"a\":{},\"b\":[]}", "a=5:;b=5:;"},
        {"\"a\\n\\u00e9\\ud83d\\ude00\\\"\"",
         "=0:a\n\xc3\xa9\xf0\x9f\x98\x80\";"},
        {"\"\\ud83dx\"", "=0:\xef\xbf\xbdx;"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        assert_int_equal(walk(bytes_of_text(rows[i].text), &out), ERR_OK);
        assert_string_equal(buf_text(&out), rows[i].visits);
        buf_fini(&out);
    }
}

static void add_slot(struct slot_set *set, const char *name, const char *option)
{
    slot_set_add(set, SLOT_VALUE, bytes_of_text(name), bytes_of_text(option));
}

/* Two that begin alike and differ behind the maximum are two. */
static void test_long_names_and_options_stay_apart(void **state)
{
    (void)state;
    struct arena arena;
    struct slot_set set;
    char one[400];
    char two[400];
    arena_init(&arena, 1 << 20);
    snprintf(one, sizeof(one), "%0300d\xc3\xa4", 1);
    snprintf(two, sizeof(two), "%s", one);
    two[299] = '2';
    slot_set_init(&set, &arena);
    add_slot(&set, "short", one);
    add_slot(&set, "short", two);
    add_slot(&set, "short", one);
    assert_int_equal(set.count, 2);
    add_slot(&set, one, "x");
    add_slot(&set, two, "x");
    add_slot(&set, one, "x");
    assert_int_equal(set.count, 4);
    const struct bytes path[] = {bytes_of_text(one), BYTES_LITERAL("a")};
    const struct bytes other[] = {bytes_of_text(one), BYTES_LITERAL("b")};
    slot_set_add_path(&set, SLOT_VALUE, path, 2, BYTES_LITERAL("x"));
    slot_set_add_path(&set, SLOT_VALUE, other, 2, BYTES_LITERAL("x"));
    slot_set_add_path(&set, SLOT_VALUE, path, 2, BYTES_LITERAL("x"));
    assert_int_equal(set.count, 6);
    for (size_t i = 0; i < set.count; i++) {
        assert_true(set.slots[i].name.len <= TUPLE_NAME_MAX);
        assert_true(set.slots[i].option.len <= TUPLE_OPTION_MAX);
    }
    /* What is kept can be read, and begins as the whole. */
    assert_int_equal(memcmp(set.slots[0].option.data, one, 40), 0);
    arena_fini(&arena);
}

static void test_what_fits_is_kept_as_it_is(void **state)
{
    (void)state;
    struct arena arena;
    struct slot_set set;
    char name[TUPLE_NAME_MAX + 1];
    char option[TUPLE_OPTION_MAX + 1];
    arena_init(&arena, 1 << 20);
    snprintf(name, sizeof(name), "%0*d", TUPLE_NAME_MAX, 7);
    snprintf(option, sizeof(option), "%0*d", TUPLE_OPTION_MAX, 7);
    slot_set_init(&set, &arena);
    add_slot(&set, name, option);
    assert_true(bytes_equal_text(set.slots[0].name, name));
    assert_true(bytes_equal_text(set.slots[0].option, option));
    arena_fini(&arena);
}

static void test_what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",         "{",           "[1,]",    "{\"a\"}",   "{\"a\":}", "tru",
        "[1 2]",    "\"open",      "\"\\x\"", "{a:1}",     "1 2",      "]",
        "\"\xff\"", "\"\\u12g4\"", "\"a\\",   "{\"a\":1,}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct buf out;
        buf_init(&out, 4096);
        assert_int_equal(walk(bytes_of_text(texts[i]), &out), ERR_INVALID);
        buf_fini(&out);
    }
}

static void test_deep_and_long_json_is_bounded(void **state)
{
    (void)state;
    size_t size = 1 << 20;
    uint8_t *text = mem_new(size);
    struct buf out;
    buf_init(&out, 1 << 22);
    memset(text, '[', size);
    assert_int_equal(walk(bytes_of(text, size), &out), ERR_TOO_BIG);
    memset(text, 'a', size);
    text[0] = '"';
    text[size - 1] = '"';
    assert_int_equal(walk(bytes_of(text, size), &out), ERR_OK);
    for (size_t i = 1; i + 1 < size; i++) {
        text[i] = i % 2 ? '\\' : 'n';
    }
    text[size - 1] = '"';
    assert_int_equal(walk(bytes_of(text, size - 1), &out), ERR_INVALID);
    buf_fini(&out);
    free(text);
}

static void test_values_become_options_or_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *option;
        enum slot_form form;
    } rows[] = {
        {"Content", "content", SLOT_VALUE},
        {"files_with_matches", "files_with_matches", SLOT_VALUE},
        {"120000", "120000", SLOT_VALUE},
        {"12345678901", "<NUM>", SLOT_SHAPE},
        {"/a/b/main.go", "<PATH:.go>", SLOT_SHAPE},
        {"2026-01-13", "9999-99-99", SLOT_SHAPE},
        {"13.01.2026 10:20", "13.01.2026 10:20", SLOT_VALUE},
        {"https://a.b/c", "<URL>", SLOT_SHAPE},
        {"mia_li_3668", "<ID>", SLOT_SHAPE},
        {"utf-8", "utf-8", SLOT_VALUE},
        {"", "<EMPTY>", SLOT_SHAPE},
        {"one two three four", "<TEXT>", SLOT_SHAPE},
        {"a\nb", "<TEXT>", SLOT_SHAPE},
        {"4f1d2c3b-1111-2222-3333-444455556666", "<UUID>", SLOT_SHAPE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct shape shape;
        shape_of(bytes_of_text(rows[i].value), &shape);
        assert_true(bytes_equal_text(shape_text(&shape), rows[i].option));
        assert_int_equal(shape.form, rows[i].form);
    }
}

/* ---- calls
 * -------------------------------------------------------------------- */

struct call {
    struct arena arena;
    struct buf scratch;
    struct slot_set set;
};

static void read_call(struct call *call, const char *tool, const char *json)
{
    arena_init(&call->arena, 1 << 20);
    buf_init(&call->scratch, 1 << 20);
    slot_set_init(&call->set, &call->arena);
    slots_add_call(&call->set, bytes_of_text(tool), bytes_of_text(json),
                   &call->scratch);
}

static void end_call(struct call *call)
{
    buf_fini(&call->scratch);
    arena_fini(&call->arena);
}

static const char *option_of(const struct call *call, const char *name)
{
    for (size_t i = 0; i < call->set.count; i++) {
        if (bytes_equal_text(call->set.slots[i].name, name)) {
            return (const char *)call->set.slots[i].option.data;
        }
    }
    return "";
}

static void test_arguments_become_slots(void **state)
{
    (void)state;
    static const struct {
        const char *tool;
        const char *json;
        const char *name;
        const char *option;
    } rows[] = {
        {"Grep", "{\"output_mode\":\"content\"}", "Grep.output_mode",
         "content"},
        {"Grep", "{}", "use.search", "Grep"},
        {"Bash", "{\"command\":\"rg x\"}", "use.search", "rg"},
        {"exec_command", "{\"cmd\":\"rg x\"}", "use.search", "rg"},
        {"shell", "{\"command\":[\"/bin/bash\",\"-lc\",\"rg x\"]}",
         "use.search", "rg"},
        {"shell", "{\"command\":[\"rg\",\"x\"]}", "use.search", "rg"},
        {"terminal", "\"rg x\"", "use.search", "rg"},
        {"book", "{\"people\":[{\"dob\":\"2001-02-03\"}]}", "book.people[].dob",
         "9999-99-99"},
        {"book", "{\"user_id\":\"abc\"}", "book.user_id", "<ID>"},
        {"Edit", "{\"new_string\":\"x\"}", "Edit.new_string", ""},
        {"mysql", "\"SELECT * FROM a\"", "sql.statement", "select"},
        {"mysql", "\"blocked\"", "mysql.text", ""},
        {"db", "\"SELECT 1\"", "sql.statement", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct call call;
        read_call(&call, rows[i].tool, rows[i].json);
        assert_string_equal(option_of(&call, rows[i].name), rows[i].option);
        assert_false(call.set.is_cut);
        end_call(&call);
    }
}

static void test_unreadable_arguments_keep_what_came_before(void **state)
{
    (void)state;
    struct call call;
    read_call(&call, "Tool", "{\"mode\":\"fast\",\"rest\":");
    assert_string_equal(option_of(&call, "Tool.mode"), "fast");
    assert_true(call.set.is_cut);
    end_call(&call);
}

static void test_statements_have_habits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *name;
        const char *option;
    } rows[] = {
        {"DESC cars", "use.inspect-schema", "DESC"},
        {"show tables;", "use.inspect-schema", "SHOW TABLES"},
        {"show tables;", "sql.semicolon", "yes"},
        {"select count(*) from a", "sql.count", "COUNT(*)"},
        {"SELECT COUNT(DISTINCT x) FROM a", "sql.count",
         "COUNT(DISTINCT column)"},
        {"SELECT 1 FROM a AS t JOIN b ON t.x = b.y", "sql.table-alias", "AS"},
        {"SELECT 1 FROM a t JOIN b u USING (x)", "sql.table-alias", "bare"},
        {"SELECT 1 FROM a t JOIN b u USING (x)", "sql.join-condition", "USING"},
        {"SELECT 1 FROM a, b", "sql.join-condition", "comma"},
        {"SELECT a, b FROM c", "sql.join-condition", ""},
        {"SELECT 1 FROM a INNER JOIN b", "sql.inner-join", "INNER JOIN"},
        {"SELECT 1 WHERE a <> 'b'", "sql.not-equal", "<>"},
        {"SELECT 1 WHERE a NOT IN (1)", "use.set-difference", "NOT IN"},
        {"/* x */ -- y\nSELECT \"a", "sql.keyword-case", "upper"},
        {"hello", "sql.statement", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct call call;
        read_call(&call, "", "");
        sql_slots_add(&call.set, bytes_of_text(rows[i].text));
        assert_string_equal(option_of(&call, rows[i].name), rows[i].option);
        end_call(&call);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars_come_with_their_paths),
        cmocka_unit_test(test_what_is_not_json_is_refused),
        cmocka_unit_test(test_long_names_and_options_stay_apart),
        cmocka_unit_test(test_what_fits_is_kept_as_it_is),
        cmocka_unit_test(test_deep_and_long_json_is_bounded),
        cmocka_unit_test(test_values_become_options_or_shapes),
        cmocka_unit_test(test_arguments_become_slots),
        cmocka_unit_test(test_unreadable_arguments_keep_what_came_before),
        cmocka_unit_test(test_statements_have_habits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
