/* SPDX-License-Identifier: MIT */
/* glyph.h: what one character of a foreign text does on a terminal.
 *
 * A terminal obeys control characters, also those beyond ASCII; it turns text
 * around, or shows nothing at all, for some others; and what is no UTF-8 it may
 * read in another encoding, where one byte begins a command. None of these may
 * reach it, and none may vanish: whoever decides on a text must see that they
 * are there. Knows nothing of lines.
 * Pure. Threads: any. */
#ifndef REVERIE_BASE_TEXT_GLYPH_H
#define REVERIE_BASE_TEXT_GLYPH_H

#include "base/bytes.h"

struct glyph {
    unsigned code;   /* code point, or the byte of what is no UTF-8 */
    size_t len;      /* bytes, at least 1 */
    size_t columns;  /* of a terminal, where it is shown: 0 to 2 */
    bool is_byte;    /* no UTF-8 */
    bool is_printed; /* as it is; otherwise it would be obeyed or not seen */
};

/* The one at ${at}, which lies within ${text}. */
struct glyph glyph_at(struct bytes text, size_t at);

/* Appends it as it is, or in signs that say what it was: "\x1b" for a byte,
 * "\u{202e}" for any other. */
void glyph_add(struct buf *out, struct bytes text, size_t at,
               const struct glyph *glyph);

/* Appends all of ${text} so: one line, whatever it holds. */
void glyph_add_all(struct buf *out, struct bytes text);

#endif
