/* SPDX-License-Identifier: MIT */
/* state.h: the three state machines of memory, as tables.
 *
 * A change, a version and a delivery; pictures in README.md. The services
 * refuse what a table forbids before it is logged, and the fold treats a
 * ledger that holds it as damaged.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_FOLD_STATE_H
#define REVERIE_MEMORY_FOLD_STATE_H

#include "base/base.h"

/* States are the values of ChangeState, VersionState and DeliveryState of
 * memory.proto; 0 is "does not exist". Values beyond them are allowed and go
 * nowhere. */
bool change_may_become(int from, int to);
bool version_may_become(int from, int to);
bool delivery_may_become(int from, int to);

/* "proposed", ...; "none" for 0, "unknown" beyond. */
const char *change_state_name(int state);
const char *version_state_name(int state);
const char *delivery_state_name(int state);

/* Whether agents see a version in this state: active or suspect. */
bool version_is_live(int state);

#endif
