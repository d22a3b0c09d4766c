/* SPDX-License-Identifier: MIT */
#include "memory/redact/secret.h"

#include <math.h>

enum {
    KEY_HEAD_MAX = 64, /* of -----BEGIN ... PRIVATE KEY */
    PASSWORD_MIN = 6,
    HIGH_ENTROPY_MIN = 20 /* bytes */
};

#define HIGH_ENTROPY 3.5 /* bits a byte */

/* ---- keys ---------------------------------------------------------------- */

/* A prefix that a vendor promises, then at least `min` bytes of a class.
 * alphabet.c knows
 * which two letters start them. */
static const struct vendor {
    char prefix[12];
    uint8_t len;
    uint8_t min;
    uint16_t class_bits;
} vendors[] = {
    {"AKIA", 4, 16, IS_UPPER_DIGIT},  {"ASIA", 4, 16, IS_UPPER_DIGIT},
    {"AIza", 4, 35, IS_TOKEN},        {"ghp_", 4, 20, IS_ALNUM},
    {"gho_", 4, 20, IS_ALNUM},        {"ghu_", 4, 20, IS_ALNUM},
    {"ghs_", 4, 20, IS_ALNUM},        {"ghr_", 4, 20, IS_ALNUM},
    {"github_pat_", 11, 20, IS_WORD}, {"glpat-", 6, 20, IS_TOKEN},
    {"npm_", 4, 36, IS_ALNUM},        {"rk_live_", 8, 16, IS_ALNUM},
    {"sk-", 3, 20, IS_TOKEN},         {"sk_live_", 8, 16, IS_ALNUM},
    {"sk_test_", 8, 16, IS_ALNUM},    {"xoxa-", 5, 10, IS_TOKEN},
    {"xoxb-", 5, 10, IS_TOKEN},       {"xoxp-", 5, 10, IS_TOKEN},
    {"xoxr-", 5, 10, IS_TOKEN},       {"xoxs-", 5, 10, IS_TOKEN},
};

static size_t vendor_end(struct window *window, size_t from,
                         unsigned class_bits)
{
    /* Only tokens overlap: a prefix of another may start inside, at a dash. */
    return class_bits == IS_TOKEN
               ? window_measured_end(window, from, IS_TOKEN, &window->tokens)
               : window_run_end(window, from, class_bits);
}

/* Two letters rule out nearly every word there is. */
static bool starts_like_a_vendor(uint8_t first, uint8_t second)
{
    switch ((unsigned)first << 8 | second) {
    case 'A' << 8 | 'K':
    case 'A' << 8 | 'S':
    case 'A' << 8 | 'I':
    case 'g' << 8 | 'h':
    case 'g' << 8 | 'i':
    case 'g' << 8 | 'l':
    case 'n' << 8 | 'p':
    case 'r' << 8 | 'k':
    case 's' << 8 | 'k':
    case 'x' << 8 | 'o':
        return true;
    default:
        return false;
    }
}

bool find_vendor(struct window *window, size_t at, struct find *out)
{
    if (!starts_like_a_vendor(window_at(window, at),
                              window_at(window, at + 1))) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
        const struct vendor *vendor = &vendors[i];
        if (!window_has_text(window, at,
                             bytes_of(vendor->prefix, vendor->len))) {
            continue;
        }
        size_t from = at + vendor->len;
        size_t end = vendor_end(window, from, vendor->class_bits);
        if (end - from >= vendor->min && window_has_digit(window, from, end)) {
            *out = (struct find){"SECRET", at, end};
            return true;
        }
    }
    return false;
}

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

bool find_jwt(struct window *window, size_t at, struct find *out)
{
    if (!window_has_text(window, at, BYTES_LITERAL("eyJ"))) {
        return false;
    }
    size_t dot = window_measured_end(window, at, IS_TOKEN, &window->tokens);
    if (dot - at < 11 || !window_has_text(window, dot, BYTES_LITERAL(".eyJ"))) {
        return false;
    }
    size_t end = window_run_end(window, dot + 1, IS_TOKEN);
    if (end - dot < 12) {
        return false;
    }
    if (window_at(window, end) == '.') {
        end = window_run_end(window, end + 1, IS_TOKEN);
    }
    *out = (struct find){"SECRET", at, end};
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
    char name[12];
    uint8_t len;
    bool is_password; /* short values count, too */
} key_names[] = {
    {"password", 8, true},     {"passwd", 6, true},
    {"pwd", 3, true},          {"passphrase", 10, true},
    {"token", 5, false},       {"secret", 6, false},
    {"api_key", 7, false},     {"api-key", 7, false},
    {"apikey", 6, false},      {"access_key", 10, false},
    {"auth_key", 8, false},    {"private_key", 11, false},
    {"secret_key", 10, false}, {"credential", 10, false},
};

enum name_class {
    NAME_PLAIN,
    NAME_SECRET,
    NAME_PASSWORD
};

static uint8_t lower(uint8_t c)
{
    return alphabet_is(c, IS_UPPER) ? (uint8_t)(c + 32) : c;
}

/* The last two letters rule out nearly every name there is. */
static bool ends_like_a_key_name(uint8_t second_last, uint8_t last)
{
    switch ((unsigned)lower(second_last) << 8 | lower(last)) {
    case 'r' << 8 | 'd':
    case 'w' << 8 | 'd':
    case 's' << 8 | 'e':
    case 'e' << 8 | 'n':
    case 'e' << 8 | 't':
    case 'e' << 8 | 'y':
    case 'a' << 8 | 'l':
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
        if (lower(text.data[text.len - i]) != (uint8_t)end[len - i]) {
            return false;
        }
    }
    return true;
}

/* Of the name that ends before the sign at ${at}. */
static enum name_class name_class_before(const struct window *window, size_t at)
{
    const uint8_t *data = window->data;
    size_t end = at;
    while (end > window->from && at - end < FIND_FILLERS_MAX &&
           alphabet_is(data[end - 1], IS_FILLER)) {
        end--;
    }
    if (end < window->from + 2 ||
        !ends_like_a_key_name(data[end - 2], data[end - 1])) {
        return NAME_PLAIN;
    }
    struct bytes text = window_part(window, window->from, end);
    for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
        if (ends_with(text, key_names[i].name, key_names[i].len)) {
            return key_names[i].is_password ? NAME_PASSWORD : NAME_SECRET;
        }
    }
    return NAME_PLAIN;
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
    size_t end = window_measured_end(window, from, IS_VALUE, &window->values);
    if (!looks_secret(window_part(window, from, end), name_class)) {
        return false;
    }
    *out = (struct find){"SECRET", from, end};
    return true;
}
