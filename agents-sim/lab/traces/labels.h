/* SPDX-License-Identifier: MIT */
/* labels.h: the files that say what is true of a recorded trace.
 *
 * Whole files, files of JSON Lines, and which files of a folder there are. What
 * a file means is for the one who reads it.
 * Threads: any. */
#ifndef REVERIE_AGENTS_SIM_LAB_TRACES_LABELS_H
#define REVERIE_AGENTS_SIM_LAB_TRACES_LABELS_H

#include "base/bytes.h"

struct json;

/* Appends all of a file. ERR_NOT_FOUND: it cannot be read; ERR_FULL: it is
 * larger than ${out} may be. */
MUST_CHECK enum err labels_text(const char *path, struct buf *out);

/* Takes one row, which is lent for the call. */
typedef enum err (*labels_row)(void *context, const struct json *row);

/* Hands every row of a file of JSON Lines to ${take}; ends with its first
 * error. ERR_NOT_FOUND: the file cannot be read; ERR_INVALID: a line is no
 * JSON. */
MUST_CHECK enum err labels_each(const char *path, labels_row take,
                                void *context);

/* Takes the part of a name between ${prefix} and ${suffix}. */
typedef enum err (*labels_name)(void *context, const char *name);

/* Hands the names of the files in ${folder} that begin with ${prefix} and end
 * with ${suffix} to ${take}, without either, by name; ends with its first
 * error. A folder that is not there has none. */
MUST_CHECK enum err labels_files(const char *folder, const char *prefix,
                                 const char *suffix, labels_name take,
                                 void *context);

#endif
