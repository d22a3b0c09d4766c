/* SPDX-License-Identifier: MIT */
/* ring.h: a bounded hand-over of pointers from one thread to one other.
 *
 * Lock-free, first in first out. A full ring refuses; what to do then is the
 * producer's policy (the router withholds credit, ledger.h waits). The
 * consumer is woken through a bell that several rings may share.
 * Threads: one pushes, one pops; ring_count from either. */
#ifndef REVERIE_BROKER_HANDOVER_RING_H
#define REVERIE_BROKER_HANDOVER_RING_H

#include "broker/handover/bell.h"

struct ring;

/* A ring of at least ${capacity} places. Keeps ${bell}, the consumer's, and
 * ${room}, the producer's, which is rung when a place becomes free after a push
 * that found none, and only then: a producer that sleeps for other reasons is
 * left alone (NULL: the producer never waits for a place). ring_free does not
 * free what is still in it. */
struct ring *ring_new(size_t capacity, struct bell *bell,
                      struct bell *room) MUST_CHECK;
void ring_free(struct ring *ring);

/* Takes ${item} (not NULL) and rings the bell. ERR_FULL: no place. */
MUST_CHECK enum err ring_push(struct ring *ring, void *item);

/* Like ring_push without the bell: the producer rings it later, or sees to the
 * item otherwise. */
MUST_CHECK enum err ring_push_quietly(struct ring *ring, void *item);

/* Like ring_push, but sleeps on ${room} until there is a place. Only where
 * the consumer never waits for this producer. */
void ring_push_wait(struct ring *ring, void *item);

/* Gives the oldest item, or NULL. */
void *ring_pop(struct ring *ring) MUST_CHECK;

/* Items in the ring; exact for neither side, never more than its places. */
size_t ring_count(struct ring *ring);
size_t ring_capacity(const struct ring *ring);

#endif
