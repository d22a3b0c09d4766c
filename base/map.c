/* SPDX-License-Identifier: MIT */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"

/* Entries live in one array in insertion order; the index holds positions in
 * it, plus one, 0 meaning never used. A removed entry keeps its place with a
 * NULL value until the next rebuild, so index probes stay unbroken. */
struct entry {
    uint64_t hash;
    uint8_t *key;
    size_t key_len;
    void *value;
};

struct map {
    struct entry *entries;
    size_t used;
    size_t capacity;
    size_t live;
    size_t max;
    uint32_t *index;
    size_t index_mask;
    void (*free_value)(void *value);
};

enum {
    MAP_FIRST_CAPACITY = 8
};

struct map *map_new(size_t max, void (*free_value)(void *value))
{
    struct map *map = mem_new(sizeof(*map));
    map->max = max;
    map->free_value = free_value;
    return map;
}

static void drop_value(struct map *map, void *value)
{
    if (map->free_value && value) {
        map->free_value(value);
    }
}

void map_free(struct map *map)
{
    if (!map) {
        return;
    }
    for (size_t i = 0; i < map->used; i++) {
        drop_value(map, map->entries[i].value);
        free(map->entries[i].key);
    }
    free(map->entries);
    free(map->index);
    free(map);
}

size_t map_size(const struct map *map)
{
    return map->live;
}

static struct entry *find(const struct map *map, struct bytes key,
                          uint64_t hash)
{
    if (!map->index) {
        return NULL;
    }
    for (size_t at = hash & map->index_mask;; at = (at + 1) & map->index_mask) {
        uint32_t place = map->index[at];
        if (place == 0) {
            return NULL;
        }
        struct entry *entry = &map->entries[place - 1];
        if (entry->value && entry->hash == hash &&
            bytes_equal(bytes_of(entry->key, entry->key_len), key)) {
            return entry;
        }
    }
}

static void index_add(struct map *map, size_t place)
{
    size_t at = map->entries[place].hash & map->index_mask;
    while (map->index[at] != 0) {
        at = (at + 1) & map->index_mask;
    }
    map->index[at] = (uint32_t)(place + 1);
}

/* Squeezes removed entries out and doubles the room while it is needed. */
static void rebuild(struct map *map)
{
    size_t kept = 0;
    for (size_t i = 0; i < map->used; i++) {
        if (map->entries[i].value) {
            map->entries[kept++] = map->entries[i];
        } else {
            free(map->entries[i].key);
        }
    }
    map->used = kept;
    size_t capacity = map->capacity ? map->capacity : MAP_FIRST_CAPACITY;
    while (kept * 4 >= capacity * 3) {
        capacity *= 2;
    }
    if (capacity != map->capacity) {
        map->entries = mem_grow(map->entries, capacity * sizeof(*map->entries));
        free(map->index);
        map->index = mem_new_array(capacity * 2, sizeof(*map->index));
        map->index_mask = capacity * 2 - 1;
        map->capacity = capacity;
    } else {
        memset(map->index, 0, capacity * 2 * sizeof(*map->index));
    }
    for (size_t i = 0; i < map->used; i++) {
        index_add(map, i);
    }
}

void *map_get(const struct map *map, struct bytes key)
{
    struct entry *entry = find(map, key, hash_bytes(key));
    return entry ? entry->value : NULL;
}

enum err map_put(struct map *map, struct bytes key, void *value)
{
    assert(value);
    uint64_t hash = hash_bytes(key);
    struct entry *entry = find(map, key, hash);
    if (entry) {
        if (entry->value != value) {
            drop_value(map, entry->value);
        }
        entry->value = value;
        return ERR_OK;
    }
    if (map->live >= map->max) {
        return ERR_FULL;
    }
    if (map->used == map->capacity) {
        rebuild(map);
    }
    entry = &map->entries[map->used];
    *entry = (struct entry){.hash = hash, .key_len = key.len, .value = value};
    entry->key = (uint8_t *)bytes_to_text(key);
    index_add(map, map->used++);
    map->live++;
    return ERR_OK;
}

void *map_take(struct map *map, struct bytes key)
{
    struct entry *entry = find(map, key, hash_bytes(key));
    if (!entry) {
        return NULL;
    }
    void *value = entry->value;
    entry->value = NULL;
    map->live--;
    return value;
}

void map_remove(struct map *map, struct bytes key)
{
    drop_value(map, map_take(map, key));
}

bool map_next(const struct map *map, size_t *cursor, struct bytes *out_key,
              void **out_value)
{
    while (*cursor < map->used) {
        const struct entry *entry = &map->entries[(*cursor)++];
        if (!entry->value) {
            continue;
        }
        if (out_key) {
            *out_key = bytes_of(entry->key, entry->key_len);
        }
        *out_value = entry->value;
        return true;
    }
    return false;
}
