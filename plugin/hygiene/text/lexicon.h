/* SPDX-License-Identifier: MIT */
/* lexicon.h: what is known of English words that notes are made of: tables.
 *
 * Words that say nothing, words that turn a sentence round, pairs that exclude
 * each other, words for one thing. Stems are not linguistics: they only take
 * off the endings that people change when they say a thing again.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_HYGIENE_TEXT_LEXICON_H
#define REVERIE_PLUGIN_HYGIENE_TEXT_LEXICON_H

#include "base/bytes.h"

enum {
    STEM_MAX = 48 /* bytes; what is longer is cut */
};

enum word_sense {
    WORD_PLAIN,
    WORD_STOP,      /* "the": says nothing */
    WORD_ALWAYS,    /* "always": what "never" is against; says nothing else */
    WORD_NEGATION,  /* "not": turns the sentence round */
    WORD_CONDITION, /* "unless": what follows holds under a condition */
    WORD_CHOICE     /* "use": what follows is one of several */
};

/* ${word} in lower case. */
enum word_sense lexicon_sense(struct bytes word);

/* Whether a sentence of such words alone is a form of speech, as in "please
 * keep this in mind" and "(as of this week)". */
bool lexicon_is_courtesy(struct bytes word);

/* The stem of ${word} (lower case), or of the word that stands for it and its
 * synonyms; in ${room}. */
struct bytes lexicon_stem(struct bytes word, char room[STEM_MAX]);

/* Whether the stems exclude each other: "enabl" and "disabl". */
bool lexicon_excludes(struct bytes a, struct bytes b);

/* Programs that stand in for each other have one family: "npm" and "pnpm" are
 * of "package-manager". NULL: ${word} (lower case) is none of several. */
const char *lexicon_family(struct bytes word);

/* The work that a program of a family does it for, "python" of "pytest"; "" for
 * any. Programs of one family and different kin are no alternatives: a team may
 * format Go with one and TypeScript with another. */
const char *lexicon_kin(struct bytes word);

#endif
