/* SPDX-License-Identifier: MIT */
/* detail.h: the figures of a candidate that only its kind has.
 *
 * As a change carries them: canonical JSON, the same bytes for the same
 * figures. What all kinds have stands in the numbers of the change (draft.h).
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_DRAFT_DETAIL_H
#define REVERIE_PLUGIN_PLAN_DRAFT_DETAIL_H

#include "plugin/plan/candidate.h"

/* Writes them to ${out}, which is emptied before; whether they fit. */
bool detail_print(const struct candidate *candidate, struct buf *out);

#endif
