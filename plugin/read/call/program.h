/* SPDX-License-Identifier: MIT */
/* program.h: what is known of programs: tables, and nothing else.
 *
 * Families are programs that can stand in for each other, so that the one a
 * team takes is a choice. A program that is in no table is still read; it just
 * belongs to no family and has no sub-commands.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_CALL_PROGRAM_H
#define REVERIE_PLUGIN_READ_CALL_PROGRAM_H

#include "base/bytes.h"

enum program_traits {
    PROGRAM_SUBCOMMANDS = 1, /* "git commit": the first word says what */
    PROGRAM_CLUSTERS = 2,    /* "-la" is "-l -a" */
    PROGRAM_RUNS_TASKS = 4,  /* "npm test", "make lint": words are tasks */
    PROGRAM_SILENT = 8       /* says nothing about how people work */
};

struct program {
    const char *name;
    const char *family; /* NULL: none, or it depends on the sub-command */
    unsigned traits;
};

/* NULL for a program that is not in the table. */
const struct program *program_find(struct bytes name);

/* Whether "${program} ${sub}" has sub-commands of its own. */
bool program_nests(struct bytes program, struct bytes sub);

/* The family of "${program} ${sub}", where it differs from the program's:
 * "npm install" -> "package-manager", "go vet" -> "linter". NULL if none. */
const char *program_sub_family(struct bytes program, struct bytes sub);

/* The family of a task by its name: "lint:fix" -> "linter"; NULL if none. */
const char *program_task_family(struct bytes task);

/* Whether "${program} ${sub}" means "run the task named next": "npm run", but
 * not "go run". */
bool program_is_run(struct bytes program, struct bytes sub);

/* The global option of ${program} that is followed by a value: "git -C". */
bool program_option_takes_value(struct bytes program, struct bytes option);

/* A program that runs the command behind it. */
struct wrapper {
    const char *name;
    const char *sub;           /* "run" of "uv run"; NULL: the name alone */
    const char *value_options; /* letters of short options with a value */
    unsigned positionals;      /* words before the command: 1 for timeout */
    const char *family;        /* "package-runner"; NULL: not a choice */
};

/* The wrapper that a command with these first two words is, or NULL. */
const struct wrapper *program_wrapper(struct bytes name, struct bytes sub);

/* Whether ${name} is a shell whose -c takes a command text. */
bool program_is_shell(struct bytes name);

/* The family of a tool of the harness that does what a program does:
 * "Grep" -> "search"; NULL if none. */
const char *program_tool_family(struct bytes tool);

#endif
