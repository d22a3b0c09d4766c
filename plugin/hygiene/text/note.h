/* SPDX-License-Identifier: MIT */
/* note.h: a text taken apart, so that two can be compared.
 *
 * Lower case, without stop words and forms of speech, words as stems, numbers
 * and names apart. A note is a set: what it says does not depend on the order
 * in which notes are read. A text of more than NOTE_WORDS_MAX words is cut and
 * says nothing of any other.
 * Pure. Threads: a note belongs to one thread at a time. */
#ifndef REVERIE_PLUGIN_HYGIENE_TEXT_NOTE_H
#define REVERIE_PLUGIN_HYGIENE_TEXT_NOTE_H

#include "base/arena.h"
#include "base/bytes.h"

enum {
    NOTE_WORDS_MAX = 512,
    NOTE_GRAM_BYTES = 5 /* characters of a gram */
};

enum note_word_kind {
    NOTE_WORD,   /* a stem */
    NOTE_NAME,   /* "api_key", "src/main.c", "--fast": one particular thing */
    NOTE_NUMBER, /* "8080", "30s", "2026-01-05" */
};

struct note_word {
    uint64_t hash;   /* of the text */
    uint64_t before; /* hash of the word before it; 0: none */
    uint64_t after;
    struct bytes text;
    enum note_word_kind kind;
    bool is_choice; /* the word before it says that it is one of several */
};

struct note {
    struct note_word *words; /* ascending by hash, each once */
    size_t word_count;
    uint64_t *grams; /* of characters and of two words; ascending, each once */
    size_t gram_count;
    size_t numbers; /* of the words */
    size_t names;
    bool is_negative; /* an odd number of negations */
    bool has_condition;
    bool is_cut;
};

/* Takes ${text} apart into ${arena}, which texts of the note are lent by.
 * ERR_TOO_BIG: the arena is full. */
MUST_CHECK enum err note_read(struct bytes text, struct arena *arena,
                              struct note *out);

/* |A and B| / |A or B| of two ascending sets; 1 for two empty ones. */
double set_jaccard(const uint64_t *a, size_t a_count, const uint64_t *b,
                   size_t b_count);

#endif
