/* SPDX-License-Identifier: MIT */
#include "plugin/read/text/ascii.h"

#include <string.h>

bool ascii_in(uint8_t c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

static bool equal_at(struct bytes a, size_t at, const char *text, size_t len)
{
    if (at > a.len || len > a.len - at) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (ascii_fold(a.data[at + i]) != ascii_fold((uint8_t)text[i])) {
            return false;
        }
    }
    return true;
}

bool ascii_equal(struct bytes a, const char *text)
{
    /* Most comparisons end here. */
    if (a.len == 0 || ascii_fold(a.data[0]) != ascii_fold((uint8_t)text[0])) {
        return a.len == 0 && text[0] == '\0';
    }
    size_t len = strlen(text);
    return a.len == len && equal_at(a, 0, text, len);
}

bool ascii_starts(struct bytes a, const char *prefix)
{
    if (a.len == 0 || ascii_fold(a.data[0]) != ascii_fold((uint8_t)prefix[0])) {
        return prefix[0] == '\0';
    }
    return equal_at(a, 0, prefix, strlen(prefix));
}

bool ascii_ends(struct bytes a, const char *suffix)
{
    size_t len = strlen(suffix);
    return a.len >= len && equal_at(a, a.len - len, suffix, len);
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

size_t ascii_find(struct bytes hay, const char *needle)
{
    size_t len = strlen(needle);
    if (len == 0 || len > hay.len) {
        return len == 0 ? 0 : SIZE_MAX;
    }
    size_t end = hay.len - len + 1;
    uint8_t first = ascii_fold((uint8_t)needle[0]);
    bool is_letter = ascii_is_alpha(first);
    for (size_t at = 0; at < end; at++) {
        at = is_letter ? next_letter(hay, at, end, first)
                       : next_sign(hay, at, end, first);
        if (at < end && equal_at(hay, at, needle, len)) {
            return at;
        }
    }
    return SIZE_MAX;
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

struct bytes ascii_clip(struct bytes a, size_t max)
{
    if (a.len <= max) {
        return a;
    }
    size_t len = max;
    while (len > 0 && (a.data[len] & 0xC0) == 0x80) {
        len--;
    }
    return bytes_slice(a, 0, len);
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
