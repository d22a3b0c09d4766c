/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>

#include "store/engine/engine_ops.h"
#include "store/engine/skiplist.h"

/* The twin: the same promises for the life of the process, in skip lists under
 * one lock. An iterator remembers its key and finds its place again at every
 * step, so it may also meet keys that were written since it was made. */

enum {
    VALUE_MAX = 128 << 20
};

struct memory {
    struct engine engine;
    pthread_rwlock_t lock;
    struct skiplist *families[FAMILY_COUNT];
};

enum operation {
    OPERATION_PUT,
    OPERATION_REMOVE,
    OPERATION_REMOVE_RANGE
};

/* A run of operation u8, family u8, key length u32, key, value length u32,
 * value (or end of the range). */
struct engine_batch {
    struct buf operations;
};

struct engine_iterator {
    struct memory *memory;
    enum family family;
    struct buf key; /* the last one given, or where to start */
    struct buf value;
    struct buf to;
    bool started;
};

static const struct engine_ops memory_ops;

static struct memory *memory_of(struct engine *engine)
{
    return (struct memory *)(void *)engine;
}

struct engine *engine_new_memory(void)
{
    struct memory *memory = mem_new(sizeof(*memory));
    engine_init(&memory->engine, &memory_ops);
    pthread_rwlock_init(&memory->lock, NULL);
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        memory->families[family] = skiplist_new();
    }
    return &memory->engine;
}

static void memory_close(struct engine *engine)
{
    struct memory *memory = memory_of(engine);
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        skiplist_free(memory->families[family]);
    }
    pthread_rwlock_destroy(&memory->lock);
    engine_fini(engine);
    free(memory);
}

/* ---- writing ------------------------------------------------------------ */

static struct engine_batch *memory_batch_new(void)
{
    struct engine_batch *batch = mem_new(sizeof(*batch));
    buf_init(&batch->operations, SIZE_MAX / 2);
    return batch;
}

static void memory_batch_free(struct engine_batch *batch)
{
    buf_fini(&batch->operations);
    free(batch);
}

static void memory_batch_clear(struct engine_batch *batch)
{
    buf_reset(&batch->operations);
}

static void add_operation(struct engine_batch *batch, enum operation operation,
                          enum family family, struct bytes key,
                          struct bytes value)
{
    struct buf *out = &batch->operations;
    buf_add_u8(out, (uint8_t)operation);
    buf_add_u8(out, (uint8_t)family);
    buf_add_u32(out, (uint32_t)key.len);
    buf_add(out, key);
    buf_add_u32(out, (uint32_t)value.len);
    buf_add(out, value);
}

static void memory_batch_put(struct engine *engine, struct engine_batch *batch,
                             enum family family, struct bytes key,
                             struct bytes value)
{
    (void)engine;
    add_operation(batch, OPERATION_PUT, family, key, value);
}

static void memory_batch_remove(struct engine *engine,
                                struct engine_batch *batch, enum family family,
                                struct bytes key)
{
    (void)engine;
    add_operation(batch, OPERATION_REMOVE, family, key, bytes_of(NULL, 0));
}

static void memory_batch_remove_range(struct engine *engine,
                                      struct engine_batch *batch,
                                      enum family family, struct bytes from,
                                      struct bytes to)
{
    (void)engine;
    add_operation(batch, OPERATION_REMOVE_RANGE, family, from, to);
}

static void remove_range(struct skiplist *list, struct bytes from,
                         struct bytes to)
{
    struct skiplist_place place;
    while (skiplist_seek(list, from, false, &place) &&
           bytes_compare(place.key, to) < 0) {
        skiplist_remove(list, place.key);
    }
}

static void apply(struct memory *memory, struct reader *in)
{
    enum operation operation = (enum operation)reader_u8(in);
    struct skiplist *list = memory->families[reader_u8(in)];
    struct bytes key = reader_take(in, reader_u32(in));
    struct bytes value = reader_take(in, reader_u32(in));
    switch (operation) {
    case OPERATION_PUT:
        skiplist_put(list, key, value);
        break;
    case OPERATION_REMOVE:
        skiplist_remove(list, key);
        break;
    case OPERATION_REMOVE_RANGE:
        remove_range(list, key, value);
        break;
    }
}

static enum err memory_write(struct engine *engine, struct engine_batch *batch)
{
    struct memory *memory = memory_of(engine);
    struct reader in = reader_of(buf_bytes(&batch->operations));
    pthread_rwlock_wrlock(&memory->lock);
    while (in.rest.len > 0) {
        apply(memory, &in);
    }
    pthread_rwlock_unlock(&memory->lock);
    assert(in.err == ERR_OK);
    return ERR_OK;
}

