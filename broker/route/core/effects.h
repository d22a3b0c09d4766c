/* SPDX-License-Identifier: MIT */
/* effects.h: the list a step fills in, and what its items lend.
 *
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_CORE_EFFECTS_H
#define REVERIE_BROKER_ROUTE_CORE_EFFECTS_H

#include "broker/route/state.h"

void effects_init(struct effects *effects);
void effects_fini(struct effects *effects);

/* Starts the list of a new step. */
void effects_reset(struct effects *effects);

/* Adds an effect of ${type}; lends it until the next one. The caller assigns
 * the whole member of its union: nothing is zeroed here, on the hot path. */
struct route_effect *effects_add(struct route *route,
                                 enum route_effect_type type);

/* Copies ${bytes} for as long as the effects live. */
struct bytes effects_copy(struct route *route, struct bytes bytes);

/* Whether the step has produced enough; remembers that it was asked. */
bool effects_are_full(struct route *route);

/* Holds ${body} until the next step begins. */
void effects_hold_body(struct route *route, struct route_body *body);

#endif
