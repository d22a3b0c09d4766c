/* SPDX-License-Identifier: MIT */
/* command.h: the table of commands, one row each, and what every one gets.
 *
 * A row has the name as it is typed, a line for the overview, what stands in
 * help, the options, and the function that runs it. Everything about the
 * command line that is not in a row is here: finding the command, help, exit
 * codes, the options that all commands with a connection share.
 * Threads: the main thread. */
#ifndef REVERIE_CLI_COMMAND_H
#define REVERIE_CLI_COMMAND_H

#include <stdio.h>

#include "cli/arguments.h"

/* What a process of ours ends with; `reverie help exit-codes`. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_REFUSED = 1,     /* refused, or failed */
    EXIT_USAGE = 2,       /* the command line is wrong */
    EXIT_NO_BROKER = 3,   /* cannot connect */
    EXIT_TIMED_OUT = 4,   /* no answer in time */
    EXIT_FAULTS = 5,      /* a check found faults */
    EXIT_INTERRUPTED = 6, /* the connection or a part ended under way */
    EXIT_CODES
};

struct context;

struct command {
    const char *name;     /* "review approve" */
    const char *synopsis; /* "CHANGE [--reason TEXT]" */
    const char *summary;  /* one line, without a full stop */
    const char *text;     /* what it does, with examples; ends in a newline */
    const struct option *options;
    size_t option_count;
    bool connects; /* has --connect, --token, --swarm, --json, --timeout */
    size_t words_min;
    size_t words_max;
    const struct setting *settings; /* or NULL: options from a settings table */
    const size_t *setting_count;
    enum exit_code (*run)(struct context *context);
};

/* What a command works with. */
struct context {
    const struct command *command;
    struct arguments arguments;
    struct settings *settings;
    const char *program; /* as it was called */
    FILE *out;
    FILE *err;
    bool json;
};

/* Finds, reads and runs. ${argv} without the program. */
enum exit_code command_main(const char *program, int argc,
                            const char *const *argv, FILE *out, FILE *err);

/* The rows, in the order of the overview. */
extern const struct command *const command_table[];
extern const size_t command_count;

/* The options every command with a connection has. */
extern const struct option command_shared_options[];
extern const size_t command_shared_option_count;

/* Appends the help of one command, of a group ("memory"), or the overview. */
void command_help(const struct command *command, struct buf *out);
void command_group_help(const char *group, struct buf *out);
void command_overview(struct buf *out);

/* Appends the list of exit codes. */
void command_exit_codes(struct buf *out);

/* Says ${format} on the error stream, a line. All that a command says there
 * goes through this or the next one: arguments, lines of files and what others
 * wrote are shown with what a terminal would obey in signs (base/text/glyph.h).
 */
void command_say(const struct context *context, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* The same, behind "reverie COMMAND: ". */
void command_complain(const struct context *context, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* command_complain with the reason in the arguments; gives EXIT_USAGE. */
enum exit_code command_misused(const struct context *context);

/* Writes out and empties ${text}; a reader that is gone ends it silently. */
void command_print(const struct context *context, struct buf *text);

#endif
