/* SPDX-License-Identifier: MIT */
#include "store/engine/rocks.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "base/log.h"

/* Reading and writing. Error texts of RocksDB end here and in rocks_open.c:
 * they are logged once and become an enum err. */

enum {
    COMPACT_BOTTOM_FORCED = 2,
    SCRUB_PAUSE_NS = 1000 * 1000,
    SCRUB_TRIES = 10 * 1000 /* 10 seconds */
};

struct engine_batch {
    rocksdb_writebatch_t *writes;
};

struct engine_iterator {
    struct rocks *rocks;
    rocksdb_iterator_t *walk;
    rocksdb_readoptions_t *reading;
    uint8_t *upper; /* RocksDB keeps the bound by reference */
    bool started;
};

struct rocks *rocks_of(struct engine *engine)
{
    return (struct rocks *)(void *)engine;
}

/* ---- writing ------------------------------------------------------------ */

static struct engine_batch *rocks_batch_new(void)
{
    struct engine_batch *batch = mem_new(sizeof(*batch));
    batch->writes = rocksdb_writebatch_create();
    return batch;
}

static void rocks_batch_free(struct engine_batch *batch)
{
    rocksdb_writebatch_destroy(batch->writes);
    free(batch);
}

static void rocks_batch_clear(struct engine_batch *batch)
{
    rocksdb_writebatch_clear(batch->writes);
}

static void rocks_batch_put(struct engine *engine, struct engine_batch *batch,
                            enum family family, struct bytes key,
                            struct bytes value)
{
    rocksdb_writebatch_put_cf(batch->writes, rocks_of(engine)->families[family],
                              (const char *)key.data, key.len,
                              (const char *)value.data, value.len);
}

static void rocks_batch_remove(struct engine *engine,
                               struct engine_batch *batch, enum family family,
                               struct bytes key)
{
    rocksdb_writebatch_delete_cf(batch->writes,
                                 rocks_of(engine)->families[family],
                                 (const char *)key.data, key.len);
}

static void rocks_batch_remove_range(struct engine *engine,
                                     struct engine_batch *batch,
                                     enum family family, struct bytes from,
                                     struct bytes to)
{
    rocksdb_writebatch_delete_range_cf(
        batch->writes, rocks_of(engine)->families[family],
        (const char *)from.data, from.len, (const char *)to.data, to.len);
}

static enum err rocks_write(struct engine *engine, struct engine_batch *batch)
{
    struct rocks *rocks = rocks_of(engine);
    char *text = NULL;
    rocksdb_write(rocks->db, rocks->writing, batch->writes, &text);
    enum err err = rocks_settle(rocks, "write", text, NULL);
    return err == ERR_OK ? ERR_OK : ERR_IO;
}

static enum err rocks_sync(struct engine *engine)
{
    struct rocks *rocks = rocks_of(engine);
    char *text = NULL;
    rocksdb_flush_wal(rocks->db, 1, &text);
    enum err err = rocks_settle(rocks, "sync", text, NULL);
    return err == ERR_OK ? ERR_OK : ERR_IO;
}

/* Files that are no longer needed are deleted by the job that made them so,
 * after it has told whoever waits for it. Waits until no such job runs. */
static void wait_for_deletions(struct rocks *rocks, const char *counter)
{
    const struct timespec pause = {.tv_nsec = SCRUB_PAUSE_NS};
    uint64_t running = 1;
    for (int tries = 0; tries < SCRUB_TRIES; tries++) {
        if (rocksdb_property_int(rocks->db, counter, &running) != 0 ||
            running == 0) {
            return;
        }
        nanosleep(&pause, NULL);
    }
    log_line(LOG_WARN, "STORE-SCRUB-SLOW", "counter=%s running=%llu", counter,
             (unsigned long long)running);
}

/* A journal goes when every family that wrote to it was flushed. */
static enum err flush_all(struct rocks *rocks)
{
    rocksdb_flushoptions_t *flushing = rocksdb_flushoptions_create();
    rocksdb_flushoptions_set_wait(flushing, 1);
    char *text = NULL;
    for (enum family each = 0; each < FAMILY_COUNT && !text; each++) {
        rocksdb_flush_cf(rocks->db, flushing, rocks->families[each], &text);
    }
    rocksdb_flushoptions_destroy(flushing);
    return rocks_settle(rocks, "flush", text, NULL);
}

static enum err rocks_scrub(struct engine *engine, enum family family,
                            struct bytes key)
{
    struct rocks *rocks = rocks_of(engine);
    if (flush_all(rocks) != ERR_OK) {
        return ERR_IO;
    }
    rocksdb_compactoptions_t *compacting = rocksdb_compactoptions_create();
    rocksdb_compactoptions_set_bottommost_level_compaction(
        compacting, COMPACT_BOTTOM_FORCED);
    rocksdb_compact_range_cf_opt(rocks->db, rocks->families[family], compacting,
                                 (const char *)key.data, key.len,
                                 (const char *)key.data, key.len);
    rocksdb_compactoptions_destroy(compacting);
    wait_for_deletions(rocks, "rocksdb.num-running-flushes");
    wait_for_deletions(rocks, "rocksdb.num-running-compactions");
    return ERR_OK;
}

/* ---- reading ------------------------------------------------------------ */

static struct bytes view_of(const char *data, size_t len)
{
    return bytes_of(data, len);
}

