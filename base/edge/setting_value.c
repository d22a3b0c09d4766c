/* SPDX-License-Identifier: MIT */
#include "base/edge/setting_value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
    NAME_CUT = 64
};

struct unit {
    const char *name;
    int64_t size;
};

/* Largest first, so that printing finds the largest that divides. */
static const struct unit byte_units[] = {
    {"TiB", INT64_C(1) << 40},
    {"GiB", INT64_C(1) << 30},
    {"MiB", INT64_C(1) << 20},
    {"KiB", INT64_C(1) << 10},
    {"B", 1},
    {"", 1},
};

static const struct unit time_units[] = {
    {"d", US_PER_DAY},    {"h", US_PER_HOUR}, {"m", US_PER_MINUTE},
    {"s", US_PER_SECOND}, {"ms", US_PER_MS},  {"us", 1},
};

static bool has_range(const struct setting *row)
{
    return row->min != row->max;
}

static bool in_range(const struct setting *row, double value)
{
    return !has_range(row) || (value >= row->min && value <= row->max);
}

/* A decimal number at the start of ${text}; *out_end is behind it. */
static enum err read_integer(const char *text, int64_t *out, const char **end)
{
    bool is_signed = *text == '-';
    if (text[is_signed] < '0' || text[is_signed] > '9') {
        return ERR_INVALID;
    }
    char *stop;
    errno = 0;
    long long value = strtoll(text, &stop, 10);
    if (errno != 0) {
        return ERR_INVALID;
    }
    *out = value;
    *end = stop;
    return ERR_OK;
}

static enum err read_with_unit(const char *text, const struct unit *units,
                               size_t count, int64_t *out)
{
    int64_t value = 0;
    const char *rest = text;
    enum err err = read_integer(text, &value, &rest);
    if (err != ERR_OK) {
        return err;
    }
    if (value == 0 && *rest == 0) {
        *out = 0;
        return ERR_OK;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rest, units[i].name) == 0) {
            return __builtin_mul_overflow(value, units[i].size, out)
                       ? ERR_INVALID
                       : ERR_OK;
        }
    }
    return ERR_INVALID;
}

static enum err read_count(const struct setting *row, const char *text,
                           int64_t *out)
{
    if (row->type == SETTING_BYTES) {
        return read_with_unit(text, byte_units, ARRAY_LEN(byte_units), out);
    }
    if (row->type == SETTING_DURATION) {
        return read_with_unit(text, time_units, ARRAY_LEN(time_units), out);
    }
    const char *end = text;
    enum err err = read_integer(text, out, &end);
    return err == ERR_OK && *end != 0 ? ERR_INVALID : err;
}

static enum err read_real(const char *text, double *out)
{
    char *end;
    if (*text == 0 || strspn(text, "0123456789+-.eE") != strlen(text)) {
        return ERR_INVALID;
    }
    double value = strtod(text, &end);
    if (*end != 0 || !isfinite(value)) {
        return ERR_INVALID;
    }
    *out = value;
    return ERR_OK;
}

static enum err read_bool(const char *text, bool *out)
{
    static const char *const names[] = {"false", "true", "no",
                                        "yes",   "off",  "on"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = i % 2 != 0;
            return ERR_OK;
        }
    }
    return ERR_INVALID;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || strchr(text, '|')) {
        return false;
    }
    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, len) == 0 && (at[len] == '|' || at[len] == 0)) {
            return true;
        }
    }
    return false;
}

enum err setting_value_read(const struct setting *row, const char *text,
                            struct setting_value *out)
{
    struct setting_value value = {0};
    enum err err = ERR_OK;
    switch (row->type) {
    case SETTING_INTEGER:
    case SETTING_BYTES:
    case SETTING_DURATION:
        err = read_count(row, text, &value.integer);
        if (err == ERR_OK && !in_range(row, (double)value.integer)) {
            err = ERR_INVALID;
        }
        break;
    case SETTING_REAL:
        err = read_real(text, &value.real);
        if (err == ERR_OK && !in_range(row, value.real)) {
            err = ERR_INVALID;
        }
        break;
    case SETTING_BOOL:
        err = read_bool(text, &value.flag);
        break;
    case SETTING_CHOICE:
        err = is_choice(row->choices, text) ? ERR_OK : ERR_INVALID;
        break;
    case SETTING_TEXT:
    case SETTING_LIST:
        err = bytes_is_utf8(bytes_of_text(text)) ? ERR_OK : ERR_INVALID;
        break;
    }
    if (err == ERR_OK) {
        *out = value;
    }
    return err;
}

