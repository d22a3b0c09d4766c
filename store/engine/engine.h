/* SPDX-License-Identifier: MIT */
/* engine.h: ordered key spaces with atomic batches, what a store stands on.
 *
 * A key space is a family; keys are byte strings in byte order. Two
 * implementations, RocksDB (rocks.c) and memory (memory.c), behind one table
 * of functions. Knows nothing of events: layouts are format/.
 *
 * A write survives the end of the process when engine_write returns, and a
 * power cut after engine_sync. The first write or sync that fails makes the
 * engine unusable: every later one is ERR_IO.
 *
 * Threads: an engine may be used by any number of threads; a batch and an
 * iterator belong to one. */
#ifndef REVERIE_STORE_ENGINE_ENGINE_H
#define REVERIE_STORE_ENGINE_ENGINE_H

#include "base/bytes.h"

/* One list for the families and their names in the files. Append only. */
#define FAMILY_LIST(X)                                                         \
    X(META, "default")                                                         \
    X(EVENTS, "events")                                                        \
    X(SESSIONS, "by_session")                                                  \
    X(INBOX, "inbox")                                                          \
    X(CURSORS, "cursors")                                                      \
    X(DEDUPE, "dedupe")                                                        \
    X(IMPORTS, "imports")                                                      \
    X(NAMES, "names")                                                          \
    X(TABLES, "tables")

enum family {
#define FAMILY_ENUM(code, name) FAMILY_##code,
    FAMILY_LIST(FAMILY_ENUM)
#undef FAMILY_ENUM
    FAMILY_COUNT
};

const char *family_name(enum family family);

struct engine;
struct engine_batch;
struct engine_iterator;

/* Opens the engine in directory ${path}, creating it if absent. Gives
 * *out_engine (engine_close). ERR_LOCKED, ERR_UNSUPPORTED (families of a newer
 * release), ERR_CORRUPT, ERR_IO; ${out_why} (may be NULL) says more. */
MUST_CHECK enum err engine_open_rocks(const char *path, int64_t cache_bytes,
                                      struct buf *out_why,
                                      struct engine **out_engine);
struct engine *engine_new_memory(void) MUST_CHECK;

/* What engine_open_reading lets pass, where a start would refuse. */
struct engine_leniency {
    bool torn_journal; /* as a start does */
    bool bad_journal;  /* records that do not match are left out */
    bool bad_files;    /* table files that are missing or damaged */
};

/* Opens for reading alone: writes no byte, and keeps a process from opening it
 * for writing meanwhile. The engine may be used by one thread, and nothing may
 * be written through it. ERR_NOT_FOUND: there is no store; else as
 * engine_open_rocks. */
MUST_CHECK enum err engine_open_reading(const char *path,
                                        const struct engine_leniency *leniency,
                                        struct buf *out_why,
                                        struct engine **out_engine);
void engine_close(struct engine *engine);

const char *engine_name(const struct engine *engine);

/* The value of ${key}, replacing the content of ${out}. ERR_NOT_FOUND. */
MUST_CHECK enum err engine_get(struct engine *engine, enum family family,
                               struct bytes key, struct buf *out);

/* ---- writing ------------------------------------------------------------ */

/* An empty batch; gives it (engine_batch_free). Keys and values are copied
 * in; operations apply in order, all or none. */
struct engine_batch *engine_batch_new(struct engine *engine) MUST_CHECK;
void engine_batch_free(struct engine *engine, struct engine_batch *batch);
void engine_batch_clear(struct engine *engine, struct engine_batch *batch);
void engine_batch_put(struct engine *engine, struct engine_batch *batch,
                      enum family family, struct bytes key, struct bytes value);
void engine_batch_remove(struct engine *engine, struct engine_batch *batch,
                         enum family family, struct bytes key);

/* Removes every key from ${from} up to but not including ${to}. */
void engine_batch_remove_range(struct engine *engine,
                               struct engine_batch *batch, enum family family,
                               struct bytes from, struct bytes to);

MUST_CHECK enum err engine_write(struct engine *engine,
                                 struct engine_batch *batch);
MUST_CHECK enum err engine_sync(struct engine *engine);

/* Drops from the files what was overwritten under ${key}, and every journal
 * that may still hold it. Takes as long as rewriting the files around it. */
MUST_CHECK enum err engine_scrub(struct engine *engine, enum family family,
                                 struct bytes key);

/* ---- reading ------------------------------------------------------------ */

/* A walk over the keys from ${from} up to but not including ${to} as they are
 * now, before the first key; gives it (engine_iterator_free). Never NULL. */
struct engine_iterator *engine_iterate(struct engine *engine,
                                       enum family family, struct bytes from,
                                       struct bytes to) MUST_CHECK;
void engine_iterator_free(struct engine *engine,
                          struct engine_iterator *iterator);

/* The next key in order; lends both views until the next call. ERR_NOT_FOUND
 * at the end, ERR_CORRUPT, ERR_IO. */
MUST_CHECK enum err engine_iterator_next(struct engine *engine,
                                         struct engine_iterator *iterator,
                                         struct bytes *out_key,
                                         struct bytes *out_value);

/* The greatest key from ${from} up to but not including ${to}, appended to
 * ${out_key}, its value to ${out_value}. ERR_NOT_FOUND. */
MUST_CHECK enum err engine_last(struct engine *engine, enum family family,
                                struct bytes from, struct bytes to,
                                struct buf *out_key, struct buf *out_value);

/* ---- upkeep ------------------------------------------------------------- */

/* Bytes in files, and bytes free on their file system (UINT64_MAX in
 * memory). */
uint64_t engine_disk_bytes(struct engine *engine);
uint64_t engine_free_bytes(struct engine *engine);

/* Of an engine opened for reading: the file that the last failed read blamed
 * ("000012.sst"), or "". */
const char *engine_suspect(const struct engine *engine);

enum {
    ENGINE_FILE_MAX = 32
};

/* The name of the first file of an engine that ${text} mentions, or "". */
void engine_file_in(const char *text, char out[ENGINE_FILE_MAX]);

/* Calls ${file} for every file that belongs to the engine and is not there, or
 * not as long as it should be (${bytes} < 0: not there). */
void engine_check_files(struct engine *engine,
                        void (*file)(void *context, const char *name,
                                     int64_t bytes, int64_t bytes_wanted),
                        void *context);

/* For tests: the ${nth} write (or sync) from now fails with ${err} before it
 * reaches the implementation; 0: never. */
struct engine_faults {
    uint64_t write_nth;
    uint64_t sync_nth;
    enum err err;
    bool has_free_bytes; /* else the file system is asked */
    uint64_t free_bytes;
};
void engine_set_faults(struct engine *engine,
                       const struct engine_faults *faults);

#endif
