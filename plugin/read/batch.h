/* SPDX-License-Identifier: MIT */
/* batch.h: events and their tuples, kept together for a while.
 *
 * A normaliser lends a tuple until its sink returns. A batch copies the frames
 * of many events, and of a stretch of them the tuples, so that stretches can be
 * normalised at the same time and looked at in order afterwards. A tuples may
 * also keep what a sink was lent, one by one. Not a queue:
 * it is filled, used and reset.
 * Threads: events are added by one thread; while nobody adds, stretches may be
 * normalised by many, each with a normaliser and a tuples of its own. */
#ifndef REVERIE_PLUGIN_READ_BATCH_H
#define REVERIE_PLUGIN_READ_BATCH_H

#include "base/arena.h"
#include "plugin/read/normaliser.h"

enum {
    BATCH_EVENTS_MAX = 1024,
    BATCH_BYTES_MAX = 8 << 20 /* of frames */
};

/* Views point into the batch. */
struct batch_event {
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
};

struct batch {
    struct batch_event *events;
    size_t count;
    struct arena arena;
};

void batch_init(struct batch *batch);
void batch_fini(struct batch *batch);
void batch_reset(struct batch *batch);

/* Copies one event; false if it does not fit until the next reset. One event
 * always fits into an empty batch, unless no normaliser would read it. */
bool batch_add(struct batch *batch, const struct stamp *stamp,
               const struct envelope *envelope, struct bytes body);

/* The tuples of a stretch of events, in order. */
struct tuples {
    struct tuple *items;
    size_t count;
    size_t capacity;
    struct arena arena;
    uint64_t refused; /* beyond the memory of a stretch */
};

void tuples_init(struct tuples *tuples);
void tuples_fini(struct tuples *tuples);

/* Forgets all tuples. */
void tuples_reset(struct tuples *tuples);

/* Copies one tuple with everything that it points to; false, and counted, if
 * it does not fit. Items move when one is added. */
bool tuples_keep(struct tuples *tuples, const struct tuple *tuple);

/* Normalises the events [from, to) of ${batch}, which must stay as it is as
 * long as the tuples are used. Forgets the tuples before. */
void tuples_read(struct tuples *tuples, struct normaliser *normaliser,
                 const struct batch *batch, size_t from, size_t to);

#endif
