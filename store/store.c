/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/store_internal.h"

enum {
    BYTES_DEFAULT = 64 << 20, /* block cache; free-space reserve */
    DEDUPE_MAX_DEFAULT = 10000000
};

/* ---- opening and closing ------------------------------------------------ */

static struct store_config settled(const struct store_config *config)
{
    struct store_config settled = *config;
    if (settled.cache_bytes <= 0) {
        settled.cache_bytes = BYTES_DEFAULT;
    }
    if (settled.free_reserve_bytes <= 0) {
        settled.free_reserve_bytes = BYTES_DEFAULT;
    }
    if (settled.dedupe_max == 0) {
        settled.dedupe_max = DEDUPE_MAX_DEFAULT;
    }
    if (settled.dedupe_us <= 0) {
        settled.dedupe_us = 24 * US_PER_HOUR;
    }
    return settled;
}

static enum err write_format(struct store *store)
{
    struct key key = key_meta_format();
    const uint8_t value[] = {0, 0, 0, STORE_FORMAT};
    struct engine_batch *batch = engine_batch_new(store->engine);
    engine_batch_put(store->engine, batch, FAMILY_META, key_bytes(&key),
                     bytes_of(value, sizeof(value)));
    enum err err = engine_write(store->engine, batch);
    engine_batch_free(store->engine, batch);
    return err == ERR_OK ? engine_sync(store->engine) : err;
}

enum err store_check_format(struct store *store, struct buf *out_why)
{
    struct key key = key_meta_format();
    struct buf value;
    buf_init(&value, sizeof(uint64_t));
    enum err err =
        engine_get(store->engine, FAMILY_META, key_bytes(&key), &value);
    struct reader in = reader_of(buf_bytes(&value));
    uint32_t format = reader_u32(&in);
    buf_fini(&value);
    if (err == ERR_OK && format > STORE_FORMAT) {
        if (out_why) {
            buf_add_format(out_why, "the store has format %u, this is %d",
                           format, STORE_FORMAT);
        }
        return ERR_UNSUPPORTED;
    }
    return err;
}

struct store *store_new(struct engine *engine,
                        const struct store_config *config)
{
    struct store *store = mem_new(sizeof(*store));
    store->engine = engine;
    store->config = settled(config);
    atomic_init(&store->is_broken, false);
    atomic_init(&store->swarm_count, 0);
    pthread_mutex_init(&store->trim_lock, NULL);
    writer_init(store);
    return store;
}

static enum err store_start(struct engine *engine,
                            const struct store_config *config,
                            struct buf *out_why, struct store **out_store)
{
    struct store *store = store_new(engine, config);
    enum err err = store_check_format(store, out_why);
    if (err == ERR_NOT_FOUND) {
        err = write_format(store);
    }
    if (err == ERR_OK) {
        err = swarms_load(store, out_why);
    }
    if (err != ERR_OK) {
        store_close(store);
        return err;
    }
    *out_store = store;
    return ERR_OK;
}

enum err store_open_rocks(const char *path, const struct store_config *config,
                          struct buf *out_why, struct store **out_store)
{
    struct engine *engine = NULL;
    enum err err =
        engine_open_rocks(path, config->cache_bytes, out_why, &engine);
    return err == ERR_OK ? store_start(engine, config, out_why, out_store)
                         : err;
}

enum err store_open_memory(const struct store_config *config,
                           struct store **out_store)
{
    return store_start(engine_new_memory(), config, NULL, out_store);
}

void store_close(struct store *store)
{
    if (!store) {
        return;
    }
    writer_fini(store);
    swarms_free(store);
    engine_close(store->engine);
    pthread_mutex_destroy(&store->trim_lock);
    free(store);
}

uint32_t store_swarm_count(struct store *store)
{
    return (uint32_t)atomic_load(&store->swarm_count);
}

struct bytes store_swarm_name(struct store *store, uint32_t swarm)
{
    struct swarm *found = store_find_swarm(store, swarm);
    return found ? buf_bytes(&found->name) : bytes_of(NULL, 0);
}

const char *store_name(const struct store *store)
{
    return engine_name(store->engine);
}

struct engine *store_engine(struct store *store)
{
    return store->engine;
}

/* ---- positions ---------------------------------------------------------- */

static struct log_state *log_of(struct store *store, uint32_t number,
                                uint16_t log)
{
    struct swarm *swarm = store_find_swarm(store, number);
    return swarm && log < LOG_COUNT ? &swarm->logs[log] : NULL;
}

uint64_t store_logged(struct store *store, uint32_t swarm, uint16_t log)
{
    struct log_state *state = log_of(store, swarm, log);
    return state ? atomic_load(&state->logged) : 0;
}

uint64_t store_durable(struct store *store, uint32_t swarm, uint16_t log)
{
    struct log_state *state = log_of(store, swarm, log);
    return state ? atomic_load(&state->durable) : 0;
}

uint64_t store_first(struct store *store, uint32_t swarm, uint16_t log)
{
    struct log_state *state = log_of(store, swarm, log);
    return state ? state->first : 1;
}

/* ---- durability --------------------------------------------------------- */

/* Two syncs may end in the other order than they began. */
static void raise_to(atomic_uint_fast64_t *value, uint64_t to)
{
    uint64_t seen = atomic_load(value);
    while (seen < to && !atomic_compare_exchange_weak(value, &seen, to)) {
    }
}

enum err store_sync(struct store *store)
{
    uint64_t logged[SWARMS_MAX + 1][LOG_COUNT];
    uint32_t count = (uint32_t)atomic_load(&store->swarm_count);
    if (atomic_load(&store->is_broken)) {
        return ERR_IO;
    }
    for (uint32_t i = 1; i <= count; i++) {
        for (size_t log = 0; log < LOG_COUNT; log++) {
            logged[i][log] = atomic_load(&store->swarms[i]->logs[log].logged);
        }
    }
    if (engine_sync(store->engine) != ERR_OK) {
        atomic_store(&store->is_broken, true);
        return ERR_IO;
    }
    for (uint32_t i = 1; i <= count; i++) {
        for (size_t log = 0; log < LOG_COUNT; log++) {
            raise_to(&store->swarms[i]->logs[log].durable, logged[i][log]);
        }
    }
    return ERR_OK;
}

struct store_info store_info(struct store *store)
{
    return (struct store_info){.disk_bytes = engine_disk_bytes(store->engine),
                               .free_bytes = engine_free_bytes(store->engine)};
}
