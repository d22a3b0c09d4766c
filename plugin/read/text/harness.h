/* SPDX-License-Identifier: MIT */
/* harness.h: what agent harnesses wrap around the answer of a tool.
 *
 * Takes off headers, tags and exit codes, and recognises results that are no
 * answer at all: a person said no, a run was interrupted, a rule forbade it.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_TEXT_HARNESS_H
#define REVERIE_PLUGIN_READ_TEXT_HARNESS_H

#include "plugin/read/tuple.h"

/* Borrows ${text}; gives its inner part. ${out_exit_code} is set, and
 * ${out_has_exit} true, where the wrapping names one. */
struct bytes harness_unwrap(struct bytes text, bool *out_has_exit,
                            int32_t *out_exit_code);

/* Whether ${text} says that the call did not run. ${out_said} borrows ${text}
 * and is what the person said instead, or empty. */
bool harness_is_rejection(struct bytes text, enum rejected_by *out_by,
                          struct bytes *out_said);

/* Whether a harness marks a part of ${text} as its own error. */
bool harness_is_tagged(struct bytes text);

#endif
