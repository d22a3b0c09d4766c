/* SPDX-License-Identifier: MIT */
#include "memory/redact/secret.h"

#include <math.h>

#include "base/text/ascii.h"
#include "memory/redact/personal.h"

enum {
    KEY_HEAD_MAX = 64, /* of -----BEGIN ... PRIVATE KEY */
    FLAG_MAX = 40,     /* of --access-token */
    PASSWORD_MIN = 6,
    HIGH_ENTROPY_MIN = 20 /* bytes */
};

#define HIGH_ENTROPY 3.5 /* bits a byte */

/* What a name says of its value. */
enum name_class {
    NAME_PLAIN,
    NAME_SECRET,   /* long and random, or it is none */
    NAME_PASSWORD, /* short values count, too */
    NAME_HEADER,   /* a scheme comes before the value */
    NAME_PHONE
};

/* ---- keys ---------------------------------------------------------------- */

/* A '<' between is no part of such a line; if it were, a placeholder that is
 * shorter than what it replaces could bring the two together. */
bool find_private_key(struct window *window, size_t at, struct find *out)
{
    if (window_at(window, at + 5) != 'B' ||
        !window_has_text(window, at, BYTES_LITERAL("-----BEGIN "))) {
        return false;
    }
    struct bytes head = window_part(window, at, at + KEY_HEAD_MAX);
    size_t less = bytes_find(head, BYTES_LITERAL("<"), 0);
    head = bytes_slice(head, 0, less);
    if (bytes_find(head, BYTES_LITERAL("PRIVATE KEY"), 0) == SIZE_MAX) {
        return false;
    }
    struct bytes text = bytes_of(window->data, window->to);
    size_t end = text.len;
    size_t mark = bytes_find(text, BYTES_LITERAL("-----END "), at);
    if (mark != SIZE_MAX) {
        size_t close = bytes_find(text, BYTES_LITERAL("-----"), mark + 9);
        end = close == SIZE_MAX ? text.len : close + 5;
    }
    *out = (struct find){"PRIVATE_KEY", at, end};
    return true;
}

bool find_login(struct window *window, size_t at, struct find *out)
{
    if (!window_has_text(window, at, BYTES_LITERAL("://")) ||
        at < window->from + 2 || !alphabet_is(window->data[at - 2], IS_ALNUM)) {
        return false;
    }
    size_t from = at + 3;
    size_t end = window_run_end(window, from, IS_USERINFO);
    if (window_at(window, end) != '@') {
        return false;
    }
    size_t colon =
        bytes_find(window_part(window, from, end), BYTES_LITERAL(":"), 0);
    if (colon == SIZE_MAX || end - from - colon < 4) {
        return false;
    }
    *out = (struct find){"LOGIN", from, end};
    return true;
}

/* ---- named values -------------------------------------------------------- */

/* Whether ${value} has a Shannon entropy of HIGH_ENTROPY or more. */
static bool has_high_entropy(struct bytes value)
{
    uint16_t counts[128] = {0}; /* values are ASCII */
    size_t distinct = 0;
    for (size_t i = 0; i < value.len; i++) {
        distinct += counts[value.data[i] & 127]++ == 0;
    }
    if (distinct < 12) {
        return false; /* log2(11) < 3.5 */
    }
    double bits = 0;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        if (counts[i]) {
            double p = (double)counts[i] / (double)value.len;
            bits -= p * log2(p);
        }
    }
    return bits >= HIGH_ENTROPY;
}

/* Names, in lower case, whose value is a secret if it looks like one. A name
 * matches where it ends one: "DB_PASSWORD", "x-api-key". alphabet.c knows
 * their last letters. */
static const struct {
    char name[16];
    uint8_t len;
    enum name_class name_class;
} key_names[] = {
    {"password", 8, NAME_PASSWORD},     {"passwd", 6, NAME_PASSWORD},
    {"pwd", 3, NAME_PASSWORD},          {"passphrase", 10, NAME_PASSWORD},
    {"passcode", 8, NAME_PASSWORD},     {"token", 5, NAME_SECRET},
    {"secret", 6, NAME_SECRET},         {"api_key", 7, NAME_SECRET},
    {"api-key", 7, NAME_SECRET},        {"apikey", 6, NAME_SECRET},
    {"access_key", 10, NAME_SECRET},    {"access-key", 10, NAME_SECRET},
    {"accesskey", 9, NAME_SECRET},      {"accountkey", 10, NAME_SECRET},
    {"account_key", 11, NAME_SECRET},   {"auth_key", 8, NAME_SECRET},
    {"private_key", 11, NAME_SECRET},   {"secret_key", 10, NAME_SECRET},
    {"secret-key", 10, NAME_SECRET},    {"secretkey", 9, NAME_SECRET},
    {"signing_key", 11, NAME_SECRET},   {"encryption_key", 14, NAME_SECRET},
    {"master_key", 10, NAME_SECRET},    {"credential", 10, NAME_SECRET},
    {"authorization", 13, NAME_HEADER}, {"phone", 5, NAME_PHONE},
    {"mobile", 6, NAME_PHONE},          {"tel", 3, NAME_PHONE},
    {"telephone", 9, NAME_PHONE},       {"phone_number", 12, NAME_PHONE},
    {"phonenumber", 11, NAME_PHONE},
};

