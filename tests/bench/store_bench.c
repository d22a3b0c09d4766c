/* SPDX-License-Identifier: MIT */
/* How many records of 1 KiB the store takes: batches of 1,024 without sync,
 * with address and session index, over 64 agents and 64 sessions; with
 * `bare`, the engine alone with nothing but the record under a sequential
 * key. Prints medians of 5; asserts nothing about time.
 *
 *     store_bench [rocks|memory|bare] [batches] [batch] [sync every N]  */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/rng.h"
#include "proto/envelope.h"
#include "store/engine/engine.h"
#include "store/format/key.h"
#include "store/store.h"

enum {
    ROUNDS = 5,
    BATCH_MAX = 4096,
    NAMES = 64,
    BODY_BYTES = 1024
};

struct event {
    struct id id;
    struct buf envelope;
    char session[32];
    char address[32];
};

static uint8_t body[BODY_BYTES];

static void make_event(struct event *event, struct rng *rng, int64_t time_us)
{
    event->id = id_make(time_us, rng_next(rng), rng_next(rng));
    snprintf(event->session, sizeof(event->session), "session-%u",
             (unsigned)rng_below(rng, NAMES));
    snprintf(event->address, sizeof(event->address), "agent:%u",
             (unsigned)rng_below(rng, NAMES));
    struct envelope envelope = {.version = 1,
                                .id = id_bytes(&event->id),
                                .to = bytes_of_text(event->address),
                                .kind = BYTES_LITERAL("note.bench"),
                                .session = bytes_of_text(event->session)};
    buf_reset(&event->envelope);
    envelope_write(&envelope, &event->envelope);
}

static void check(enum err err, const char *what)
{
    if (err != ERR_OK) {
        fprintf(stderr, "%s: %s\n", what, err_text(err));
        exit(1);
    }
}

struct plan {
    bool in_memory;
    bool is_bare;
    size_t batches;
    size_t batch;
    size_t sync_every; /* 0: never */
};

static double run_round(const struct plan *plan, struct store *store,
                        uint32_t swarm, struct rng *rng)
{
    struct event *events = mem_new_array(plan->batch, sizeof(*events));
    struct store_append *batch = mem_new_array(plan->batch, sizeof(*batch));
    struct buf claims;
    struct stamp stamp = {.principal = BYTES_LITERAL("bench"),
                          .from = BYTES_LITERAL("bench")};
    buf_init(&claims, 4096);
    stamp_write_claims(&stamp, &claims);
    for (size_t i = 0; i < plan->batch; i++) {
        buf_init(&events[i].envelope, 4096);
    }
    uint64_t spent_ns = 0;
    for (size_t n = 0; n < plan->batches; n++) {
        int64_t time_us = clock_wall_us();
        for (size_t i = 0; i < plan->batch; i++) {
            make_event(&events[i], rng, time_us);
            batch[i] = (struct store_append){
                .swarm = swarm,
                .time_us = time_us,
                .claims = buf_bytes(&claims),
                .envelope = buf_bytes(&events[i].envelope),
                .body = bytes_of(body, sizeof(body)),
                .id = id_bytes(&events[i].id),
                .principal = BYTES_LITERAL("bench"),
                .address = bytes_of_text(events[i].address),
                .session = bytes_of_text(events[i].session)};
        }
        uint64_t start_ns = clock_monotonic_ns();
        check(store_append(store, batch, plan->batch), "append");
        if (plan->sync_every > 0 && (n + 1) % plan->sync_every == 0) {
            check(store_sync(store), "sync");
        }
        spent_ns += clock_monotonic_ns() - start_ns;
    }
    for (size_t i = 0; i < plan->batch; i++) {
        buf_fini(&events[i].envelope);
    }
    buf_fini(&claims);
    free(batch);
    free(events);
    return (double)(plan->batch * plan->batches) * 1e9 / (double)spent_ns;
}

