/* SPDX-License-Identifier: MIT */
/* pool.h: a team's votes as they would be without one of its parts.
 *
 * What a principal chose in the other parts of the kind is put together, and a
 * vote is found in that as in any slot: the first option chosen twice there. A
 * principal who never said in which part it worked counts with all it did.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_SCOPE_POOL_H
#define REVERIE_PLUGIN_DETECT_SCOPE_POOL_H

#include "plugin/detect/scope/group.h"

/* Gives the slot of ${row} without what was chosen in ${without}, which is one
 * of its parts, parts[0..count). Options, texts and witnesses are lent by the
 * slots of both, which must not change. */
struct slot *pool_new(const struct choice_row *row,
                      const struct choice_row *parts, size_t count,
                      const struct choice_row *without) MUST_CHECK;
void pool_free(struct slot *pool);

#endif
