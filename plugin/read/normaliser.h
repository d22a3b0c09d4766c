/* SPDX-License-Identifier: MIT */
/* normaliser.h: events of the log in, tuples out.
 *
 * Reads one event at a time: redacts its text, takes it apart by kind and
 * hands tuples to a sink. Pure: equal events give equal tuples, whatever came
 * before; what it holds between calls are buffers and counters. Never fails:
 * an event that cannot be read gives no tuples and is counted, because one
 * odd message must not stop a dream.
 * Threads: a normaliser belongs to one thread; make one per shard. */
#ifndef REVERIE_PLUGIN_READ_NORMALISER_H
#define REVERIE_PLUGIN_READ_NORMALISER_H

#include "memory/redact.h"
#include "plugin/read/tuple.h"

struct normaliser;

/* Bumped whenever equal events may give other tuples; part of the
 * configuration digest of a dream. */
enum {
    NORMALISER_VERSION = 5
};

/* What happened to the events so far; one line of the dream's funnel each. */
struct normaliser_counts {
    uint64_t events;
    uint64_t tuples;
    uint64_t tool_calls;
    uint64_t tool_results;
    uint64_t errors;
    uint64_t silent; /* failures without a message: no error tuple */
    uint64_t rejected;
    uint64_t directives;
    uint64_t outcomes;
    uint64_t ignored;    /* kinds that are no evidence (memory.*, control.*) */
    uint64_t erased;     /* tombstones */
    uint64_t malformed;  /* bodies that do not decode */
    uint64_t cut;        /* slots, values or directives beyond a maximum */
    uint64_t redactions; /* secrets and personal data replaced */
};

/* Gives a normaliser; copies ${key}. */
struct normaliser *normaliser_new(const struct redact_key *key) MUST_CHECK;
void normaliser_free(struct normaliser *normaliser);

/* Normalises one event; borrows all three. ${body} is the third frame. Calls
 * ${sink} zero or more times before it returns. */
void normaliser_read(struct normaliser *normaliser, const struct stamp *stamp,
                     const struct envelope *envelope, struct bytes body,
                     tuple_sink sink, void *context);

/* Lends the counters. */
const struct normaliser_counts *
normaliser_counts(const struct normaliser *normaliser);

/* Adds every count of ${more} to ${sum}. */
void normaliser_counts_add(struct normaliser_counts *sum,
                           const struct normaliser_counts *more);

#endif
