/* SPDX-License-Identifier: MIT */
/* variant.h: what stands beside a workflow: how others do it.
 *
 * The variant of a session is its own order of the workflow's steps, failed
 * ones marked. From them come the variant that fails, the adoption over time,
 * the steps that are optional, and whether whoever follows the workflow asks
 * or checks less.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_WORKFLOW_VARIANT_H
#define REVERIE_PLUGIN_WORKFLOW_VARIANT_H

#include "plugin/workflow/pattern.h"
#include "plugin/workflow/strata.h"
#include "plugin/workflow/trend.h"

enum {
    VARIANT_LENGTH_MAX = 6,
    OPTIONAL_MAX = 2
};

struct variant {
    uint16_t symbols[VARIANT_LENGTH_MAX];
    uint32_t length;
};

struct variant_count {
    struct variant variant;
    uint32_t sessions;
    uint32_t good;
};

/* The variant of ${session} beside ${pattern}; length 0: it has no step. */
struct variant variant_of(const struct session *session,
                          const struct pattern *pattern);

/* Of the sessions that took the last step without ${pattern}, the variant
 * with most failures, if at least three failed. */
bool variant_failing(const struct strata *strata,
                     const struct window_list *sessions,
                     const struct pattern *pattern,
                     const struct alphabet *alphabet,
                     struct variant_count *out);

/* Adoption over time among sessions that took its last step. */
struct trend variant_trend(const struct session_principals *principals,
                           const struct window_list *sessions,
                           const struct pattern *pattern, const uint64_t *told);

/* A protected step (a test, a check, a question) that sessions with
 * ${pattern} have at least a tenth less often than those without; 0: none. */
uint32_t variant_lowers(const struct window_list *sessions,
                        const struct pattern *pattern,
                        const struct alphabet *alphabet);

/* A step that some who follow the workflow take besides. */
struct variant_option {
    uint32_t after; /* steps of the pattern before it */
    uint16_t symbol;
    double share; /* of the sessions with the pattern; below .5 */
};

/* The most frequent of them, into ${out}; gives how many. */
uint32_t variant_options(const struct patterns *patterns,
                         const struct pattern *pattern,
                         struct variant_option out[OPTIONAL_MAX]);

/* Appends "a > b! > c". */
void variant_name(const uint16_t *symbols, uint32_t length,
                  const struct alphabet *alphabet, struct buf *out);

#endif
