/* SPDX-License-Identifier: MIT */
/* syncer.h: the thread that flushes the log, and nothing else.
 *
 * The writer announces what it has appended by a growing number (its batch);
 * the syncer calls store_sync once for everything announced meanwhile, then
 * publishes the number that is on disk and rings those who wait for it. It
 * sleeps while there is nothing new.
 * Threads: syncer_announce from the writer and the router, the rest from any.
 */
#ifndef REVERIE_BROKER_THREADS_SYNCER_H
#define REVERIE_BROKER_THREADS_SYNCER_H

#include "broker/handover/bell.h"
#include "store/store.h"

enum syncer_listener {
    SYNCER_ALWAYS, /* rung after every flush */
    SYNCER_ASKED,  /* rung after a flush that syncer_await asked for */
    SYNCER_LISTENERS
};

struct syncer;

/* Starts the thread. Keeps ${store} and the ${listeners}. Gives *out_syncer
 * (syncer_stop). */
MUST_CHECK enum err syncer_start(struct store *store,
                                 struct bell *listeners[SYNCER_LISTENERS],
                                 struct syncer **out_syncer);

/* Flushes what was announced, ends the thread and frees the syncer. */
void syncer_stop(struct syncer *syncer);

void syncer_announce(struct syncer *syncer, uint64_t batch);

/* SYNCER_ASKED is to be rung once, after the next flush. Call it between
 * bell_arm and the look at syncer_durable. */
void syncer_await(struct syncer *syncer);

/* The last batch that is on disk; calls of store_sync so far. */
uint64_t syncer_durable(const struct syncer *syncer);
uint64_t syncer_flushes(const struct syncer *syncer);

/* An fsync has failed: nothing may be believed durable any more. */
bool syncer_has_failed(const struct syncer *syncer);

#endif
