/* SPDX-License-Identifier: MIT */
#include "memory/tenure.h"

#include <stdlib.h>

#include "base/map.h"

struct known {
    struct memory_tenure tenure;
    bool has_time;
};

struct tenures {
    struct map *principals;
    uint64_t refused;
};

struct tenures *tenures_new(void)
{
    struct tenures *tenures = mem_new(sizeof(*tenures));
    tenures->principals = map_new(TENURES_MAX, free);
    return tenures;
}

void tenures_free(struct tenures *tenures)
{
    if (tenures) {
        map_free(tenures->principals);
        free(tenures);
    }
}

static struct known *known_of(struct tenures *tenures, struct bytes principal)
{
    struct known *known = map_get(tenures->principals, principal);
    if (known) {
        return known;
    }
    known = mem_new(sizeof(*known));
    if (map_put(tenures->principals, principal, known) != ERR_OK) {
        free(known);
        return NULL;
    }
    return known;
}

void tenures_count(struct tenures *tenures, struct bytes principal,
                   bool has_occurred, int64_t occurred_us)
{
    struct known *known = known_of(tenures, principal);
    if (!known) {
        tenures->refused++;
        return;
    }
    struct memory_tenure *tenure = &known->tenure;
    tenure->events++;
    if (!has_occurred) {
        return;
    }
    if (!known->has_time || occurred_us < tenure->first_us) {
        tenure->first_us = occurred_us;
    }
    if (!known->has_time || occurred_us > tenure->last_us) {
        tenure->last_us = occurred_us;
    }
    known->has_time = true;
}

enum err tenures_get(const struct tenures *tenures, struct bytes principal,
                     struct memory_tenure *out)
{
    const struct known *known = map_get(tenures->principals, principal);
    if (!known) {
        return ERR_NOT_FOUND;
    }
    *out = known->tenure;
    return ERR_OK;
}

uint64_t tenures_refused(const struct tenures *tenures)
{
    return tenures->refused;
}
