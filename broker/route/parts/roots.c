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
    uint32_t hash;
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

static uint32_t hash_of(const struct roots *roots, const struct id *id)
{
    return (uint32_t)hash_bytes_seeded(id_bytes(id), roots->seed);
}

static const struct root *find(const struct roots *roots, const struct id *id,
                               uint32_t hash)
{
    uint32_t place = roots->buckets[hash & (roots->max - 1)];
    while (place) {
        const struct root *root = &roots->ring[place - 1];
        if (root->hash == hash && id_equal(&root->id, id)) {
            return root;
        }
        place = root->next;
    }
    return NULL;
}

bool roots_get(const struct roots *roots, const struct id *id,
               struct id *out_root)
{
    const struct root *root = find(roots, id, hash_of(roots, id));
    if (root) {
        *out_root = root->root;
    }
    return root;
}

static void unlink_place(struct roots *roots, uint32_t place)
{
    const struct root *old = &roots->ring[place - 1];
    uint32_t *link = &roots->buckets[old->hash & (roots->max - 1)];
    while (*link != place) {
        link = &roots->ring[*link - 1].next;
    }
    *link = old->next;
}

/* Adds what is not there. */
static void add(struct roots *roots, const struct id *id, uint32_t hash,
                const struct id *root)
{
    uint32_t place = roots->at + 1;
    if (roots->used == roots->max) {
        unlink_place(roots, place);
    } else {
        roots->used++;
    }
    roots->at = (roots->at + 1) & (roots->max - 1);
    uint32_t *bucket = &roots->buckets[hash & (roots->max - 1)];
    roots->ring[place - 1] =
        (struct root){.id = *id, .root = *root, .next = *bucket, .hash = hash};
    *bucket = place;
}

void roots_put(struct roots *roots, const struct id *id, const struct id *root)
{
    uint32_t hash = hash_of(roots, id);
    if (!find(roots, id, hash)) {
        add(roots, id, hash, root);
    }
}

struct id roots_note(struct roots *roots, const struct id *id,
                     const struct id *parent)
{
    uint32_t hash = hash_of(roots, id);
    const struct root *known = find(roots, id, hash);
    if (known) {
        return known->root;
    }
    struct id root = parent ? *parent : *id;
    if (parent && !roots_get(roots, parent, &root)) {
        root = *parent;
    }
    add(roots, id, hash, &root);
    return root;
}
