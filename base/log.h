/* SPDX-License-Identifier: MIT */
/* log.h: the process's diary on stderr, one line per happening.
 *
 *     warn PEER-REFUSED swarm=default code=id_conflict
 *
 * A line is level, stable event id, key=value pairs. Never payloads, prompts,
 * tokens or keys: sizes and hashes. Pure cores do not log. What a terminal
 * would obey is shown in signs (glyph.h), so whatever a line quotes, it is one.
 * The same event id more than 10 times within a second is held back and counted
 * in the next line that is let through (`held=N`). With JOURNAL_STREAM set,
 * lines start with the journal's priority prefix.
 * Not the message log: that is store/.
 * Threads: any. */
#ifndef REVERIE_BASE_LOG_H
#define REVERIE_BASE_LOG_H

#include "base/base.h"

enum log_level {
    LOG_ERROR,
    LOG_WARN,
    LOG_INFO,
    LOG_DEBUG
};

/* Lines above ${level} are dropped. The default is LOG_INFO. */
void log_set_level(enum log_level level);

/* ${event} is a string constant in capitals ("STORE-OPENED"); ${format}
 * prints the pairs and may be "" for none. */
void log_line(enum log_level level, const char *event, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
