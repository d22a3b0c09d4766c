/* SPDX-License-Identifier: MIT */
/* find.h: where in a window something is that must not stay.
 *
 * Asks the finders of secret.h and personal.h, each only where what it looks
 * for can start. Replaces nothing.
 * Pure. Threads: a window belongs to one thread. */
#ifndef REVERIE_MEMORY_REDACT_FIND_H
#define REVERIE_MEMORY_REDACT_FIND_H

#include "memory/redact/window.h"

/* [start, end) is replaced by <label:hash>. */
struct find {
    const char *label;
    size_t start;
    size_t end;
};

/* How far back the end of a window can matter: what is found at a position
 * further away from it stays the same if the end moves away. The furthest is a
 * value: these many bytes of it are looked at, behind these many quotes and
 * blanks and the sign. */
enum {
    FIND_VALUE_MAX = 512,
    FIND_FILLERS_MAX = 4,
    FIND_REACH = FIND_VALUE_MAX + FIND_FILLERS_MAX + 1
};

/* The first position of the window in [at, until) where something other than
 * an address might start; ${until} if there is none. */
size_t find_start(const struct window *window, size_t at, size_t until);

/* Whether something starts at ${at}, a position of find_start. Keys and logins
 * come before an address that starts there, too; numbers and named values come
 * behind it. */
bool find_key(struct window *window, size_t at, struct find *out);
bool find_datum(struct window *window, size_t at, struct find *out);

#endif
