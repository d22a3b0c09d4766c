/* SPDX-License-Identifier: MIT */
#include "base/text/ascii.h"

#include <string.h>

bool ascii_in(uint8_t c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

static bool equal_at(struct bytes a, size_t at, struct bytes part)
{
    if (at > a.len || part.len > a.len - at) {
        return false;
    }
    for (size_t i = 0; i < part.len; i++) {
        if (ascii_fold(a.data[at + i]) != ascii_fold(part.data[i])) {
            return false;
        }
    }
    return true;
}

bool ascii_same(struct bytes a, struct bytes b)
{
    return a.len == b.len && equal_at(a, 0, b);
}

bool ascii_equal(struct bytes a, const char *text)
{
    /* Most comparisons end here. */
    if (a.len == 0 || ascii_fold(a.data[0]) != ascii_fold((uint8_t)text[0])) {
        return a.len == 0 && text[0] == '\0';
    }
    return ascii_same(a, bytes_of_text(text));
}

bool ascii_starts(struct bytes a, const char *prefix)
{
    if (a.len == 0 || ascii_fold(a.data[0]) != ascii_fold((uint8_t)prefix[0])) {
        return prefix[0] == '\0';
    }
    return equal_at(a, 0, bytes_of_text(prefix));
}

bool ascii_ends(struct bytes a, const char *suffix)
{
    struct bytes end = bytes_of_text(suffix);
    return a.len >= end.len && equal_at(a, a.len - end.len, end);
}

/* The first place of ${first}, which is no letter, in [at, end); or end. */
static size_t next_sign(struct bytes hay, size_t at, size_t end, uint8_t first)
{
    const uint8_t *found = memchr(hay.data + at, first, end - at);
    return found ? (size_t)(found - hay.data) : end;
}

/* The same of a letter in either case. */
static size_t next_letter(struct bytes hay, size_t at, size_t end,
                          uint8_t first)
{
    const uint8_t bit = 'a' - 'A';
    while (at < end && (hay.data[at] | bit) != first) {
        at++;
    }
    return at;
}

size_t ascii_search(struct bytes hay, struct bytes needle, size_t from)
{
    if (from > hay.len || needle.len > hay.len - from) {
        return SIZE_MAX;
    }
    if (needle.len == 0) {
        return from;
    }
    size_t end = hay.len - needle.len + 1;
    uint8_t first = ascii_fold(needle.data[0]);
    bool is_letter = ascii_is_alpha(first);
    for (size_t at = from; at < end; at++) {
        at = is_letter ? next_letter(hay, at, end, first)
                       : next_sign(hay, at, end, first);
        if (at < end && equal_at(hay, at, needle)) {
            return at;
        }
    }
    return SIZE_MAX;
}

size_t ascii_find(struct bytes hay, const char *needle)
{
    return ascii_search(hay, bytes_of_text(needle), 0);
}

bool ascii_holds(struct bytes hay, const char *needle)
{
    return ascii_find(hay, needle) != SIZE_MAX;
}

bool ascii_among(struct bytes word, const char *const *list)
{
    /* Letters that differ in more than their case end most comparisons. */
    const uint8_t but_case = (uint8_t) ~('a' - 'A');
    uint8_t first = word.len ? word.data[0] : 0;
    for (; *list; list++) {
        if ((((uint8_t) * *list ^ first) & but_case) == 0 &&
            ascii_equal(word, *list)) {
            return true;
        }
    }
    return false;
}

struct bytes ascii_trim(struct bytes a)
{
    while (a.len && ascii_is_space(a.data[0])) {
        a = bytes_slice(a, 1, a.len);
    }
    while (a.len && ascii_is_space(a.data[a.len - 1])) {
        a.len--;
    }
    return a;
}

bool ascii_next_line(struct bytes *rest, struct bytes *out_line)
{
    if (rest->len == 0) {
        return false;
    }
    size_t end = 0;
    while (end < rest->len && rest->data[end] != '\n' &&
           rest->data[end] != '\r') {
        end++;
    }
    *out_line = bytes_slice(*rest, 0, end);
    *rest = bytes_slice(*rest, end < rest->len ? end + 1 : end, rest->len);
    return true;
}

struct bytes ascii_fold_copy(struct arena *arena, struct bytes a)
{
    uint8_t *copy = arena_take(arena, a.len + 1);
    if (!copy) {
        return bytes_of(NULL, 0);
    }
    for (size_t i = 0; i < a.len; i++) {
        copy[i] = ascii_fold(a.data[i]);
    }
    return bytes_of(copy, a.len);
}
