/* SPDX-License-Identifier: MIT */
/* words.h: where the words of a memory come from.
 *
 * What agents may copy out of a memory and run (paths, flags, URLs, commands,
 * identifiers, what follows "install") must have been written by somebody who
 * may tell agents what to do: an owner, a user or an agent. Text of tools and
 * from outside may be shown as a quotation of an error, and nothing else; even
 * there a URL or a piece of shell is none. Any other word that is not plain
 * (plain.h) must be somebody's own, too, before agents get to read it without a
 * human. Looks at text only; which event may
 * be trusted is the caller's to say (evidence.h).
 * Threads: a words belongs to one thread. */
#ifndef REVERIE_MEMORY_GATE_TEXT_WORDS_H
#define REVERIE_MEMORY_GATE_TEXT_WORDS_H

#include "base/bytes.h"

enum {
    WORDS_MAX = 512,     /* looked at; a memory with more is unsourced */
    WORDS_OWN_MAX = 256, /* of those that are no code, but not plain */
    WORD_SHOWN_MAX = 80
};

enum words_fault {
    WORDS_SOURCED,
    WORDS_FOREIGN,   /* one is neither plain nor anybody's own */
    WORDS_UNSOURCED, /* one is in no text that was cited */
    WORDS_TAINTED    /* one is only in text that may not supply it */
};

struct words;

/* What is quoted in the content of a mistake below its first line is what
 * helped: a phrase, whatever its words. At least REMEDY_PRINCIPALS_MIN
 * principals must have written all words of it, each in one quote of theirs,
 * and no word may switch a check off. What is quoted behind "without" or
 * "instead of" is what not to do, and no such phrase; where there is no other,
 * or a phrase names nothing ("<PATH>"), it has no source. */

/* The code-like words of ${title} (which counts as a quotation) and
 * ${content}; parts of the content between '"' are quotations; ${may_quote}: of
 * an error, so that a tool's text may stand there. Keeps both. Gives a words
 * (words_free). */
struct words *words_new(struct bytes title, struct bytes content,
                        bool may_quote) MUST_CHECK;
void words_free(struct words *words);

/* A name that the memory is about (its key, its store): its words need no
 * source, unless they are a URL or shell. */
void words_name(struct words *words, struct bytes name);

/* A name of the bus, or of a choice: where it has no blank, its words need not
 * be plain. */
void words_call(struct words *words, struct bytes name);

/* It is a directive: the verbs in which one is told ("to run ...") need not be
 * plain. */
void words_ask(struct words *words);

/* The text of a cited event. ${trusted}: of an origin that may supply words. */
void words_cite(struct words *words, struct bytes text, bool trusted);

/* What ${principal} did, or said, that helped. Of one causal ${root} (empty:
 * none) nobody but the first counts. Gives the phrases of the remedy that the
 * ${text} holds, as bits. */
uint32_t words_help(struct words *words, struct bytes text,
                    struct bytes principal, struct bytes root);

/* The phrases of the remedy, as bits; 0: the memory does not say what helped.
 */
uint32_t words_remedy(const struct words *words);

/* The code-like ones. */
size_t words_count(const struct words *words);

/* Whether any word needs a source. */
bool words_any(const struct words *words);

/* The worst that holds, and the first word it holds for (may be NULL; lent). */
enum words_fault words_judge(const struct words *words, struct bytes *out_word);

#endif
