/* SPDX-License-Identifier: MIT */
/* damage.h: doing harm to the files of a store, and telling whether anybody
 * did. */
#ifndef REVERIE_TESTS_UNIT_STORE_DAMAGE_H
#define REVERIE_TESTS_UNIT_STORE_DAMAGE_H

#include <sys/types.h>

#include "base/base.h"

enum {
    DAMAGE_PATH_MAX = 512
};

/* The path of the largest file whose name ends in ${suffix}. */
void damage_largest(const char *directory, const char *suffix,
                    char out[DAMAGE_PATH_MAX]);

off_t damage_size(const char *path);

/* Flips one bit of the byte at ${offset}; a second time mends it. */
void damage_flip(const char *path, off_t offset);

/* Overwrites the whole file with zeros. */
void damage_wipe(const char *path);

/* A number that changes with any name or byte of the directory's files. */
uint64_t damage_digest(const char *directory);

#endif
