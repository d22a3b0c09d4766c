/* SPDX-License-Identifier: MIT */
/* rewording.h: the same finding in other words.
 *
 * A rejection is remembered under the finding and under what is left of its
 * subject and option without case, signs, look-alike letters, plurals, order
 * and words that carry no meaning, so that it does not come back as "please
 * use PNPM, rather than npm". What is said not to be done stays apart from what
 * is to be done. Knows no synonyms but those of "use" and "not".
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_REWORDING_H
#define REVERIE_MEMORY_REWORDING_H

#include "memory/change.h"

/* Equal for changes of a store that differ in such things alone; in the space
 * of finding ids, and equal to none of them. */
void rewording_id(const struct Reverie__V1__Change *change,
                  uint8_t out_id[FINDING_BYTES]);

#endif
