/* SPDX-License-Identifier: MIT */
/* change_hygiene.h: what only a change about memories has.
 *
 * The memories it is about, by place, version and digest of the content, so
 * that the gate can look at them again; README.md lists the members.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_HYGIENE_CHANGE_HYGIENE_H
#define REVERIE_PLUGIN_PLAN_HYGIENE_CHANGE_HYGIENE_H

#include "base/edge/json.h"
#include "plugin/plan/candidate.h"

/* Sets the members of detail_json in the object ${json}. */
void detail_hygiene(struct json *json, const struct hygiene_finding *finding);

/* Title, and the sentence that says why. */
void wording_hygiene_title(const struct hygiene_finding *finding,
                           struct buf *out);
void wording_hygiene_content(const struct hygiene_finding *finding,
                             struct buf *out);

#endif
