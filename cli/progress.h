/* SPDX-License-Identifier: MIT */
/* progress.h: what is going on, on stderr, for anything longer than two
 * seconds.
 *
 * On a terminal one line that changes; elsewhere a line every ten seconds.
 * Threads: the main thread. */
#ifndef REVERIE_CLI_PROGRESS_H
#define REVERIE_CLI_PROGRESS_H

#include <stdio.h>

#include "base/base.h"

struct progress {
    FILE *err;
    bool is_terminal;
    bool is_shown; /* there is a line to be wiped */
    int64_t started_us;
    int64_t shown_us;
};

struct progress progress_begin(FILE *err);

/* Shows the line, if it is time to. */
void progress_say(struct progress *progress, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* "checking 10,000 of 28,619 (35 %), 12 s left"; ${total} 0: unknown. */
void progress_count(struct progress *progress, const char *doing, uint64_t done,
                    uint64_t total);

/* Wipes the line. */
void progress_end(struct progress *progress);

#endif
