/* SPDX-License-Identifier: MIT */
#include "plugin/detect/crowd/holdings.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/detect/roster.h"

/* By number of the principal. */
struct team_holdings {
    struct holding *items;
    uint32_t capacity;
};

struct holdings {
    struct team_holdings teams[TEAMS_MAX];
};

struct holdings *holdings_new(void)
{
    return mem_new(sizeof(struct holdings));
}

void holdings_free(struct holdings *holdings)
{
    if (!holdings) {
        return;
    }
    for (size_t i = 0; i < TEAMS_MAX; i++) {
        free(holdings->teams[i].items);
    }
    free(holdings);
}

struct holding *holdings_of(struct holdings *holdings, uint32_t team,
                            uint32_t principal)
{
    assert(team < TEAMS_MAX && principal < PRINCIPALS_PER_TEAM_MAX);
    struct team_holdings *of = &holdings->teams[team];
    if (principal >= of->capacity) {
        uint32_t capacity = of->capacity ? of->capacity : 16;
        while (capacity <= principal) {
            capacity *= 2;
        }
        of->items = mem_grow(of->items, capacity * sizeof(*of->items));
        memset(of->items + of->capacity, 0,
               (capacity - of->capacity) * sizeof(*of->items));
        of->capacity = capacity;
    }
    return &of->items[principal];
}
