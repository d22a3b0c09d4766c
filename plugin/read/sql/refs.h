/* SPDX-License-Identifier: MIT */
/* refs.h: the tables and columns that an SQL text refers to.
 *
 * Says of every name which table it can belong to, and how far that can be
 * relied on if the statement works (is_certain) or fails over the name
 * (is_blamed); tuple.h has the contract.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_SQL_REFS_H
#define REVERIE_PLUGIN_READ_SQL_REFS_H

#include "plugin/read/call/slot_set.h"

/* Adds the references of ${text}; nothing where it is too long or too nested
 * to be read whole. */
void sql_refs_add(struct slot_set *set, struct bytes text);

#endif
