/* SPDX-License-Identifier: MIT */
/* child.h: processes that `reverie up` starts and watches.
 *
 * A child is this same program with other arguments. It is ended when its
 * parent ends, however that happens.
 * Threads: the main thread. */
#ifndef REVERIE_CLI_CHILD_H
#define REVERIE_CLI_CHILD_H

#include <sys/types.h>

#include "base/bytes.h"

enum {
    CHILD_WORDS_MAX = 300
};

struct child {
    const char *name; /* for messages */
    const char *words[CHILD_WORDS_MAX + 1];
    size_t word_count;
    pid_t pid; /* 0: not running */
    int64_t started_us;
    int64_t restart_at_us; /* 0: no restart is due */
    uint32_t failures;     /* one after the other, each soon after its start */
};

/* Adds a word to its command line (borrowed); beyond the maximum it asserts:
 * the command line it comes from is bounded. */
void child_add(struct child *child, const char *word);

/* Starts it. ERR_IO: the system has no room for another process. */
MUST_CHECK enum err child_start(struct child *child, int64_t now_us);

/* It has ended: when to start it again, after a pause that doubles from one
 * second to a minute while it keeps ending soon after its start. */
void child_ended(struct child *child, int64_t now_us);

/* Asks it to end, or ends it. */
void child_signal(const struct child *child, int number);

/* "ended with 1", "was ended by signal 9". */
void child_fate(int status, struct buf *out);

#endif
