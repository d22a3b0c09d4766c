/* SPDX-License-Identifier: MIT */
/* ahead.h: the slots that the next calls are a use of.
 *
 * What a call is counted in is far apart in memory, and one thing leads to the
 * next: a slot, its voters, a vote, its uses, their witnesses. So all calls
 * that wait take each step before any of them takes the next one, and the
 * memory of one is waited for together with that of the others. Nothing that
 * is counted is changed here.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_AHEAD_H
#define REVERIE_PLUGIN_DETECT_AHEAD_H

#include "plugin/detect/votes.h"
#include "plugin/detector.h"

struct ahead;

struct ahead *ahead_new(void) MUST_CHECK;
void ahead_free(struct ahead *ahead);

/* Lends the slot of a team that has this name, or NULL. */
typedef struct slot *(*ahead_find)(const void *context, uint32_t team,
                                   struct bytes name);

/* Looks up what the calls among ${events} are a use of, at most TOGETHER_MAX,
 * and asks for their memory. Forgets what was looked up before. */
void ahead_fetch(struct ahead *ahead, const struct detector_event *events,
                 size_t count, ahead_find find, const void *context);

/* The slots of the call ${tuple}, one for each that it names, NULL among them
 * where none was found: if it is the next one of those that were looked up,
 * and else NULL. They may have been dropped since. */
struct slot *const *ahead_take(struct ahead *ahead, const struct tuple *tuple);

#endif
