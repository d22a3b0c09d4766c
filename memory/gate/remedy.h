/* SPDX-License-Identifier: MIT */
/* remedy.h: what may be told to have helped against an error.
 *
 * The gate asks it of witnesses, and the dream worker of what it finds, so that
 * neither takes for a success what the other does not.
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_GATE_REMEDY_H
#define REVERIE_MEMORY_GATE_REMEDY_H

#include "base/bytes.h"

struct tool_result_body;

enum {
    REMEDY_PRINCIPALS_MIN = 2 /* who did so, and for whom it worked */
};

/* Whether ${result} says that its call failed: the typed body decides; without
 * it, a non-zero exit code; otherwise it worked, whatever it says. */
bool result_failed(const struct tool_result_body *result);

/* Whether ${flag} of a command line switches a check off, whatever the command.
 */
bool flag_suppresses(struct bytes flag);

/* Whether a word switches a check off rather than mending what it found:
 * "--no-verify", "--force", "777". */
bool word_suppresses(struct bytes word);

#endif
