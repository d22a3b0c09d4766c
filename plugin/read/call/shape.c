/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/shape.h"

#include <string.h>

#include "base/text/ascii.h"
#include "plugin/read/text/mask.h"
#include "plugin/read/text/token.h"

enum {
    VALUE_MAX = 40,       /* bytes of a value that is kept as it is */
    LONG_MAX_BYTES = 160, /* beyond, words are not counted */
    WORDS_MAX = 3,
    DIGITS_MAX = 7 /* of a number that can be a choice */
};

struct bytes shape_text(const struct shape *shape)
{
    return bytes_of(shape->text, shape->len);
}

static void set(struct shape *out, enum slot_form form, struct bytes text)
{
    struct bytes fits = bytes_clip(text, sizeof(out->text));
    if (fits.len) {
        memcpy(out->text, fits.data, fits.len);
    }
    out->len = fits.len;
    out->form = form;
}

static void set_value(struct shape *out, struct bytes text)
{
    set(out, SLOT_VALUE, text);
    for (size_t i = 0; i < out->len; i++) {
        out->text[i] = (char)ascii_fold((uint8_t)out->text[i]);
    }
}

/* The template of a single token is its shape. */
static void set_mask(struct shape *out, struct bytes value)
{
    struct mask_result result;
    mask_init(&result);
    mask_add_value(&result, (struct tuple_value){.mask = token_classify(value),
                                                 .text = value});
    set(out, SLOT_SHAPE, mask_text(&result));
}

/* Every digit a 9: the order and the separators of a date are the choice. */
static void set_digits(struct shape *out, struct bytes value)
{
    set(out, SLOT_SHAPE, value);
    for (size_t i = 0; i < out->len; i++) {
        if (ascii_is_digit((uint8_t)out->text[i])) {
            out->text[i] = '9';
        }
    }
}

/* Letters and a run of at least three digits: a number given by a machine. */
static bool is_serial(struct bytes value)
{
    size_t run = 0;
    size_t longest = 0;
    bool has_letter = false;
    for (size_t i = 0; i < value.len; i++) {
        run = ascii_is_digit(value.data[i]) ? run + 1 : 0;
        longest = run > longest ? run : longest;
        has_letter = has_letter || ascii_is_alpha(value.data[i]);
    }
    return has_letter && longest >= 3 && value.len >= 6;
}

static size_t count_words(struct bytes value)
{
    size_t words = 0;
    for (size_t i = 0; i < value.len; i++) {
        words += !ascii_is_space(value.data[i]) &&
                 (i == 0 || ascii_is_space(value.data[i - 1]));
    }
    return words;
}

static void shape_token(struct bytes value, struct shape *out)
{
    enum mask mask = token_classify(value);
    bool is_choice = mask == MASK_NONE || mask == MASK_IDENT ||
                     mask == MASK_ID || mask == MASK_HOST || mask == MASK_DUR ||
                     mask == MASK_SIZE ||
                     (mask == MASK_NUM && value.len <= DIGITS_MAX);
    if (mask == MASK_TS) {
        set_digits(out, value);
    } else if (!is_choice) {
        set_mask(out, value);
    } else if (is_serial(value)) {
        set(out, SLOT_SHAPE, BYTES_LITERAL("<ID>"));
    } else {
        set_value(out, value);
    }
}

void shape_of(struct bytes value, struct shape *out)
{
    value = ascii_trim(value);
    size_t words = value.len > LONG_MAX_BYTES ? SIZE_MAX : count_words(value);
    bool is_text = words > WORDS_MAX || (words > 1 && value.len > VALUE_MAX) ||
                   bytes_find(value, BYTES_LITERAL("\n"), 0) != SIZE_MAX;
    if (value.len == 0) {
        set(out, SLOT_SHAPE, BYTES_LITERAL("<EMPTY>"));
    } else if (is_text) {
        set(out, SLOT_SHAPE, BYTES_LITERAL("<TEXT>"));
    } else if (words > 1) {
        set_value(out, value);
    } else {
        shape_token(value, out);
        if (out->form == SLOT_VALUE && value.len > VALUE_MAX) {
            set(out, SLOT_SHAPE, BYTES_LITERAL("<TEXT>"));
        }
    }
}

/* The message itself where a shell writes it with a here-document:
 * $(cat <<'EOF' ... */
static struct bytes message_of(struct bytes text)
{
    if (!bytes_starts_with(text, BYTES_LITERAL("$(cat <<"))) {
        return ascii_trim(text);
    }
    struct bytes line;
    if (!ascii_next_line(&text, &line)) {
        return text;
    }
    return ascii_trim(text);
}

static bool is_scope_end(struct bytes line, size_t at)
{
    return at < line.len && line.data[at] == ')';
}

/* Length of "(scope)" at ${at}, 0 if there is none. */
static size_t scope_len(struct bytes line, size_t at)
{
    if (at >= line.len || line.data[at] != '(') {
        return 0;
    }
    size_t end = at + 1;
    while (end < line.len && end - at < 40 && line.data[end] != ')') {
        end++;
    }
    return is_scope_end(line, end) ? end + 1 - at : 0;
}

void shape_of_message(struct bytes message, struct shape *out)
{
    static const char *const types[] = {
        "feat",  "fix",   "docs", "style",  "refactor", "perf", "test",
        "build", "chore", "ci",   "revert", "wip",      NULL};
    struct bytes rest = message_of(message);
    struct bytes line = bytes_of(NULL, 0);
    if (!ascii_next_line(&rest, &line) || line.len == 0) {
        set(out, SLOT_SHAPE, BYTES_LITERAL("<EMPTY>"));
        return;
    }
    size_t word = 0;
    while (word < line.len && ascii_is_word(line.data[word])) {
        word++;
    }
    size_t scope = scope_len(line, word);
    size_t end = word + scope;
    bool is_break = end < line.len && line.data[end] == '!';
    bool has_colon =
        end + is_break < line.len && line.data[end + is_break] == ':';
    if (has_colon && ascii_among(bytes_slice(line, 0, word), types)) {
        set(out, SLOT_SHAPE,
            scope ? BYTES_LITERAL("type(scope): text")
                  : BYTES_LITERAL("type: text"));
    } else if (has_colon) {
        set(out, SLOT_SHAPE, BYTES_LITERAL("area: text"));
    } else if (line.data[0] == '[') {
        set(out, SLOT_SHAPE, BYTES_LITERAL("[tag] text"));
    } else {
        set(out, SLOT_SHAPE,
            ascii_is_upper(line.data[0]) ? BYTES_LITERAL("Text")
                                         : BYTES_LITERAL("text"));
    }
}
