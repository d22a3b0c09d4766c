/* SPDX-License-Identifier: MIT */
/* json.h: JSON values, read strictly and written canonically (json-c).
 *
 * Reading refuses invalid UTF-8, trailing garbage, depth beyond JSON_DEPTH_MAX
 * and texts beyond the caller's limit. Printing keeps the order in which
 * members were added; json_print_canonical sorts them.
 * A document owns all its values; a `struct json *` is lent until the
 * document is freed.
 * Threads: a document belongs to one thread at a time. */
#ifndef REVERIE_BASE_EDGE_JSON_H
#define REVERIE_BASE_EDGE_JSON_H

#include "base/bytes.h"

enum {
    JSON_DEPTH_MAX = 64
};

enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_REAL,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json;

/* Reads one value; gives it (json_free). ERR_INVALID, ERR_TOO_BIG (depth). */
MUST_CHECK enum err json_parse(struct bytes text, struct json **out_json);
void json_free(struct json *json);

/* JSON_NULL for NULL, so look-ups chain. */
enum json_kind json_kind(const struct json *json);

/* Member of an object; lends it, or NULL if absent or not an object. */
struct json *json_get(const struct json *json, const char *name);

/* Elements of an array; 0 and NULL for other types. */
size_t json_len(const struct json *json);
struct json *json_at(const struct json *json, size_t index);

/* Walks an object's members in the order they were read or added. Start with
 * *cursor = NULL; false at the end. */
bool json_next(const struct json *json, void **cursor, const char **out_name,
               struct json **out_value);

/* The value, or ${absent} where the type does not fit. Text is lent and may
 * hold NUL bytes. */
struct bytes json_as_string(const struct json *json, struct bytes absent);
int64_t json_as_int(const struct json *json, int64_t absent);
double json_as_real(const struct json *json, double absent);
bool json_as_bool(const struct json *json, bool absent);

/* Constructors; give the value (json_free, or hand it to a parent). */
struct json *json_new_object(void);
struct json *json_new_array(void);

/* Setters add or replace a member (${name} not NULL: object) or append
 * (${name} NULL: array). json_set takes ${value}. */
void json_set(struct json *parent, const char *name, struct json *value);
void json_set_string(struct json *parent, const char *name, struct bytes text);
void json_set_text(struct json *parent, const char *name, const char *text);
void json_set_int(struct json *parent, const char *name, int64_t value);
void json_set_real(struct json *parent, const char *name, double value);
void json_set_bool(struct json *parent, const char *name, bool value);
void json_set_null(struct json *parent, const char *name);

/* Appends the compact text, or the indented one, to ${out}. */
void json_print(const struct json *json, struct buf *out);
void json_print_pretty(const struct json *json, struct buf *out);

/* Appends compact text with members sorted byte-wise by name and numbers in
 * shortest round-trip form: equal values give equal bytes. */
void json_print_canonical(const struct json *json, struct buf *out);

#endif
