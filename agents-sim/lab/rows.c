/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/rows.h"

#include <stdlib.h>
#include <string.h>

struct row {
    uint8_t *bytes; /* key, then value */
    size_t key_len;
    size_t value_len;
};

struct rows {
    struct row *row;
    size_t count;
    size_t capacity;
};

struct rows *rows_new(void)
{
    return mem_new(sizeof(struct rows));
}

void rows_free(struct rows *rows)
{
    if (!rows) {
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->row[i].bytes);
    }
    free(rows->row);
    free(rows);
}

static struct bytes key_of(const struct row *row)
{
    return bytes_of(row->bytes, row->key_len);
}

static struct bytes value_of(const struct row *row)
{
    return bytes_of(row->bytes + row->key_len, row->value_len);
}

/* First row whose key is not before ${key}. */
static size_t lower_bound(const struct rows *rows, struct bytes key)
{
    size_t low = 0;
    size_t high = rows->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (bytes_compare(key_of(&rows->row[middle]), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_at(const struct rows *rows, size_t at, struct bytes key)
{
    return at < rows->count && bytes_equal(key_of(&rows->row[at]), key);
}

static enum err get(void *context, struct bytes key, struct buf *out)
{
    const struct rows *rows = context;
    size_t at = lower_bound(rows, key);
    if (!has_at(rows, at, key)) {
        return ERR_NOT_FOUND;
    }
    buf_add(out, value_of(&rows->row[at]));
    return ERR_OK;
}

static void drop(void *context, struct bytes key)
{
    struct rows *rows = context;
    size_t at = lower_bound(rows, key);
    if (has_at(rows, at, key)) {
        free(rows->row[at].bytes);
        rows->count--;
        memmove(rows->row + at, rows->row + at + 1,
                (rows->count - at) * sizeof(*rows->row));
    }
}

static struct row row_of(struct bytes key, struct bytes value)
{
    struct row row = {.bytes = mem_new(key.len + value.len + 1),
                      .key_len = key.len,
                      .value_len = value.len};
    if (key.len) {
        memcpy(row.bytes, key.data, key.len);
    }
    if (value.len) {
        memcpy(row.bytes + key.len, value.data, value.len);
    }
    return row;
}

static void put(void *context, struct bytes key, struct bytes value)
{
    struct rows *rows = context;
    size_t at = lower_bound(rows, key);
    struct row row = row_of(key, value);
    if (has_at(rows, at, key)) {
        free(rows->row[at].bytes);
        rows->row[at] = row;
        return;
    }
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? 2 * rows->capacity : 1024;
        rows->row = mem_grow(rows->row, rows->capacity * sizeof(*rows->row));
    }
    memmove(rows->row + at + 1, rows->row + at,
            (rows->count - at) * sizeof(*rows->row));
    rows->row[at] = row;
    rows->count++;
}

static enum err scan(void *context, struct bytes prefix, struct bytes after,
                     bool (*row)(void *row_context, struct bytes key,
                                 struct bytes value),
                     void *row_context)
{
    const struct rows *rows = context;
    size_t at = lower_bound(rows, after.len ? after : prefix);
    if (after.len && has_at(rows, at, after)) {
        at++;
    }
    while (at < rows->count &&
           bytes_starts_with(key_of(&rows->row[at]), prefix) &&
           row(row_context, key_of(&rows->row[at]), value_of(&rows->row[at]))) {
        at++;
    }
    return ERR_OK;
}

struct memory_table rows_table(struct rows *rows)
{
    return (struct memory_table){rows, get, put, drop, scan};
}

size_t rows_count(const struct rows *rows)
{
    return rows->count;
}

void rows_at(const struct rows *rows, size_t index, struct bytes *out_key,
             struct bytes *out_value)
{
    *out_key = key_of(&rows->row[index]);
    *out_value = value_of(&rows->row[index]);
}
