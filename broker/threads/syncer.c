/* SPDX-License-Identifier: MIT */
#include "broker/threads/syncer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"

struct syncer {
    struct store *store;
    struct bell *bell;
    struct bell *listeners[SYNCER_LISTENERS];
    pthread_t thread;
    atomic_uint_least64_t announced;
    atomic_uint_least64_t durable;
    atomic_uint_least64_t flushes;
    atomic_bool is_asked;
    atomic_bool has_failed;
    atomic_bool is_stopping;
};

static void tell(struct syncer *syncer)
{
    bool is_asked = atomic_load(&syncer->is_asked) &&
                    atomic_exchange(&syncer->is_asked, false);

    bell_ring(syncer->listeners[SYNCER_ALWAYS]);
    is_asked |= atomic_load(&syncer->has_failed);
    if (is_asked && syncer->listeners[SYNCER_ASKED] != NULL) {
        bell_ring(syncer->listeners[SYNCER_ASKED]);
    }
}

/* The number is read before the flush: what is announced during it may or may
 * not be covered, and waits for the next one. */
static void flush(struct syncer *syncer, uint64_t batch)
{
    if (store_sync(syncer->store) != ERR_OK) {
        log_line(LOG_ERROR, "STORE-SYNC-FAILED",
                 "action=\"stopping: nothing is accepted any more\"");
        atomic_store(&syncer->has_failed, true);
    } else {
        atomic_fetch_add(&syncer->flushes, 1);
        atomic_store(&syncer->durable, batch);
    }
    tell(syncer);
}

static void *run(void *context)
{
    struct syncer *syncer = context;
    bool is_over = false;

    (void)pthread_setname_np(pthread_self(), "syncer");
    while (!is_over) {
        bell_arm(syncer->bell);
        bool is_stopping = atomic_load(&syncer->is_stopping);
        uint64_t batch = atomic_load(&syncer->announced);
        bool is_new = batch != atomic_load(&syncer->durable);
        if (!is_new && !is_stopping) {
            bell_wait(syncer->bell, -1);
        }
        bell_disarm(syncer->bell);
        if (is_new) {
            flush(syncer, batch);
        }
        is_over = (is_stopping && !is_new) || atomic_load(&syncer->has_failed);
    }
    return NULL;
}

static void syncer_free(struct syncer *syncer)
{
    bell_free(syncer->bell);
    free(syncer);
}

enum err syncer_start(struct store *store,
                      struct bell *listeners[SYNCER_LISTENERS],
                      struct syncer **out_syncer)
{
    struct syncer *syncer = mem_new(sizeof(*syncer));

    syncer->store = store;
    for (size_t i = 0; i < SYNCER_LISTENERS; i++) {
        syncer->listeners[i] = listeners[i];
    }
    if (bell_open(&syncer->bell) != ERR_OK ||
        pthread_create(&syncer->thread, NULL, run, syncer) != 0) {
        syncer_free(syncer);
        return ERR_IO;
    }
    *out_syncer = syncer;
    return ERR_OK;
}

void syncer_stop(struct syncer *syncer)
{
    if (syncer == NULL) {
        return;
    }
    atomic_store(&syncer->is_stopping, true);
    bell_ring(syncer->bell);
    pthread_join(syncer->thread, NULL);
    syncer_free(syncer);
}

void syncer_announce(struct syncer *syncer, uint64_t batch)
{
    uint_least64_t announced = atomic_load(&syncer->announced);

    /* Two threads may announce; a later batch includes the earlier ones. */
    while (announced < batch && !atomic_compare_exchange_weak(
                                    &syncer->announced, &announced, batch)) {
    }
    bell_ring(syncer->bell);
}

void syncer_await(struct syncer *syncer)
{
    atomic_store(&syncer->is_asked, true);
}

uint64_t syncer_durable(const struct syncer *syncer)
{
    return atomic_load(&syncer->durable);
}

uint64_t syncer_flushes(const struct syncer *syncer)
{
    return atomic_load(&syncer->flushes);
}

bool syncer_has_failed(const struct syncer *syncer)
{
    return atomic_load(&syncer->has_failed);
}
