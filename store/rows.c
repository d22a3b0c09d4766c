/* SPDX-License-Identifier: MIT */
#include "store/format/key.h"
#include "store/store_internal.h"

/* Cursors change far more often than other rows and have a family of their
 * own; the rest share one, told apart by the table in the key. */

enum {
    ROW_VALUE_MAX = 16 << 20
};

static enum family family_of(enum store_table table)
{
    return table == STORE_TABLE_CURSORS ? FAMILY_CURSORS : FAMILY_TABLES;
}

enum err rows_check(const struct store_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].table >= STORE_TABLE_COUNT) {
            return ERR_INVALID;
        }
        if (rows[i].key.len > KEY_ROW_MAX_BYTES ||
            rows[i].value.len > ROW_VALUE_MAX) {
            return ERR_TOO_BIG;
        }
    }
    return ERR_OK;
}

void rows_put(struct store *store, struct engine_batch *batch, uint32_t swarm,
              const struct store_row *rows, size_t count, struct buf *scratch)
{
    for (size_t i = 0; i < count; i++) {
        const struct store_row *row = &rows[i];
        buf_reset(scratch);
        key_row(swarm, (uint8_t)row->table, row->key, scratch);
        if (row->remove) {
            engine_batch_remove(store->engine, batch, family_of(row->table),
                                buf_bytes(scratch));
        } else {
            engine_batch_put(store->engine, batch, family_of(row->table),
                             buf_bytes(scratch), row->value);
        }
    }
}

enum err store_rows_put(struct store *store, uint32_t swarm,
                        const struct store_row *rows, size_t count)
{
    if (atomic_load(&store->is_broken)) {
        return ERR_IO;
    }
    enum err err =
        store_find_swarm(store, swarm) ? rows_check(rows, count) : ERR_INVALID;
    if (err != ERR_OK) {
        return err;
    }
    struct buf key;
    buf_init(&key, KEY_ROW_PREFIX_BYTES + KEY_ROW_MAX_BYTES);
    struct engine_batch *batch = engine_batch_new(store->engine);
    rows_put(store, batch, swarm, rows, count, &key);
    err = engine_write(store->engine, batch);
    engine_batch_free(store->engine, batch);
    buf_fini(&key);
    if (err != ERR_OK) {
        atomic_store(&store->is_broken, true);
        return ERR_IO;
    }
    return ERR_OK;
}

enum err store_row_get(struct store *store, uint32_t swarm,
                       enum store_table table, struct bytes key,
                       struct buf *out)
{
    if (key.len > KEY_ROW_MAX_BYTES) {
        return ERR_NOT_FOUND;
    }
    struct buf whole;
    struct buf value;
    buf_init(&whole, KEY_ROW_PREFIX_BYTES + KEY_ROW_MAX_BYTES);
    buf_init(&value, ROW_VALUE_MAX);
    key_row(swarm, (uint8_t)table, key, &whole);
    enum err err =
        engine_get(store->engine, family_of(table), buf_bytes(&whole), &value);
    if (err == ERR_OK) {
        buf_add(out, buf_bytes(&value));
        err = buf_error(out);
    }
    buf_fini(&whole);
    buf_fini(&value);
    return err;
}

/* The least key that is after every key with the prefix in ${key}: the last
 * byte that can grow grows, and what follows it goes. The swarm in front is
 * never all ones, so there always is one. */
static void end_of_prefix(struct buf *key)
{
    while (key->data[key->len - 1] == UINT8_MAX) {
        key->len--;
    }
    key->data[key->len - 1]++;
}

enum err
store_row_scan(struct store *store, uint32_t swarm, enum store_table table,
               struct bytes prefix, struct bytes after,
               bool (*row)(void *context, struct bytes key, struct bytes value),
               void *context)
{
    struct buf from;
    struct buf to;
    enum err err = ERR_OK;
    bool goes_on = true;
    if (prefix.len > KEY_ROW_MAX_BYTES || after.len > KEY_ROW_MAX_BYTES) {
        return ERR_TOO_BIG;
    }
    buf_init(&from, KEY_ROW_PREFIX_BYTES + KEY_ROW_MAX_BYTES + 1);
    buf_init(&to, KEY_ROW_PREFIX_BYTES + KEY_ROW_MAX_BYTES);
    bool is_resumed = after.len > 0 && bytes_compare(after, prefix) >= 0;
    key_row(swarm, (uint8_t)table, is_resumed ? after : prefix, &from);
    if (is_resumed) {
        buf_add_u8(&from, 0); /* the least key behind ${after} */
    }
    key_row(swarm, (uint8_t)table, prefix, &to);
    end_of_prefix(&to);
    struct engine_iterator *iterator = engine_iterate(
        store->engine, family_of(table), buf_bytes(&from), buf_bytes(&to));
    while (goes_on && err == ERR_OK) {
        struct bytes key;
        struct bytes value;
        err = engine_iterator_next(store->engine, iterator, &key, &value);
        if (err == ERR_OK) {
            key = bytes_slice(key, KEY_ROW_PREFIX_BYTES, SIZE_MAX);
            goes_on = row(context, key, value);
        }
    }
    engine_iterator_free(store->engine, iterator);
    buf_fini(&from);
    buf_fini(&to);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}
