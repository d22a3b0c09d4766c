/* SPDX-License-Identifier: MIT */
/* recount.h: does dreaming over the same log again give the same memory?
 *
 * A witness that was left out cannot be seen in those that are there. Whoever
 * has the log, the configuration of the worker and a version with its
 * provenance and witnesses dreams again over the events the dream had read, and
 * compares finding, words, numbers and the whole set of witnesses. What its
 * proposer computed with another configuration, or says to have read, cannot be
 * repeated; a preference must count everybody who chose all the same.
 * Pure: events are fed to it. Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_RECOUNT_H
#define REVERIE_PLUGIN_RECOUNT_H

#include "plugin/dream.h"

struct Reverie__V1__MemoryHistoryReply;

enum {
    RECOUNT_MAX = 10000, /* memories */
    RECOUNT_SENTENCE_BYTES = 200
};

enum recount_verdict {
    RECOUNT_EQUAL,
    RECOUNT_IMPOSSIBLE, /* the sentence says why */
    RECOUNT_DIFFERS     /* likewise, how */
};

struct recount;

/* Borrows ${dream}, which has been fed nothing yet, until recount_free. */
struct recount *recount_new(struct dream *dream) MUST_CHECK;
void recount_free(struct recount *recount);

/* Adds a memory: its store, and the reply of memory.history with its head and
 * the witnesses of the head. Copies. *out_index is its place. ERR_FULL. */
MUST_CHECK enum err
recount_add(struct recount *recount, const char *store,
            const struct Reverie__V1__MemoryHistoryReply *history,
            size_t *out_index);

/* The event at ${seq} of the traffic log was erased at ${ledger_seq}. A dream
 * that read it before cannot be repeated. */
void recount_erased(struct recount *recount, uint64_t ledger_seq, uint64_t seq);

/* How far the log must be fed, 0: there is nothing to count. Ask after the last
 * recount_add. */
uint64_t recount_until(struct recount *recount);

/* Call before an event at ${seq} is fed to the dream, and with UINT64_MAX at
 * the end: judges the memories whose dream had read no further. */
void recount_reach(struct recount *recount, uint64_t seq);

/* What it came to; the sentence is lent until recount_free. */
enum recount_verdict recount_result(const struct recount *recount, size_t index,
                                    const char **out_sentence);

#endif
