/* SPDX-License-Identifier: MIT */
/* watch.h: what hygiene keeps of the log: names at work, and who is where.
 *
 * Pure. Threads: a watch belongs to one thread. */
#ifndef REVERIE_PLUGIN_HYGIENE_WATCH_H
#define REVERIE_PLUGIN_HYGIENE_WATCH_H

#include "plugin/hygiene/vanish.h"
#include "plugin/read/tuple.h"

enum {
    WATCH_AGENTS_MAX = 1 << 18
};

struct watch;

struct watch *watch_new(void) MUST_CHECK;
void watch_free(struct watch *watch);

void watch_feed(struct watch *watch, const struct tuple *tuple);

/* The team of ${agent}: of several the first by name. Empty if it was never
 * seen. Lent until the next watch_feed. */
struct bytes watch_team(const struct watch *watch, struct bytes agent);

/* The names, settled; lent until the next watch_feed. */
const struct vanish *watch_names(struct watch *watch);

/* Agents and names beyond a maximum. */
uint64_t watch_dropped(const struct watch *watch);

#endif
