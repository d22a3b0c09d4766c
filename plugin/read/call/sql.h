/* SPDX-License-Identifier: MIT */
/* sql.h: the choices in an SQL statement.
 *
 * Reads words, strings and comments, not the grammar: enough to tell which
 * statement it is, how a schema is inspected, and a few habits of writing.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_CALL_SQL_H
#define REVERIE_PLUGIN_READ_CALL_SQL_H

#include "plugin/read/call/slot_set.h"

enum {
    SQL_TEXT_MAX = 8 * 1024 /* bytes that are looked at */
};

/* Whether ${text} begins like a statement. */
bool sql_is_statement(struct bytes text);

/* Adds the slots of ${text}, whose names begin with "sql.", and what it refers
 * to (../sql/refs.h). */
void sql_slots_add(struct slot_set *set, struct bytes text);

#endif
