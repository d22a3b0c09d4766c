/* SPDX-License-Identifier: MIT */
/* offer.h: what the worker asks of the broker and tells it at a dream.
 *
 * Where the logs end, what memory holds, the report of a dream and its change
 * sets. Only requests of proto/services.proto, so that whatever the worker can
 * do any client with the right can do.
 * Threads: that of the client. */
#ifndef REVERIE_PLUGIN_OFFER_H
#define REVERIE_PLUGIN_OFFER_H

#include "client/reverie.h"
#include "plugin/dream.h"

enum {
    OFFER_TIMEOUT_MS = 60000,
    /* Changes and results in one reply: the pre-scan allows 65,536 fields. */
    OFFER_SHOWN_MAX = 900
};

/* Appends to ${out_why} what the broker said, on every failure below.
 * ERR_CLOSED: the connection; ERR_TIMEOUT; ERR_DENIED: refused;
 * ERR_INVALID: an answer that does not decode. */

/* Last position of ${log} that is on disk. */
MUST_CHECK enum err offer_head(struct reverie *bus, uint32_t log,
                               struct buf *out_why, uint64_t *out_seq);

/* Everything memory holds now, and what waits for a review. Gives *out_known
 * (known_free). */
MUST_CHECK enum err offer_known(struct reverie *bus, struct buf *out_why,
                                struct known **out_known);

/* Logs the dream: that it began, every candidate, how it ended. */
MUST_CHECK enum err offer_started(struct reverie *bus,
                                  const struct dream_result *result,
                                  const char *worker, struct buf *out_why);
MUST_CHECK enum err offer_report(struct reverie *bus,
                                 const struct dream_result *result,
                                 struct buf *out_why);

/* Proposes the change sets one by one and appends to ${out_reply} the packed
 * DreamRunReply that ends the run: funnel, change sets without witnesses,
 * verdicts. With ${dry} nothing is proposed. */
MUST_CHECK enum err offer_changes(struct reverie *bus,
                                  const struct dream_result *result, bool dry,
                                  struct buf *out_why, struct buf *out_reply);

/* Appends a DreamRunReply that says how far reading has come. */
void offer_progress(uint64_t events, uint64_t total, struct buf *out_reply);

#endif