static enum err rocks_get(struct engine *engine, enum family family,
                          struct bytes key, struct buf *out)
{
    struct rocks *rocks = rocks_of(engine);
    char *text = NULL;
    rocksdb_pinnableslice_t *found = rocksdb_get_pinned_cf(
        rocks->db, rocks->reading, rocks->families[family],
        (const char *)key.data, key.len, &text);
    enum err err = rocks_settle(rocks, "get", text, NULL);
    if (err != ERR_OK) {
        return err == ERR_CORRUPT ? ERR_CORRUPT : ERR_IO;
    }
    if (!found) {
        return ERR_NOT_FOUND;
    }
    size_t len = 0;
    const char *data = rocksdb_pinnableslice_value(found, &len);
    buf_reset(out);
    buf_add(out, view_of(data, len));
    rocksdb_pinnableslice_destroy(found);
    return buf_error(out);
}

static struct engine_iterator *rocks_iterate(struct engine *engine,
                                             enum family family,
                                             struct bytes from, struct bytes to)
{
    struct rocks *rocks = rocks_of(engine);
    struct engine_iterator *iterator = mem_new(sizeof(*iterator));
    iterator->rocks = rocks;
    iterator->reading = rocksdb_readoptions_create();
    iterator->upper = mem_new(to.len + 1);
    memcpy(iterator->upper, to.data, to.len);
    rocksdb_readoptions_set_iterate_upper_bound(
        iterator->reading, (const char *)iterator->upper, to.len);
    iterator->walk = rocksdb_create_iterator_cf(rocks->db, iterator->reading,
                                                rocks->families[family]);
    rocksdb_iter_seek(iterator->walk, (const char *)from.data, from.len);
    return iterator;
}

static void rocks_iterator_free(struct engine_iterator *iterator)
{
    rocksdb_iter_destroy(iterator->walk);
    rocksdb_readoptions_destroy(iterator->reading);
    free(iterator->upper);
    free(iterator);
}

static enum err walk_error(struct rocks *rocks, rocksdb_iterator_t *walk)
{
    char *text = NULL;
    rocksdb_iter_get_error(walk, &text);
    enum err err = rocks_settle(rocks, "iterate", text, NULL);
    if (err == ERR_OK) {
        return ERR_NOT_FOUND;
    }
    return err == ERR_CORRUPT ? ERR_CORRUPT : ERR_IO;
}

static enum err rocks_iterator_next(struct engine_iterator *iterator,
                                    struct bytes *out_key,
                                    struct bytes *out_value)
{
    if (iterator->started && rocksdb_iter_valid(iterator->walk)) {
        rocksdb_iter_next(iterator->walk);
    }
    iterator->started = true;
    if (!rocksdb_iter_valid(iterator->walk)) {
        return walk_error(iterator->rocks, iterator->walk);
    }
    size_t len = 0;
    const char *data = rocksdb_iter_key(iterator->walk, &len);
    *out_key = view_of(data, len);
    data = rocksdb_iter_value(iterator->walk, &len);
    *out_value = view_of(data, len);
    return ERR_OK;
}

static enum err rocks_last(struct engine *engine, enum family family,
                           struct bytes from, struct bytes to,
                           struct buf *out_key, struct buf *out_value)
{
    struct rocks *rocks = rocks_of(engine);
    rocksdb_iterator_t *walk = rocksdb_create_iterator_cf(
        rocks->db, rocks->reading, rocks->families[family]);
    rocksdb_iter_seek_for_prev(walk, (const char *)to.data, to.len);
    size_t len = 0;
    const char *data = NULL;
    if (rocksdb_iter_valid(walk)) {
        data = rocksdb_iter_key(walk, &len);
        if (bytes_equal(view_of(data, len), to)) {
            rocksdb_iter_prev(walk);
        }
    }
    enum err err = ERR_OK;
    if (!rocksdb_iter_valid(walk)) {
        err = walk_error(rocks, walk);
        goto end;
    }
    data = rocksdb_iter_key(walk, &len);
    if (bytes_compare(view_of(data, len), from) < 0) {
        err = ERR_NOT_FOUND;
        goto end;
    }
    buf_add(out_key, view_of(data, len));
    data = rocksdb_iter_value(walk, &len);
    buf_add(out_value, view_of(data, len));
    err = buf_error(out_key) == ERR_OK ? buf_error(out_value) : ERR_TOO_BIG;
end:
    rocksdb_iter_destroy(walk);
    return err;
}

/* ---- upkeep ------------------------------------------------------------- */

static uint64_t rocks_disk_bytes(struct engine *engine)
{
    DIR *folder = opendir(rocks_of(engine)->path);
    if (!folder) {
        return 0;
    }
    uint64_t bytes = 0;
    /* Thread-safe for distinct streams (glibc). */
    for (struct dirent *file; (file = readdir(folder));) {
        struct stat status;
        if (fstatat(dirfd(folder), file->d_name, &status, 0) == 0 &&
            S_ISREG(status.st_mode)) {
            bytes += (uint64_t)status.st_size;
        }
    }
    closedir(folder);
    return bytes;
}

static uint64_t rocks_free_bytes(struct engine *engine)
{
    struct statvfs status;
    if (statvfs(rocks_of(engine)->path, &status) != 0) {
        return 0;
    }
    return (uint64_t)status.f_bavail * (uint64_t)status.f_frsize;
}

const struct engine_ops rocks_ops = {
    .name = "rocksdb",
    .close = rocks_close,
    .get = rocks_get,
    .batch_new = rocks_batch_new,
    .batch_free = rocks_batch_free,
    .batch_clear = rocks_batch_clear,
    .batch_put = rocks_batch_put,
    .batch_remove = rocks_batch_remove,
    .batch_remove_range = rocks_batch_remove_range,
    .write = rocks_write,
    .sync = rocks_sync,
    .scrub = rocks_scrub,
    .iterate = rocks_iterate,
    .iterator_free = rocks_iterator_free,
    .iterator_next = rocks_iterator_next,
    .last = rocks_last,
    .disk_bytes = rocks_disk_bytes,
    .free_bytes = rocks_free_bytes,
    .check_files = rocks_check_files,
};
