/* SPDX-License-Identifier: MIT */
#include "store/engine/engine.h"

#include <stdio.h>
#include <string.h>

#include "store/engine/engine_ops.h"

const char *family_name(enum family family)
{
    static const char *const names[] = {
#define FAMILY_NAME(code, name) [FAMILY_##code] = (name),
        FAMILY_LIST(FAMILY_NAME)
#undef FAMILY_NAME
    };
    assert(family < FAMILY_COUNT);
    return names[family];
}

void engine_init(struct engine *engine, const struct engine_ops *ops)
{
    engine->ops = ops;
    atomic_init(&engine->is_broken, false);
    atomic_init(&engine->has_faults, false);
    pthread_mutex_init(&engine->faults_lock, NULL);
}

void engine_fini(struct engine *engine)
{
    pthread_mutex_destroy(&engine->faults_lock);
}

void engine_close(struct engine *engine)
{
    if (engine) {
        engine->ops->close(engine);
    }
}

const char *engine_name(const struct engine *engine)
{
    return engine->ops->name;
}

enum err engine_get(struct engine *engine, enum family family, struct bytes key,
                    struct buf *out)
{
    return engine->ops->get(engine, family, key, out);
}

/* ---- writing ------------------------------------------------------------ */

struct engine_batch *engine_batch_new(struct engine *engine)
{
    return engine->ops->batch_new();
}

void engine_batch_free(struct engine *engine, struct engine_batch *batch)
{
    if (batch) {
        engine->ops->batch_free(batch);
    }
}

void engine_batch_clear(struct engine *engine, struct engine_batch *batch)
{
    engine->ops->batch_clear(batch);
}

void engine_batch_put(struct engine *engine, struct engine_batch *batch,
                      enum family family, struct bytes key, struct bytes value)
{
    engine->ops->batch_put(engine, batch, family, key, value);
}

void engine_batch_remove(struct engine *engine, struct engine_batch *batch,
                         enum family family, struct bytes key)
{
    engine->ops->batch_remove(engine, batch, family, key);
}

void engine_batch_remove_range(struct engine *engine,
                               struct engine_batch *batch, enum family family,
                               struct bytes from, struct bytes to)
{
    engine->ops->batch_remove_range(engine, batch, family, from, to);
}

/* Counts ${nth} down; ERR_OK until it is reached. */
static enum err planted(struct engine *engine, uint64_t *nth)
{
    enum err err = ERR_OK;
    if (!atomic_load_explicit(&engine->has_faults, memory_order_relaxed)) {
        return ERR_OK;
    }
    pthread_mutex_lock(&engine->faults_lock);
    if (*nth > 0 && --*nth == 0) {
        err = engine->faults.err;
    }
    pthread_mutex_unlock(&engine->faults_lock);
    return err;
}

static enum err settled(struct engine *engine, enum err err)
{
    if (err != ERR_OK) {
        atomic_store(&engine->is_broken, true);
    }
    return err;
}

enum err engine_write(struct engine *engine, struct engine_batch *batch)
{
    if (atomic_load(&engine->is_broken)) {
        return ERR_IO;
    }
    enum err err = planted(engine, &engine->faults.write_nth);
    if (err == ERR_OK) {
        err = engine->ops->write(engine, batch);
    }
    return settled(engine, err);
}

enum err engine_sync(struct engine *engine)
{
    if (atomic_load(&engine->is_broken)) {
        return ERR_IO;
    }
    enum err err = planted(engine, &engine->faults.sync_nth);
    if (err == ERR_OK) {
        err = engine->ops->sync(engine);
    }
    return settled(engine, err);
}

enum err engine_scrub(struct engine *engine, enum family family,
                      struct bytes key)
{
    if (atomic_load(&engine->is_broken)) {
        return ERR_IO;
    }
    return settled(engine, engine->ops->scrub(engine, family, key));
}

/* ---- reading ------------------------------------------------------------ */

struct engine_iterator *engine_iterate(struct engine *engine,
                                       enum family family, struct bytes from,
                                       struct bytes to)
{
    return engine->ops->iterate(engine, family, from, to);
}

void engine_iterator_free(struct engine *engine,
                          struct engine_iterator *iterator)
{
    if (iterator) {
        engine->ops->iterator_free(iterator);
    }
}

enum err engine_iterator_next(struct engine *engine,
                              struct engine_iterator *iterator,
                              struct bytes *out_key, struct bytes *out_value)
{
    return engine->ops->iterator_next(iterator, out_key, out_value);
}

enum err engine_last(struct engine *engine, enum family family,
                     struct bytes from, struct bytes to, struct buf *out_key,
                     struct buf *out_value)
{
    return engine->ops->last(engine, family, from, to, out_key, out_value);
}

/* ---- upkeep ------------------------------------------------------------- */

uint64_t engine_disk_bytes(struct engine *engine)
{
    return engine->ops->disk_bytes(engine);
}

uint64_t engine_free_bytes(struct engine *engine)
{
    if (atomic_load_explicit(&engine->has_faults, memory_order_relaxed)) {
        pthread_mutex_lock(&engine->faults_lock);
        bool has = engine->faults.has_free_bytes;
        uint64_t bytes = engine->faults.free_bytes;
        pthread_mutex_unlock(&engine->faults_lock);
        if (has) {
            return bytes;
        }
    }
    return engine->ops->free_bytes(engine);
}

const char *engine_suspect(const struct engine *engine)
{
    return engine->suspect;
}

/* Table files are looked for under an older name, too: what is blamed is the
 * one that was written. */
void engine_file_in(const char *text, char out[ENGINE_FILE_MAX])
{
    static const char *const endings[] = {".sst", ".ldb", ".log"};
    const char *end = NULL;
    size_t which = 0;
    for (; which < ARRAY_LEN(endings) && !end; which++) {
        end = strstr(text, endings[which]);
    }
    const char *start = end;
    while (start && start > text && start[-1] >= '0' && start[-1] <= '9') {
        start--;
    }
    out[0] = '\0';
    if (start && end > start) {
        snprintf(out, ENGINE_FILE_MAX, "%.*s%s", (int)(end - start), start,
                 strncmp(end, ".log", 4) == 0 ? ".log" : ".sst");
    }
}

void engine_check_files(struct engine *engine,
                        void (*file)(void *context, const char *name,
                                     int64_t bytes, int64_t bytes_wanted),
                        void *context)
{
    if (engine->ops->check_files) {
        engine->ops->check_files(engine, file, context);
    }
}

void engine_set_faults(struct engine *engine,
                       const struct engine_faults *faults)
{
    pthread_mutex_lock(&engine->faults_lock);
    engine->faults = *faults;
    pthread_mutex_unlock(&engine->faults_lock);
    atomic_store(&engine->has_faults, true);
}
