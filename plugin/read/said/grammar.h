/* SPDX-License-Identifier: MIT */
/* grammar.h: one sentence of a person as a directive, if it is one.
 *
 * Rules over words, no statistics and no model. Precision first: a sentence
 * without an object that can be named again is not a directive. The rules are
 * listed in ../README.md under "Directives".
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_SAID_GRAMMAR_H
#define REVERIE_PLUGIN_READ_SAID_GRAMMAR_H

#include "plugin/read/said/words.h"
#include "plugin/read/tuple.h"

/* Words [from, to) of a sentence. */
struct span {
    size_t from;
    size_t to;
};

struct grammar_result {
    enum directive_polarity polarity;
    enum directive_strength strength;
    enum directive_verb verb;
    struct span object;
    struct span instead;   /* empty: none */
    struct span condition; /* "before committing"; empty: none */
    bool object_is_code;   /* a command, path, name or quoted word */
};

/* Whether ${words} state a directive; fills ${out} if so. */
bool grammar_read(const struct words *words, struct grammar_result *out);

#endif
