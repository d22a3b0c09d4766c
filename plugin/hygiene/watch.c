/* SPDX-License-Identifier: MIT */
#include "plugin/hygiene/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

struct watch {
    struct vanish *names;
    struct map *agents; /* agent -> name of its team */
    uint64_t dropped;
};

struct watch *watch_new(void)
{
    struct watch *watch = mem_new(sizeof(*watch));
    watch->names = vanish_new();
    watch->agents = map_new(WATCH_AGENTS_MAX, free);
    return watch;
}

void watch_free(struct watch *watch)
{
    if (watch) {
        vanish_free(watch->names);
        map_free(watch->agents);
        free(watch);
    }
}

static void see_agent(struct watch *watch, struct bytes agent,
                      struct bytes team)
{
    const char *known = map_get(watch->agents, agent);
    if (agent.len == 0 ||
        (known && bytes_compare(bytes_of_text(known), team) <= 0)) {
        return;
    }
    char *name = bytes_to_text(team);
    if (map_put(watch->agents, agent, name) != ERR_OK) {
        free(name);
        watch->dropped++;
    }
}

void watch_feed(struct watch *watch, const struct tuple *tuple)
{
    if (tuple->kind != TUPLE_TOOL_CALL) {
        return;
    }
    see_agent(watch, tuple->agent, tuple->team);
    if (tuple->has_occurred) {
        vanish_feed(watch->names, tuple->team, tuple->call.tool, tuple->quote,
                    tuple->occurred_us);
    }
}

struct bytes watch_team(const struct watch *watch, struct bytes agent)
{
    return bytes_of_text(map_get(watch->agents, agent));
}

const struct vanish *watch_names(struct watch *watch)
{
    vanish_settle(watch->names);
    return watch->names;
}

uint64_t watch_dropped(const struct watch *watch)
{
    return watch->dropped + vanish_dropped(watch->names);
}
