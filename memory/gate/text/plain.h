/* SPDX-License-Identifier: MIT */
/* plain.h: the words in which memories and errors are told.
 *
 * Those of the templates of the dream worker, and those in which programs say
 * that something failed. They describe; with them alone nobody can be told to
 * do anything, so a text of a tool in which nothing else occurs may be shown to
 * agents without a human. It is a list, and knows no grammar.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_GATE_TEXT_PLAIN_H
#define REVERIE_MEMORY_GATE_TEXT_PLAIN_H

#include "base/bytes.h"

/* Whether ${word} is one of them, or one of their forms in "s", "ed" and "ing";
 * ASCII letters of either case. One without any letter is. */
bool word_is_plain(struct bytes word);

#endif
