/* SPDX-License-Identifier: MIT */
/* rocks.h: the inside of the RocksDB engine, for rocks.c and rocks_open.c and
 * nobody else. */
#ifndef REVERIE_STORE_ENGINE_ROCKS_H
#define REVERIE_STORE_ENGINE_ROCKS_H

#include <rocksdb/c.h>

#include "store/engine/engine_ops.h"

enum {
    ROCKS_WHY_MAX = 4096
};

struct rocks {
    struct engine engine;
    char *path;
    rocksdb_t *db;
    rocksdb_cache_t *cache;
    rocksdb_options_t *options[FAMILY_COUNT];
    rocksdb_block_based_table_options_t *tables[FAMILY_COUNT];
    rocksdb_column_family_handle_t *families[FAMILY_COUNT];
    rocksdb_readoptions_t *reading;
    rocksdb_writeoptions_t *writing;
    bool is_reading; /* of one thread, which wants no diary of each fault */
    int lock_file;   /* -1: RocksDB holds the lock itself */
};

extern const struct engine_ops rocks_ops;

struct rocks *rocks_of(struct engine *engine);

/* What is wrong, from RocksDB's words. */
enum err rocks_err(const char *text);

/* Consumes RocksDB's ${text} (NULL: no error): logs it, or, where the engine
 * is open for reading, notes which file it blames; appends it, without the
 * directory, to ${out_why} (may be NULL). */
MUST_CHECK enum err rocks_settle(struct rocks *rocks, const char *what,
                                 char *text, struct buf *out_why);

void rocks_close(struct engine *engine);
void rocks_check_files(struct engine *engine,
                       void (*file)(void *context, const char *name,
                                    int64_t bytes, int64_t bytes_wanted),
                       void *context);

#endif
