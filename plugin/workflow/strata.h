/* SPDX-License-Identifier: MIT */
/* strata.h: which sessions are alike enough to be compared.
 *
 * Able principals do more of everything right, a team gets better with time,
 * and long sessions contain more of everything. So the sessions that a pattern
 * is judged by are put into classes of those that were about as likely to
 * follow it, by who and when (propensity.h), and within a class by their length
 * until they took its last step. There are as many strata as the sessions can
 * fill: sixteen classes and quartiles of length where there are many, halves of
 * length in a few classes where there are two hundred. No outcome is looked at,
 * nor what follows from it.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_WORKFLOW_STRATA_H
#define REVERIE_PLUGIN_WORKFLOW_STRATA_H

#include "memory/stats/contrast.h"
#include "plugin/workflow/propensity.h"

enum {
    STRATA_NONE = UINT16_MAX,
    STRATA_LENGTHS_MAX = 4,
    STRATA_SESSIONS = 16 /* of a stratum, on average */
};

struct strata {
    uint16_t *of;     /* stratum of each session; STRATA_NONE: not compared */
    uint32_t count;   /* classes * lengths */
    uint32_t classes; /* of principals and times */
    uint32_t lengths; /* in each */
    uint32_t times;   /* parts of the time that classes are made of */
};

/* The strata of the sessions of known outcome that took the last step of
 * ${pattern}. ${told} (or NULL) is a set of sessions to leave out. */
void strata_make(const struct window_list *sessions,
                 const struct session_principals *principals,
                 const struct pattern *pattern, const uint64_t *told,
                 struct strata *out);
void strata_fini(struct strata *strata);

/* Counts the compared sessions with and without ${pattern} into ${out_rows},
 * one row per stratum, at most CONTRAST_ROWS_MAX. */
void strata_count(const struct strata *strata,
                  const struct window_list *sessions,
                  const struct pattern *pattern, struct contrast_row *out_rows);

/* contrast_log_e without the ${out_left} principals that speak for it most:
 * a third of those that do, rounded down, at most 2. */
double strata_robust_log_e(const struct strata *strata,
                           const struct window_list *sessions,
                           const struct session_principals *principals,
                           const struct pattern *pattern, uint32_t *out_left);

#endif
