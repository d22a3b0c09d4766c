/* SPDX-License-Identifier: MIT */
/* hear.h: what the router sends, as lines that a scenario can expect.
 *
 *     event seq=1 from=ada text=hi again=0
 *     accepted id=1 seq=1 repeat=0
 *
 * Threads: one. */
#ifndef REVERIE_TESTS_SCENARIO_HEAR_H
#define REVERIE_TESTS_SCENARIO_HEAR_H

#include "base/map.h"
#include "broker/route/route.h"

struct line {
    struct line *next;
    char text[1024];
};

struct hearing {
    struct map *peers;     /* routing id -> struct heard */
    uint64_t last_request; /* as the router numbered it */
    uint64_t last_ping;    /* its nonce */
};

struct heard {
    struct line *first;
    struct line *last;
};

void hearing_init(struct hearing *hearing);
void hearing_fini(struct hearing *hearing);

/* Takes a message in: one line, or one per acceptance. */
void hear(struct hearing *hearing, const struct route_send *send);

/* Gives the oldest line for ${peer} (free), or NULL. */
struct line *hear_next(struct hearing *hearing, const char *peer);

#endif
