/* SPDX-License-Identifier: MIT */
/* compare.h: do two notes say the same, or the opposite?
 *
 * Only what differs decides. Two notes are the same if nothing differs but
 * forms, and the likeness of their grams confirms it; or if one says all that
 * the other says and a little more. They contradict each other if the one
 * thing that differs is a number in the same place, a negation, a word and its
 * opposite, or one choice of several. Whatever else differs makes them two
 * notes: about different things, or under different conditions.
 * The relation is symmetric. Free text is only ever flagged on it.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_HYGIENE_TEXT_COMPARE_H
#define REVERIE_PLUGIN_HYGIENE_TEXT_COMPARE_H

#include "plugin/hygiene/text/note.h"

/* Set beforehand; what they give is in README.md. */
#define COMPARE_JACCARD_MIN 0.8  /* of grams, where both differ in forms */
#define COMPARE_MORE_MIN    0.75 /* the shorter of the longer, by words */
#define COMPARE_OVERLAP_MIN 0.5  /* of what contradicts */

enum {
    COMPARE_SHARED_MIN = 3 /* words that two notes have in common at least */
};

enum relation {
    RELATION_NONE,
    RELATION_SAME,
    RELATION_AGAINST
};

/* How they contradict each other. */
enum contrast_kind {
    CONTRAST_NONE,
    CONTRAST_NUMBER,
    CONTRAST_NEGATION,
    CONTRAST_OPPOSITE,
    CONTRAST_CHOICE
};

/* "", "number", "negation", "opposite", "choice": as in detail_json. */
const char *contrast_kind_name(enum contrast_kind kind);

struct comparison {
    enum relation relation;
    enum contrast_kind contrast;
    double jaccard; /* of the grams */
    double ratio;   /* the lesser of how much of each the other has */
};

struct comparison note_compare(const struct note *a, const struct note *b);

#endif