static enum err memory_sync(struct engine *engine)
{
    (void)engine;
    return ERR_OK;
}

static enum err memory_scrub(struct engine *engine, enum family family,
                             struct bytes key)
{
    (void)engine;
    (void)family;
    (void)key;
    return ERR_OK;
}

/* ---- reading ------------------------------------------------------------ */

static enum err memory_get(struct engine *engine, enum family family,
                           struct bytes key, struct buf *out)
{
    struct memory *memory = memory_of(engine);
    struct skiplist_place place;
    enum err err = ERR_NOT_FOUND;
    pthread_rwlock_rdlock(&memory->lock);
    if (skiplist_seek(memory->families[family], key, false, &place) &&
        bytes_equal(place.key, key)) {
        buf_reset(out);
        buf_add(out, place.value);
        err = buf_error(out);
    }
    pthread_rwlock_unlock(&memory->lock);
    return err;
}

static struct engine_iterator *memory_iterate(struct engine *engine,
                                              enum family family,
                                              struct bytes from,
                                              struct bytes to)
{
    struct engine_iterator *iterator = mem_new(sizeof(*iterator));
    iterator->memory = memory_of(engine);
    iterator->family = family;
    buf_init(&iterator->key, VALUE_MAX);
    buf_init(&iterator->value, VALUE_MAX);
    buf_init(&iterator->to, VALUE_MAX);
    buf_add(&iterator->key, from);
    buf_add(&iterator->to, to);
    return iterator;
}

static void memory_iterator_free(struct engine_iterator *iterator)
{
    buf_fini(&iterator->key);
    buf_fini(&iterator->value);
    buf_fini(&iterator->to);
    free(iterator);
}

static enum err memory_iterator_next(struct engine_iterator *iterator,
                                     struct bytes *out_key,
                                     struct bytes *out_value)
{
    struct memory *memory = iterator->memory;
    struct skiplist_place place;
    pthread_rwlock_rdlock(&memory->lock);
    bool found =
        skiplist_seek(memory->families[iterator->family],
                      buf_bytes(&iterator->key), iterator->started, &place) &&
        bytes_compare(place.key, buf_bytes(&iterator->to)) < 0;
    if (found) {
        buf_reset(&iterator->key);
        buf_add(&iterator->key, place.key);
        buf_reset(&iterator->value);
        buf_add(&iterator->value, place.value);
    }
    pthread_rwlock_unlock(&memory->lock);
    if (!found) {
        return ERR_NOT_FOUND;
    }
    iterator->started = true;
    *out_key = buf_bytes(&iterator->key);
    *out_value = buf_bytes(&iterator->value);
    return ERR_OK;
}

static enum err memory_last(struct engine *engine, enum family family,
                            struct bytes from, struct bytes to,
                            struct buf *out_key, struct buf *out_value)
{
    struct memory *memory = memory_of(engine);
    struct skiplist_place place;
    enum err err = ERR_NOT_FOUND;
    pthread_rwlock_rdlock(&memory->lock);
    if (skiplist_before(memory->families[family], to, &place) &&
        bytes_compare(place.key, from) >= 0) {
        buf_add(out_key, place.key);
        buf_add(out_value, place.value);
        err = buf_error(out_key) == ERR_OK ? buf_error(out_value) : ERR_TOO_BIG;
    }
    pthread_rwlock_unlock(&memory->lock);
    return err;
}

static uint64_t memory_disk_bytes(struct engine *engine)
{
    (void)engine;
    return 0;
}

static uint64_t memory_free_bytes(struct engine *engine)
{
    (void)engine;
    return UINT64_MAX;
}

static const struct engine_ops memory_ops = {
    .name = "memory",
    .close = memory_close,
    .get = memory_get,
    .batch_new = memory_batch_new,
    .batch_free = memory_batch_free,
    .batch_clear = memory_batch_clear,
    .batch_put = memory_batch_put,
    .batch_remove = memory_batch_remove,
    .batch_remove_range = memory_batch_remove_range,
    .write = memory_write,
    .sync = memory_sync,
    .scrub = memory_scrub,
    .iterate = memory_iterate,
    .iterator_free = memory_iterator_free,
    .iterator_next = memory_iterator_next,
    .last = memory_last,
    .disk_bytes = memory_disk_bytes,
    .free_bytes = memory_free_bytes,
};
