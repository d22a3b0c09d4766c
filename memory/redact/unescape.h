/* SPDX-License-Identifier: MIT */
/* unescape.h: a text as it is meant, with the way back to how it is written.
 *
 * A secret does not stop being one because "@" is written "\u0040" or "%40",
 * because a slash or a quote has a backslash before it, or because a terminal's
 * colours or invisible characters stand in the middle. The plain text has none
 * of these, and every byte of it knows which bytes of the written text it
 * stands for. One layer of percent signs, any number of backslashes.
 * Texts without any of it are lent as they are.
 * Pure. Threads: a plain text belongs to one thread. */
#ifndef REVERIE_MEMORY_REDACT_UNESCAPE_H
#define REVERIE_MEMORY_REDACT_UNESCAPE_H

#include "base/bytes.h"

struct unescaped {
    struct bytes plain;
    struct bytes written;
    struct buf owned; /* of the plain text, where it differs */
    struct buf seams; /* where plain and written text shift */
    size_t seam;      /* the last one looked up */
};

/* Borrows ${written} until unescape_fini. */
void unescape_init(struct unescaped *text, struct bytes written);
void unescape_fini(struct unescaped *text);

/* Where in the written text the byte ${at} of the plain one begins and ends.
 * Positions are asked for in ascending order. */
size_t unescape_from(struct unescaped *text, size_t at);
size_t unescape_to(struct unescaped *text, size_t at);

#endif
