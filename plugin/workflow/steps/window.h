/* SPDX-License-Identifier: MIT */
/* window.h: the sessions that workflows are looked for in.
 *
 * Follows open sessions, closes them when they end, are judged, or say nothing
 * for 30 minutes of their own time, and keeps a bounded number of closed ones
 * of each team: those of the latest weeks, and within a week a sample that
 * does not depend on the order in which they came. The number falls as teams
 * come up, so that memory stays flat.
 * Threads: a window belongs to one thread. */
#ifndef REVERIE_PLUGIN_WORKFLOW_STEPS_WINDOW_H
#define REVERIE_PLUGIN_WORKFLOW_STEPS_WINDOW_H

#include "plugin/workflow/steps/session.h"

enum {
    WINDOW_OPEN_MAX = 8192, /* beyond it the longest silent one is closed */
    WINDOW_SESSIONS_MAX = 32768,
    WINDOW_TEAM_MAX = 4096,
    WINDOW_TEAM_MIN = 32
};

struct window;

/* ${on_close} sees every session when it is closed, before it is kept or
 * not. */
struct window *window_new(void (*on_close)(void *context,
                                           const struct session *session),
                          void *context) MUST_CHECK;
void window_free(struct window *window);

/* For a call that is to be taken in soon: asks for the memory of its session,
 * without waiting for it. Gives the key of the session, for window_fetch_open,
 * which does the same with what is found there. */
uint64_t window_fetch(const struct window *window,
                      const struct detector_event *event);
void window_fetch_open(const struct window *window, uint64_t key);

/* Takes in a call, with its steps; a result; the end of a session; how it was
 * judged. Tuples without a session are left out. */
void window_call(struct window *window, const struct detector_event *event,
                 const uint16_t *steps, size_t count);
void window_result(struct window *window, const struct detector_event *event);
void window_end(struct window *window, const struct detector_event *event);
void window_outcome(struct window *window, const struct detector_event *event);

/* Changes whenever window_list would say something else. */
uint64_t window_version(const struct window *window, uint32_t team);

/* The sessions of a team that are closed or, by the team's latest time, should
 * be; sorted by principal, then content. Sessions of another principal under
 * the same causal root are echoes and left out. */
struct window_list {
    const struct session **items;
    uint32_t count;
    struct session **made; /* of open sessions: owned */
    uint32_t made_count;
};
void window_list(const struct window *window, uint32_t team,
                 struct window_list *out);
void window_list_fini(struct window_list *list);

/* How many a team may keep where ${teams} are known. */
uint32_t window_quota(uint32_t teams);

#endif
