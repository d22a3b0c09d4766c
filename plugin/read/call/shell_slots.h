/* SPDX-License-Identifier: MIT */
/* shell_slots.h: the choices in a text of shell.
 *
 * For every simple command: which program of a family, which sub-command,
 * which flags, and a few values that have a form of their own (commit
 * messages, branch names). The names of the slots are in ../README.md.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_CALL_SHELL_SLOTS_H
#define REVERIE_PLUGIN_READ_CALL_SHELL_SLOTS_H

#include "plugin/read/call/slot_set.h"

/* Adds the slots of ${text} to ${set}. */
void shell_slots_add(struct slot_set *set, struct bytes text);

/* Adds "use.FAMILY" = ${option}. */
void shell_slots_add_family(struct slot_set *set, const char *family,
                            struct bytes option);

#endif
