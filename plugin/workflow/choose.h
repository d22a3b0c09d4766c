/* SPDX-License-Identifier: MIT */
/* choose.h: which frequent sequences go with success.
 *
 * Tests every kind of pattern of a team that can be tested, by the mean of the
 * e-values of its patterns, and of those that say nearly the same keeps the one
 * that says it best. What it finds is associated
 * with success, not shown to cause it. Whether it is proposed is decided in
 * plan/decide_workflow.c.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_WORKFLOW_CHOOSE_H
#define REVERIE_PLUGIN_WORKFLOW_CHOOSE_H

#include "plugin/workflow/variant.h"

enum {
    WORKFLOWS_MAX = 32, /* of a team that are handed on */
    /* Sessions with and without, of known outcome, below which no result
     * could be significant after correction (Tarone). */
    WORKFLOW_TESTABLE = 8
};

struct workflow {
    const struct pattern *pattern;
    struct contrast_row total;
    double log_e;
    double kind_log_e;   /* of the mean e-value of its kind */
    double robust_log_e; /* without `left` supporters */
    double odds;
    double uplift;
    uint32_t left;
    uint64_t *told; /* sessions that had been told it; NULL: none */
    struct strata strata;
};

/* Who had been told what. NULL functions: nobody anything. */
struct workflow_exposure {
    bool (*is_published)(void *context, const struct pattern *pattern);
    bool (*is_told)(void *context, const struct pattern *pattern,
                    const struct session *session);
    void *context;
};

struct workflows {
    struct window_list sessions;
    struct patterns patterns;
    struct session_principals principals;
    struct workflow *items; /* best first */
    uint32_t count;
    uint32_t tested; /* kinds that were tested together */
};

void workflows_find(const struct window *window, uint32_t team,
                    const struct alphabet *alphabet,
                    const struct nominations *nominations, uint64_t team_hash,
                    const struct workflow_exposure *exposure,
                    struct workflows *out);
void workflows_fini(struct workflows *workflows);

#endif
