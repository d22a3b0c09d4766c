/* SPDX-License-Identifier: MIT */
/* tree.h: templates that differ in a few words only (Drain, He et al., 2017).
 *
 * A template goes down by its scope, its number of pieces and its first two
 * pieces to a leaf, and there joins the most similar cluster, if that is
 * similar enough. A constant piece that is equal counts 2, a variable one
 * counts 1, out of 2 a piece. Codes and names of values ("uid=") that differ
 * keep templates apart whatever else they share.
 *
 * A greedy algorithm: what joins what depends on the order of tree_add. Its
 * caller adds in sorted order.
 * Threads: a tree belongs to one thread at a time. */
#ifndef REVERIE_PLUGIN_TEMPLATE_TREE_H
#define REVERIE_PLUGIN_TEMPLATE_TREE_H

#include "plugin/template/piece.h"

enum {
    TREE_LEAD = 2,               /* pieces that lead to a leaf */
    TREE_SIMILAR_PERCENT = 60,   /* of the most that could be counted */
    TREE_OTHER_MIN = 1,          /* words that may be others: so many, ... */
    TREE_OTHER_PIECES = 6,       /* ... and one more for so many pieces */
    TREE_LEAF_CLUSTERS_MAX = 128 /* a template compares itself with */
};

struct tree;

struct tree *tree_new(void) MUST_CHECK;
void tree_free(struct tree *tree);

/* The leaf of a template: templates of different leaves never join. */
uint64_t tree_leaf(uint64_t scope, const struct piece *pieces, size_t count);

/* Begins another leaf: what was added before is no longer joined. */
void tree_next_leaf(struct tree *tree);

/* Adds a template of this leaf, at most PIECES_MAX pieces; gives the number
 * of its cluster, counted from 0 over all leaves. */
size_t tree_add(struct tree *tree, const struct piece *pieces, size_t count);

/* Lends the pieces of a cluster until the next tree_add. */
const struct piece *tree_pieces(const struct tree *tree, size_t cluster,
                                size_t *out_count);

size_t tree_size(const struct tree *tree);

/* Templates that found their leaf full: they were compared with its latest
 * clusters only. */
uint64_t tree_crowded(const struct tree *tree);

#endif
