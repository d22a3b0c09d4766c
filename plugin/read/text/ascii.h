/* SPDX-License-Identifier: MIT */
/* ascii.h: character classes and small searches over borrowed bytes.
 *
 * ASCII only, by choice: results must not depend on a locale. Bytes from 0x80
 * up belong to words and are never folded or split.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_TEXT_ASCII_H
#define REVERIE_PLUGIN_READ_TEXT_ASCII_H

#include "base/arena.h"
#include "base/bytes.h"

static inline bool ascii_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_alpha(uint8_t c)
{
    return ascii_is_upper(c) || ascii_is_lower(c);
}

static inline bool ascii_is_alnum(uint8_t c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

/* A byte of a word: letters, digits, '_' and everything beyond ASCII. */
static inline bool ascii_is_word(uint8_t c)
{
    return ascii_is_alnum(c) || c == '_' || c >= 0x80;
}

static inline bool ascii_is_hex(uint8_t c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

static inline bool ascii_is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline uint8_t ascii_fold(uint8_t c)
{
    return ascii_is_upper(c) ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Whether ${c} is one of the characters of ${set}; NUL never is. */
bool ascii_in(uint8_t c, const char *set);

/* Comparisons that ignore case. */
bool ascii_equal(struct bytes a, const char *text);
bool ascii_starts(struct bytes a, const char *prefix);
bool ascii_ends(struct bytes a, const char *suffix);
size_t ascii_find(struct bytes hay, const char *needle);

/* Whether ${word} is in the NULL-ended list, ignoring case. */
bool ascii_among(struct bytes word, const char *const *list);

/* ${a} without spaces at both ends. */
struct bytes ascii_trim(struct bytes a);

/* Takes the next line off ${rest}, without its end; false when none is left.
 * A carriage return ends a line as well: progress bars overwrite with it. */
bool ascii_next_line(struct bytes *rest, struct bytes *out_line);

/* Shortens ${a} to at most ${max} bytes without cutting a UTF-8 sequence. */
struct bytes ascii_clip(struct bytes a, size_t max);

/* Lends a copy in lower case; empty when the arena is full. */
struct bytes ascii_fold_copy(struct arena *arena, struct bytes a);

#endif
