/* SPDX-License-Identifier: MIT */
/* source.h: the log, as the dream worker reads it.
 *
 * Reads the traffic log (0) and the ledger log (1) by streams, from the first
 * event that is kept, and feeds a dream. Nothing is stored: after a stop, an
 * erasure or a cursor that the broker does not know, the log is read again
 * from the start, and the state is the same function of the same prefix.
 * Threads: that of the client it uses. */
#ifndef REVERIE_PLUGIN_SOURCE_H
#define REVERIE_PLUGIN_SOURCE_H

#include "client/reverie.h"
#include "plugin/dream.h"

struct source;

/* Keeps ${bus}, copies ${config}. ${window_bytes} of a log may be in flight, 0:
 * 8 MiB. Gives *out_source (source_close).
 * ERR_INVALID: the table of defaults; ERR_CLOSED: the connection. */
MUST_CHECK enum err source_open(struct reverie *bus,
                                const struct dream_config *config,
                                int64_t window_bytes, struct buf *out_why,
                                struct source **out_source);
void source_close(struct source *source);

/* Feeds ${dream} with an event of a stream of the traffic log. */
void source_event(struct dream *dream, const struct reverie_message *message);

/* Takes in what has arrived, at most ${limit} events, waiting up to
 * ${timeout_ms} for the first. *out_count is how many there were.
 * ERR_CLOSED: the connection has ended. */
MUST_CHECK enum err source_pull(struct source *source, size_t limit,
                                int timeout_ms, size_t *out_count);

/* Last positions taken in, or passed over. */
uint64_t source_traffic(const struct source *source);
uint64_t source_ledger(const struct source *source);

/* Lends the dream that is fed; another one after the log was read again. */
struct dream *source_dream(struct source *source);

/* How often the log was read from its start. */
uint64_t source_rereads(const struct source *source);

/* Saves the cursor of the traffic stream under the worker's name. */
void source_commit(struct source *source);

#endif
