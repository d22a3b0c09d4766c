/* SPDX-License-Identifier: MIT */
/* fusion.h: memories that say the same as one.
 *
 * A fusion is the set of what it was made of, and the most specific text of
 * them, as it stands: no text is ever made of two. Both are a union and a
 * maximum, so merging is associative, commutative and idempotent, and batches
 * and their order change nothing.
 * Pure. Threads: a fusion belongs to one thread. */
#ifndef REVERIE_PLUGIN_HYGIENE_FUSION_H
#define REVERIE_PLUGIN_HYGIENE_FUSION_H

#include "plugin/hygiene/entry.h"

struct fusion {
    const struct hygiene_entry **parts; /* ascending by store and path */
    size_t count;
    const struct hygiene_entry *kept;
};

/* The fusion of ${entry} alone. */
struct fusion fusion_of(const struct hygiene_entry *entry) MUST_CHECK;
/* The fusion of both; takes neither. fusion_fini frees each. */
struct fusion fusion_join(const struct fusion *a,
                          const struct fusion *b) MUST_CHECK;
void fusion_fini(struct fusion *fusion);

/* Which of two memories that say the same stays: <0: ${a}. A team's before an
 * agent's, what was counted before what was written, pinned and protected ones
 * before others, the more specific before the less, the older before the
 * newer, then by place. Total: 0 only for one entry. */
int fusion_prefers(const struct hygiene_entry *a,
                   const struct hygiene_entry *b);

#endif
