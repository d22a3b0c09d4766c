/* SPDX-License-Identifier: MIT */
/* stretches.h: events normalised in stretches that may run at once.
 *
 * Collects events, cuts them into as many stretches as there are shards, lets
 * each be normalised by a normaliser of its own, and gives all tuples in the
 * order of the events. So the number of shards is in no result. Starts no
 * thread: who runs the jobs is struct dream_jobs' business.
 * Threads: belongs to one; the jobs it hands out may run anywhere. */
#ifndef REVERIE_PLUGIN_STRETCHES_H
#define REVERIE_PLUGIN_STRETCHES_H

#include "plugin/read/batch.h"

enum {
    SHARDS_MAX = 64
};

/* Runs job(state, i) for every i below ${count}, in any order or at once, and
 * returns when all are done. */
struct dream_jobs {
    size_t shards; /* stretches of a batch, 2 to SHARDS_MAX */
    void (*run)(void *context, void (*job)(void *state, size_t index),
                void *state, size_t count);
    void *context;
};

struct stretches;

/* Copies ${jobs}. */
struct stretches *stretches_new(const struct dream_jobs *jobs,
                                const struct redact_key *key) MUST_CHECK;
void stretches_free(struct stretches *stretches);

/* Copies one event; false if it must wait until the next stretches_read. An
 * empty one refuses only what no batch may hold. */
bool stretches_add(struct stretches *stretches, const struct stamp *stamp,
                   const struct envelope *envelope, struct bytes body);

/* Normalises what was added and calls ${sink} with every tuple, in order, from
 * the calling thread. The tuples live until the next stretches_add. */
void stretches_read(struct stretches *stretches, tuple_sink sink,
                    void *context);

/* Adds what the normalisers counted to ${sum}; tuples that there was no room
 * for are cut. */
void stretches_counts(const struct stretches *stretches,
                      struct normaliser_counts *sum);

#endif
