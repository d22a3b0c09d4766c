/* SPDX-License-Identifier: MIT */
/* token_class.h: what a single token is.
 *
 * Decided from what the token is made of, without a dictionary of programs or
 * systems: counts of digits, letters and separators, then the form. Linear.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_MASK_TOKEN_CLASS_H
#define REVERIE_PLUGIN_READ_MASK_TOKEN_CLASS_H

#include "plugin/read/tuple.h"

/* What one token is; MASK_NONE for an ordinary word. */
enum mask token_classify(struct bytes token);

/* Whether a token of this class is constant all the same: exit codes, HTTP
 * statuses, errno names, compiler codes, SQL states, names of exceptions.
 * ${before} is the word before it. */
bool token_is_protected(struct bytes token, enum mask mask,
                        struct bytes before);

/* Whether a name from code carries a number of its own, "block_-1608",
 * "attempt_1445_0020_m", "worker-17": it names a thing rather than a kind of
 * thing. A short number glued to letters ("ssh2", "utf8", "E0308") does not
 * count. */
bool token_is_numbered(struct bytes token);

/* The unit of a size or a time, as a word of its own: MASK_SIZE for "KB",
 * MASK_DUR for "seconds", else MASK_NONE. */
enum mask token_unit(struct bytes word);

/* A path without a position behind it: "a.go" of "a.go:12:3". */
struct bytes token_path(struct bytes token);

/* Length of a redactor's placeholder or of an earlier mask at the begin of
 * ${text}, "<SECRET:k3f9>"; 0 if there is none. */
size_t token_placeholder_len(struct bytes text);

#endif
