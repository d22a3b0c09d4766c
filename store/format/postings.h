/* SPDX-License-Identifier: MIT */
/* postings.h: index entries of one batch, gathered per name.
 *
 * One key per event and index costs more than the event itself, so what one
 * batch adds under one name is one key: the name and the last position, with
 * the distances of all of them back from it as value. A walk from position P
 * seeks the first posting whose last position is not before P.
 * Pure. Threads: an object belongs to one thread. */
#ifndef REVERIE_STORE_FORMAT_POSTINGS_H
#define REVERIE_STORE_FORMAT_POSTINGS_H

#include "base/bytes.h"
#include "store/format/key.h"

enum {
    POSTING_SPAN_MAX = UINT16_MAX /* distance from first to last position */
};

/* Gathers entries; grows with the largest batch. postings_fini accepts a
 * zeroed object, which is empty. */
struct postings {
    struct posting_entry *entries;
    size_t count;
    size_t capacity;
};

void postings_fini(struct postings *postings);
void postings_reset(struct postings *postings);
void postings_add(struct postings *postings, uint32_t swarm, uint32_t name,
                  uint16_t log, uint64_t seq);

/* Sorts what was gathered, and calls ${put} for every posting in key order;
 * lends both views until it returns. ${scratch} is overwritten. */
void postings_emit(struct postings *postings, struct buf *scratch,
                   void (*put)(void *context, struct bytes key,
                               struct bytes value),
                   void *context);

/* Walks one posting in order. */
struct posting_walk {
    uint64_t last;
    struct reader rest;
};

/* ERR_CORRUPT: the value is not one that postings_emit makes. */
MUST_CHECK enum err posting_open(uint64_t last_seq, struct bytes value,
                                 struct posting_walk *out_walk);
bool posting_next(struct posting_walk *walk, uint64_t *out_seq);

#endif
