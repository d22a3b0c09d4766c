/* SPDX-License-Identifier: MIT */
#include "broker/route/parts/slots.h"

#include <stdlib.h>

struct slot {
    void *thing;
    uint32_t generation;
    uint32_t next_free; /* index + 1 */
};

enum {
    SLOTS_FIRST_CAPACITY = 16
};

void slots_init(struct slots *slots, uint32_t max)
{
    *slots = (struct slots){.max = max};
}

void slots_fini(struct slots *slots)
{
    free(slots->items);
    *slots = (struct slots){.max = slots->max};
}

static void grow(struct slots *slots)
{
    if (slots->used < slots->capacity) {
        return;
    }
    uint32_t capacity =
        slots->capacity ? slots->capacity * 2 : SLOTS_FIRST_CAPACITY;
    slots->items = mem_grow(slots->items, capacity * sizeof(*slots->items));
    slots->capacity = capacity;
}

uint64_t slots_add(struct slots *slots, void *thing)
{
    assert(thing);
    if (slots->live >= slots->max) {
        return 0;
    }
    uint32_t index = slots->first_free;
    if (index) {
        index--;
        slots->first_free = slots->items[index].next_free;
    } else {
        grow(slots);
        index = slots->used++;
        slots->items[index] = (struct slot){.generation = 0};
    }
    slots->items[index].thing = thing;
    slots->live++;
    return (uint64_t)slots->items[index].generation << 32 | (index + 1);
}

static struct slot *find(const struct slots *slots, uint64_t tag)
{
    uint32_t index = (uint32_t)tag - 1;
    if ((uint32_t)tag == 0 || index >= slots->used) {
        return NULL;
    }
    struct slot *slot = &slots->items[index];
    return slot->thing && slot->generation == tag >> 32 ? slot : NULL;
}

void *slots_get(const struct slots *slots, uint64_t tag)
{
    const struct slot *slot = find(slots, tag);
    return slot ? slot->thing : NULL;
}

void slots_remove(struct slots *slots, uint64_t tag)
{
    struct slot *slot = find(slots, tag);
    assert(slot);
    slot->thing = NULL;
    slot->generation++;
    slot->next_free = slots->first_free;
    slots->first_free = (uint32_t)tag;
    slots->live--;
}

void *slots_next(const struct slots *slots, uint32_t *cursor)
{
    while (*cursor < slots->used) {
        void *thing = slots->items[(*cursor)++].thing;
        if (thing) {
            return thing;
        }
    }
    return NULL;
}
