/* SPDX-License-Identifier: MIT */
#include "client/inbound/arrivals.h"

#include <stdlib.h>

enum {
    ARRIVALS_FIRST_CAPACITY = 16
};

void arrival_close(struct arrival *arrival)
{
    for (size_t i = 0; i < ARRIVAL_FRAMES; i++) {
        frame_close(&arrival->frames[i]);
    }
}

static struct arrival *at(const struct arrivals *arrivals, size_t index)
{
    return &arrivals
                ->ring[(arrivals->first + index) & (arrivals->capacity - 1)];
}

void arrivals_clear(struct arrivals *arrivals)
{
    for (size_t i = 0; i < arrivals->count; i++) {
        arrival_close(at(arrivals, i));
    }
    arrivals->first = 0;
    arrivals->count = 0;
}

void arrivals_fini(struct arrivals *arrivals)
{
    arrivals_clear(arrivals);
    free(arrivals->ring);
    *arrivals = (struct arrivals){0};
}

void arrival_move(struct arrival *to, struct arrival *from)
{
    struct frame frames[ARRIVAL_FRAMES] = {{.is_open = false}};
    for (size_t i = 0; i < ARRIVAL_FRAMES; i++) {
        frame_move(&frames[i], &from->frames[i]);
    }
    *to = *from;
    for (size_t i = 0; i < ARRIVAL_FRAMES; i++) {
        to->frames[i].is_open = false;
        frame_move(&to->frames[i], &frames[i]);
    }
}

static void grow(struct arrivals *arrivals)
{
    struct arrivals old = *arrivals;
    arrivals->capacity =
        old.capacity ? old.capacity * 2 : ARRIVALS_FIRST_CAPACITY;
    arrivals->ring = mem_new_array(arrivals->capacity, sizeof(*arrivals->ring));
    arrivals->first = 0;
    for (size_t i = 0; i < old.count; i++) {
        arrival_move(at(arrivals, i), at(&old, i));
    }
    free(old.ring);
}

void arrivals_push(struct arrivals *arrivals, struct arrival *arrival)
{
    if (arrivals->count == arrivals->capacity) {
        grow(arrivals);
    }
    arrival_move(at(arrivals, arrivals->count), arrival);
    arrivals->count++;
}

bool arrivals_pop(struct arrivals *arrivals, struct arrival *out)
{
    if (arrivals->count == 0) {
        return false;
    }
    arrival_move(out, at(arrivals, 0));
    arrivals->first = (arrivals->first + 1) & (arrivals->capacity - 1);
    arrivals->count--;
    return true;
}
