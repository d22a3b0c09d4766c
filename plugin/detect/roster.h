/* SPDX-License-Identifier: MIT */
/* roster.h: who was seen, as small numbers.
 *
 * Gives every team, and every principal of a team, a number in order of first
 * appearance in the log, and counts for each tool how many agents of a team
 * used it. Not the broker's peers: only what the log says. Everything has a
 * maximum; what comes beyond it is refused and counted.
 * Threads: a roster belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_ROSTER_H
#define REVERIE_PLUGIN_DETECT_ROSTER_H

#include "base/bytes.h"

enum {
    TEAMS_MAX = 1024,
    PRINCIPALS_PER_TEAM_MAX = 4096,
    PRINCIPALS_MAX = 131072, /* of all teams */
    TOOL_USERS_PER_TEAM_MAX = 65536,
    TOOL_USERS_MAX = 131072, /* of all teams */
    ROSTER_NONE = UINT32_MAX
};

struct roster;

struct roster *roster_new(void) MUST_CHECK;
void roster_free(struct roster *roster);

/* The number of ${team}, made if it is new; ROSTER_NONE when full. */
uint32_t roster_team(struct roster *roster, struct bytes team);

/* The number of ${principal} within ${team}; ROSTER_NONE when full. */
uint32_t roster_principal(struct roster *roster, uint32_t team,
                          struct bytes principal);

/* Notes that ${agent} used ${tool}. */
void roster_use(struct roster *roster, uint32_t team, struct bytes tool,
                struct bytes agent);

/* How many agents of ${team} were seen using ${tool}. */
uint32_t roster_users(const struct roster *roster, uint32_t team,
                      struct bytes tool);

uint32_t roster_teams(const struct roster *roster);
uint32_t roster_principals(const struct roster *roster, uint32_t team);

/* Lends the names. */
struct bytes roster_team_name(const struct roster *roster, uint32_t team);
struct bytes roster_principal_name(const struct roster *roster, uint32_t team,
                                   uint32_t principal);

/* Sightings refused because a maximum was reached. */
uint64_t roster_refused(const struct roster *roster);

#endif
