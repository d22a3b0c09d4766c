/* SPDX-License-Identifier: MIT */
#include "plugin/read/text/mask.h"

#include <string.h>

#include "plugin/read/text/ascii.h"
#include "plugin/read/text/token.h"

static const char *const mask_names[MASK_COUNT] = {
    "",    "UUID",  "SHA",       "TS",     "DUR",    "URL",  "EMAIL",
    "IP",  "PATH",  "HEX",       "B64",    "SEMVER", "SIZE", "QSTR",
    "NUM", "IDENT", "QUALIFIER", "CLAUSE", "SECRET"};

const char *mask_name(enum mask mask)
{
    return mask_names[mask];
}

void mask_init(struct mask_result *result)
{
    result->len = 0;
    result->value_count = 0;
    result->tokens = 0;
    result->run = MASK_NONE;
    result->is_run = false;
    result->is_cut = false;
}

struct bytes mask_text(const struct mask_result *result)
{
    size_t len = result->len;
    while (len && result->text[len - 1] == ' ') {
        len--;
    }
    return bytes_of(result->text, len);
}

static void put(struct mask_result *result, struct bytes bytes)
{
    size_t room = sizeof(result->text) - result->len;
    struct bytes fits = ascii_clip(bytes, room);
    if (fits.len) {
        memcpy(result->text + result->len, fits.data, fits.len);
    }
    result->len += fits.len;
    result->is_cut = result->is_cut || fits.len < bytes.len;
}

/* Runs of spaces become one, and none opens a template. */
static void put_space(struct mask_result *result)
{
    if (result->len && result->text[result->len - 1] != ' ') {
        put(result, BYTES_LITERAL(" "));
    }
}

void mask_add_constant(struct mask_result *result, struct bytes text)
{
    if (text.len) {
        put(result, text);
        result->run = MASK_NONE;
        result->is_run = false;
    }
}

/* The extension of a path, ".go", where it looks like one. */
static struct bytes extension_of(struct bytes path)
{
    size_t at = path.len;
    while (at > 0 && ascii_is_alnum(path.data[at - 1])) {
        at--;
    }
    bool is_extension = at > 1 && path.data[at - 1] == '.' &&
                        path.len - at >= 1 && path.len - at <= 5 &&
                        ascii_is_word(path.data[at - 2]);
    return is_extension ? bytes_slice(path, at - 1, path.len)
                        : bytes_of(NULL, 0);
}

static void put_mask(struct mask_result *result,
                     const struct tuple_value *value)
{
    put(result, BYTES_LITERAL("<"));
    put(result, bytes_of_text(mask_names[value->mask]));
    if (value->mask == MASK_PATH) {
        struct bytes extension = extension_of(token_path(value->text));
        if (extension.len) {
            put(result, BYTES_LITERAL(":"));
            put(result, extension);
        }
    } else if (value->mask == MASK_QSTR && value->text.len > MASK_LONG_BYTES) {
        put(result, BYTES_LITERAL(":long"));
    }
    put(result, BYTES_LITERAL(">"));
}

void mask_keep_value(struct mask_result *result, struct tuple_value value)
{
    if (result->value_count < TUPLE_VALUES_MAX) {
        result->values[result->value_count++] = value;
    } else {
        result->is_cut = true;
    }
}

/* "<NUM> <NUM> <NUM>" and lists of any length have one template: the second
 * of a run turns the first into "<NUM>+" and the rest add nothing. */
static bool extend_run(struct mask_result *result, enum mask mask)
{
    if (result->run != mask) {
        return false;
    }
    while (result->len &&
           ascii_in((uint8_t)result->text[result->len - 1], " ,")) {
        result->len--;
    }
    if (!result->is_run) {
        put(result, BYTES_LITERAL("+"));
        result->is_run = true;
    }
    return true;
}

void mask_add_value(struct mask_result *result, struct tuple_value value)
{
    mask_keep_value(result, value);
    if (!extend_run(result, value.mask)) {
        put_mask(result, &value);
        result->run = value.mask;
        result->is_run = false;
    }
}

static bool identifies(enum mask mask, struct bytes text)
{
    return (mask == MASK_QSTR || mask == MASK_IDENT) && text.len > 0 &&
           text.len <= MASK_LONG_BYTES;
}

static void add_masked(struct mask_result *result, enum mask mask,
                       struct bytes text)
{
    struct tuple_value value = {.mask = mask,
                                .text = text,
                                .key = text,
                                .identifies = identifies(mask, text)};
    mask_add_value(result, value);
}

/* "replace_all" in a sentence is a parameter that the message is about: as
 * constant as the words around it. */
static bool is_parameter(struct bytes word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_lower(word.data[i]) && word.data[i] != '_') {
            return false;
        }
    }
    return true;
}

static void add_word(struct mask_result *result, struct bytes word,
                     struct bytes before)
{
    enum mask mask = token_classify(word);
    bool is_constant = mask == MASK_IDENT && is_parameter(word);
    if (mask == MASK_NONE || is_constant ||
        token_is_protected(word, mask, before)) {
        mask_add_constant(result, word);
    } else {
        add_masked(result, mask, word);
    }
}

/* A quoted string is named after its content where that has a class. Quoted
 * prose and identifiers are QSTR. */
static void add_quoted(struct mask_result *result, struct bytes inner)
{
    bool is_phrase = bytes_find(inner, BYTES_LITERAL(" "), 0) != SIZE_MAX;
    enum mask mask = is_phrase ? MASK_NONE : token_classify(inner);
    bool is_plain = mask == MASK_NONE || mask == MASK_IDENT ||
                    mask == MASK_NUM || mask == MASK_SEMVER;
    add_masked(result, is_plain ? MASK_QSTR : mask, inner);
}

/* Whether only separators follow the last mask, so that the next may extend
 * its run; constants in between end it (mask_add_constant). */
static void add_separator(struct mask_result *result, struct bytes text)
{
    enum mask run = result->run;
    bool is_run = result->is_run;
    mask_add_constant(result, text);
    if (bytes_equal_text(text, ",")) {
        result->run = run;
        result->is_run = is_run;
    }
}

void mask_add(struct mask_result *result, struct bytes text)
{
    struct token_reader reader;
    token_reader_init(&reader, ascii_clip(text, MASK_TEXT_MAX));
    struct token token;
    while (token_next(&reader, &token)) {
        if (++result->tokens > 2 * (size_t)MASK_TOKENS_MAX) {
            result->is_cut = true;
            return;
        }
        if (token.follows_space) {
            put_space(result);
        }
        if (token.kind == TOKEN_QUOTED) {
            add_quoted(result, token.text);
        } else if (token.kind == TOKEN_WORD) {
            add_word(result, token.text, token.before);
        } else {
            add_separator(result, token.text);
        }
    }
}
