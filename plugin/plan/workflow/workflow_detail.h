/* SPDX-License-Identifier: MIT */
/* workflow_detail.h: the figures of a workflow as a change carries them.
 *
 * The gate computes the e-value of the strata again: what stands here is what
 * it reads (memory/stats/contrast.h), in canonical order.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_WORKFLOW_WORKFLOW_DETAIL_H
#define REVERIE_PLUGIN_PLAN_WORKFLOW_WORKFLOW_DETAIL_H

#include "base/edge/json.h"
#include "plugin/plan/candidate.h"

struct Reverie__V1__Numbers;

/* Adds the members of detail_json; the test, to the numbers. */
void workflow_detail(const struct candidate *candidate, struct json *json);
void workflow_numbers(const struct candidate *candidate,
                      struct Reverie__V1__Numbers *numbers);

#endif
