/* SPDX-License-Identifier: MIT */
#include "plugin/template/merge.h"

#include <stdlib.h>

#include "base/edge/hash.h"

enum {
    CONSTANTS_MIN = 2
};

struct entry {
    uint64_t key;
    size_t cluster;
};

struct merge {
    struct entry *entries;
    size_t count;
    size_t clusters;
    size_t *of;
};

struct merge *merge_new(size_t clusters)
{
    struct merge *merge = mem_new(sizeof(*merge));
    merge->clusters = clusters;
    merge->entries = mem_new_array(clusters, sizeof(*merge->entries));
    merge->of = mem_new_array(clusters, sizeof(*merge->of));
    for (size_t i = 0; i < clusters; i++) {
        merge->of[i] = i;
    }
    return merge;
}

void merge_free(struct merge *merge)
{
    if (merge) {
        free(merge->entries);
        free(merge->of);
        free(merge);
    }
}

/* What is constant in a piece: a word, or "uid=*" of "uid=<NUM>". */
static bool has_constant(const struct piece *piece)
{
    return piece->kind == PIECE_WORD || piece->kind == PIECE_CODE ||
           (piece->kind == PIECE_VARIABLE && piece->has_letters);
}

void merge_add(struct merge *merge, size_t cluster, uint64_t scope,
               const struct piece *pieces, size_t count)
{
    assert(cluster < merge->clusters && merge->count < merge->clusters);
    uint64_t sequence[PIECES_MAX + 1];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        if (has_constant(&pieces[i])) {
            sequence[len++] = pieces[i].hash;
        }
    }
    if (len >= CONSTANTS_MIN && len * 2 >= count) {
        sequence[len++] = scope;
        merge->entries[merge->count++] = (struct entry){
            hash_bytes(bytes_of(sequence, len * sizeof(*sequence))), cluster};
    }
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    return (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

void merge_run(struct merge *merge)
{
    qsort(merge->entries, merge->count, sizeof(*merge->entries),
          compare_entries);
    for (size_t i = 1; i < merge->count; i++) {
        const struct entry *before = &merge->entries[i - 1];
        if (merge->entries[i].key == before->key) {
            merge->of[merge->entries[i].cluster] = merge->of[before->cluster];
        }
    }
}

size_t merge_of(const struct merge *merge, size_t cluster)
{
    assert(cluster < merge->clusters);
    return merge->of[cluster];
}
