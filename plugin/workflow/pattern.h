/* SPDX-License-Identifier: MIT */
/* pattern.h: the frequent sequences of a team that are worth a test.
 *
 * Mines its sessions, keeps what could be advice (at least two steps, none of
 * them failed, none that turns a check off), of patterns that the same or
 * nearly the same sessions contain the longest, and of each kind the widest
 * and the most specific. Knows no outcome: what is
 * tested must not depend on what the test would say.
 * Threads: an object belongs to one thread. */
#ifndef REVERIE_PLUGIN_WORKFLOW_PATTERN_H
#define REVERIE_PLUGIN_WORKFLOW_PATTERN_H

#include "base/arena.h"
#include "plugin/workflow/miner.h"
#include "plugin/workflow/nominate.h"
#include "plugin/workflow/steps/alphabet.h"
#include "plugin/workflow/steps/window.h"

enum {
    PATTERN_GAP = 2,      /* other symbols between two steps */
    PATTERN_GAP_WIDE = 8, /* so many may be between them all the same */
    PATTERN_LENGTH_MAX = 6,
    PATTERN_SESSIONS_MIN = 8,
    PATTERN_PRINCIPALS_MIN = 3,
    PATTERNS_MINED_MAX = 20000,
    PATTERNS_MAX = 512 /* kinds that are tested, of two patterns at most */
};

struct pattern {
    uint16_t symbols[PATTERN_LENGTH_MAX];
    uint32_t length;
    uint32_t sessions;
    uint32_t principals;
    uint64_t *set;     /* bit i: sessions[i] of the list contains it */
    uint64_t *reached; /* sessions that took its last step, or tried to */
    uint64_t digest;   /* of the set */
    uint64_t label;    /* of the steps' names: orders what is else equal */
    uint32_t kind;     /* patterns of one kind are one hypothesis */
};

/* What patterns are looked for in. */
struct pattern_source {
    const struct window_list *sessions;
    const struct alphabet *alphabet;
    const struct nominations *nominations;
    uint64_t team_hash;
};

struct patterns {
    struct arena arena;
    struct pattern *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t kinds;
    uint32_t words;        /* of a set */
    uint32_t min_sessions; /* that was asked for in the end */
    uint32_t mined;        /* before the longest of each were chosen */
};

void patterns_find(const struct pattern_source *source, struct patterns *out);
void patterns_fini(struct patterns *patterns);

/* The label under which a sequence of steps of a team is nominated. */
uint64_t pattern_label(const struct alphabet *alphabet, uint64_t team_hash,
                       const uint16_t *symbols, uint32_t length);

/* Nominates every pair of a session's symbols, up to the gap apart. */
void pattern_nominate(struct nominations *nominations,
                      const struct alphabet *alphabet, uint64_t team_hash,
                      const struct session *session);

/* Whether ${part} occurs in ${whole} in order. */
bool pattern_is_part(const struct pattern *part, const struct pattern *whole);

/* Sessions in both over sessions in either. */
double pattern_likeness(const struct pattern *a, const struct pattern *b,
                        uint32_t words);

/* Whether a session did what the workflow gets to: only such are compared. */
static inline bool pattern_reached(const struct pattern *pattern,
                                   uint32_t session)
{
    return pattern->reached[session / 64] >> (session % 64) & 1;
}

static inline bool pattern_has(const struct pattern *pattern, uint32_t session)
{
    return pattern->set[session / 64] >> (session % 64) & 1;
}

#endif
