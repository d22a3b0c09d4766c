/* SPDX-License-Identifier: MIT */
/* request.h: one sentence of a person as a request for a common practice.
 *
 * People ask for the same things again and again without ever calling them a
 * rule: "can you add a test?", "lint fails", "is this duplicated now?". One
 * such sentence says nothing about a team; that several people say it in many
 * sessions does, and counting is the detector's part. A request is known by
 * the practice it asks for, of a fixed list that is general to the trade, so
 * that different words meet. Actions that one takes once, to commit, push or
 * delete, are no practices.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_SAID_REQUEST_H
#define REVERIE_PLUGIN_READ_SAID_REQUEST_H

#include "plugin/read/said/words.h"
#include "plugin/read/tuple.h"

/* Constants. */
struct request {
    const char *practice; /* "add tests" */
    const char *stem;     /* occurs in every sentence that asks for it */
    enum directive_verb verb;
};

/* Whether ${words} ask for a practice; fills ${out} if so. */
bool request_read(const struct words *words, struct request *out);

#endif
