/* SPDX-License-Identifier: MIT */
/* strata.h: which sessions are alike enough to be compared.
 *
 * Able principals do more of everything right, and long sessions contain more
 * of everything. So the sessions that a pattern is judged by are put into
 * classes of principals who follow it about as often (where all follow it
 * equally often, whoever they are, they are on both sides alike), and within
 * a class by length. There are as many strata as the sessions can fill: a
 * principal each and quartiles of length where there are many, halves of
 * length in a few classes where there are two hundred. No outcome is looked
 * at.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_WORKFLOW_STRATA_H
#define REVERIE_PLUGIN_WORKFLOW_STRATA_H

#include "memory/stats/contrast.h"
#include "plugin/workflow/pattern.h"

enum {
    STRATA_NONE = UINT16_MAX,
    STRATA_CLASSES_MAX = 16,
    STRATA_LENGTHS_MAX = 4,
    STRATA_CLASS_SESSIONS = 32, /* of a class of principals, on average */
    STRATA_SESSIONS = 16        /* of a stratum, on average */
};

/* The principal of each session, from 0 in order of their hashes. */
struct session_principals {
    uint32_t *of;
    uint32_t count;
};

void session_principals_make(const struct window_list *sessions,
                             struct session_principals *out);
void session_principals_fini(struct session_principals *principals);

struct strata {
    uint16_t *of;     /* stratum of each session; STRATA_NONE: not compared */
    uint32_t count;   /* classes * lengths */
    uint32_t classes; /* of principals */
    uint32_t lengths; /* in each */
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
