/* SPDX-License-Identifier: MIT */
#include "store/format/postings.h"

#include <stdlib.h>

struct posting_entry {
    uint32_t swarm;
    uint32_t name;
    uint16_t log;
    uint64_t seq;
};

enum {
    POSTINGS_FIRST_CAPACITY = 1024
};

void postings_fini(struct postings *postings)
{
    free(postings->entries);
    *postings = (struct postings){.entries = NULL};
}

void postings_reset(struct postings *postings)
{
    postings->count = 0;
}

void postings_add(struct postings *postings, uint32_t swarm, uint32_t name,
                  uint16_t log, uint64_t seq)
{
    if (postings->count == postings->capacity) {
        postings->capacity = postings->capacity ? 2 * postings->capacity
                                                : POSTINGS_FIRST_CAPACITY;
        postings->entries = mem_grow(
            postings->entries, postings->capacity * sizeof(*postings->entries));
    }
    postings->entries[postings->count++] = (struct posting_entry){
        .swarm = swarm, .name = name, .log = log, .seq = seq};
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_names(const struct posting_entry *a,
                         const struct posting_entry *b)
{
    int order = compare_numbers(a->swarm, b->swarm);
    if (order == 0) {
        order = compare_numbers(a->name, b->name);
    }
    return order ? order : compare_numbers(a->log, b->log);
}

static int compare_entries(const void *a, const void *b)
{
    const struct posting_entry *left = a;
    const struct posting_entry *right = b;
    int order = compare_names(left, right);
    return order ? order : compare_numbers(left->seq, right->seq);
}

/* One past the last entry of the posting that begins at ${from}. */
static size_t posting_end(const struct postings *postings, size_t from)
{
    const struct posting_entry *first = &postings->entries[from];
    size_t end = from + 1;
    while (end < postings->count &&
           compare_names(first, &postings->entries[end]) == 0 &&
           postings->entries[end].seq - first->seq <= POSTING_SPAN_MAX) {
        end++;
    }
    return end;
}

void postings_emit(struct postings *postings, struct buf *scratch,
                   void (*put)(void *context, struct bytes key,
                               struct bytes value),
                   void *context)
{
    if (postings->count == 0) {
        return;
    }
    qsort(postings->entries, postings->count, sizeof(*postings->entries),
          compare_entries);
    for (size_t from = 0; from < postings->count;) {
        size_t end = posting_end(postings, from);
        const struct posting_entry *last = &postings->entries[end - 1];
        buf_reset(scratch);
        for (size_t i = from; i < end; i++) {
            buf_add_u16(scratch,
                        (uint16_t)(last->seq - postings->entries[i].seq));
        }
        struct key key =
            key_posting(last->swarm, last->name, last->log, last->seq);
        put(context, key_bytes(&key), buf_bytes(scratch));
        from = end;
    }
}

/* Distances fall to 0, and none reaches back past position 1. */
enum err posting_open(uint64_t last_seq, struct bytes value,
                      struct posting_walk *out_walk)
{
    if (value.len == 0 || value.len % sizeof(uint16_t) != 0) {
        return ERR_CORRUPT;
    }
    struct reader in = reader_of(value);
    uint32_t before = UINT32_MAX;
    while (in.rest.len > 0) {
        uint16_t distance = reader_u16(&in);
        if (distance >= before || distance >= last_seq) {
            return ERR_CORRUPT;
        }
        before = distance;
    }
    if (before != 0) {
        return ERR_CORRUPT;
    }
    *out_walk =
        (struct posting_walk){.last = last_seq, .rest = reader_of(value)};
    return ERR_OK;
}

bool posting_next(struct posting_walk *walk, uint64_t *out_seq)
{
    if (walk->rest.rest.len == 0) {
        return false;
    }
    *out_seq = walk->last - reader_u16(&walk->rest);
    return true;
}