static void add_with_unit(const struct unit *units, double value,
                          struct buf *out)
{
    int64_t whole = (int64_t)value;
    while (units->size > 1 && (whole == 0 || whole % units->size != 0)) {
        units++;
    }
    buf_add_format(out, "%" PRId64 "%s", whole / units->size, units->name);
}

static void add_number(const struct setting *row, double value, struct buf *out)
{
    if (row->type == SETTING_BYTES) {
        add_with_unit(byte_units, value, out);
    } else if (row->type == SETTING_DURATION) {
        add_with_unit(time_units, value, out);
    } else {
        buf_add_format(out, "%.15g", value);
    }
}

static const char *type_words(enum setting_type type)
{
    switch (type) {
    case SETTING_TEXT:
        return "a text";
    case SETTING_INTEGER:
        return "a whole number";
    case SETTING_BYTES:
        return "a size such as 512, 64KiB or 1MiB";
    case SETTING_DURATION:
        return "a duration such as 10ms, 30s, 5m, 24h or 7d";
    case SETTING_REAL:
        return "a number";
    case SETTING_BOOL:
        return "true or false";
    case SETTING_CHOICE:
        return "one of ";
    case SETTING_LIST:
        return "a list of texts";
    }
    return "";
}

static bool is_number(enum setting_type type)
{
    return type == SETTING_INTEGER || type == SETTING_BYTES ||
           type == SETTING_DURATION || type == SETTING_REAL;
}

void setting_value_allowed(const struct setting *row, struct buf *out)
{
    buf_add_text(out, type_words(row->type));
    if (row->type == SETTING_CHOICE) {
        buf_add_text(out, row->choices);
    }
    if (is_number(row->type) && has_range(row)) {
        buf_add_text(out, ", from ");
        add_number(row, row->min, out);
        buf_add_text(out, " to ");
        add_number(row, row->max, out);
    }
}

static void add_quoted(struct bytes text, struct buf *out)
{
    buf_add_u8(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (byte == '"' || byte == '\\') {
            buf_add_u8(out, '\\');
        }
        if (byte < 0x20 || byte == 0x7f) {
            buf_add_format(out, "\\x%02x", byte);
        } else {
            buf_add_u8(out, byte);
        }
    }
    buf_add_u8(out, '"');
}

static void add_list(struct bytes text, struct buf *out)
{
    buf_add_u8(out, '[');
    size_t from = 0;
    while (from < text.len) {
        size_t comma = bytes_find(text, BYTES_LITERAL(","), from);
        size_t to = comma == SIZE_MAX ? text.len : comma;
        buf_add_text(out, from > 0 ? ", " : "");
        add_quoted(bytes_slice(text, from, to - from), out);
        from = to + 1;
    }
    buf_add_u8(out, ']');
}

void setting_value_yaml(const struct setting *row, const char *text,
                        struct buf *out)
{
    if (row->type == SETTING_LIST) {
        add_list(bytes_of_text(text), out);
    } else if (row->type == SETTING_TEXT || row->type == SETTING_CHOICE) {
        add_quoted(bytes_of_text(text), out);
    } else {
        buf_add_text(out, text);
    }
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t less = a < b ? a : b;
    return less < c ? less : c;
}

/* Levenshtein's distance, one row at a time. */
size_t setting_name_distance(const char *a, const char *b)
{
    size_t row[NAME_CUT + 1];
    size_t a_len = strnlen(a, NAME_CUT);
    size_t b_len = strnlen(b, NAME_CUT);
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1,
                           diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_len];
}

/* Whether ${line} is "NAME:", where NAME may be quoted. */
static bool line_has_key(struct bytes line, struct bytes name)
{
    size_t at = 0;
    while (at < line.len && (line.data[at] == ' ' || line.data[at] == '"' ||
                             line.data[at] == '\'' || line.data[at] == '{')) {
        at++;
    }
    struct bytes rest = bytes_slice(line, at, SIZE_MAX);
    if (!bytes_starts_with(rest, name)) {
        return false;
    }
    rest = bytes_slice(rest, name.len, SIZE_MAX);
    while (rest.len > 0 && (rest.data[0] == ' ' || rest.data[0] == '"' ||
                            rest.data[0] == '\'')) {
        rest = bytes_slice(rest, 1, SIZE_MAX);
    }
    return rest.len > 0 && rest.data[0] == ':';
}

unsigned setting_line(struct bytes text, const char *key, unsigned nth)
{
    unsigned number = 0;
    size_t at = 0;
    while (at < text.len) {
        size_t end = bytes_find(text, BYTES_LITERAL("\n"), at);
        end = end == SIZE_MAX ? text.len : end;
        number++;
        if (line_has_key(bytes_slice(text, at, end - at), bytes_of_text(key)) &&
            --nth == 0) {
            return number;
        }
        at = end + 1;
    }
    return 0;
}
