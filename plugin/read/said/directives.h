/* SPDX-License-Identifier: MIT */
/* directives.h: what a message of a person tells the agent to do, always.
 *
 * Takes prose apart into sentences, leaves out what is quoted or pasted, and
 * gives each sentence to the grammar. Whose message it is was decided before:
 * only texts of owners and users may come here.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_SAID_DIRECTIVES_H
#define REVERIE_PLUGIN_READ_SAID_DIRECTIVES_H

#include "base/arena.h"
#include "plugin/read/tuple.h"

enum {
    DIRECTIVES_TEXT_MAX = 2000, /* a longer message is pasted, not written */
    DIRECTIVES_SENTENCE_MAX = TUPLE_QUOTE_MAX
};

/* ${directive} and ${sentence} are lent until the return. */
typedef void (*directives_visit)(void *context,
                                 const struct tuple_directive *directive,
                                 struct bytes sentence);

/* Visits the directives of ${text}, already redacted, in order. Keys are lent
 * by ${arena}. */
void directives_read(struct bytes text, struct arena *arena,
                     directives_visit visit, void *context);

#endif
