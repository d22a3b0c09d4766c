/* SPDX-License-Identifier: MIT */
#include "broker/handover/ring.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    CACHE_LINE = 64
};

/* head and tail only grow; place = index modulo capacity (a power of two).
 * Each side's counter has a cache line of its own, and beside it the last
 * value seen of the other's, so that the lines rarely travel. */
struct ring {
    void **places;
    size_t mask;
    struct bell *bell;
    struct bell *room;
    atomic_bool is_room_wanted; /* a push found no place */
    struct {
        _Alignas(CACHE_LINE) atomic_size_t tail;
        size_t head_seen;
    } producer;
    struct {
        _Alignas(CACHE_LINE) atomic_size_t head;
        size_t tail_seen;
    } consumer;
};

struct ring *ring_new(size_t capacity, struct bell *bell, struct bell *room)
{
    size_t places = 2;

    while (places < capacity) {
        places *= 2;
    }
    struct ring *ring = aligned_alloc(CACHE_LINE, sizeof(*ring));
    assert(ring != NULL);
    *ring = (struct ring){.bell = bell, .room = room, .mask = places - 1};
    ring->places = mem_new_array(places, sizeof(*ring->places));
    atomic_init(&ring->is_room_wanted, false);
    atomic_init(&ring->producer.tail, 0);
    atomic_init(&ring->consumer.head, 0);
    return ring;
}

void ring_free(struct ring *ring)
{
    if (ring == NULL) {
        return;
    }
    free(ring->places);
    free(ring);
}

static bool has_place(struct ring *ring, size_t tail)
{
    if (tail - ring->producer.head_seen > ring->mask) {
        ring->producer.head_seen = atomic_load(&ring->consumer.head);
    }
    return tail - ring->producer.head_seen <= ring->mask;
}

/* The consumer looks whether room is wanted after it has moved its head, the
 * producer looks at the head again after it has said so: at least one sees the
 * other's. */
enum err ring_push_quietly(struct ring *ring, void *item)
{
    size_t tail =
        atomic_load_explicit(&ring->producer.tail, memory_order_relaxed);

    assert(item != NULL);
    if (!has_place(ring, tail)) {
        atomic_store(&ring->is_room_wanted, true);
        if (!has_place(ring, tail)) {
            return ERR_FULL;
        }
    }
    ring->places[tail & ring->mask] = item;
    atomic_store(&ring->producer.tail, tail + 1);
    return ERR_OK;
}

enum err ring_push(struct ring *ring, void *item)
{
    enum err err = ring_push_quietly(ring, item);

    if (err == ERR_OK) {
        bell_ring(ring->bell);
    }
    return err;
}

void ring_push_wait(struct ring *ring, void *item)
{
    assert(ring->room != NULL);
    while (ring_push(ring, item) != ERR_OK) {
        bell_arm(ring->room);
        bool is_full = ring_count(ring) > ring->mask;
        if (is_full) {
            bell_wait(ring->room, -1);
        }
        bell_disarm(ring->room);
    }
}

void *ring_pop(struct ring *ring)
{
    size_t head =
        atomic_load_explicit(&ring->consumer.head, memory_order_relaxed);

    if (head == ring->consumer.tail_seen) {
        ring->consumer.tail_seen = atomic_load(&ring->producer.tail);
        if (head == ring->consumer.tail_seen) {
            return NULL;
        }
    }
    void *item = ring->places[head & ring->mask];
    atomic_store(&ring->consumer.head, head + 1);
    if (atomic_load(&ring->is_room_wanted) &&
        atomic_exchange(&ring->is_room_wanted, false) && ring->room != NULL) {
        bell_ring(ring->room);
    }
    return item;
}

size_t ring_count(struct ring *ring)
{
    size_t head = atomic_load(&ring->consumer.head);
    size_t tail = atomic_load(&ring->producer.tail);

    return tail - head;
}

size_t ring_capacity(const struct ring *ring)
{
    return ring->mask + 1;
}
