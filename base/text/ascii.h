/* SPDX-License-Identifier: MIT */
/* ascii.h: character classes, and comparing and searching without regard to
 * case, over borrowed bytes.
 *
 * ASCII only, by choice: results must not depend on a locale, so <ctype.h> and
 * strcasecmp() have no place here. Bytes from 0x80 up are letters of words and
 * are never folded. Not a reader of UTF-8 (bytes.h), nor of look-alike letters
 * (memory/gate/text/skeleton.h).
 * Whatever is lent points into what was given. Pure. Threads: any. */
#ifndef REVERIE_BASE_TEXT_ASCII_H
#define REVERIE_BASE_TEXT_ASCII_H

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

/* A byte of a letter of any script: everything beyond ASCII counts. */
static inline bool ascii_is_letter(uint8_t c)
{
    return ascii_is_alpha(c) || c >= 0x80;
}

/* A byte of a word: letters of any script, digits and '_'. */
static inline bool ascii_is_word(uint8_t c)
{
    return ascii_is_letter(c) || ascii_is_digit(c) || c == '_';
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

/* What the hexadecimal digit ${c} stands for, -1 if it is none. */
static inline int ascii_hex_value(uint8_t c)
{
    if (ascii_is_digit(c)) {
        return c - '0';
    }
    return ascii_is_hex(c) ? ascii_fold(c) - 'a' + 10 : -1;
}

/* Whether ${c} is one of the characters of ${set}; NUL never is. */
bool ascii_in(uint8_t c, const char *set);

/* Comparisons that ignore case, on both sides. */
bool ascii_same(struct bytes a, struct bytes b);
bool ascii_equal(struct bytes a, const char *text);
bool ascii_starts(struct bytes a, const char *prefix);
bool ascii_ends(struct bytes a, const char *suffix);

/* Offset of the first ${needle} in ${hay}, ignoring case; SIZE_MAX if absent.
 * ascii_search looks at or after ${from}. What is empty is found at once. */
size_t ascii_search(struct bytes hay, struct bytes needle, size_t from);
size_t ascii_find(struct bytes hay, const char *needle);
bool ascii_holds(struct bytes hay, const char *needle);

/* Whether ${word} is in the NULL-ended list, ignoring case. */
bool ascii_among(struct bytes word, const char *const *list);

/* ${a} without white space at both ends. */
struct bytes ascii_trim(struct bytes a);

/* Takes the next line off ${rest}, without its end; false when none is left.
 * A carriage return ends a line as well: progress bars overwrite with it. */
bool ascii_next_line(struct bytes *rest, struct bytes *out_line);

/* Lends a copy in lower case, from ${arena}; empty when that is full. */
struct bytes ascii_fold_copy(struct arena *arena, struct bytes a);

#endif