static double run_store(const struct plan *plan, uint64_t seed,
                        const char *path)
{
    struct store *store = NULL;
    struct store_config config = {.cache_bytes = 0};
    uint32_t swarm = 0;
    uint64_t epoch = 0;
    struct rng rng = rng_seeded(seed, 1);
    check(plan->in_memory ? store_open_memory(&config, &store)
                          : store_open_rocks(path, &config, NULL, &store),
          "open");
    check(store_swarm(store, BYTES_LITERAL("default"), &swarm), "swarm");
    check(store_begin_epoch(store, swarm, clock_wall_us(), &epoch), "epoch");
    double rate = run_round(plan, store, swarm, &rng);
    store_close(store);
    return rate;
}

/* The engine alone, in a directory of its own. */
static double run_bare(const struct plan *plan, const char *path)
{
    struct engine *engine = NULL;
    uint8_t record[BODY_BYTES + 200];
    uint64_t seq = 0;
    uint64_t spent_ns = 0;
    memset(record, 'x', sizeof(record));
    memcpy(record, body, sizeof(body));
    check(engine_open_rocks(path, 64 << 20, NULL, &engine), "open");
    struct engine_batch *batch = engine_batch_new(engine);
    for (size_t n = 0; n < plan->batches; n++) {
        uint64_t start_ns = clock_monotonic_ns();
        engine_batch_clear(engine, batch);
        for (size_t i = 0; i < plan->batch; i++) {
            struct key key = key_event(1, 0, ++seq);
            engine_batch_put(engine, batch, FAMILY_EVENTS, key_bytes(&key),
                             bytes_of(record, sizeof(record)));
        }
        check(engine_write(engine, batch), "write");
        if (plan->sync_every > 0 && (n + 1) % plan->sync_every == 0) {
            check(engine_sync(engine), "sync");
        }
        spent_ns += clock_monotonic_ns() - start_ns;
    }
    engine_batch_free(engine, batch);
    engine_close(engine);
    return (double)(plan->batch * plan->batches) * 1e9 / (double)spent_ns;
}

static double run_once(const struct plan *plan, uint64_t seed)
{
    char path[] = "/tmp/reverie-bench-XXXXXX";
    if (!mkdtemp(path)) {
        check(ERR_IO, "directory");
    }
    double rate =
        plan->is_bare ? run_bare(plan, path) : run_store(plan, seed, path);
    DIR *folder = opendir(path);
    for (struct dirent *file; folder && (file = readdir(folder));) {
        unlinkat(dirfd(folder), file->d_name, 0);
    }
    closedir(folder);
    rmdir(path);
    return rate;
}

static int compare_rates(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return (*left > *right) - (*left < *right);
}

static size_t number(int argc, char **argv, int index, size_t otherwise)
{
    return argc > index ? (size_t)strtoul(argv[index], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    struct plan plan = {.in_memory = argc > 1 && strcmp(argv[1], "memory") == 0,
                        .is_bare = argc > 1 && strcmp(argv[1], "bare") == 0,
                        .batches = number(argc, argv, 2, 300),
                        .batch = number(argc, argv, 3, 1024),
                        .sync_every = number(argc, argv, 4, 0)};
    double rates[ROUNDS];
    if (plan.batch == 0 || plan.batch > BATCH_MAX || plan.batches == 0) {
        fprintf(stderr, "the batch is 1 to %d\n", BATCH_MAX);
        return 2;
    }
    struct rng rng = rng_seeded(7, 7);
    for (size_t i = 0; i < sizeof(body); i++) {
        body[i] = (uint8_t)rng_next(&rng);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        rates[i] = run_once(&plan, i);
    }
    qsort(rates, ROUNDS, sizeof(rates[0]), compare_rates);
    printf("%s: %zu batches of %zu, sync every %zu: median %.0f records/s "
           "(%.0f to %.0f)\n",
           argc > 1 ? argv[1] : "rocks", plan.batches, plan.batch,
           plan.sync_every, rates[ROUNDS / 2], rates[0], rates[ROUNDS - 1]);
    return 0;
}
