/* SPDX-License-Identifier: MIT */
/* wording_workflow.h: the sentences of a workflow.
 *
 * What was observed, with and without, and how those that fail do it; never
 * what is to be done. Rules and limits are those of wording.h.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_WORKFLOW_WORDING_WORKFLOW_H
#define REVERIE_PLUGIN_PLAN_WORKFLOW_WORDING_WORKFLOW_H

#include "plugin/plan/candidate.h"

void wording_workflow_title(const struct candidate *candidate, struct buf *out);
void wording_workflow_content(const struct candidate *candidate,
                              struct buf *out);

#endif
