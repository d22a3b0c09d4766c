/* SPDX-License-Identifier: MIT */
/* knobs.h: every setting of a world, in one table.
 *
 * The table serves scenario files (YAML, or JSON, which is YAML), the checks of
 * ranges and the manual. A scenario is such a file: what it does not name is as
 * in world_config_default.
 * Threads: any. */
#ifndef REVERIE_AGENTS_SIM_WORLD_KNOBS_H
#define REVERIE_AGENTS_SIM_WORLD_KNOBS_H

#include "agents-sim/world/world.h"
#include "base/edge/settings.h"

/* Sets ${config} from the scenario at ${path}, on top of the defaults.
 * ERR_NOT_FOUND, ERR_INVALID with ${out_why}: file, line, key and range. */
MUST_CHECK enum err scenario_read(const char *path, struct buf *out_why,
                                  struct world_config *out_config);

/* Appends all knobs as YAML that reads back, with what each means. */
void scenario_print(struct buf *out);

/* How many knobs there are; name, value and range of one. */
size_t knob_count(void);
const char *knob_name(size_t index);
double knob_value(size_t index, const struct world_config *config);
double knob_min(size_t index);
double knob_max(size_t index);

#endif
