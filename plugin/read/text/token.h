/* SPDX-License-Identifier: MIT */
/* token.h: the tokens of a message and what each of them is.
 *
 * Splits at spaces and at punctuation that belongs to prose, keeps quoted
 * strings whole. Linear for any input.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_TEXT_TOKEN_H
#define REVERIE_PLUGIN_READ_TEXT_TOKEN_H

#include "plugin/read/mask/token_class.h"

enum {
    TOKEN_QUOTED_MAX = 200 /* a quote that does not close within is none */
};

enum token_kind {
    TOKEN_WORD,
    TOKEN_QUOTED, /* text is what stands between the quotes */
    TOKEN_MARK    /* punctuation */
};

struct token {
    enum token_kind kind;
    struct bytes text;
    struct bytes before; /* the word before this one */
    bool follows_space;
};

struct token_reader {
    struct bytes text;
    size_t at;
    struct bytes before;
};

/* Borrows ${text} until the last token was read. */
void token_reader_init(struct token_reader *reader, struct bytes text);

/* Gives the next token; false at the end. */
bool token_next(struct token_reader *reader, struct token *out);

#endif
