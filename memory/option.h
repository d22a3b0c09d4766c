/* SPDX-License-Identifier: MIT */
/* option.h: what a finding chose, and whether a text says so.
 *
 * An option is a text with parts: "a|b" is both, "<NUM>" stands for whatever
 * was there. Quotes of witnesses must hold it, votes must name it.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_OPTION_H
#define REVERIE_MEMORY_OPTION_H

#include "base/bytes.h"

/* Whether every constant part of ${option} occurs in ${quote}, ASCII letters
 * of either case. Parts are separated by placeholders in angle brackets
 * ("<NUM>", "<SECRET:k3f9>"), by '|' and by the unit separator 0x1f. An
 * option without any constant part occurs everywhere. */
bool option_occurs(struct bytes option, struct bytes quote);

/* The same, but every part stands by itself: "npm" is not in "pnpm". */
bool option_is_named(struct bytes option, struct bytes text);

/* At most so many parts does that look for. */
size_t option_parts_max(struct bytes option);

#endif
