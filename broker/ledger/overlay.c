/* SPDX-License-Identifier: MIT */
#include "broker/ledger/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"
#include "base/id.h"

enum {
    LEVELS = 16,
    KEY_TEXT_MAX = 120
};

/* A skip list (Pugh, CACM 33:6, 1990). The height of a node comes from the
 * hash of its key, so that equal content has equal shape. */
struct node {
    struct bytes key; /* directly behind the links */
    uint8_t *value;
    size_t value_len;
    bool is_removed;
    struct node *next[];
};

struct overlay {
    struct store *store;
    uint32_t swarm;
    enum store_table table;
    size_t max_bytes;
    size_t bytes;
    size_t count;
    enum err err;
    struct node *first[LEVELS];
    struct store_row *rows;
};

struct overlay *overlay_new(struct store *store, uint32_t swarm,
                            enum store_table table, size_t max_bytes)
{
    struct overlay *overlay = mem_new(sizeof(*overlay));

    overlay->store = store;
    overlay->swarm = swarm;
    overlay->table = table;
    overlay->max_bytes = max_bytes;
    return overlay;
}

void overlay_clear(struct overlay *overlay)
{
    struct node *node = overlay->first[0];

    while (node != NULL) {
        struct node *next = node->next[0];
        free(node->value);
        free(node);
        node = next;
    }
    memset(overlay->first, 0, sizeof(overlay->first));
    free(overlay->rows);
    overlay->rows = NULL;
    overlay->count = 0;
    overlay->bytes = 0;
    overlay->err = ERR_OK;
}

void overlay_free(struct overlay *overlay)
{
    if (overlay == NULL) {
        return;
    }
    overlay_clear(overlay);
    free(overlay);
}

static size_t height_of(struct bytes key)
{
    uint64_t bits = hash_bytes(key);
    size_t height = 1;

    while (height < LEVELS && (bits & 3) == 0) {
        height++;
        bits >>= 2;
    }
    return height;
}

/* The first node not before ${key}. Where ${out_links} is given, it receives
 * per level the link that points at it or past it. */
static struct node *seek(struct overlay *overlay, struct bytes key,
                         struct node **out_links[LEVELS])
{
    struct node **links = overlay->first;

    for (size_t level = LEVELS; level-- > 0;) {
        while (links[level] != NULL &&
               bytes_compare(links[level]->key, key) < 0) {
            links = links[level]->next;
        }
        if (out_links != NULL) {
            out_links[level] = &links[level];
        }
    }
    return links[0];
}

static struct node *seek_equal(struct overlay *overlay, struct bytes key)
{
    struct node *node = seek(overlay, key, NULL);

    return node != NULL && bytes_equal(node->key, key) ? node : NULL;
}

static struct node *node_new(struct bytes key, size_t height)
{
    size_t links = height * sizeof(struct node *);
    struct node *node = mem_new(sizeof(*node) + links + key.len);
    uint8_t *place = (uint8_t *)node->next + links;

    if (key.len > 0) {
        memcpy(place, key.data, key.len);
    }
    node->key = bytes_of(place, key.len);
    return node;
}

static struct node *insert(struct overlay *overlay, struct bytes key)
{
    struct node **links[LEVELS];
    struct node *node = seek(overlay, key, links);

    if (node != NULL && bytes_equal(node->key, key)) {
        return node;
    }
    size_t height = height_of(key);
    node = node_new(key, height);
    for (size_t level = 0; level < height; level++) {
        node->next[level] = *links[level];
        *links[level] = node;
    }
    overlay->bytes += key.len;
    overlay->count++;
    return node;
}

static void set(struct overlay *overlay, struct bytes key, struct bytes value,
                bool is_removed)
{
    if (overlay->bytes + key.len + value.len > overlay->max_bytes) {
        overlay->err = overlay->err != ERR_OK ? overlay->err : ERR_FULL;
        return;
    }
    struct node *node = insert(overlay, key);
    /* Copy before freeing: ${value} may be a view of the old one. */
    uint8_t *copy = value.len > 0 ? mem_grow(NULL, value.len) : NULL;
    if (copy != NULL) {
        memcpy(copy, value.data, value.len);
    }
    overlay->bytes = overlay->bytes - node->value_len + value.len;
    free(node->value);
    node->value = copy;
    node->value_len = value.len;
    node->is_removed = is_removed;
}

static void table_put(void *context, struct bytes key, struct bytes value)
{
    set(context, key, value, false);
}

/* With nothing below, a removed row is kept as removed all the same: rows that
 * come and go are few, and the list needs no removal. */
static void table_remove(void *context, struct bytes key)
{
    set(context, key, bytes_of(NULL, 0), true);
}

static enum err table_get(void *context, struct bytes key, struct buf *out)
{
    struct overlay *overlay = context;
    struct node *node = seek_equal(overlay, key);

    if (node != NULL) {
        if (node->is_removed) {
            return ERR_NOT_FOUND;
        }
        buf_add(out, bytes_of(node->value, node->value_len));
        return buf_error(out);
    }
    if (overlay->store == NULL) {
        return ERR_NOT_FOUND;
    }
    return store_row_get(overlay->store, overlay->swarm, overlay->table, key,
                         out);
}

