/* SPDX-License-Identifier: MIT */
/* flags.h: the flags of a command as one canonical text.
 *
 * Sorted, each once, values and counts left out, so that "-n 5 --oneline" and
 * "--oneline -n20" are the same way to call "git log": "--oneline -n".
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_CALL_FLAGS_H
#define REVERIE_PLUGIN_READ_CALL_FLAGS_H

#include "plugin/read/tuple.h"

/* Writes the flags among ${words} to ${out} (TUPLE_OPTION_MAX bytes) and gives
 * their length: "none" without flags, 0 where they are too many to be a habit.
 * With ${splits}, "-la" counts as "-l -a" and is written "-al". */
size_t flags_of(const struct bytes *words, size_t count, bool splits,
                char out[TUPLE_OPTION_MAX]);

#endif
