/* SPDX-License-Identifier: MIT */
#include "client/core/repeats.h"

#include <stdlib.h>

enum {
    REPEATS_FIRST_CAPACITY = 64
};

void repeats_fini(struct repeats *repeats)
{
    free(repeats->ring);
    free(repeats->links);
    free(repeats->buckets);
    *repeats = (struct repeats){0};
}

static uint32_t bucket_of(const struct repeats *repeats,
                          struct repeats_position at)
{
    /* Fibonacci hashing: seqs of one agent are increasing but not dense. */
    uint64_t mixed =
        (at.seq ^ ((uint64_t)at.log << 56)) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 32) & (repeats->capacity - 1);
}

static bool is_same(struct repeats_position a, struct repeats_position b)
{
    return a.seq == b.seq && a.epoch == b.epoch && a.log == b.log;
}

static void link_place(struct repeats *repeats, uint32_t place)
{
    uint32_t bucket = bucket_of(repeats, repeats->ring[place]);
    repeats->links[place] = repeats->buckets[bucket];
    repeats->buckets[bucket] = place + 1;
}

static void unlink_place(struct repeats *repeats, uint32_t place)
{
    uint32_t *link =
        &repeats->buckets[bucket_of(repeats, repeats->ring[place])];
    while (*link != place + 1) {
        assert(*link != 0);
        link = &repeats->links[*link - 1];
    }
    *link = repeats->links[place];
}

/* Only called while the ring is full and has never wrapped, so places stay. */
static void grow(struct repeats *repeats)
{
    uint32_t capacity =
        repeats->capacity ? repeats->capacity * 2 : REPEATS_FIRST_CAPACITY;
    repeats->ring = mem_grow(repeats->ring, capacity * sizeof(*repeats->ring));
    free(repeats->links);
    free(repeats->buckets);
    repeats->links = mem_new_array(capacity, sizeof(*repeats->links));
    repeats->buckets = mem_new_array(capacity, sizeof(*repeats->buckets));
    repeats->capacity = capacity;
    for (uint32_t place = 0; place < repeats->count; place++) {
        link_place(repeats, place);
    }
}

void repeats_add(struct repeats *repeats, uint32_t log, uint64_t seq,
                 uint64_t epoch)
{
    if (repeats_has(repeats, log, seq, epoch)) {
        return;
    }
    if (repeats->count == repeats->capacity &&
        repeats->capacity < REPEATS_MAX) {
        grow(repeats);
    }
    uint32_t place = repeats->count;
    if (repeats->count == REPEATS_MAX) {
        place = repeats->oldest;
        unlink_place(repeats, place);
        repeats->oldest = (repeats->oldest + 1) % REPEATS_MAX;
    } else {
        repeats->count++;
    }
    repeats->ring[place] = (struct repeats_position){
        .seq = seq, .epoch = (uint32_t)epoch, .log = log};
    link_place(repeats, place);
}

bool repeats_has(const struct repeats *repeats, uint32_t log, uint64_t seq,
                 uint64_t epoch)
{
    if (repeats->count == 0) {
        return false;
    }
    struct repeats_position wanted = {
        .seq = seq, .epoch = (uint32_t)epoch, .log = log};
    uint32_t link = repeats->buckets[bucket_of(repeats, wanted)];
    while (link != 0) {
        if (is_same(repeats->ring[link - 1], wanted)) {
            return true;
        }
        link = repeats->links[link - 1];
    }
    return false;
}
