/* SPDX-License-Identifier: MIT */
/* citing.h: which calls are cited for what helped.
 *
 * Of at most FIX_CITED_PEOPLE principals, the earliest that did so and for whom
 * it worked, and who had not been told to: the call, and what was done before
 * it where that is what helped.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_FIX_CITING_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_FIX_CITING_H

#include "plugin/detect/exposure.h"
#include "plugin/detect/mistakes/fix/rule.h"
#include "plugin/plan/candidate.h"

/* The memory that is to cite them. */
struct citing {
    const struct exposures *exposures; /* NULL: nobody was told anything */
    const uint8_t *finding;
};

/* Sets what ${out} cites, of ${trials} (sorted) that follow ${rule}. */
void fix_cite(const struct trials *trials, const struct rule *rule,
              const struct citing *citing, struct fix_figures *out);

#endif
