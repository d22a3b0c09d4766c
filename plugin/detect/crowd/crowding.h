/* SPDX-License-Identifier: MIT */
/* crowding.h: a slot with more options than it can keep.
 *
 * Either it is no choice (ids, paths, free text: everybody names new ones), or
 * a few principals fill it, by accident or to get rid of what the others
 * choose. So those go first who name the most: they roam there, and have no
 * vote. If a third or more roam it is no choice.
 * Threads: with the slot. */
#ifndef REVERIE_PLUGIN_DETECT_CROWD_CROWDING_H
#define REVERIE_PLUGIN_DETECT_CROWD_CROWDING_H

#include "plugin/detect/votes.h"

/* Makes room for a quarter of the options of ${slot}: by sending off those who
 * have more than 16, or else 8, 4, or 2. False: they are too many even so. */
bool crowding_relieve(struct slot *slot);

/* Sends ${vote} off if it has more options than each may have by now. */
void crowding_watch(struct slot *slot, struct vote *vote);

/* Whether more roam than a third of the principals seen at ${slot}, less one,
 * or it kept nothing at all. */
bool crowding_is_wide(const struct slot *slot);

#endif
