/* SPDX-License-Identifier: MIT */
#include "plugin/stretches.h"

#include <stdlib.h>

struct shard {
    struct normaliser *normaliser;
    struct tuples tuples;
};

struct stretches {
    struct dream_jobs jobs;
    struct batch batch;
    bool is_read; /* the batch was, and may go */
    struct shard shards[SHARDS_MAX];
};

struct stretches *stretches_new(const struct dream_jobs *jobs,
                                const struct redact_key *key)
{
    assert(jobs->shards > 0 && jobs->shards <= SHARDS_MAX);
    struct stretches *stretches = mem_new(sizeof(*stretches));
    stretches->jobs = *jobs;
    batch_init(&stretches->batch);
    for (size_t i = 0; i < jobs->shards; i++) {
        stretches->shards[i].normaliser = normaliser_new(key);
        tuples_init(&stretches->shards[i].tuples);
    }
    return stretches;
}

void stretches_free(struct stretches *stretches)
{
    if (!stretches) {
        return;
    }
    for (size_t i = 0; i < stretches->jobs.shards; i++) {
        normaliser_free(stretches->shards[i].normaliser);
        tuples_fini(&stretches->shards[i].tuples);
    }
    batch_fini(&stretches->batch);
    free(stretches);
}

bool stretches_add(struct stretches *stretches, const struct stamp *stamp,
                   const struct envelope *envelope, struct bytes body)
{
    if (stretches->is_read) {
        batch_reset(&stretches->batch);
        stretches->is_read = false;
    }
    return batch_add(&stretches->batch, stamp, envelope, body);
}

static void read_stretch(void *state, size_t index)
{
    struct stretches *stretches = state;
    size_t count = stretches->batch.count;
    size_t shards = stretches->jobs.shards;
    struct shard *shard = &stretches->shards[index];
    tuples_read(&shard->tuples, shard->normaliser, &stretches->batch,
                count * index / shards, count * (index + 1) / shards);
}

void stretches_read(struct stretches *stretches, tuple_sink sink, void *context)
{
    if (stretches->is_read || stretches->batch.count == 0) {
        return;
    }
    const struct dream_jobs *jobs = &stretches->jobs;
    jobs->run(jobs->context, read_stretch, stretches, jobs->shards);
    stretches->is_read = true;
    for (size_t i = 0; i < jobs->shards; i++) {
        const struct tuples *tuples = &stretches->shards[i].tuples;
        for (size_t k = 0; k < tuples->count; k++) {
            sink(context, &tuples->items[k]);
        }
    }
}

void stretches_counts(const struct stretches *stretches,
                      struct normaliser_counts *sum)
{
    for (size_t i = 0; i < stretches->jobs.shards; i++) {
        const struct shard *shard = &stretches->shards[i];
        normaliser_counts_add(sum, normaliser_counts(shard->normaliser));
        sum->cut += shard->tuples.refused;
    }
}
