/* SPDX-License-Identifier: MIT */
/* shell.h: a text of shell as the simple commands it runs.
 *
 * A lexer, not a shell: it knows quotes, separators, redirections, subshells,
 * reserved words, comments and here-documents well enough to say which
 * programs are called with which words. It expands nothing, runs nothing,
 * follows no substitution, and reads hostile text in linear time. Where it
 * cannot tell, it gives fewer commands rather than wrong ones.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_CALL_SHELL_H
#define REVERIE_PLUGIN_READ_CALL_SHELL_H

#include "base/arena.h"
#include "base/bytes.h"

enum {
    SHELL_TEXT_MAX = 16 * 1024, /* bytes that are looked at */
    SHELL_WORDS_MAX = 48,       /* further words of a command are left out */
    SHELL_COMMANDS_MAX = 32
};

/* One simple command: its words with the quotes taken off, redirections and
 * leading assignments left out. */
struct shell_command {
    struct bytes words[SHELL_WORDS_MAX];
    size_t word_count;
    bool is_piped_into; /* reads what the command before it writes */
    bool is_cut;
};

/* ${command} is lent until the return; its words live in the arena. */
typedef void (*shell_visit)(void *context, const struct shell_command *command);

/* Visits the commands of ${text} in order. Returns false if something was
 * left out: a maximum, an open quote, a full arena. */
bool shell_walk(struct bytes text, struct arena *arena, shell_visit visit,
                void *context);

#endif
