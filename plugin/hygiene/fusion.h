/* SPDX-License-Identifier: MIT */
/* fusion.h: which of several memories that say the same stays.
 *
 * The most specific text of them stays, as it stands: no text is ever made of
 * two. The choice is the first of a total order, so the order in which memories
 * are looked at changes nothing.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_HYGIENE_FUSION_H
#define REVERIE_PLUGIN_HYGIENE_FUSION_H

#include "plugin/hygiene/entry.h"

/* Which of two memories that say the same stays: <0: ${a}. A team's before an
 * agent's, what was counted before what was written, pinned and protected ones
 * before others, the more specific before the less, the older before the
 * newer, then by place. Total: 0 only for one entry. */
int fusion_prefers(const struct hygiene_entry *a,
                   const struct hygiene_entry *b);

#endif
