/* SPDX-License-Identifier: MIT */
/* shards.h: worker threads that run the jobs of a dream.
 *
 * The edge that has threads, so that the core needs none: a shards runs
 * job(state, i) for all i at once, the calling thread included, and returns
 * when all are done. Which thread runs which job is left to chance and must not
 * matter.
 * Threads: one at a time may use a shards. */
#ifndef REVERIE_PLUGIN_SHARDS_H
#define REVERIE_PLUGIN_SHARDS_H

#include "plugin/stretches.h"

struct shards;

/* Starts ${count} - 1 threads; 1 to SHARDS_MAX. Gives it (shards_free). */
struct shards *shards_new(size_t count) MUST_CHECK;
void shards_free(struct shards *shards);

/* What a dream_config wants; keeps the shards. */
struct dream_jobs shards_jobs(struct shards *shards);

#endif
