/* SPDX-License-Identifier: MIT */
/* skeleton.h: a text as a reader sees it, in lower-case ASCII.
 *
 * Letters that look like Latin ones (Cyrillic, Greek, full width, mathematical)
 * become those, as in Unicode TR39; accents go; what shows nothing goes;
 * typographic quotes and dashes become plain ones; runs of blanks become one
 * blank, but lines stay lines. Everything else outside ASCII becomes '?'.
 * Two texts that look alike have one skeleton; it is for comparing, never for
 * showing.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_GATE_TEXT_SKELETON_H
#define REVERIE_MEMORY_GATE_TEXT_SKELETON_H

#include "base/bytes.h"

/* What was met on the way. */
struct skeleton_signs {
    bool is_hidden; /* characters that show nothing, or turn text around */
    bool is_mixed;  /* a word of Latin letters and others that look so */
};

/* Appends the skeleton of ${text}; never longer than 2 * len. */
struct skeleton_signs skeleton(struct bytes text, struct buf *out);

#endif
