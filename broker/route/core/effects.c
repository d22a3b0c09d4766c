/* SPDX-License-Identifier: MIT */
#include "broker/route/core/effects.h"

#include <stdlib.h>

enum {
    EFFECTS_FIRST_CAPACITY = 64,
    EFFECTS_ARENA_MAX = 1 << 30,
    SCRATCH_MAX = 64 << 20
};

void effects_init(struct effects *effects)
{
    *effects = (struct effects){.count = 0};
    arena_init(&effects->arena, EFFECTS_ARENA_MAX);
    buf_init(&effects->scratch, SCRATCH_MAX);
}

void effects_fini(struct effects *effects)
{
    free(effects->items);
    arena_fini(&effects->arena);
    buf_fini(&effects->scratch);
}

void effects_reset(struct effects *effects)
{
    effects->count = 0;
    effects->is_unfinished = false;
    arena_reset(&effects->arena);
}

struct route_effect *effects_add(struct route *route,
                                 enum route_effect_type type)
{
    struct effects *effects = &route->effects;
    if (effects->count == effects->capacity) {
        effects->capacity =
            effects->capacity ? effects->capacity * 2 : EFFECTS_FIRST_CAPACITY;
        effects->items = mem_grow(effects->items,
                                  effects->capacity * sizeof(*effects->items));
    }
    struct route_effect *effect = &effects->items[effects->count++];
    effect->type = type;
    return effect;
}

struct bytes effects_copy(struct route *route, struct bytes bytes)
{
    struct bytes copy = arena_copy(&route->effects.arena, bytes);
    /* One step handles at most one message of CONTROL_MAX, or effects_max
     * small ones: the arena is larger than that. */
    assert(copy.data || bytes.len == 0);
    return copy;
}

bool effects_are_full(struct route *route)
{
    if (route->effects.count < route->config.effects_max) {
        return false;
    }
    route->effects.is_unfinished = true;
    return true;
}

void effects_hold_body(struct route *route, struct route_body *body)
{
    struct graveyard *graveyard = &route->graveyard;
    if (!body) {
        return;
    }
    if (graveyard->body_count == graveyard->body_capacity) {
        graveyard->body_capacity = graveyard->body_capacity
                                       ? graveyard->body_capacity * 2
                                       : EFFECTS_FIRST_CAPACITY;
        graveyard->bodies =
            mem_grow((void *)graveyard->bodies,
                     graveyard->body_capacity * sizeof(struct route_body *));
    }
    route_body_hold(body);
    graveyard->bodies[graveyard->body_count++] = body;
}