/* The last two letters rule out nearly every name there is. */
static bool ends_like_a_key_name(uint8_t second_last, uint8_t last)
{
    switch ((unsigned)ascii_fold(second_last) << 8 | ascii_fold(last)) {
    case 'r' << 8 | 'd':
    case 'w' << 8 | 'd':
    case 's' << 8 | 'e':
    case 'e' << 8 | 'n':
    case 'e' << 8 | 't':
    case 'e' << 8 | 'y':
    case 'a' << 8 | 'l':
    case 'd' << 8 | 'e':
    case 'e' << 8 | 'l':
    case 'e' << 8 | 'r':
    case 'l' << 8 | 'e':
    case 'n' << 8 | 'e':
    case 'o' << 8 | 'n':
        return true;
    default:
        return false;
    }
}

static bool ends_with(struct bytes text, const char *end, size_t len)
{
    if (len > text.len) {
        return false;
    }
    for (size_t i = 1; i <= len; i++) {
        if (ascii_fold(text.data[text.len - i]) != (uint8_t)end[len - i]) {
            return false;
        }
    }
    return true;
}

/* Of the name that ends at ${end}. */
static enum name_class name_class_at(const struct window *window, size_t end)
{
    const uint8_t *data = window->data;
    if (end < window->from + 3 ||
        !ends_like_a_key_name(data[end - 2], data[end - 1])) {
        return NAME_PLAIN;
    }
    struct bytes text = window_part(window, window->from, end);
    for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
        if (ends_with(text, key_names[i].name, key_names[i].len)) {
            return key_names[i].name_class;
        }
    }
    return NAME_PLAIN;
}

/* Of the name that ends before the sign at ${at}. */
static enum name_class name_class_before(const struct window *window, size_t at)
{
    size_t end = at;
    while (end > window->from && at - end < FIND_FILLERS_MAX &&
           alphabet_is(window->data[end - 1], IS_FILLER)) {
        end--;
    }
    return name_class_at(window, end);
}

static bool looks_secret(struct bytes value, enum name_class name_class)
{
    value = bytes_slice(value, 0, FIND_VALUE_MAX);
    if (value.len >= HIGH_ENTROPY_MIN && has_high_entropy(value)) {
        return true;
    }
    if (name_class != NAME_PASSWORD || value.len < PASSWORD_MIN) {
        return false;
    }
    unsigned seen = 0;
    for (size_t i = 0; i < value.len; i++) {
        seen |= alphabet_classes[value.data[i]];
    }
    return (seen & IS_ALPHA) && (seen & IS_DIGIT);
}

/* The value at ${from}, if it is one that a name of the class keeps secret. */
static bool find_value(struct window *window, size_t from,
                       enum name_class name_class, struct find *out)
{
    size_t end = window_measured_end(window, from, IS_VALUE, &window->values);
    if (!looks_secret(window_part(window, from, end), name_class)) {
        return false;
    }
    *out = (struct find){"SECRET", from, end};
    return true;
}

/* "Bearer abc": where the credentials begin; ${from} without a scheme. */
static size_t skip_scheme(const struct window *window, size_t from)
{
    static const char *const schemes[] = {"bearer ", "basic ", "token ", "bot ",
                                          "apikey "};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t len = strlen(schemes[i]);
        struct bytes word = window_part(window, from, from + len);
        if (word.len == len && ends_with(word, schemes[i], len)) {
            return from + len;
        }
    }
    return from;
}

bool find_named(struct window *window, size_t at, struct find *out)
{
    enum name_class name_class = name_class_before(window, at);
    if (name_class == NAME_PLAIN) {
        return false;
    }
    size_t from = at + 1;
    while (from < at + 1 + FIND_FILLERS_MAX &&
           alphabet_is(window_at(window, from), IS_FILLER)) {
        from++;
    }
    if (name_class == NAME_PHONE) {
        return find_named_phone(window, from, out);
    }
    if (name_class == NAME_HEADER) {
        from = skip_scheme(window, from);
        name_class = NAME_PASSWORD;
    }
    return find_value(window, from, name_class, out);
}

/* "--password hunter2" is "--password=hunter2" to most programs. */
bool find_flag(struct window *window, size_t at, struct find *out)
{
    size_t end = at + 2;
    while (end < at + FLAG_MAX &&
           alphabet_is(window_at(window, end), IS_TOKEN)) {
        end++;
    }
    enum name_class name_class =
        window_at(window, end) == ' ' ? name_class_at(window, end) : NAME_PLAIN;
    bool is_secret = name_class == NAME_SECRET || name_class == NAME_PASSWORD;
    size_t from = end + 1;
    while (from < end + FIND_FILLERS_MAX &&
           alphabet_is(window_at(window, from), IS_FILLER)) {
        from++;
    }
    return is_secret && find_value(window, from, name_class, out);
}
