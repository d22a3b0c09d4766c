/* SPDX-License-Identifier: MIT */
#include "plugin/detect/roster.h"

#include <stdlib.h>

#include "base/edge/hash.h"
#include "base/map.h"
#include "plugin/workflow/steps/table.h"

enum {
    RECENT_USES = 1024
};

struct name {
    struct bytes text; /* owned */
    uint32_t number;
};

/* Names by text and by number. */
struct names {
    struct map *by_text; /* owns the struct name */
    struct name **by_number;
    size_t capacity;
};

struct team {
    struct names principals;
    uint32_t users;    /* distinct pairs of tool and agent */
    struct map *tools; /* tool -> uint32_t, how many agents */
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

static void name_free(void *value)
{
    struct name *name = value;
    free((void *)(uintptr_t)name->text.data);
    free(name);
}

static void names_init(struct names *names, size_t max)
{
    *names = (struct names){.by_text = map_new(max, name_free)};
}

static void names_fini(struct names *names)
{
    map_free(names->by_text);
    free(names->by_number);
}

static uint32_t names_number(struct names *names, struct bytes text)
{
    const struct name *known = map_get(names->by_text, text);
    if (known) {
        return known->number;
    }
    struct name *name = mem_new(sizeof(*name));
    uint32_t number = (uint32_t)map_size(names->by_text);
    *name = (struct name){
        .text = bytes_of(bytes_to_text(text), text.len),
        .number = number,
    };
    if (map_put(names->by_text, text, name) != ERR_OK) {
        name_free(name);
        return ROSTER_NONE;
    }
    if (number == names->capacity) {
        names->capacity = names->capacity ? names->capacity * 2 : 16;
        names->by_number = mem_grow(
            names->by_number, names->capacity * sizeof(*names->by_number));
    }
    names->by_number[number] = name;
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
    team->tools = map_new(TOOL_USERS_PER_TEAM_MAX, free);
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
    uint32_t *users = map_get(team->tools, tool);
    if (!users) {
        users = mem_new(sizeof(*users));
        if (map_put(team->tools, tool, users) != ERR_OK) {
            free(users);
            roster->refused++;
            return;
        }
    }
    ++*users;
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
    const uint32_t *users = map_get(roster->team[team].tools, tool);
    return users ? *users : 0;
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
    return roster->teams.by_number[team]->text;
}

struct bytes roster_principal_name(const struct roster *roster, uint32_t team,
                                   uint32_t principal)
{
    assert(principal < roster_principals(roster, team));
    return roster->team[team].principals.by_number[principal]->text;
}

uint64_t roster_refused(const struct roster *roster)
{
    return roster->refused;
}
