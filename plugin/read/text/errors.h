/* SPDX-License-Identifier: MIT */
/* errors.h: the text of a failed tool result, reduced to what went wrong.
 *
 * Picks the one line that tells the mistake (the last exception of a stack
 * trace, the first message of a compiler, the panic of a test run) and masks
 * it. Does not decide whether a result is an error: the caller knows.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_TEXT_ERRORS_H
#define REVERIE_PLUGIN_READ_TEXT_ERRORS_H

#include "base/arena.h"
#include "plugin/read/text/mask.h"

enum {
    ERRORS_HEAD_BYTES = 4096, /* looked at from the front ... */
    ERRORS_TAIL_BYTES = 2048, /* ... and from the end of a longer text */
    ERRORS_LINE_MAX = 512     /* of the line that is chosen */
};

/* Borrows ${text}, already redacted. ${out_line} is the line, a part of it;
 * empty where the text is nothing but wrapping: a failure that says nothing
 * (grep without a match) teaches nothing. ${out_result} has its template and
 * values. */
void errors_read(struct bytes text, struct arena *arena, struct bytes *out_line,
                 struct mask_result *out_result);

/* Whether nothing in ${line} of ${text} says that anything failed, while
 * ${text} is what a program printed rather than a tool's own answer. */
bool errors_is_bare(struct bytes text, struct bytes line);

#endif
