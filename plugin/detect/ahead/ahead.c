/* SPDX-License-Identifier: MIT */
#include "plugin/detect/ahead/ahead.h"

#include <stdlib.h>

enum {
    AHEAD_SLOTS = 512 /* calls beyond it are not looked up */
};

struct ahead_call {
    const struct tuple *tuple;
    uint32_t principal;
    uint32_t first; /* of its slots */
};

struct ahead {
    struct ahead_call calls[TOGETHER_MAX];
    struct slot *slots[AHEAD_SLOTS];
    const struct vote *votes[AHEAD_SLOTS]; /* of the principal, one each */
    uint32_t call_count;
    uint32_t slot_count;
    uint32_t next; /* of the calls */
};

struct ahead *ahead_new(void)
{
    return mem_new(sizeof(struct ahead));
}

void ahead_free(struct ahead *ahead)
{
    free(ahead);
}

/* Nobody votes for a command. */
static struct slot *find_slot(const struct detector_event *event,
                              const struct tuple_slot *seen, ahead_find find,
                              const void *context)
{
    bool is_wanted =
        seen->form != SLOT_COMMAND && seen->name.len <= TUPLE_NAME_MAX;
    struct slot *slot =
        is_wanted ? find(context, event->team, seen->name) : NULL;
    mem_prefetch(slot);
    return slot;
}

static void find_slots(struct ahead *ahead, const struct detector_event *event,
                       ahead_find find, const void *context)
{
    const struct tuple *tuple = event->tuple;
    if (tuple->kind != TUPLE_TOOL_CALL ||
        tuple->call.slot_count > AHEAD_SLOTS - ahead->slot_count) {
        return;
    }
    ahead->calls[ahead->call_count++] =
        (struct ahead_call){tuple, event->principal, ahead->slot_count};
    for (size_t i = 0; i < tuple->call.slot_count; i++) {
        ahead->slots[ahead->slot_count++] =
            find_slot(event, &tuple->call.slots[i], find, context);
    }
}

static void fetch_votes(struct ahead *ahead, const struct ahead_call *call)
{
    uint32_t end = call->first + (uint32_t)call->tuple->call.slot_count;
    for (uint32_t i = call->first; i < end; i++) {
        ahead->votes[i] =
            ahead->slots[i] ? slot_fetch_vote(ahead->slots[i], call->principal)
                            : NULL;
    }
}

void ahead_fetch(struct ahead *ahead, const struct detector_event *events,
                 size_t count, ahead_find find, const void *context)
{
    assert(count <= TOGETHER_MAX);
    ahead->next = ahead->call_count = ahead->slot_count = 0;
    for (size_t i = 0; i < count; i++) {
        find_slots(ahead, &events[i], find, context);
    }
    for (uint32_t i = 0; i < ahead->slot_count; i++) {
        if (ahead->slots[i]) {
            slot_fetch(ahead->slots[i]);
        }
    }
    for (uint32_t i = 0; i < ahead->call_count; i++) {
        fetch_votes(ahead, &ahead->calls[i]);
    }
    for (int step = 0; step < VOTE_FETCHES; step++) {
        for (uint32_t i = 0; i < ahead->slot_count; i++) {
            vote_fetch(ahead->votes[i], step);
        }
    }
}

struct slot *const *ahead_take(struct ahead *ahead, const struct tuple *tuple)
{
    if (ahead->next == ahead->call_count ||
        ahead->calls[ahead->next].tuple != tuple) {
        return NULL;
    }
    return &ahead->slots[ahead->calls[ahead->next++].first];
}
