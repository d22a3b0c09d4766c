/* SPDX-License-Identifier: MIT */
/* diff.h: what changed between two texts, for people.
 *
 * A unified diff of lines with one hunk. Where the texts differ in so many
 * lines that finding the shortest edit is not worth its cost, the differing
 * part is shown as removed and added whole.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_DIFF_H
#define REVERIE_MEMORY_DIFF_H

#include "base/bytes.h"

enum {
    DIFF_CONTEXT_LINES = 3,
    DIFF_CELLS_MAX = 1 << 20, /* of the table of common lines */
    DIFF_OUT_MAX = 64 * 1024
};

/* Appends the diff; nothing if the texts are equal. Cuts at DIFF_OUT_MAX with
 * a last line that says so. */
void diff_lines(struct bytes before, struct bytes after, struct buf *out);

#endif
