/* SPDX-License-Identifier: MIT */
#include "store/engine/skiplist.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum {
    LEVELS = 20
};

/* One allocation per node: the links of its levels, then the key. Values are
 * apart, because they are replaced. */
struct node {
    uint8_t *value;
    size_t value_len;
    uint8_t *key;
    size_t key_len;
    size_t levels;
    struct node *next[];
};

struct skiplist {
    struct rng rng;
    struct node *head;
};

static struct node *node_new(size_t levels, struct bytes key)
{
    size_t links = levels * sizeof(struct node *);
    struct node *node = mem_new(sizeof(*node) + links + key.len);
    node->levels = levels;
    node->key = (uint8_t *)node + sizeof(*node) + links;
    node->key_len = key.len;
    if (key.len > 0) {
        memcpy(node->key, key.data, key.len);
    }
    return node;
}

static void node_free(struct node *node)
{
    free(node->value);
    free(node);
}

static void node_set(struct node *node, struct bytes value)
{
    free(node->value);
    node->value = mem_new(value.len + 1);
    node->value_len = value.len;
    if (value.len > 0) {
        memcpy(node->value, value.data, value.len);
    }
}

struct skiplist *skiplist_new(void)
{
    struct skiplist *list = mem_new(sizeof(*list));
    list->rng = rng_seeded(1, 1);
    list->head = node_new(LEVELS, bytes_of(NULL, 0));
    return list;
}

void skiplist_free(struct skiplist *list)
{
    if (!list) {
        return;
    }
    struct node *node = list->head;
    while (node) {
        struct node *next = node->next[0];
        node_free(node);
        node = next;
    }
    free(list);
}

static struct bytes key_of(const struct node *node)
{
    return bytes_of(node->key, node->key_len);
}

/* Fills ${path} (LEVELS long, or NULL) with the last node before ${key} on
 * each level; gives that of the lowest. */
static struct node *descend(const struct skiplist *list, struct bytes key,
                            struct node **path)
{
    struct node *node = list->head;
    for (size_t level = LEVELS; level-- > 0;) {
        while (node->next[level] &&
               bytes_compare(key_of(node->next[level]), key) < 0) {
            node = node->next[level];
        }
        if (path) {
            path[level] = node;
        }
    }
    return node;
}

/* Each level is a quarter of the one below. */
static size_t pick_levels(struct skiplist *list)
{
    uint64_t bits = rng_next(&list->rng);
    size_t levels = 1;
    while (levels < LEVELS && (bits & 3) == 0) {
        bits >>= 2;
        levels++;
    }
    return levels;
}

void skiplist_put(struct skiplist *list, struct bytes key, struct bytes value)
{
    struct node *path[LEVELS];
    struct node *node = descend(list, key, path)->next[0];
    if (!node || !bytes_equal(key_of(node), key)) {
        node = node_new(pick_levels(list), key);
        for (size_t level = 0; level < node->levels; level++) {
            node->next[level] = path[level]->next[level];
            path[level]->next[level] = node;
        }
    }
    node_set(node, value);
}

void skiplist_remove(struct skiplist *list, struct bytes key)
{
    struct node *path[LEVELS];
    struct node *node = descend(list, key, path)->next[0];
    if (!node || !bytes_equal(key_of(node), key)) {
        return;
    }
    for (size_t level = 0; level < node->levels; level++) {
        path[level]->next[level] = node->next[level];
    }
    node_free(node);
}

static bool give(const struct node *node, struct skiplist_place *out_place)
{
    if (!node) {
        return false;
    }
    out_place->key = key_of(node);
    out_place->value = bytes_of(node->value, node->value_len);
    return true;
}

bool skiplist_seek(const struct skiplist *list, struct bytes key, bool after,
                   struct skiplist_place *out_place)
{
    const struct node *node = descend(list, key, NULL)->next[0];
    if (after && node && bytes_equal(key_of(node), key)) {
        node = node->next[0];
    }
    return give(node, out_place);
}

bool skiplist_before(const struct skiplist *list, struct bytes key,
                     struct skiplist_place *out_place)
{
    const struct node *node = descend(list, key, NULL);
    return give(node == list->head ? NULL : node, out_place);
}
