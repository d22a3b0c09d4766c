/* SPDX-License-Identifier: MIT */
/* stance.h: whether a sentence asks for what it says.
 *
 * What others said, what is imagined and what is said in mockery is nobody's
 * rule. Mockery shows in how a sentence is built: it cheers before it asks,
 * asks a question that expects no answer, wants harm, or carries the marks
 * people use to be safe. ../README.md lists the signs.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_SAID_STANCE_H
#define REVERIE_PLUGIN_READ_SAID_STANCE_H

#include "plugin/read/said/words.h"

/* Whether the writer says it and means it. */
bool stance_is_meant(const struct words *words);

#endif
