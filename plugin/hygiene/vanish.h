/* SPDX-License-Identifier: MIT */
/* vanish.h: when tools, files and other names were last seen at work.
 *
 * Remembers of names in the arguments of calls on which days they occurred and
 * in which place of its team (the folder of a file, the tool of anything else).
 * A name has vanished if it was in use, has not been seen for 60 days, and its
 * siblings in that place have: a place that nobody goes to any more says
 * nothing of what is there. The state is a function of the set of calls, not of
 * their order; when it is full a part of the names, chosen by hash, is not
 * followed any more. Pure. Threads: a vanish belongs to one thread. */
#ifndef REVERIE_PLUGIN_HYGIENE_VANISH_H
#define REVERIE_PLUGIN_HYGIENE_VANISH_H

#include "base/bytes.h"

enum {
    VANISH_NAMES_MAX = 1 << 17,
    VANISH_DAYS = 60,        /* not seen for so long */
    VANISH_USED_DAYS = 3,    /* on so many days before */
    VANISH_SIBLINGS_MIN = 3, /* others in the place that are seen */
    VANISH_NAME_MAX = 64     /* bytes */
};

struct vanish;

struct vanish *vanish_new(void) MUST_CHECK;
void vanish_free(struct vanish *vanish);

/* A call of ${tool} by a member of ${team} with these arguments. */
void vanish_feed(struct vanish *vanish, struct bytes team, struct bytes tool,
                 struct bytes arguments, int64_t occurred_us);

/* Counts siblings; call it after the last vanish_feed and before asking. */
void vanish_settle(struct vanish *vanish);

enum vanish_state {
    VANISH_UNKNOWN, /* never followed, or too little used */
    VANISH_SEEN,
    VANISH_GONE
};

/* What is known of ${name}, a file, tool or identifier; *out_last_us (may be
 * NULL) is the beginning of the last day on which it was seen. */
enum vanish_state vanish_ask(const struct vanish *vanish, struct bytes team,
                             struct bytes name, int64_t *out_last_us);

/* Names that are not followed because of the maximum; the latest day. */
uint64_t vanish_dropped(const struct vanish *vanish);
int64_t vanish_now_us(const struct vanish *vanish);

#endif
