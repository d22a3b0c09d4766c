/* SPDX-License-Identifier: MIT */
/* slots.h: the arguments of a tool call as choice points.
 *
 * Every scalar of the arguments gives "TOOL.path" = option; texts of shell and
 * SQL are read as such instead. Which tools carry shell or SQL is decided by
 * name and argument, see ../README.md.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_CALL_SLOTS_H
#define REVERIE_PLUGIN_READ_CALL_SLOTS_H

#include "plugin/read/call/slot_set.h"

/* What the name of a tool says about its calls. Borrows the name. */
struct slots_tool {
    struct bytes name;
    const char *family; /* it is a member of; NULL: none */
    bool is_shell;
    bool is_sql;
};
struct slots_tool slots_tool_of(struct bytes name);

/* Adds the slots of one call; borrows all texts. ${scratch} is for the JSON
 * reader. Arguments that are not JSON give the slots up to where they stop
 * being it, and set is_cut. */
void slots_add_call(struct slot_set *set, struct bytes tool,
                    struct bytes arguments, struct buf *scratch);

/* The same where what the name says is known already. */
void slots_add_call_of(struct slot_set *set, const struct slots_tool *tool,
                       struct bytes arguments, struct buf *scratch);

/* Whether the tool runs shell text. */
bool slots_is_shell_tool(struct bytes tool);

#endif
