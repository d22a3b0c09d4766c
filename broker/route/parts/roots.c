/* SPDX-License-Identifier: MIT */
#include "broker/route/parts/roots.h"

#include <stdlib.h>

#include "base/edge/hash.h"

/* A ring of entries and chains through it: buckets and links hold places in
 * the ring, plus one. */
struct root {
    struct id id;
    struct id root;
    uint32_t next;
};

struct roots {
    struct root *ring;
    uint32_t *buckets;
    uint64_t seed;
    uint32_t max;
    uint32_t used;
    uint32_t at; /* place of the oldest, once full */
};

struct roots *roots_new(uint32_t max, uint64_t seed)
{
    assert(max > 0 && (max & (max - 1)) == 0);
    struct roots *roots = mem_new(sizeof(*roots));
    roots->ring = mem_new_array(max, sizeof(*roots->ring));
    roots->buckets = mem_new_array(max, sizeof(*roots->buckets));
    roots->seed = seed;
    roots->max = max;
    return roots;
}

void roots_free(struct roots *roots)
{
    if (!roots) {
        return;
    }
    free(roots->ring);
    free(roots->buckets);
    free(roots);
}

static uint32_t *bucket_of(const struct roots *roots, const struct id *id)
{
    uint64_t hash = hash_bytes_seeded(id_bytes(id), roots->seed);
    return &roots->buckets[hash & (roots->max - 1)];
}

bool roots_get(const struct roots *roots, const struct id *id,
               struct id *out_root)
{
    uint32_t place = *bucket_of(roots, id);
    while (place) {
        const struct root *root = &roots->ring[place - 1];
        if (id_equal(&root->id, id)) {
            *out_root = root->root;
            return true;
        }
        place = root->next;
    }
    return false;
}

static void unlink_place(struct roots *roots, uint32_t place)
{
    const struct root *old = &roots->ring[place - 1];
    uint32_t *link = bucket_of(roots, &old->id);
    while (*link != place) {
        link = &roots->ring[*link - 1].next;
    }
    *link = old->next;
}

void roots_put(struct roots *roots, const struct id *id, const struct id *root)
{
    struct id known;
    if (roots_get(roots, id, &known)) {
        return;
    }
    uint32_t place = roots->at + 1;
    if (roots->used == roots->max) {
        unlink_place(roots, place);
    } else {
        roots->used++;
    }
    roots->at = (roots->at + 1) & (roots->max - 1);
    uint32_t *bucket = bucket_of(roots, id);
    roots->ring[place - 1] =
        (struct root){.id = *id, .root = *root, .next = *bucket};
    *bucket = place;
}

struct id roots_of(const struct roots *roots, const struct id *id,
                   const struct id *parent)
{
    if (!parent) {
        return *id;
    }
    struct id root;
    return roots_get(roots, parent, &root) ? root : *parent;
}
