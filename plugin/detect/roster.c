/* SPDX-License-Identifier: MIT */
#include "plugin/detect/roster.h"

#include <stdlib.h>

#include "base/edge/hash.h"
#include "base/map.h"
#include "base/table.h"

enum {
    RECENT_USES = 1024
};

/* Names by text and by number. */
struct names {
    struct map *by_text;     /* -> number plus one, as a pointer's value */
    struct bytes *by_number; /* owned */
    size_t capacity;
};

struct team {
    struct names principals;
    uint32_t users;    /* distinct pairs of tool and agent */
    struct map *tools; /* tool -> how many agents, as a pointer's value */
};

struct roster {
    struct names teams;
    struct team *team; /* by number */
    size_t team_capacity;
    uint32_t principals; /* of all teams */
    struct table *users; /* hash of team, tool and agent -> the roster */
    uint64_t refused;
    uint64_t recent_uses[RECENT_USES]; /* hashes of uses that are known */
};

static void names_init(struct names *names, size_t max)
{
    *names = (struct names){.by_text = map_new(max, NULL)};
}

static void names_fini(struct names *names)
{
    for (size_t i = 0; i < map_size(names->by_text); i++) {
        free((void *)(uintptr_t)names->by_number[i].data);
    }
    map_free(names->by_text);
    free(names->by_number);
}

static uint32_t names_number(struct names *names, struct bytes text)
{
    uintptr_t known = (uintptr_t)map_get(names->by_text, text);
    if (known > 0) {
        return (uint32_t)(known - 1);
    }
    uint32_t number = (uint32_t)map_size(names->by_text);
    if (map_put(names->by_text, text, (void *)((uintptr_t)number + 1)) !=
        ERR_OK) {
        return ROSTER_NONE;
    }
    if (number == names->capacity) {
        names->capacity = names->capacity ? names->capacity * 2 : 16;
        names->by_number = mem_grow(
            names->by_number, names->capacity * sizeof(*names->by_number));
    }
    names->by_number[number] = bytes_of(bytes_to_text(text), text.len);
    return number;
}

struct roster *roster_new(void)
{
    struct roster *roster = mem_new(sizeof(*roster));
    names_init(&roster->teams, TEAMS_MAX);
    roster->users = table_new(TOOL_USERS_MAX);
    return roster;
}

void roster_free(struct roster *roster)
{
    if (!roster) {
        return;
    }
    for (uint32_t i = 0; i < roster_teams(roster); i++) {
        names_fini(&roster->team[i].principals);
        map_free(roster->team[i].tools);
    }
    names_fini(&roster->teams);
    table_free(roster->users);
    free(roster->team);
    free(roster);
}

static void team_init(struct roster *roster, uint32_t number)
{
    if (number == roster->team_capacity) {
        roster->team_capacity = number ? number * 2U : 16;
        roster->team = mem_grow(roster->team,
                                roster->team_capacity * sizeof(*roster->team));
    }
    struct team *team = &roster->team[number];
    names_init(&team->principals, PRINCIPALS_PER_TEAM_MAX);
    team->users = 0;
    team->tools = map_new(TOOL_USERS_PER_TEAM_MAX, NULL);
}

uint32_t roster_team(struct roster *roster, struct bytes team)
{
    uint32_t before = roster_teams(roster);
    uint32_t number = names_number(&roster->teams, team);
    if (number == ROSTER_NONE) {
        roster->refused++;
    } else if (number == before) {
        team_init(roster, number);
    }
    return number;
}

uint32_t roster_principal(struct roster *roster, uint32_t team,
                          struct bytes principal)
{
    struct names *names = &roster->team[team].principals;
    if (roster->principals == PRINCIPALS_MAX &&
        !map_get(names->by_text, principal)) {
        roster->refused++;
        return ROSTER_NONE;
    }
    size_t before = map_size(names->by_text);
    uint32_t number = names_number(names, principal);
    roster->principals += (uint32_t)(map_size(names->by_text) - before);
    roster->refused += number == ROSTER_NONE;
    return number;
}

static void count_user(struct roster *roster, struct team *team,
                       struct bytes tool)
{
    uintptr_t users = (uintptr_t)map_get(team->tools, tool) + 1;
    if (map_put(team->tools, tool, (void *)users) != ERR_OK) {
        roster->refused++;
    }
}

/* Whether the use of ${hash} is known by now. */
static bool add_use(struct roster *roster, struct team *home, struct bytes tool,
                    uint64_t hash)
{
    if (table_get(roster->users, hash)) {
        return true;
    }
    if (home->users == TOOL_USERS_PER_TEAM_MAX ||
        !table_put(roster->users, hash, roster)) {
        roster->refused++;
        return false;
    }
    home->users++;
    count_user(roster, home, tool);
    return true;
}

void roster_use(struct roster *roster, uint32_t team, struct bytes tool,
                struct bytes agent)
{
    uint64_t hash = hash_bytes_seeded(agent, hash_bytes_seeded(tool, team));
    uint64_t *recent = &roster->recent_uses[hash % RECENT_USES];
    if ((*recent != hash || hash == 0) &&
        add_use(roster, &roster->team[team], tool, hash)) {
        *recent = hash;
    }
}

uint32_t roster_users(const struct roster *roster, uint32_t team,
                      struct bytes tool)
{
    return (uint32_t)(uintptr_t)map_get(roster->team[team].tools, tool);
}

uint32_t roster_teams(const struct roster *roster)
{
    return (uint32_t)map_size(roster->teams.by_text);
}

uint32_t roster_principals(const struct roster *roster, uint32_t team)
{
    return (uint32_t)map_size(roster->team[team].principals.by_text);
}

struct bytes roster_team_name(const struct roster *roster, uint32_t team)
{
    assert(team < roster_teams(roster));
    return roster->teams.by_number[team];
}

struct bytes roster_principal_name(const struct roster *roster, uint32_t team,
                                   uint32_t principal)
{
    assert(principal < roster_principals(roster, team));
    return roster->team[team].principals.by_number[principal];
}

uint64_t roster_refused(const struct roster *roster)
{
    return roster->refused;
}
