/* SPDX-License-Identifier: MIT */
#include "plugin/shards.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

struct shards {
    pthread_t threads[SHARDS_MAX];
    size_t started;
    size_t count;
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t begun;
    pthread_cond_t ended;
    void (*job)(void *state, size_t index);
    void *state;
    size_t next; /* index of the next job */
    size_t jobs;
    size_t running; /* jobs that were taken and are not done */
    bool stop;
};

/* Runs jobs while there are any. Called, and returns, with the lock held. */
static void run_jobs(struct shards *shards)
{
    while (shards->next < shards->jobs) {
        size_t index = shards->next++;
        void (*job)(void *state, size_t index) = shards->job;
        void *state = shards->state;
        shards->running++;
        pthread_mutex_unlock(&shards->lock);
        job(state, index);
        pthread_mutex_lock(&shards->lock);
        shards->running--;
    }
    if (shards->running == 0) {
        pthread_cond_signal(&shards->ended);
    }
}

static void *work(void *context)
{
    struct shards *shards = context;
    pthread_mutex_lock(&shards->lock);
    while (!shards->stop) {
        if (shards->next == shards->jobs) {
            pthread_cond_wait(&shards->begun, &shards->lock);
        } else {
            run_jobs(shards);
        }
    }
    pthread_mutex_unlock(&shards->lock);
    return NULL;
}

/* With fewer threads than asked for the result is the same. */
struct shards *shards_new(size_t count)
{
    assert(count > 0 && count <= SHARDS_MAX);
    struct shards *shards = mem_new(sizeof(*shards));
    shards->count = count;
    pthread_mutex_init(&shards->lock, NULL);
    pthread_cond_init(&shards->begun, NULL);
    pthread_cond_init(&shards->ended, NULL);
    while (shards->started + 1 < count &&
           pthread_create(&shards->threads[shards->started], NULL, work,
                          shards) == 0) {
        shards->started++;
    }
    if (shards->started + 1 < count) {
        log_line(LOG_WARN, "DREAM-SHARDS", "wanted=%zu started=%zu", count,
                 shards->started + 1);
    }
    return shards;
}

void shards_free(struct shards *shards)
{
    if (!shards) {
        return;
    }
    pthread_mutex_lock(&shards->lock);
    shards->stop = true;
    pthread_cond_broadcast(&shards->begun);
    pthread_mutex_unlock(&shards->lock);
    for (size_t i = 0; i < shards->started; i++) {
        pthread_join(shards->threads[i], NULL);
    }
    pthread_cond_destroy(&shards->ended);
    pthread_cond_destroy(&shards->begun);
    pthread_mutex_destroy(&shards->lock);
    free(shards);
}

static void run(void *context, void (*job)(void *state, size_t index),
                void *state, size_t count)
{
    struct shards *shards = context;
    pthread_mutex_lock(&shards->lock);
    shards->job = job;
    shards->state = state;
    shards->next = 0;
    shards->jobs = count;
    pthread_cond_broadcast(&shards->begun);
    run_jobs(shards);
    while (shards->running > 0) {
        pthread_cond_wait(&shards->ended, &shards->lock);
    }
    pthread_mutex_unlock(&shards->lock);
}

struct dream_jobs shards_jobs(struct shards *shards)
{
    return (struct dream_jobs){
        .shards = shards->count, .run = run, .context = shards};
}
