/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/slots.h"

#include <string.h>

#include "base/text/ascii.h"
#include "plugin/read/call/json_walk.h"
#include "plugin/read/call/program.h"
#include "plugin/read/call/shape.h"
#include "plugin/read/call/shell_slots.h"
#include "plugin/read/call/sql.h"

enum {
    ARGV_MAX = 16
};

struct context {
    struct slot_set *set;
    struct bytes tool;
    bool is_shell;
    bool is_sql;
    struct bytes argv[ARGV_MAX]; /* of a command given as an array */
    size_t argc;
};

bool slots_is_shell_tool(struct bytes tool)
{
    static const char *const tools[] = {"bash",
                                        "shell",
                                        "terminal",
                                        "exec",
                                        "exec_command",
                                        "execute_command",
                                        "run_command",
                                        "run_in_terminal",
                                        "run_terminal_cmd",
                                        "execute_bash",
                                        "local_shell",
                                        "sh",
                                        "container.exec",
                                        NULL};
    return ascii_among(tool, tools);
}

static bool is_sql_tool(struct bytes tool)
{
    return ascii_holds(tool, "sql") || ascii_holds(tool, "query") ||
           ascii_holds(tool, "database");
}

static bool is_command_path(struct bytes path)
{
    static const char *const paths[] = {"command", "cmd", "script", "input",
                                        NULL};
    return path.len == 0 || ascii_among(path, paths);
}

static bool is_statement_path(struct bytes path)
{
    static const char *const paths[] = {"sql", "query", "statement", NULL};
    return path.len == 0 || ascii_among(path, paths);
}

static bool is_argv_path(struct bytes path)
{
    return bytes_equal_text(path, "command[]") ||
           bytes_equal_text(path, "cmd[]") || bytes_equal_text(path, "[]");
}

/* The last part of "a.b[].c". */
static struct bytes last_part(struct bytes path)
{
    size_t at = path.len;
    while (at > 0 && path.data[at - 1] != '.') {
        at--;
    }
    return bytes_slice(path, at, path.len);
}

/* Arguments that carry what the work is about, or who: never a choice of how
 * to work. */
static bool is_content(struct bytes name)
{
    static const char *const names[] = {
        "content",    "text",       "prompt",    "description",
        "message",    "body",       "subject",   "query",
        "pattern",    "thought",    "reasoning", "summary",
        "old_string", "new_string", "old_str",   "new_str",
        "title",      "question",   "answer",    "expression",
        "activeform", "first_name", "last_name", "email",
        "phone",      "address",    "reason",    "justification",
        NULL};
    return ascii_among(name, names);
}

/* "user_id", "taskId", "id": given by a machine, whatever they look like. */
static bool is_id(struct bytes name)
{
    return ascii_equal(name, "id") || ascii_ends(name, "_id") ||
           ascii_ends(name, "-id") ||
           (name.len > 2 &&
            bytes_equal_text(bytes_slice(name, name.len - 2, 2), "Id"));
}

static void add_value(struct context *context, struct bytes path,
                      struct bytes value)
{
    struct bytes name = last_part(path);
    bool is_text = path.len == 0 && context->is_sql;
    if (is_text || is_content(name)) {
        return;
    }
    struct bytes parts[] = {context->tool,
                            path.len ? path : BYTES_LITERAL("text")};
    if (is_id(name)) {
        slot_set_add_path(context->set, SLOT_SHAPE, parts, 2,
                          BYTES_LITERAL("<ID>"));
        return;
    }
    struct shape shape;
    shape_of(value, &shape);
    /* Prose is content, not a choice. */
    if (!bytes_equal_text(shape_text(&shape), "<TEXT>")) {
        slot_set_add_path(context->set, shape.form, parts, 2,
                          shape_text(&shape));
    }
}

static void keep_argument(struct context *context, struct bytes value)
{
    struct bytes kept = arena_copy(context->set->arena, value);
    if (context->argc < ARGV_MAX && kept.data) {
        context->argv[context->argc++] = kept;
    }
}

static void add_string(struct context *context, struct bytes path,
                       struct bytes value)
{
    if (context->is_shell && is_command_path(path)) {
        shell_slots_add(context->set, value);
    } else if (context->is_shell && is_argv_path(path)) {
        keep_argument(context, value);
    } else if (context->is_sql && is_statement_path(path) &&
               sql_is_statement(value)) {
        sql_slots_add(context->set, value);
    } else {
        add_value(context, path, value);
    }
}

static void visit(void *opaque, struct bytes path, enum json_walk_kind kind,
                  struct bytes value)
{
    struct context *context = opaque;
    switch (kind) {
    case JSON_WALK_STRING:
        add_string(context, path, value);
        break;
    case JSON_WALK_NUMBER:
    case JSON_WALK_TRUE:
    case JSON_WALK_FALSE:
        add_value(context, path, value);
        break;
    case JSON_WALK_NULL:
    case JSON_WALK_EMPTY:
        break;
    }
}

/* ["bash", "-lc", "text"] runs the text; any other array is one command, whose
 * words are joined: they were split where spaces would have split them. */
static void add_argv(struct context *context)
{
    struct bytes name = context->argv[0];
    size_t slash = name.len;
    while (slash > 0 && name.data[slash - 1] != '/') {
        slash--;
    }
    name = bytes_slice(name, slash, name.len);
    bool has_text = context->argc >= 3 && program_is_shell(name) &&
                    ascii_ends(context->argv[1], "c");
    if (has_text) {
        shell_slots_add(context->set, context->argv[2]);
        return;
    }
    uint8_t text[1024];
    size_t len = 0;
    for (size_t i = 0; i < context->argc; i++) {
        struct bytes part = context->argv[i];
        if (part.len + 1 > sizeof(text) - len) {
            break;
        }
        if (part.len) {
            memcpy(text + len, part.data, part.len);
        }
        len += part.len;
        text[len++] = ' ';
    }
    shell_slots_add(context->set, bytes_of(text, len));
}

struct slots_tool slots_tool_of(struct bytes name)
{
    return (struct slots_tool){.name = name,
                               .family = program_tool_family(name),
                               .is_shell = slots_is_shell_tool(name),
                               .is_sql = is_sql_tool(name)};
}

void slots_add_call(struct slot_set *set, struct bytes tool,
                    struct bytes arguments, struct buf *scratch)
{
    const struct slots_tool named = slots_tool_of(tool);
    slots_add_call_of(set, &named, arguments, scratch);
}

void slots_add_call_of(struct slot_set *set, const struct slots_tool *tool,
                       struct bytes arguments, struct buf *scratch)
{
    struct context context = {.set = set,
                              .tool = tool->name,
                              .is_shell = tool->is_shell,
                              .is_sql = tool->is_sql};
    slot_set_add(set, SLOT_COMMAND, BYTES_LITERAL("tool"), tool->name);
    if (tool->family) {
        shell_slots_add_family(set, tool->family, tool->name);
    }
    if (arguments.len &&
        json_walk(arguments, scratch, visit, &context) != ERR_OK) {
        set->is_cut = true;
    }
    if (context.argc) {
        add_argv(&context);
    }
}
