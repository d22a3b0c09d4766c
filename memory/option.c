/* SPDX-License-Identifier: MIT */
#include "memory/option.h"

#include <string.h>

#include "base/text/ascii.h"

static bool is_word_byte(uint8_t c)
{
    return ascii_is_letter(c) || ascii_is_digit(c);
}

/* Whether a word goes on from ${hay}[at - 1] to ${hay}[at]. */
static bool is_inside_word(struct bytes hay, size_t at)
{
    return at > 0 && at < hay.len && is_word_byte(hay.data[at - 1]) &&
           is_word_byte(hay.data[at]);
}

static bool occurs(struct bytes part, struct bytes hay, bool by_itself)
{
    size_t at = ascii_search(hay, part, 0);
    while (at != SIZE_MAX) {
        bool is_cut = by_itself && (is_inside_word(hay, at) ||
                                    is_inside_word(hay, at + part.len));
        if (!is_cut) {
            return true;
        }
        at = ascii_search(hay, part, at + 1);
    }
    return false;
}

/* Length of the separator that starts at ${at}, 0 if none does. A '<' without
 * a '>' within 32 bytes of word characters is ordinary text. */
static size_t separator_length(struct bytes option, size_t at)
{
    if (option.data[at] == '|' || option.data[at] == 0x1f) {
        return 1;
    }
    if (option.data[at] != '<') {
        return 0;
    }
    struct bytes head = bytes_slice(option, at, 34);
    size_t close = bytes_find(head, BYTES_LITERAL(">"), 1);
    bool is_blank = close != SIZE_MAX && memchr(head.data, ' ', close);
    return close == SIZE_MAX || is_blank ? 0 : close + 1;
}

static bool parts_occur(struct bytes option, struct bytes quote, bool by_itself)
{
    size_t from = 0;
    for (size_t at = 0; at <= option.len;) {
        size_t gap = at < option.len ? separator_length(option, at) : 1;
        if (gap == 0) {
            at++;
            continue;
        }
        if (!occurs(bytes_trim(bytes_slice(option, from, at - from), ' '),
                    quote, by_itself)) {
            return false;
        }
        at += gap;
        from = at;
    }
    return true;
}

bool option_occurs(struct bytes option, struct bytes quote)
{
    return parts_occur(option, quote, false);
}

size_t option_parts_max(struct bytes option)
{
    size_t parts = 1;
    for (size_t i = 0; i < option.len; i++) {
        uint8_t c = option.data[i];
        parts += c == '|' || c == 0x1f || c == '<';
    }
    return parts;
}

bool option_is_named(struct bytes option, struct bytes text)
{
    return parts_occur(option, text, true);
}
