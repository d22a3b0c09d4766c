/* SPDX-License-Identifier: MIT */
#include "plugin/read/text/mask.h"

#include <string.h>

#include "base/text/ascii.h"
#include "plugin/read/mask/calendar.h"
#include "plugin/read/text/token.h"

static const char *const mask_names[MASK_COUNT] = {
    "",          "UUID",   "SHA",    "TS",     "DUR",  "URL",  "EMAIL", "IP",
    "PATH",      "HEX",    "B64",    "SEMVER", "SIZE", "QSTR", "NUM",   "IDENT",
    "QUALIFIER", "CLAUSE", "SECRET", "HOST",   "ID",   "VALUE"};

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
    result->is_log = false;
}

void mask_init_log(struct mask_result *result)
{
    mask_init(result);
    result->is_log = true;
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
    struct bytes fits = bytes.len <= room ? bytes : bytes_clip(bytes, room);
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
    if (result->run != mask || result->is_log) {
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

/* Where a mask covers more than a word, the reader stands behind it. */
struct masker {
    struct mask_result *result;
    struct token_reader reader;
    bool is_value; /* the token before was the '=' of "name=" */
};

static bool is_word(const struct token *token)
{
    return token->kind == TOKEN_WORD;
}

static bool is_mark(const struct token *token, char mark)
{
    return token->kind == TOKEN_MARK && token->text.data[0] == (uint8_t)mark;
}

/* From the begin of ${from} to the end of ${to}, parts of one text. */
static struct bytes span(struct bytes from, struct bytes to)
{
    return bytes_of(from.data, (size_t)(to.data + to.len - from.data));
}

/* "12 KB", "30 seconds": a unit behind a number belongs to it. */
static enum mask take_unit(struct masker *masker, struct bytes *number)
{
    struct token_reader ahead = masker->reader;
    struct token unit;
    if (!token_next(&ahead, &unit) || !is_word(&unit)) {
        return MASK_NUM;
    }
    enum mask mask = token_unit(unit.text);
    if (mask == MASK_NONE) {
        return MASK_NUM;
    }
    *number = span(*number, unit.text);
    masker->reader = ahead;
    return mask;
}

/* "1396 bytes (1.36 KB)" says one thing twice. */
static void skip_restatement(struct masker *masker, enum mask mask)
{
    struct masker ahead = *masker;
    struct token token;
    if (!token_next(&ahead.reader, &token) || !is_mark(&token, '(') ||
        !token_next(&ahead.reader, &token) || !is_word(&token)) {
        return;
    }
    struct bytes number = token.text;
    enum mask again = token_classify(number);
    if (again == MASK_NUM) {
        again = take_unit(&ahead, &number);
    }
    if (again == mask && token_next(&ahead.reader, &token) &&
        is_mark(&token, ')')) {
        masker->reader = ahead.reader;
    }
}

static void add_number(struct masker *masker, struct bytes word)
{
    enum mask mask = take_unit(masker, &word);
    if (mask != MASK_NUM) {
        skip_restatement(masker, mask);
    }
    add_masked(masker->result, mask, word);
}

static enum mask mask_of(const struct masker *masker, const struct token *token)
{
    enum mask mask = token_classify(token->text);
    if (!masker->result->is_log) {
        bool is_constant = (mask == MASK_IDENT && is_parameter(token->text)) ||
                           token_is_protected(token->text, mask, token->before);
        return is_constant ? MASK_NONE : mask;
    }
    if (mask == MASK_IDENT) {
        mask = token_is_numbered(token->text) ? MASK_ID : MASK_NONE;
    }
    bool is_value = masker->is_value && !token->follows_space;
    return mask == MASK_NONE && is_value ? MASK_VALUE : mask;
}

static void add_word(struct masker *masker, const struct token *token)
{
    enum mask mask = mask_of(masker, token);
    struct bytes date;
    if (mask == MASK_NONE &&
        calendar_take(&masker->reader, token->text, &date)) {
        add_masked(masker->result, MASK_TS, date);
    } else if (mask == MASK_NONE) {
        mask_add_constant(masker->result, token->text);
    } else if (mask == MASK_NUM) {
        add_number(masker, token->text);
    } else {
        add_masked(masker->result, mask, token->text);
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

/* "<1 sec", "~30 ms", of a log: a bound varies like what it bounds. */
static bool is_bound(const struct masker *masker, const struct token *mark)
{
    struct token_reader ahead = masker->reader;
    struct token number;
    return masker->result->is_log &&
           (is_mark(mark, '<') || is_mark(mark, '>')) &&
           token_next(&ahead, &number) && is_word(&number) &&
           !number.follows_space && ascii_is_digit(number.text.data[0]);
}

/* What a log quotes is a value where it is one word or stands behind "name=";
 * more words are text that varies in parts: "GET /index HTTP/1.1". */
static bool is_quoted_prose(const struct masker *masker,
                            const struct token *token)
{
    return masker->result->is_log && !masker->is_value &&
           bytes_find(token->text, BYTES_LITERAL(" "), 0) != SIZE_MAX;
}

static void add_token(struct masker *masker, const struct token *token)
{
    bool is_value = false;
    if (token->kind == TOKEN_QUOTED && is_quoted_prose(masker, token)) {
        /* Read on behind the opening quote. */
        masker->reader.at =
            (size_t)(token->text.data - masker->reader.text.data);
        mask_add_constant(masker->result,
                          (struct bytes){token->text.data - 1, 1});
    } else if (token->kind == TOKEN_QUOTED) {
        add_quoted(masker->result, token->text);
    } else if (is_word(token)) {
        add_word(masker, token);
    } else if (!is_bound(masker, token)) {
        is_value = is_mark(token, '=') && !token->follows_space;
        add_separator(masker->result, token->text);
    }
    masker->is_value = is_value;
}

void mask_add(struct mask_result *result, struct bytes text)
{
    struct masker masker = {.result = result};
    token_reader_init(&masker.reader, bytes_clip(text, MASK_TEXT_MAX));
    struct token token;
    while (token_next(&masker.reader, &token)) {
        if (++result->tokens > 2 * (size_t)MASK_TOKENS_MAX) {
            result->is_cut = true;
            return;
        }
        if (token.follows_space) {
            put_space(result);
        }
        add_token(&masker, &token);
    }
}
