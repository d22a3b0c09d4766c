/* SPDX-License-Identifier: MIT */
#include "plugin/read/sql/lexer.h"

#include "base/text/ascii.h"

static uint8_t peek(const struct sql_lexer *lexer, size_t ahead)
{
    size_t at = lexer->at + ahead;
    return at < lexer->text.len ? lexer->text.data[at] : 0;
}

static void skip_past(struct sql_lexer *lexer, const char *end)
{
    size_t at = bytes_find(lexer->text, bytes_of_text(end), lexer->at + 1);
    lexer->at = at == SIZE_MAX ? lexer->text.len : at + bytes_of_text(end).len;
}

static bool skip_blank(struct sql_lexer *lexer)
{
    if (ascii_is_space(peek(lexer, 0))) {
        lexer->at++;
    } else if (peek(lexer, 0) == '-' && peek(lexer, 1) == '-') {
        skip_past(lexer, "\n");
    } else if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
        skip_past(lexer, "*/");
    } else {
        return false;
    }
    return lexer->at < lexer->text.len;
}

struct bytes sql_next(struct sql_lexer *lexer)
{
    while (lexer->at < lexer->text.len && skip_blank(lexer)) {
    }
    size_t start = lexer->at;
    uint8_t c = peek(lexer, 0);
    if (start >= lexer->text.len) {
        return bytes_of(NULL, 0);
    }
    if (c == '\'' || c == '"' || c == '`') {
        const char quote[] = {(char)c, '\0'};
        skip_past(lexer, quote);
    } else if (ascii_is_word(c)) {
        while (ascii_is_word(peek(lexer, 0)) || peek(lexer, 0) == '.') {
            lexer->at++;
        }
    } else {
        bool is_pair = (c == '<' || c == '>' || c == '!') &&
                       ascii_in(peek(lexer, 1), "=>");
        lexer->at += is_pair ? 2 : 1;
    }
    return bytes_slice(lexer->text, start, lexer->at - start);
}

uint8_t sql_peek(struct sql_lexer *lexer)
{
    while (lexer->at < lexer->text.len && skip_blank(lexer)) {
    }
    return peek(lexer, 0);
}

static void add_part(struct sql_name *name, struct bytes part, bool *is_odd)
{
    if (part.len == 0 || name->count == SQL_NAME_PARTS) {
        *is_odd = true;
        return;
    }
    name->parts[name->count++] = part;
}

/* Adds the parts of one word, back quotes off. */
static void add_word(struct sql_name *name, struct bytes word, bool *is_odd)
{
    if (word.len > 0 && word.data[0] == '`') {
        struct bytes inner =
            bytes_slice(word, 1, word.len > 2 ? word.len - 2 : 0);
        /* A dot within the quotes belongs to the name: not one of ours. */
        *is_odd |= bytes_find(inner, BYTES_LITERAL("."), 0) != SIZE_MAX;
        name->is_quoted = true;
        add_part(name, inner, is_odd);
        return;
    }
    size_t from = 0;
    for (size_t i = 0; i <= word.len; i++) {
        if (i == word.len || word.data[i] == '.') {
            add_part(name, bytes_slice(word, from, i - from), is_odd);
            from = i + 1;
        }
    }
}

struct sql_name sql_name_read(struct sql_lexer *lexer, struct bytes word)
{
    struct sql_name name = {.count = 0};
    bool is_odd = false;
    bool goes_on = true;
    while (goes_on) {
        goes_on = word.len > 1 && word.data[word.len - 1] == '.';
        add_word(&name, goes_on ? bytes_slice(word, 0, word.len - 1) : word,
                 &is_odd);
        if (!goes_on && peek(lexer, 0) == '.') {
            lexer->at++;
            goes_on = true;
        }
        bool has_next = peek(lexer, 0) == '`' || ascii_is_word(peek(lexer, 0));
        is_odd |= goes_on && !has_next; /* "t.*" */
        goes_on = goes_on && has_next;
        if (goes_on) {
            word = sql_next(lexer);
        }
    }
    if (is_odd) {
        name.count = 0;
    }
    return name;
}
