/* SPDX-License-Identifier: MIT */
#include "base/edge/json.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/text/ascii.h"

/* `struct json` is never defined: it is json-c's object under our name, so no
 * type of the library leaves this file. */
static struct json_object *in(const struct json *json)
{
    union {
        const struct json *in;
        struct json_object *out;
    } view = {.in = json};
    return view.out;
}

static struct json *out_of(struct json_object *object)
{
    return (struct json *)object;
}

/* Whether only white space follows the first ${from} bytes. */
static bool only_blanks_follow(struct bytes text, size_t from)
{
    for (size_t at = from; at < text.len; at++) {
        uint8_t c = text.data[at];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            return false;
        }
    }
    return true;
}

static size_t skip_digits(struct bytes word, size_t at)
{
    while (at < word.len && ascii_is_digit(word.data[at])) {
        at++;
    }
    return at;
}

static bool is_one_of(struct bytes word, size_t at, const char *characters)
{
    return at < word.len && ascii_in(word.data[at], characters);
}

/* -?digits(.digits)?([eE][+-]?digits)?, with digits in each place. */
static bool is_number(struct bytes word)
{
    size_t from = is_one_of(word, 0, "-");
    size_t at = skip_digits(word, from);
    bool is_good = at > from;
    if (is_one_of(word, at, ".")) {
        from = at + 1;
        at = skip_digits(word, from);
        is_good = is_good && at > from;
    }
    if (is_one_of(word, at, "eE")) {
        from = at + 1 + is_one_of(word, at + 1, "+-");
        at = skip_digits(word, from);
        is_good = is_good && at > from;
    }
    return is_good && at == word.len;
}

static bool is_word_byte(uint8_t byte)
{
    return ascii_is_alnum(byte) || byte == '+' || byte == '-' || byte == '.';
}

static size_t skip_string(struct bytes text, size_t at)
{
    for (at++; at < text.len && text.data[at] != '"'; at++) {
        at += text.data[at] == '\\';
    }
    return at + 1;
}

/* json-c takes NaN, Infinity and "1." even when it is strict, as it takes
 * overlong UTF-8. */
static bool has_only_json_words(struct bytes text)
{
    size_t at = 0;
    while (at < text.len) {
        if (text.data[at] == '"') {
            at = skip_string(text, at);
            continue;
        }
        size_t from = at;
        while (at < text.len && is_word_byte(text.data[at])) {
            at++;
        }
        struct bytes word = bytes_slice(text, from, at - from);
        if (word.len > 0 && !is_number(word) &&
            !bytes_equal_text(word, "true") &&
            !bytes_equal_text(word, "false") &&
            !bytes_equal_text(word, "null")) {
            return false;
        }
        at += word.len == 0;
    }
    return true;
}

enum err json_parse(struct bytes text, struct json **out_json)
{
    if (text.len >= INT_MAX) {
        return ERR_TOO_BIG;
    }
    if (!bytes_is_utf8(text) || !has_only_json_words(text)) {
        return ERR_INVALID;
    }
    struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
    assert(tokener);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
                                        JSON_TOKENER_ALLOW_TRAILING_CHARS);
    struct json_object *object = json_tokener_parse_ex(
        tokener, text.len ? (const char *)text.data : "", (int)text.len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    if (error == json_tokener_continue) {
        /* A bare number ends only where something else begins. */
        object = json_tokener_parse_ex(tokener, " ", 1);
        error = json_tokener_get_error(tokener);
        end = text.len;
    }
    json_tokener_free(tokener);
    if (error == json_tokener_success && only_blanks_follow(text, end)) {
        *out_json = out_of(object);
        return ERR_OK;
    }
    json_object_put(object);
    return error == json_tokener_error_depth ? ERR_TOO_BIG : ERR_INVALID;
}

void json_free(struct json *json)
{
    json_object_put(in(json));
}

enum json_kind json_kind(const struct json *json)
{
    switch (json_object_get_type(in(json))) {
    case json_type_boolean:
        return JSON_BOOL;
    case json_type_double:
        return JSON_REAL;
    case json_type_int:
        return JSON_INT;
    case json_type_object:
        return JSON_OBJECT;
    case json_type_array:
        return JSON_ARRAY;
    case json_type_string:
        return JSON_STRING;
    case json_type_null:
        break;
    }
    return JSON_NULL;
}

struct json *json_get(const struct json *json, const char *name)
{
    struct json_object *value = NULL;
    if (json_kind(json) == JSON_OBJECT) {
        json_object_object_get_ex(in(json), name, &value);
    }
    return out_of(value);
}

size_t json_len(const struct json *json)
{
    return json_kind(json) == JSON_ARRAY ? json_object_array_length(in(json))
                                         : 0;
}

struct json *json_at(const struct json *json, size_t index)
{
    return index < json_len(json)
               ? out_of(json_object_array_get_idx(in(json), index))
               : NULL;
}

