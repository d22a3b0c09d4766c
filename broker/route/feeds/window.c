/* SPDX-License-Identifier: MIT */
#include "broker/route/feeds/window.h"

#include <stdlib.h>

enum {
    WINDOW_FIRST_CAPACITY = 8
};

struct outstanding *window_at(const struct inbox *inbox, uint32_t index)
{
    assert(index < inbox->ring_count);
    return &inbox->ring[(inbox->ring_first + index) &
                        (inbox->ring_capacity - 1)];
}

struct outstanding *window_find(const struct inbox *inbox, uint64_t seq)
{
    uint32_t low = 0;
    uint32_t high = inbox->ring_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct outstanding *entry = window_at(inbox, middle);
        if (entry->seq == seq) {
            return entry;
        }
        if (entry->seq < seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static void grow(struct inbox *inbox)
{
    uint32_t capacity =
        inbox->ring_capacity ? inbox->ring_capacity * 2 : WINDOW_FIRST_CAPACITY;
    struct outstanding *ring = mem_new_array(capacity, sizeof(*ring));
    for (uint32_t i = 0; i < inbox->ring_count; i++) {
        ring[i] = *window_at(inbox, i);
    }
    free(inbox->ring);
    inbox->ring = ring;
    inbox->ring_first = 0;
    inbox->ring_capacity = capacity;
}

struct outstanding *window_add(struct inbox *inbox, uint64_t seq)
{
    assert(inbox->ring_count == 0 ||
           window_at(inbox, inbox->ring_count - 1)->seq < seq);
    if (inbox->ring_count == inbox->ring_capacity) {
        grow(inbox);
    }
    inbox->ring_count++;
    struct outstanding *entry = window_at(inbox, inbox->ring_count - 1);
    *entry = (struct outstanding){.seq = seq};
    return entry;
}

void window_advance(struct inbox *inbox)
{
    while (inbox->ring_count > 0 && window_at(inbox, 0)->is_done) {
        inbox->ring_first =
            (inbox->ring_first + 1) & (inbox->ring_capacity - 1);
        inbox->ring_count--;
    }
    uint64_t cursor =
        inbox->ring_count > 0 ? window_at(inbox, 0)->seq : inbox->next;
    if (cursor > inbox->cursor) {
        inbox->cursor = cursor;
    }
}
