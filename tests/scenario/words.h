/* SPDX-License-Identifier: MIT */
/* words.h: one line of a scenario, cut at blanks: words, key=value, flags.
 *
 * Threads: one. */
#ifndef REVERIE_TESTS_SCENARIO_WORDS_H
#define REVERIE_TESTS_SCENARIO_WORDS_H

#include "base/bytes.h"

enum {
    WORDS_MAX = 32,
    LINE_MAX_BYTES = 1024
};

struct words {
    char line[LINE_MAX_BYTES];
    const char *items[WORDS_MAX];
    size_t count;
};

/* Cuts ${line}; what follows a '#' is a comment. False: too long. */
bool words_cut(struct words *words, const char *line);

/* The value behind "${key}=", or NULL. */
const char *words_get(const struct words *words, const char *key);

/* The same as bytes (empty if absent), as a number (${fallback} if absent). */
struct bytes words_bytes(const struct words *words, const char *key);
uint64_t words_number(const struct words *words, const char *key,
                      uint64_t fallback);

/* Whether the word ${flag} is there. */
bool words_has(const struct words *words, const char *flag);

/* Cuts the value of ${key} at commas into at most ${max} texts that live in
 * ${storage}. */
size_t words_list(const struct words *words, const char *key,
                  char storage[LINE_MAX_BYTES], char **out, size_t max);

#endif
