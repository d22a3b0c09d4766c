/* SPDX-License-Identifier: MIT */
/* propensity.h: how likely a session was to follow a pattern, by who and when.
 *
 * Some principals follow a pattern more often than others, and at some times
 * everybody does. Both go with success for reasons of their own: the able do
 * more of everything right, and a team gets better whatever it does. So each
 * session has a score, the habit of its principal plus the tide of its part of
 * the time (a linear model fitted by turns), and sessions of like score are
 * compared: among them, neither who nor when tells whether it was followed.
 * Parts of time hold as many sessions each. Knows no outcome.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_WORKFLOW_PROPENSITY_H
#define REVERIE_PLUGIN_WORKFLOW_PROPENSITY_H

#include "plugin/workflow/pattern.h"

enum {
    PROPENSITY_TIMES_MAX = 16,
    PROPENSITY_TIME_SESSIONS = 32, /* of a part of the time, on average */
    PROPENSITY_CLASSES_MAX = 16,
    PROPENSITY_CLASS_SESSIONS = 32, /* of a class, on average */
    PROPENSITY_NONE = UINT8_MAX
};

/* The principal of each session, from 0 in order of their hashes, and the
 * sessions in order of time; those without one are not among them. */
struct session_principals {
    uint32_t *of;
    uint32_t count;
    uint32_t *by_time;
    uint32_t timed;
};

void session_principals_make(const struct window_list *sessions,
                             struct session_principals *out);
void session_principals_fini(struct session_principals *principals);

struct propensity {
    uint8_t *class_of; /* of each session; PROPENSITY_NONE: not compared */
    uint32_t compared; /* sessions */
    uint32_t classes;
    uint32_t times; /* parts of the time; those without one are another */
};

/* The classes of the sessions i with ${is_compared}[i]. Sessions of one
 * principal and part of the time are in one class. */
void propensity_make(const struct window_list *sessions,
                     const struct session_principals *principals,
                     const struct pattern *pattern, const bool *is_compared,
                     struct propensity *out);
void propensity_fini(struct propensity *propensity);

#endif
