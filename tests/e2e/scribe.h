/* SPDX-License-Identifier: MIT */
/* scribe.h: somebody who keeps memory busy, in a thread of its own.
 *
 * Over and over: writes a memory, has a few agents stumble over a table that
 * does not exist, asks for a dream, and decides on what was proposed. Whatever
 * was acknowledged is remembered; what the connection cut off may have
 * happened or not. Answers that no crash explains are kept as the failure.
 * Threads: the functions belong to the thread of the test. */
#ifndef REVERIE_TESTS_E2E_SCRIBE_H
#define REVERIE_TESTS_E2E_SCRIBE_H

#include "base/base.h"

struct scribe;

struct scribe_counts {
    uint64_t writes;
    uint64_t dreams;
    uint64_t decisions;
    uint64_t cut_off; /* requests that were under way when the broker died */
};

/* What it is about to ask, or was answered; counted as it goes. */
enum scribe_moment {
    SCRIBE_DREAMS,
    SCRIBE_DREAMT,
    SCRIBE_DECIDES,
    SCRIBE_MOMENTS
};

/* Connects to a running broker and begins. */
struct scribe *scribe_start(const char *endpoint);

/* How often that was so. May be asked while the thread runs. */
uint64_t scribe_moments(const struct scribe *scribe, enum scribe_moment moment);

/* Ends the thread; fails the test if it met a failure. */
void scribe_stop(struct scribe *scribe);

/* After scribe_stop, broker running: whatever was acknowledged is there. */
void scribe_check(struct scribe *scribe);
struct scribe_counts scribe_counts(const struct scribe *scribe);
void scribe_free(struct scribe *scribe);

#endif
