/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/edge/json.h"

static struct json *parsed(const char *text)
{
    struct json *json = NULL;
    assert_int_equal(json_parse(bytes_of_text(text), &json), ERR_OK);
    return json;
}

static void assert_refused(struct bytes text, enum err err)
{
    struct json *json = NULL;
    enum err got = json_parse(text, &json);
    if (got != err) {
        fail_msg("%.*s: %s", (int)text.len, (const char *)text.data,
                 err_name(got));
    }
    assert_null(json);
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "{\"a\":1",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "'a'",
        "\"a",
        "tru",
        "1 2",
        "{} x",
        "[1] ]",
        "01",
        "-",
        "1e",
        "1.",
        ".5",
        "+1",
        "NaN",
        "Infinity",
        "-Infinity",
        "TRUE",
        "nul",
        "// c\n1",
        "/**/1",
        "[1]//",
        "\"\\x41\"",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "{\"a\"}",
        "[NaN]",
        "{\"a\":Infinity}",
        "[-Infinity]",
        "nan",
        "\"\\ud800",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_refused(bytes_of_text(texts[i]), ERR_INVALID);
    }
}

static void nul_bytes_are_refused(void **state)
{
    (void)state;
    assert_refused(BYTES_LITERAL("\0"), ERR_INVALID);
    assert_refused(BYTES_LITERAL("12\0"), ERR_INVALID);
    assert_refused(BYTES_LITERAL("{}\0{}"), ERR_INVALID);
    assert_refused(BYTES_LITERAL("\"a\0b\""), ERR_INVALID);
}

static void depth_is_limited(void **state)
{
    (void)state;
    char text[2 * (JSON_DEPTH_MAX + 1)];
    struct json *json = NULL;
    size_t deep = JSON_DEPTH_MAX - 1;
    memset(text, '[', deep);
    memset(text + deep, ']', deep);
    assert_int_equal(json_parse(bytes_of(text, 2 * deep), &json), ERR_OK);
    json_free(json);
    deep = JSON_DEPTH_MAX + 1;
    memset(text, '[', deep);
    memset(text + deep, ']', deep);
    assert_refused(bytes_of(text, 2 * deep), ERR_TOO_BIG);
}

static void bare_values_are_read(void **state)
{
    (void)state;
    struct json *json = parsed("12");
    assert_int_equal(json_as_int(json, 0), 12);
    json_free(json);
    json = parsed(" -0.5e1\n");
    assert_true(json_as_real(json, 0) == -5);
    json_free(json);
    json = parsed("[0,-0,1E+2,1.5e-3,\"NaN \\\" 1.\"]");
    assert_int_equal(json_len(json), 5);
    json_free(json);
    json = parsed("null");
    assert_null(json);
    json = parsed("\"a\\u0000b\"");
    assert_int_equal(json_as_string(json, bytes_of_text("")).len, 3);
    json_free(json);
}

static void absent_values_chain(void **state)
{
    (void)state;
    struct json *json = parsed("{\"a\":{\"b\":[1,\"x\"]}}");
    struct json *list = json_get(json_get(json, "a"), "b");
    assert_int_equal(json_len(list), 2);
    assert_int_equal(json_as_int(json_at(list, 0), 9), 1);
    assert_int_equal(json_as_int(json_at(list, 1), 9), 9);
    assert_null(json_at(list, 2));
    assert_null(json_get(json_get(json_get(json, "x"), "y"), "z"));
    assert_int_equal(json_kind(NULL), JSON_NULL);
    json_free(json);
}

static void assert_canonical(const char *text, const char *expected)
{
    struct json *json = parsed(text);
    struct buf out;
    buf_init(&out, 4096);
    json_print_canonical(json, &out);
    assert_string_equal(buf_text(&out), expected);
    buf_fini(&out);
    json_free(json);
}

static void canonical_texts_are_sorted_and_short(void **state)
{
    (void)state;
    assert_canonical("{}", "{}");
    assert_canonical("[ ]", "[]");
    assert_canonical("null", "null");
    assert_canonical("{\"b\": 1, \"a\": [true, null], \"B\": \"/\"}",
                     "{\"B\":\"/\",\"a\":[true,null],\"b\":1}");
    assert_canonical("{\"b\":{\"z\":1,\"y\":0.1}, \"\\u00e9\":2, \"a\":1.50}",
                     "{\"a\":1.5,\"b\":{\"y\":0.1,\"z\":1},\"\xc3\xa9\":2}");
    assert_canonical("[0.30000000000000004,1e-7,123456789.125]",
                     "[0.30000000000000004,1e-07,123456789.125]");
    assert_canonical("{\"a\":1,\"a\":2}", "{\"a\":2}");
}

static void setters_build_what_is_printed(void **state)
{
    (void)state;
    struct json *json = json_new_object();
    struct json *list = json_new_array();
    struct buf out;
    buf_init(&out, 4096);
    json_set_int(list, NULL, 1);
    json_set_text(list, NULL, "a\"b\n");
    json_set(json, "list", list);
    json_set_bool(json, "b", true);
    json_set_null(json, "n");
    json_print(json, &out);
    assert_string_equal(buf_text(&out),
                        "{\"list\":[1,\"a\\\"b\\n\"],\"b\":true,\"n\":null}");
    buf_fini(&out);
    json_free(json);
}

static void members_are_walked_in_order(void **state)
{
    (void)state;
    struct json *json = parsed("{\"z\":1,\"a\":2}");
    void *cursor = NULL;
    const char *name;
    struct json *value;
    assert_true(json_next(json, &cursor, &name, &value));
    assert_string_equal(name, "z");
    assert_true(json_next(json, &cursor, &name, &value));
    assert_int_equal(json_as_int(value, 0), 2);
    assert_false(json_next(json, &cursor, &name, &value));
    json_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(bare_values_are_read),
        cmocka_unit_test(absent_values_chain),
        cmocka_unit_test(canonical_texts_are_sorted_and_short),
        cmocka_unit_test(setters_build_what_is_printed),
        cmocka_unit_test(members_are_walked_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
