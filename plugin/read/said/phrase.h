/* SPDX-License-Identifier: MIT */
/* phrase.h: the parts of a directive: its verb, its object, and what follows.
 *
 * Which of them make one, and of what kind, is grammar.h.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_SAID_PHRASE_H
#define REVERIE_PLUGIN_READ_SAID_PHRASE_H

#include "plugin/read/said/grammar.h"

/* Whether ${a} and ${b} stand at ${at}, no code, in either case of letters. */
bool phrase_is(const struct words *words, size_t at, const char *a,
               const char *b);

/* Whether there is a verb at ${at} that asks for something, and which. */
bool phrase_verb(const struct words *words, size_t at,
                 enum directive_verb *out_verb);

/* "stick to X", "go with X": a verb of two words, to use something. */
bool phrase_is_verb(const struct words *words, size_t at);

/* The object at ${at}: a code word alone, a command, or a noun phrase. False
 * where there is nothing to name. */
bool phrase_object(const struct words *words, size_t at, struct span *out,
                   bool *out_is_code);

/* Reads what follows the object, from ${at}: instead of what, and when. */
void phrase_rest(const struct words *words, size_t at, bool is_prefer,
                 struct grammar_result *out);

/* "Before committing, run X": the condition came first, where the clause at
 * ${clause} has none of its own. */
void phrase_leading(const struct words *words, size_t clause,
                    struct grammar_result *out);

#endif
