/* SPDX-License-Identifier: MIT */
/* merge.h: clusters of the tree that differ in how much varies, not in what
 * is said.
 *
 * The tree tells templates apart by their number of pieces first, so a message
 * that ends with three values is another one than the same message with two.
 * Here clusters come together whose constant pieces are the same, in the same
 * order, where these are at least two and at least half of the cluster. That
 * is an equivalence: it does not matter in which order clusters are added or
 * merged.
 * Threads: a merge belongs to one thread at a time. */
#ifndef REVERIE_PLUGIN_TEMPLATE_MERGE_H
#define REVERIE_PLUGIN_TEMPLATE_MERGE_H

#include "plugin/template/piece.h"

struct merge;

/* For clusters with numbers below ${clusters}. */
struct merge *merge_new(size_t clusters) MUST_CHECK;
void merge_free(struct merge *merge);

/* Adds a cluster, once; borrows ${pieces}. */
void merge_add(struct merge *merge, size_t cluster, uint64_t scope,
               const struct piece *pieces, size_t count);

/* Merges what was added. */
void merge_run(struct merge *merge);

/* The smallest cluster that ${cluster} is merged with, often itself. */
size_t merge_of(const struct merge *merge, size_t cluster);

#endif
