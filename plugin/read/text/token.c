/* SPDX-License-Identifier: MIT */
#include "plugin/read/text/token.h"

#include "base/text/ascii.h"

void token_reader_init(struct token_reader *reader, struct bytes text)
{
    *reader = (struct token_reader){.text = text};
}

static uint8_t byte_at(struct bytes text, size_t at)
{
    return at < text.len ? text.data[at] : 0;
}

/* Where the quote that opens at ${at} closes; 0 if it does not. An apostrophe
 * inside a word neither opens nor closes. */
static size_t closing_quote(struct bytes text, size_t at)
{
    uint8_t quote = text.data[at];
    if (at > 0 && ascii_is_word(text.data[at - 1])) {
        return 0;
    }
    for (size_t i = at + 1; i < text.len && i - at <= TOKEN_QUOTED_MAX; i++) {
        if (text.data[i] == '\n') {
            return 0;
        }
        if (text.data[i] == quote && !ascii_is_word(byte_at(text, i + 1))) {
            return i;
        }
    }
    return 0;
}

static bool is_url_so_far(struct bytes word)
{
    enum {
        SCHEME_MAX = 16
    };
    for (size_t i = 1; i + 2 < word.len && i < SCHEME_MAX; i++) {
        if (word.data[i] == ':') {
            return word.data[i + 1] == '/' && word.data[i + 2] == '/';
        }
    }
    return false;
}

/* What a byte can do to a word. */
enum {
    ENDS = 1,  /* it may end one */
    MARKS = 2, /* it is a token of its own, where it stands alone */
    SPACES = 4
};

static const uint8_t roles[256] = {
    [' '] = ENDS | SPACES,  ['\t'] = ENDS | SPACES, ['\n'] = ENDS | SPACES,
    ['\v'] = ENDS | SPACES, ['\f'] = ENDS | SPACES, ['\r'] = ENDS | SPACES,
    ['"'] = ENDS | MARKS,   ['`'] = ENDS | MARKS,   ['<'] = ENDS | MARKS,
    ['>'] = ENDS | MARKS,   ['|'] = ENDS | MARKS,   ['\''] = ENDS | MARKS,
    ['('] = ENDS | MARKS,   [')'] = ENDS | MARKS,   ['{'] = ENDS | MARKS,
    ['}'] = ENDS | MARKS,   ['['] = ENDS | MARKS,   [']'] = ENDS | MARKS,
    ['='] = ENDS | MARKS,   [','] = ENDS | MARKS,   [';'] = ENDS | MARKS,
    [':'] = ENDS | MARKS,   ['!'] = MARKS,          ['?'] = MARKS,
};

/* "name:17": a name and its value, not one word. Host names have dots or
 * dashes, files extensions. */
static bool is_named_number(struct bytes text, size_t start, size_t at)
{
    size_t value = byte_at(text, at + 1) == '-' ? at + 2 : at + 1;
    if (at < start + 2 || !ascii_is_digit(byte_at(text, value))) {
        return false;
    }
    for (size_t i = start; i < at; i++) {
        if (!ascii_is_alpha(text.data[i]) && text.data[i] != '_') {
            return false;
        }
    }
    return true;
}

static bool groups_digits(struct bytes text, size_t start, size_t at)
{
    return at > start && ascii_is_digit(text.data[at - 1]) &&
           ascii_is_digit(byte_at(text, at + 1));
}

static bool ends_word(struct bytes text, size_t start, size_t at)
{
    uint8_t c = text.data[at];
    if (roles[c] & SPACES) {
        return true;
    }
    switch (c) {
    case '\'':
        return !ascii_is_alpha(byte_at(text, at + 1));
    case ':':
        return is_named_number(text, start, at);
    case ',':
        if (groups_digits(text, start, at)) {
            return false;
        }
        break;
    case '(':
    case ')':
    case '{':
    case '}':
    case '[':
    case ']':
    case '=':
    case ';':
        break;
    default:
        return true;
    }
    return !is_url_so_far((struct bytes){text.data + start, at - start});
}

static bool trails_word(uint8_t c)
{
    return c == '.' || c == ',' || c == ':' || c == ';' || c == '!' || c == '?';
}

/* The word at ${at}, without the punctuation of prose behind it. */
static struct bytes word_at(struct bytes text, size_t at)
{
    size_t end = at + 1;
    while (end < text.len &&
           ((roles[text.data[end]] & ENDS) == 0 || !ends_word(text, at, end))) {
        end++;
    }
    while (end > at + 1 && trails_word(text.data[end - 1]) &&
           text.data[end - 2] != text.data[end - 1]) {
        end--;
    }
    return (struct bytes){text.data + at, end - at};
}

static void take_word(struct token_reader *reader, struct bytes word,
                      struct token *out)
{
    out->kind = TOKEN_WORD;
    out->text = word;
    reader->before = word;
    reader->at += word.len;
}

static void take_mark(struct token_reader *reader, struct token *out)
{
    out->kind = TOKEN_MARK;
    out->text = bytes_slice(reader->text, reader->at, 1);
    reader->at++;
}

static bool take_quoted(struct token_reader *reader, struct token *out)
{
    size_t at = reader->at;
    size_t close = closing_quote(reader->text, at);
    if (close) {
        out->kind = TOKEN_QUOTED;
        out->text = bytes_slice(reader->text, at + 1, close - at - 1);
        reader->at = close + 1;
    }
    return close != 0;
}

static bool take_placeholder(struct token_reader *reader, struct token *out)
{
    struct bytes rest = bytes_slice(reader->text, reader->at, 64);
    size_t len = token_placeholder_len(rest);
    if (len) {
        take_word(reader, bytes_slice(rest, 0, len), out);
    }
    return len != 0;
}

bool token_next(struct token_reader *reader, struct token *out)
{
    struct bytes text = reader->text;
    size_t start = reader->at;
    while (reader->at < text.len && (roles[text.data[reader->at]] & SPACES)) {
        reader->at++;
    }
    if (reader->at >= text.len) {
        return false;
    }
    size_t at = reader->at;
    out->before = reader->before;
    out->follows_space = at > start;
    uint8_t c = text.data[at];
    if ((roles[c] & MARKS) == 0) {
        take_word(reader, word_at(text, at), out);
        return true;
    }
    bool is_quote = c == '"' || c == '\'' || c == '`';
    bool is_taken = (is_quote && take_quoted(reader, out)) ||
                    (c == '<' && take_placeholder(reader, out));
    if (!is_taken) {
        take_mark(reader, out);
    }
    return true;
}
