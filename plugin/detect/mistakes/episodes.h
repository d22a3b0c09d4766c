/* SPDX-License-Identifier: MIT */
/* episodes.h: from an error to what was tried after it.
 *
 * An episode opens where an attempt fails, and closes at the first success of
 * the same intent, after EPISODE_EVENTS_MAX calls and results or
 * EPISODE_US_MAX, or with its session. Every later attempt with the same
 * intent is a trial.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_EPISODES_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_EPISODES_H

#include "plugin/detect/mistakes/fix/trials.h"

enum {
    EPISODE_EVENTS_MAX = 40 /* calls and results: 20 steps */
};

#define EPISODE_US_MAX (INT64_C(30) * 60 * 1000000)

/* Takes one trial of the mistake that an episode is about; its `last` is still
 * the one before. */
typedef void (*episode_trial)(void *context, const struct episode *episode,
                              const struct delta *delta, bool worked);

/* Opens one for the error of ${tuple}, which attempt ${number} met, unless one
 * about it is open; the oldest closes if there are too many. */
void episodes_open(struct live *live, const struct tuple *tuple,
                   uint64_t number);

/* ${attempt} ended: hands a trial to ${take} for every episode that it has the
 * intent of, and closes what it overcame. ${tuple} is its result. */
void episodes_note(struct live *live, const struct tuple *tuple,
                   const struct attempt *attempt, struct features *features,
                   episode_trial take, void *context);

/* Whether any is open. */
bool episodes_are_open(const struct live *live);

#endif
