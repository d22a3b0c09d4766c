/* SPDX-License-Identifier: MIT */
/* pattern.h: messages whose identifiers are known by their place.
 *
 * A table of the fixed wordings of databases, compilers, interpreters and
 * shells. Where one occurs in a line, the identifier in it is taken as such
 * (and separated from its database or line number); what stands around it is
 * masked as usual. The table is in pattern.c, its language in ../README.md.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_TEXT_PATTERN_H
#define REVERIE_PLUGIN_READ_TEXT_PATTERN_H

#include "base/arena.h"
#include "plugin/read/text/mask.h"

/* Masks ${line} into ${result} by the first pattern that occurs in it; false,
 * with nothing added, if none does. Values borrow ${line}, folded keys are
 * lent by ${arena}. */
bool pattern_mask(struct bytes line, struct arena *arena,
                  struct mask_result *result);

#endif
