/* SPDX-License-Identifier: MIT */
/* words.h: a sentence as words, and what makes two words the same.
 *
 * Code spans (`mise run test`) are one word and kept verbatim. Stems are those
 * of a light English stemmer: enough that "committing" and "commits" meet.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_SAID_WORDS_H
#define REVERIE_PLUGIN_READ_SAID_WORDS_H

#include "base/bytes.h"

enum {
    WORDS_MAX = 48, /* a longer sentence is no directive */
    STEM_MAX = 32
};

struct word {
    struct bytes text;   /* without quotes and marks around it */
    bool is_code;        /* was a code span, or looks like code */
    bool is_command;     /* ... that starts with a known program */
    uint8_t mark_before; /* ',', '(', ':' ... between it and the last; or 0 */
};

struct words {
    struct word words[WORDS_MAX];
    size_t count;
    bool is_cut;
    bool is_question;
    uint32_t initials; /* words_initial of the first byte of each */
    bool has_blanks;   /* in any of them: of a quoted one */
    bool has_colons;   /* in any of them */
};

/* A bit for a byte that words begin with; of a letter the same in either case,
 * so that a list none of whose words begins as any in the sentence does need
 * not be looked for. */
static inline uint32_t words_initial(uint8_t c)
{
    return UINT32_C(1) << (c & 31U);
}

/* Splits ${sentence}; words borrow it. */
void words_split(struct bytes sentence, struct words *out);

/* Whether the word at ${at} is there, no code, and ${text}, or one of the
 * NULL-ended list, in either case of letters. */
bool words_is(const struct words *words, size_t at, const char *text);
bool words_among(const struct words *words, size_t at, const char *const *list);

/* Whether any word, be it code, is in the NULL-ended list. */
bool words_hold(const struct words *words, const char *const *list);

/* Writes the stem of ${word} in lower case to ${out}; gives its length. */
size_t words_stem(struct bytes word, char out[STEM_MAX]);

/* One stem for those that mean the same in the trade: "fmt" and "formatter"
 * are "format". Lends ${stem} or a constant. */
struct bytes words_concept(struct bytes stem);

/* Whether the word says nothing about what is asked for: articles, pronouns,
 * politeness. */
bool words_is_stop(struct bytes word);

/* Takes the next sentence off ${rest}: prose only. Code fences, quoted lines
 * ("> "), indented code, headings, tables and tags are left out. Start with
 * *is_fenced = false. False at the end. */
bool words_next_sentence(struct bytes *rest, bool *is_fenced,
                         struct bytes *out_sentence);

#endif
