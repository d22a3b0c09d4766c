/* SPDX-License-Identifier: MIT */
#include "plugin/template/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/hash.h"

struct cluster {
    size_t from; /* of its pieces in tree.pieces */
    size_t count;
};

struct tree {
    struct cluster *clusters;
    size_t size;
    size_t capacity;
    struct piece *pieces;
    size_t piece_count;
    size_t piece_capacity;
    size_t leaf; /* first cluster of the leaf */
    uint64_t crowded;
};

enum {
    DIFFERENT = -1 /* not the same template, whatever else is equal */
};

struct tree *tree_new(void)
{
    return mem_new(sizeof(struct tree));
}

void tree_free(struct tree *tree)
{
    if (tree) {
        free(tree->clusters);
        free(tree->pieces);
        free(tree);
    }
}

static bool is_constant(const struct piece *piece)
{
    return piece->kind == PIECE_WORD || piece->kind == PIECE_CODE;
}

uint64_t tree_leaf(uint64_t scope, const struct piece *pieces, size_t count)
{
    uint64_t path[2 + TREE_LEAD] = {scope, count};
    for (size_t i = 0; i < TREE_LEAD && i < count; i++) {
        path[2 + i] = is_constant(&pieces[i]) ? pieces[i].hash : 0;
    }
    return hash_bytes(bytes_of(path, sizeof(path)));
}

void tree_next_leaf(struct tree *tree)
{
    tree->leaf = tree->size;
}

size_t tree_size(const struct tree *tree)
{
    return tree->size;
}

uint64_t tree_crowded(const struct tree *tree)
{
    return tree->crowded;
}

const struct piece *tree_pieces(const struct tree *tree, size_t cluster,
                                size_t *out_count)
{
    assert(cluster < tree->size);
    *out_count = tree->clusters[cluster].count;
    return tree->pieces + tree->clusters[cluster].from;
}

/* What two pieces at one place count. */
static int compare(const struct piece *a, const struct piece *b)
{
    if (a->kind == PIECE_ANY) {
        return 1;
    }
    if (is_constant(a) && is_constant(b)) {
        if (a->hash == b->hash) {
            return 2;
        }
        bool is_code = a->kind == PIECE_CODE || b->kind == PIECE_CODE;
        return is_code ? DIFFERENT : 0;
    }
    if (is_constant(a) || is_constant(b)) {
        /* "host=" and "host=<IP>": a value may be empty. */
        return a->bare == b->bare;
    }
    bool are_named = a->name && b->name;
    return are_named && a->name != b->name ? DIFFERENT : 1;
}

/* Whether they differ in the classes of masks at most. What has no constant
 * text at all is not equal to anything. */
static bool are_equal(const struct piece *a, const struct piece *b,
                      size_t count)
{
    bool has_constant = false;
    for (size_t i = 0; i < count; i++) {
        if (a[i].kind != b[i].kind || a[i].hash != b[i].hash) {
            return false;
        }
        has_constant = has_constant || is_constant(&a[i]) || a[i].has_letters;
    }
    return has_constant;
}

/* DIFFERENT, or what the pieces count together. */
static int similarity(const struct piece *a, const struct piece *b,
                      size_t count)
{
    size_t left = TREE_OTHER_MIN + count / TREE_OTHER_PIECES;
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        int same = compare(&a[i], &b[i]);
        if (same == DIFFERENT || (same == 0 && left == 0)) {
            return DIFFERENT;
        }
        left -= same == 0;
        sum += same;
    }
    return sum;
}

static bool is_similar(int sum, size_t count)
{
    return sum >= 0 && (size_t)sum * 100 >= count * 2 * TREE_SIMILAR_PERCENT;
}

/* The cluster of this leaf that the template joins; tree->size if none. */
static size_t find(const struct tree *tree, const struct piece *pieces,
                   size_t count)
{
    size_t best = tree->size;
    int best_sum = -1;
    for (size_t i = tree->leaf; i < tree->size; i++) {
        const struct piece *other = tree->pieces + tree->clusters[i].from;
        if (are_equal(other, pieces, count)) {
            return i;
        }
        int sum = similarity(other, pieces, count);
        if (sum > best_sum && is_similar(sum, count)) {
            best = i;
            best_sum = sum;
        }
    }
    return best;
}

static void *grow(void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity) {
        return array;
    }
    size_t next = *capacity ? *capacity * 2 : 64;
    while (next < need) {
        next *= 2;
    }
    void *bigger = mem_new(next * size);
    if (array) {
        memcpy(bigger, array, *capacity * size);
        free(array);
    }
    *capacity = next;
    return bigger;
}

static size_t add_cluster(struct tree *tree, const struct piece *pieces,
                          size_t count)
{
    tree->clusters = grow(tree->clusters, &tree->capacity, tree->size + 1,
                          sizeof(*tree->clusters));
    tree->pieces = grow(tree->pieces, &tree->piece_capacity,
                        tree->piece_count + count, sizeof(*tree->pieces));
    tree->clusters[tree->size] =
        (struct cluster){.from = tree->piece_count, .count = count};
    memcpy(tree->pieces + tree->piece_count, pieces, count * sizeof(*pieces));
    tree->piece_count += count;
    return tree->size++;
}

static void generalise(struct piece *cluster, const struct piece *pieces,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cluster[i].kind != PIECE_ANY &&
            (cluster[i].kind != pieces[i].kind ||
             cluster[i].hash != pieces[i].hash)) {
            cluster[i] = (struct piece){.kind = PIECE_ANY};
        }
    }
}

size_t tree_add(struct tree *tree, const struct piece *pieces, size_t count)
{
    assert(count > 0 && count <= PIECES_MAX);
    if (tree->size - tree->leaf >= TREE_LEAF_CLUSTERS_MAX) {
        /* The oldest clusters of a crowded leaf are out of reach. */
        tree->crowded++;
        tree->leaf = tree->size - TREE_LEAF_CLUSTERS_MAX + 1;
    }
    size_t cluster = find(tree, pieces, count);
    if (cluster == tree->size) {
        return add_cluster(tree, pieces, count);
    }
    generalise(tree->pieces + tree->clusters[cluster].from, pieces, count);
    return cluster;
}
