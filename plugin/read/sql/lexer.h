/* SPDX-License-Identifier: MIT */
/* lexer.h: an SQL text as words, strings and marks.
 *
 * Knows comments and quotes, not the grammar. Every byte is looked at once.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_SQL_LEXER_H
#define REVERIE_PLUGIN_READ_SQL_LEXER_H

#include "base/bytes.h"

struct sql_lexer {
    struct bytes text;
    size_t at;
};

/* The next word (with the dots in it), quoted string (with its quotes) or
 * mark; empty at the end. */
struct bytes sql_next(struct sql_lexer *lexer);

/* The byte that the next token begins with; 0 at the end. Skips what is
 * blank. */
uint8_t sql_peek(struct sql_lexer *lexer);

enum {
    SQL_NAME_PARTS = 4
};

/* A dotted name, every part with or without back quotes. */
struct sql_name {
    struct bytes parts[SQL_NAME_PARTS];
    size_t count; /* 0: has more parts than that, or an odd one */
    bool is_quoted;
};

/* The name that begins with ${word}, which sql_next gave last; reads on where
 * it has further parts. */
struct sql_name sql_name_read(struct sql_lexer *lexer, struct bytes word);

#endif
