/* SPDX-License-Identifier: MIT */
#include "broker/threads/fetcher.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "broker/threads/log_service.h"

enum {
    FOUND_FIRST = 64,
    ARENA_MAX = 64 << 20
};

struct fetcher {
    struct fetcher_config config;
    pthread_t thread;
    atomic_bool is_stopping;
};

struct fetch *fetch_new(enum fetch_type type)
{
    struct fetch *fetch = mem_new(sizeof(*fetch));

    fetch->type = type;
    arena_init(&fetch->arena, ARENA_MAX);
    return fetch;
}

void fetch_free(struct fetch *fetch, bool with_bodies)
{
    if (fetch == NULL) {
        return;
    }
    for (size_t i = 0; with_bodies && i < fetch->done.count; i++) {
        body_free(fetch->found[i].body);
    }
    free(fetch->found);
    arena_fini(&fetch->arena);
    free(fetch);
}

static void keep(struct fetch *fetch, const struct store_event *event,
                 size_t *capacity)
{
    if (fetch->done.count == *capacity) {
        *capacity = *capacity == 0 ? FOUND_FIRST : 2 * *capacity;
        fetch->found =
            mem_grow(fetch->found, *capacity * sizeof(*fetch->found));
    }
    fetch->found[fetch->done.count++] = (struct route_read_event){
        .seq = event->seq,
        .stamp = arena_copy(&fetch->arena, event->stamp),
        .envelope = arena_copy(&fetch->arena, event->envelope),
        .body = &body_new_copy(event->body)->route};
}

static size_t event_size(const struct store_event *event)
{
    return event->stamp.len + event->envelope.len + event->body.len;
}

/* Reads until a bound is reached; ${*next} is the first position that was not
 * looked at. */
static enum err fill(struct fetch *fetch, struct store_reader *source,
                     uint64_t *next)
{
    const struct route_read *ask = &fetch->events;
    struct store_event event;
    size_t capacity = 0;
    size_t found_bytes = 0;
    size_t looked_bytes = 0;

    for (size_t looked = 0; looked < FETCHER_LOOK_MAX; looked++) {
        enum err err = store_reader_next(source, &event);
        if (err == ERR_NOT_FOUND) {
            *next = ask->to_seq + 1;
            return ERR_OK;
        }
        if (err != ERR_OK) {
            return err;
        }
        *next = event.seq + 1;
        looked_bytes += event_size(&event);
        if (route_filter_matches(ask->filter, event.stamp, event.envelope)) {
            found_bytes += event_size(&event);
            keep(fetch, &event, &capacity);
        }
        if (found_bytes >= ask->bytes_max ||
            fetch->done.count >= ask->events_max ||
            looked_bytes >= FETCHER_LOOK_BYTES_MAX) {
            break;
        }
    }
    return ERR_OK;
}

static void read_events(struct fetcher *fetcher, struct fetch *fetch)
{
    const struct route_read *ask = &fetch->events;
    struct store *store = fetcher->config.store;
    struct store_reader *source =
        ask->address.len > 0
            ? store_read_inbox(store, ask->swarm, ask->address, ask->log,
                               ask->from_seq, ask->to_seq)
            : store_read_log(store, ask->swarm, ask->log, ask->from_seq,
                             ask->to_seq);
    uint64_t next = ask->from_seq;
    enum err err = fill(fetch, source, &next);

    store_reader_close(source);
    fetch->done.tag = ask->tag;
    fetch->done.error = err;
    fetch->done.events = fetch->found;
    fetch->done.next_seq = next;
}

static void answer(struct fetcher *fetcher, struct fetch *fetch)
{
    switch (fetch->type) {
    case FETCH_EVENTS:
        read_events(fetcher, fetch);
        break;
    case FETCH_SEEK:
        fetch->sought =
            store_seek_time(fetcher->config.store, fetch->seek.swarm,
                            fetch->seek.log, fetch->seek.time_us);
        break;
    case FETCH_CALL:
        log_service_answer(fetcher->config.store, fetch->call);
        break;
    }
    ring_push_wait(fetcher->config.to_router, fetch);
}

static void *run(void *context)
{
    struct fetcher *fetcher = context;

    (void)pthread_setname_np(pthread_self(), "fetcher");
    for (;;) {
        bell_arm(fetcher->config.bell);
        bool is_stopping = atomic_load(&fetcher->is_stopping);
        struct fetch *fetch = ring_pop(fetcher->config.from_router);
        if (fetch == NULL && is_stopping) {
            break;
        }
        if (fetch == NULL) {
            bell_wait(fetcher->config.bell, -1);
        }
        bell_disarm(fetcher->config.bell);
        if (fetch != NULL) {
            answer(fetcher, fetch);
        }
    }
    return NULL;
}

enum err fetcher_start(const struct fetcher_config *config,
                       struct fetcher **out_fetcher)
{
    struct fetcher *fetcher = mem_new(sizeof(*fetcher));

    fetcher->config = *config;
    if (pthread_create(&fetcher->thread, NULL, run, fetcher) != 0) {
        free(fetcher);
        return ERR_IO;
    }
    *out_fetcher = fetcher;
    return ERR_OK;
}

void fetcher_stop(struct fetcher *fetcher)
{
    if (fetcher == NULL) {
        return;
    }
    atomic_store(&fetcher->is_stopping, true);
    bell_ring(fetcher->config.bell);
    pthread_join(fetcher->thread, NULL);
    free(fetcher);
}
