/* SPDX-License-Identifier: MIT */
/* alphabet.h: tool calls as steps: a small number and a name for each.
 *
 * A name says tool, verb and class of object: "git.commit", "test.run",
 * "edit.file:.go", "sql.describe". A shell call is one step a command. A
 * step has two symbols, 2 * number and, where it failed, one more; number 0 is
 * "other", for what came after the alphabet was full. An alphabet belongs to
 * one team. Numbers go by first appearance: nothing but names may order what
 * is found.
 * Threads: an alphabet belongs to one thread. */
#ifndef REVERIE_PLUGIN_WORKFLOW_STEPS_ALPHABET_H
#define REVERIE_PLUGIN_WORKFLOW_STEPS_ALPHABET_H

#include "plugin/read/tuple.h"

enum {
    ALPHABET_MAX = 4096,
    STEPS_PER_CALL_MAX = 4,
    STEP_NAME_MAX = 48
};

enum step_traits {
    STEP_PROTECTED = 1, /* asks, confirms, refuses, checks or tests */
    STEP_SUPPRESSOR = 2 /* turns a check off: never part of advice */
};

struct alphabet;

struct alphabet *alphabet_new(void) MUST_CHECK;
void alphabet_free(struct alphabet *alphabet);

/* The steps of a call, in order; their numbers into ${out}. Gives how many;
 * 0 for a call that only moves about. ${quote} is what the call said. */
size_t alphabet_read(struct alphabet *alphabet, const struct tuple_call *call,
                     struct bytes quote, uint16_t out[STEPS_PER_CALL_MAX]);

/* Whether flags, as in "--no-verify -m", make a check not happen, or not
 * count. */
bool flags_suppress(struct bytes flags);

/* Steps known, "other" included. */
uint32_t alphabet_size(const struct alphabet *alphabet);

/* Steps that were new when the alphabet was full. */
uint64_t alphabet_refused(const struct alphabet *alphabet);

/* Lends the name; its hash and traits. */
struct bytes alphabet_name(const struct alphabet *alphabet, uint32_t step);
uint64_t alphabet_hash(const struct alphabet *alphabet, uint32_t step);
unsigned alphabet_traits(const struct alphabet *alphabet, uint32_t step);

#endif
