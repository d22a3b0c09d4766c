/* SPDX-License-Identifier: MIT */
/* wrap.h: lines that are too long for a terminal, broken between words.
 *
 * For texts that are read, not for lists that other programs take apart. Takes
 * what glyph.h let through.
 * Pure. Threads: any. */
#ifndef REVERIE_CLI_RENDER_TERMINAL_WRAP_H
#define REVERIE_CLI_RENDER_TERMINAL_WRAP_H

#include "base/bytes.h"

enum {
    WRAP_COLUMNS = 80
};

/* Appends ${text}. What does not fit its line goes on in the next, two columns
 * further in than the line began. A word is never broken, however long. */
void wrap(struct buf *out, struct bytes text);

#endif
