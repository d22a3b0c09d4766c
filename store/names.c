/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "store/store_internal.h"

/* Names are numbered per swarm from 1 in order of first appearance. The cache
 * is dropped whole when it is full: what is in use comes back from the engine
 * within a batch or two. */

void names_make_room(struct swarm *swarm, size_t count)
{
    if (swarm->names && map_size(swarm->names) + count > NAMES_CACHED_MAX) {
        map_free(swarm->names);
        swarm->names = NULL;
    }
    if (!swarm->names) {
        swarm->names = map_new(NAMES_CACHED_MAX, free);
    }
}

static enum err find_in_engine(struct store *store, uint32_t swarm,
                               struct bytes text, uint32_t *out_name)
{
    struct buf key;
    struct buf value;
    buf_init(&key, KEY_NAME_MAX_BYTES + KEY_MAX_BYTES);
    buf_init(&value, sizeof(uint32_t));
    key_name_number(swarm, text, &key);
    enum err err = buf_error(&key);
    if (err == ERR_OK) {
        err = engine_get(store->engine, FAMILY_NAMES, buf_bytes(&key), &value);
    }
    if (err == ERR_OK) {
        struct reader in = reader_of(buf_bytes(&value));
        uint32_t name = reader_u32(&in);
        err = in.err == ERR_OK && name != 0 ? ERR_OK : ERR_CORRUPT;
        *out_name = err == ERR_OK ? name : *out_name;
    }
    buf_fini(&key);
    buf_fini(&value);
    return err;
}

static void put_number(struct store *store, struct key key, enum family family,
                       uint32_t number)
{
    struct writer *writer = &store->writer;
    buf_reset(&writer->scratch);
    buf_add_u32(&writer->scratch, number);
    engine_batch_put(store->engine, writer->batch, family, key_bytes(&key),
                     buf_bytes(&writer->scratch));
}

static uint32_t add_name(struct store *store, struct swarm *swarm,
                         struct bytes text)
{
    struct writer *writer = &store->writer;
    uint32_t name = ++swarm->names_used;
    struct key by_number = key_name_text(swarm->number, name);
    engine_batch_put(store->engine, writer->batch, FAMILY_NAMES,
                     key_bytes(&by_number), text);
    put_number(store, key_meta_names(swarm->number), FAMILY_META, name);
    buf_reset(&writer->scratch);
    key_name_number(swarm->number, text, &writer->scratch);
    size_t key_len = writer->scratch.len;
    buf_add_u32(&writer->scratch, name);
    struct bytes both = buf_bytes(&writer->scratch);
    engine_batch_put(store->engine, writer->batch, FAMILY_NAMES,
                     bytes_slice(both, 0, key_len),
                     bytes_slice(both, key_len, SIZE_MAX));
    return name;
}

static enum err remember(struct swarm *swarm, struct bytes text, uint32_t name)
{
    uint32_t *value = mem_new(sizeof(*value));
    *value = name;
    enum err err = map_put(swarm->names, text, value);
    if (err != ERR_OK) {
        free(value);
    }
    return err;
}

enum err names_intern(struct store *store, struct swarm *swarm,
                      struct bytes text, uint32_t *out_name)
{
    if (text.len == 0) {
        *out_name = 0;
        return ERR_OK;
    }
    const uint32_t *known = map_get(swarm->names, text);
    if (known) {
        *out_name = *known;
        return ERR_OK;
    }
    uint32_t name = 0;
    enum err err = find_in_engine(store, swarm->number, text, &name);
    if (err == ERR_NOT_FOUND) {
        name = add_name(store, swarm, text);
        err = ERR_OK;
    }
    if (err == ERR_OK) {
        err = remember(swarm, text, name);
    }
    if (err == ERR_OK) {
        *out_name = name;
    }
    return err;
}

enum err names_find(struct store *store, uint32_t swarm, struct bytes text,
                    uint32_t *out_name)
{
    if (text.len == 0 || text.len > KEY_NAME_MAX_BYTES) {
        return ERR_NOT_FOUND;
    }
    return find_in_engine(store, swarm, text, out_name);
}