bool json_next(const struct json *json, void **cursor, const char **out_name,
               struct json **out_value)
{
    if (json_kind(json) != JSON_OBJECT) {
        return false;
    }
    struct lh_entry *entry = *cursor;
    entry = entry ? lh_entry_next(entry)
                  : lh_table_head(json_object_get_object(in(json)));
    if (!entry) {
        return false;
    }
    *cursor = entry;
    *out_name = lh_entry_k(entry);
    *out_value = lh_entry_v(entry);
    return true;
}

struct bytes json_as_string(const struct json *json, struct bytes absent)
{
    if (json_kind(json) != JSON_STRING) {
        return absent;
    }
    return bytes_of(json_object_get_string(in(json)),
                    (size_t)json_object_get_string_len(in(json)));
}

int64_t json_as_int(const struct json *json, int64_t absent)
{
    return json_kind(json) == JSON_INT ? json_object_get_int64(in(json))
                                       : absent;
}

double json_as_real(const struct json *json, double absent)
{
    enum json_kind kind = json_kind(json);
    return kind == JSON_REAL || kind == JSON_INT
               ? json_object_get_double(in(json))
               : absent;
}

bool json_as_bool(const struct json *json, bool absent)
{
    return json_kind(json) == JSON_BOOL ? json_object_get_boolean(in(json))
                                        : absent;
}

struct json *json_new_object(void)
{
    return out_of(json_object_new_object());
}

struct json *json_new_array(void)
{
    return out_of(json_object_new_array());
}

void json_set(struct json *parent, const char *name, struct json *value)
{
    int rc = name ? json_object_object_add(in(parent), name, in(value))
                  : json_object_array_add(in(parent), in(value));
    assert(rc == 0);
    (void)rc;
}

void json_set_string(struct json *parent, const char *name, struct bytes text)
{
    assert(text.len < INT_MAX);
    json_set(parent, name,
             out_of(json_object_new_string_len(
                 text.len ? (const char *)text.data : "", (int)text.len)));
}

void json_set_text(struct json *parent, const char *name, const char *text)
{
    json_set_string(parent, name, bytes_of_text(text));
}

void json_set_int(struct json *parent, const char *name, int64_t value)
{
    json_set(parent, name, out_of(json_object_new_int64(value)));
}

void json_set_real(struct json *parent, const char *name, double value)
{
    json_set(parent, name, out_of(json_object_new_double(value)));
}

void json_set_bool(struct json *parent, const char *name, bool value)
{
    json_set(parent, name, out_of(json_object_new_boolean(value)));
}

void json_set_null(struct json *parent, const char *name)
{
    json_set(parent, name, NULL);
}

static void print_with(const struct json *json, int flags, struct buf *out)
{
    size_t len = 0;
    const char *text = json_object_to_json_string_length(
        in(json), flags | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    buf_add(out, bytes_of(text, len));
}

void json_print(const struct json *json, struct buf *out)
{
    print_with(json, JSON_C_TO_STRING_PLAIN, out);
}

void json_print_pretty(const struct json *json, struct buf *out)
{
    print_with(json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED, out);
}

struct member {
    const char *name;
    struct json *value;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    return strcmp(left->name, right->name);
}

/* Documents are read at most JSON_DEPTH_MAX deep, and built less deep. */
// NOLINTBEGIN(misc-no-recursion)
static void print_object_canonical(const struct json *json, struct buf *out)
{
    size_t count = (size_t)json_object_object_length(in(json));
    struct member *members = mem_new_array(count, sizeof(*members));
    void *cursor = NULL;
    for (size_t i = 0;
         json_next(json, &cursor, &members[i].name, &members[i].value); i++) {
        if (i + 1 == count) {
            break;
        }
    }
    qsort(members, count, sizeof(*members), compare_members);
    buf_add_text(out, "{");
    for (size_t i = 0; i < count; i++) {
        struct json_object *name = json_object_new_string(members[i].name);
        buf_add_text(out, i ? "," : "");
        print_with(out_of(name), JSON_C_TO_STRING_PLAIN, out);
        json_object_put(name);
        buf_add_text(out, ":");
        json_print_canonical(members[i].value, out);
    }
    buf_add_text(out, "}");
    free(members);
}

/* The fewest digits that read back as the same double. */
static void print_real_canonical(double value, struct buf *out)
{
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    buf_add_text(out, isfinite(value) ? text : "null");
}

void json_print_canonical(const struct json *json, struct buf *out)
{
    switch (json_kind(json)) {
    case JSON_OBJECT:
        print_object_canonical(json, out);
        return;
    case JSON_ARRAY:
        buf_add_text(out, "[");
        for (size_t i = 0; i < json_len(json); i++) {
            buf_add_text(out, i ? "," : "");
            json_print_canonical(json_at(json, i), out);
        }
        buf_add_text(out, "]");
        return;
    case JSON_REAL:
        print_real_canonical(json_as_real(json, 0), out);
        return;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_INT:
    case JSON_STRING:
        print_with(json, JSON_C_TO_STRING_PLAIN, out);
        return;
    }
}
// NOLINTEND(misc-no-recursion)
