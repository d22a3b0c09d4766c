/* SPDX-License-Identifier: MIT */
/* strata.h: which sessions are alike enough to be compared.
 *
 * Sessions of known outcome are put into strata by quartile of their length
 * and, where there are enough of each, by principal: long sessions contain
 * more of everything, and able principals do more of everything right.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_WORKFLOW_STRATA_H
#define REVERIE_PLUGIN_WORKFLOW_STRATA_H

#include "memory/contrast.h"
#include "plugin/workflow/pattern.h"

enum {
    STRATA_NONE = UINT16_MAX,
    STRATA_SESSIONS_EACH = 16 /* of a principal, to compare within it */
};

struct strata {
    uint16_t *of; /* stratum of each session; STRATA_NONE: outcome unknown */
    uint32_t *principal; /* of each session, from 0 */
    uint32_t count;
    uint32_t principals;
    uint32_t judged; /* sessions of known outcome */
    bool by_principal;
};

void strata_make(const struct window_list *sessions, struct strata *out);
void strata_fini(struct strata *strata);

/* Counts, of the sessions that took its last step, those with and without
 * ${pattern} into ${out_rows}, one row per
 * stratum, at most CONTRAST_ROWS_MAX. ${told} (or NULL) is a set of sessions
 * to leave out; ${is_left} (or NULL) says which principals to leave out. */
void strata_count(const struct strata *strata,
                  const struct window_list *sessions,
                  const struct pattern *pattern, const uint64_t *told,
                  const bool *is_left, struct contrast_row *out_rows);

/* contrast_log_e without the ${out_left} principals that speak for it most:
 * a third of those that do, rounded down, at most 2. */
double strata_robust_log_e(const struct strata *strata,
                           const struct window_list *sessions,
                           const struct pattern *pattern, const uint64_t *told,
                           uint32_t *out_left);

#endif
