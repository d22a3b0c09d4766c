/* SPDX-License-Identifier: MIT */
/* input.h: texts that a command takes from its words, a file or standard
 * input.
 * Threads: the main thread. */
#ifndef REVERIE_CLI_COMMANDS_INPUT_H
#define REVERIE_CLI_COMMANDS_INPUT_H

#include "cli/command.h"

enum {
    INPUT_MEMORY_MAX = 102400 /* bytes of a memory */
};

/* Appends word ${word} if there is one, else the file that the option
 * ${option} names ("-": standard input). Complains where there is neither, or
 * it cannot be read, or is larger than ${out} may become. */
enum exit_code input_text(struct context *context, size_t word,
                          const char *option, struct buf *out);

#endif