struct scan {
    struct bytes prefix;
    struct node *next; /* first node not yet given */
    bool (*row)(void *context, struct bytes key, struct bytes value);
    void *context;
    bool is_stopped;
};

/* Gives the overlay's rows before ${limit} (NULL: all that have the prefix);
 * false once the receiver has had enough. */
static bool scan_own(struct scan *scan, const struct bytes *limit)
{
    while (scan->next != NULL && !scan->is_stopped) {
        struct node *node = scan->next;
        if (!bytes_starts_with(node->key, scan->prefix) ||
            (limit != NULL && bytes_compare(node->key, *limit) >= 0)) {
            break;
        }
        scan->next = node->next[0];
        if (!node->is_removed &&
            !scan->row(scan->context, node->key,
                       bytes_of(node->value, node->value_len))) {
            scan->is_stopped = true;
        }
    }
    return !scan->is_stopped;
}

static bool scan_below(void *context, struct bytes key, struct bytes value)
{
    struct scan *scan = context;

    if (!scan_own(scan, &key)) {
        return false;
    }
    if (scan->next != NULL && bytes_equal(scan->next->key, key)) {
        struct node *node = scan->next;
        scan->next = node->next[0];
        if (node->is_removed) {
            return true;
        }
        value = bytes_of(node->value, node->value_len);
    }
    scan->is_stopped = !scan->row(scan->context, key, value);
    return !scan->is_stopped;
}

static enum err
table_scan(void *context, struct bytes prefix, struct bytes after,
           bool (*row)(void *row_context, struct bytes key, struct bytes value),
           void *row_context)
{
    struct overlay *overlay = context;
    struct bytes from = bytes_compare(after, prefix) > 0 ? after : prefix;
    struct scan scan = {.prefix = prefix,
                        .next = seek(overlay, from, NULL),
                        .row = row,
                        .context = row_context};

    if (after.len > 0 && scan.next != NULL &&
        bytes_equal(scan.next->key, after)) {
        scan.next = scan.next->next[0];
    }
    if (overlay->store != NULL) {
        enum err err =
            store_row_scan(overlay->store, overlay->swarm, overlay->table,
                           prefix, after, scan_below, &scan);
        if (err != ERR_OK) {
            return err;
        }
    }
    (void)scan_own(&scan, NULL);
    return ERR_OK;
}

struct memory_table overlay_table(struct overlay *overlay)
{
    return (struct memory_table){.context = overlay,
                                 .get = table_get,
                                 .put = table_put,
                                 .remove = table_remove,
                                 .scan = table_scan};
}

const struct store_row *overlay_rows(struct overlay *overlay, size_t *out_count)
{
    size_t count = 0;

    free(overlay->rows);
    overlay->rows = mem_new_array(overlay->count + 1, sizeof(*overlay->rows));
    for (struct node *node = overlay->first[0]; node != NULL;
         node = node->next[0]) {
        overlay->rows[count++] =
            (struct store_row){.table = overlay->table,
                               .key = node->key,
                               .value = bytes_of(node->value, node->value_len),
                               .remove = node->is_removed};
    }
    *out_count = count;
    return overlay->rows;
}

enum err overlay_error(const struct overlay *overlay)
{
    return overlay->err;
}

struct compare {
    struct node *next;
    const char *what; /* NULL while equal */
    char text[2 * KEY_TEXT_MAX + 1];
};

static struct node *skip_removed(struct node *node)
{
    while (node != NULL && node->is_removed) {
        node = node->next[0];
    }
    return node;
}

static void differ(struct compare *compare, const char *what, struct bytes key)
{
    compare->what = what;
    (void)hex_text(bytes_slice(key, 0, KEY_TEXT_MAX), compare->text);
}

static bool compare_row(void *context, struct bytes key, struct bytes value)
{
    struct compare *compare = context;
    struct node *node = skip_removed(compare->next);

    if (node == NULL || bytes_compare(node->key, key) > 0) {
        differ(compare, "is stored but not folded", key);
    } else if (bytes_compare(node->key, key) < 0) {
        differ(compare, "is folded but not stored", node->key);
    } else if (!bytes_equal(bytes_of(node->value, node->value_len), value)) {
        differ(compare, "has another value when folded", key);
    } else {
        compare->next = node->next[0];
    }
    return compare->what == NULL;
}

enum err overlay_compare(struct overlay *overlay, struct store *store,
                         uint32_t swarm, enum store_table table,
                         bool *out_is_equal, struct buf *out_difference)
{
    struct compare compare = {.next = overlay->first[0]};
    enum err err = store_row_scan(store, swarm, table, bytes_of(NULL, 0),
                                  bytes_of(NULL, 0), compare_row, &compare);

    if (err != ERR_OK) {
        return err;
    }
    struct node *rest = skip_removed(compare.next);
    if (compare.what == NULL && rest != NULL) {
        differ(&compare, "is folded but not stored", rest->key);
    }
    *out_is_equal = compare.what == NULL;
    if (compare.what != NULL) {
        buf_add_format(out_difference, "row %s %s", compare.text, compare.what);
    }
    return ERR_OK;
}
