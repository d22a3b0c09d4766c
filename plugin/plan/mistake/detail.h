/* SPDX-License-Identifier: MIT */
/* detail.h: the figures of a change that only its own kind has.
 *
 * They go into Change.detail_json; README.md lists the members.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_MISTAKE_DETAIL_H
#define REVERIE_PLUGIN_PLAN_MISTAKE_DETAIL_H

#include "base/edge/json.h"
#include "plugin/plan/candidate.h"

/* Sets the members of a mistake in the object ${json}. */
void detail_mistake(struct json *json, const struct mistake_figures *figures);

#endif
