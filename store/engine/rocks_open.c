/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "store/engine/rocks.h"

/* Opening and closing, and what goes wrong with it. */

enum {
    EVENTS_MEMTABLE_BYTES = 64 << 20,
    INDEX_MEMTABLE_BYTES = 8 << 20,
    JOURNAL_BYTES_MAX = 256 << 20, /* what a start replays at most */
    OPEN_FILES_MAX = 512,
    OPEN_FREE_MIN = 16 << 20, /* bytes of the disk, below which nothing opens */
    INFO_LOG_FILES = 4,
    INFO_LOG_BYTES = 4 << 20,
    CACHE_BYTES_DEFAULT = 64 << 20,
    INFO_LOG_WARNINGS = 2,
    BLOOM_BITS_PER_KEY = 10
};

/* ---- errors ------------------------------------------------------------- */

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum err rocks_err(const char *text)
{
    if (starts(text, "Corruption:")) {
        return ERR_CORRUPT;
    }
    if (starts(text, "Invalid argument:") || starts(text, "Not implemented:")) {
        return ERR_UNSUPPORTED;
    }
    if (starts(text, "IO error: lock ") ||
        starts(text, "IO error: While lock file")) {
        return ERR_LOCKED;
    }
    return ERR_IO;
}

/* Paths are long and known: "(/var/lib/x/log/000012.sst)" becomes
 * "(000012.sst)". */
static void add_reason(const struct rocks *rocks, const char *text,
                       struct buf *out)
{
    size_t len = strlen(rocks->path);
    const char *colon = strstr(text, ": ");
    const char *at = colon ? colon + 2 : text;
    while (*at) {
        const char *path = strstr(at, rocks->path);
        if (!path) {
            buf_add_text(out, at);
            return;
        }
        buf_add(out, bytes_of(at, (size_t)(path - at)));
        at = path + len;
        if (*at == '/') {
            at++;
        } else {
            buf_add_text(out, "the directory");
        }
    }
}

enum err rocks_settle(struct rocks *rocks, const char *what, char *text,
                      struct buf *out_why)
{
    if (!text) {
        return ERR_OK;
    }
    enum err err = rocks_err(text);
    if (rocks->is_reading) {
        engine_file_in(text, rocks->engine.suspect);
    } else {
        log_line(LOG_ERROR, "STORE-ENGINE", "call=%s code=%s text=\"%s\"", what,
                 err_name(err), text);
    }
    if (out_why) {
        add_reason(rocks, text, out_why);
    }
    rocksdb_free(text);
    return err;
}

/* ---- opening and closing ------------------------------------------------ */

/* What concerns the database as a whole is read from these options too. */
static void set_database(rocksdb_options_t *options)
{
    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_options_set_create_missing_column_families(options, 1);
    rocksdb_options_set_paranoid_checks(options, 1);
    /* A journal that ends in the middle of a record was cut off by a crash;
     * anything else that does not match its checksum is damage. */
    rocksdb_options_set_wal_recovery_mode(
        options, rocksdb_tolerate_corrupted_tail_records_recovery);
    rocksdb_options_set_manual_wal_flush(options, 0);
    rocksdb_options_set_max_total_wal_size(options, JOURNAL_BYTES_MAX);
    rocksdb_options_set_max_open_files(options, OPEN_FILES_MAX);
    rocksdb_options_set_max_background_jobs(options, 2);
    rocksdb_options_set_keep_log_file_num(options, INFO_LOG_FILES);
    rocksdb_options_set_max_log_file_size(options, INFO_LOG_BYTES);
    rocksdb_options_set_info_log_level(options, INFO_LOG_WARNINGS);
}

static void set_family(struct rocks *rocks, enum family family)
{
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_block_based_table_options_t *table =
        rocksdb_block_based_options_create();
    rocks->options[family] = options;
    rocks->tables[family] = table;
    set_database(options);
    bool is_events = family == FAMILY_EVENTS;
    rocksdb_options_set_write_buffer_size(
        options, is_events ? EVENTS_MEMTABLE_BYTES : INDEX_MEMTABLE_BYTES);
    rocksdb_options_set_max_write_buffer_number(options, 4);
    rocksdb_options_set_compression(
        options, is_events ? rocksdb_lz4_compression : rocksdb_no_compression);
    rocksdb_block_based_options_set_block_cache(table, rocks->cache);
    if (family == FAMILY_IMPORTS || family == FAMILY_NAMES) {
        rocksdb_block_based_options_set_filter_policy(
            table, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS_PER_KEY));
    }
    rocksdb_options_set_block_based_table_factory(options, table);
}

/* Of the store's directory, or of the one that it will be made in. */
static bool ask_disk(const char *path, struct statvfs *out)
{
    char parent[PATH_MAX];
    snprintf(parent, sizeof(parent), "%s", path);
    char *slash = strrchr(parent, '/');
    if (statvfs(path, out) == 0) {
        return true;
    }
    if (!slash) {
        return statvfs(".", out) == 0;
    }
    slash[slash == parent] = '\0';
    return statvfs(parent, out) == 0;
}

/* RocksDB writes files of its own while it opens, and where the disk ends in
 * the middle of one an assertion of its ends the process. A disk that cannot be
 * asked has room. */
static enum err check_room(const char *path, struct buf *out_why)
{
    struct statvfs disk;
    if (!ask_disk(path, &disk)) {
        return ERR_OK;
    }
    uint64_t left = (uint64_t)disk.f_bavail * (uint64_t)disk.f_frsize;
    if (left >= OPEN_FREE_MIN) {
        return ERR_OK;
    }
    if (out_why) {
        buf_add_format(out_why, "its disk has %llu KiB left, and %d are needed",
                       (unsigned long long)(left / 1024), OPEN_FREE_MIN / 1024);
    }
    return ERR_FULL;
}

static enum err open_database(struct rocks *rocks, struct buf *out_why)
{
    const char *names[FAMILY_COUNT];
    const rocksdb_options_t *options[FAMILY_COUNT];
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        names[family] = family_name(family);
        options[family] = rocks->options[family];
    }
    char *text = NULL;
    rocks->db = rocksdb_open_column_families(rocks->options[FAMILY_META],
                                             rocks->path, FAMILY_COUNT, names,
                                             options, rocks->families, &text);
    bool is_full = text && strstr(text, strerror(ENOSPC));
    enum err err = rocks_settle(rocks, "open", text, out_why);
    return is_full ? ERR_FULL : err;
}

static struct rocks *rocks_new(const char *path, int64_t cache_bytes)
{
    struct rocks *rocks = mem_new(sizeof(*rocks));
    engine_init(&rocks->engine, &rocks_ops);
    rocks->path = mem_string(path);
    rocks->lock_file = -1;
    rocks->cache = rocksdb_cache_create_lru(
        cache_bytes > 0 ? (size_t)cache_bytes : CACHE_BYTES_DEFAULT);
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        set_family(rocks, family);
    }
    rocks->reading = rocksdb_readoptions_create();
    rocks->writing = rocksdb_writeoptions_create();
    return rocks;
}

enum err engine_open_rocks(const char *path, int64_t cache_bytes,
                           struct buf *out_why, struct engine **out_engine)
{
    struct rocks *rocks = rocks_new(path, cache_bytes);
    enum err err = check_room(path, out_why);
    if (err == ERR_OK) {
        err = open_database(rocks, out_why);
    }
    if (err != ERR_OK) {
        engine_close(&rocks->engine);
        return err;
    }
    *out_engine = &rocks->engine;
    return ERR_OK;
}

/* ---- opening for reading ------------------------------------------------ */

/* RocksDB locks the file LOCK for writing while it is open for writing, and
 * takes no lock when it only reads: a read lock on it excludes the former. */
static enum err lock_for_reading(struct rocks *rocks)
{
    char path[PATH_MAX];
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    struct stat status;
    int len = snprintf(path, sizeof(path), "%s/LOCK", rocks->path);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        return ERR_TOO_BIG;
    }
    if (stat(rocks->path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        return errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND;
    }
    rocks->lock_file = open(path, O_RDONLY | O_CLOEXEC);
    if (rocks->lock_file < 0) {
        return errno == ENOENT ? ERR_OK : ERR_DENIED;
    }
    if (fcntl(rocks->lock_file, F_SETLK, &lock) == 0) {
        return ERR_OK;
    }
    return errno == EACCES || errno == EAGAIN ? ERR_LOCKED : ERR_IO;
}

static void set_leniency(struct rocks *rocks,
                         const struct engine_leniency *leniency)
{
    int journal = rocksdb_absolute_consistency_recovery;
    if (leniency->torn_journal) {
        journal = rocksdb_tolerate_corrupted_tail_records_recovery;
    }
    if (leniency->bad_journal) {
        journal = rocksdb_skip_any_corrupted_records_recovery;
    }
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        rocksdb_options_t *options = rocks->options[family];
        rocksdb_options_set_create_if_missing(options, 0);
        rocksdb_options_set_create_missing_column_families(options, 0);
        rocksdb_options_set_wal_recovery_mode(options, journal);
        rocksdb_options_set_paranoid_checks(options, !leniency->bad_files);
    }
}

static enum err read_database(struct rocks *rocks, struct buf *out_why)
{
    const char *names[FAMILY_COUNT];
    const rocksdb_options_t *options[FAMILY_COUNT];
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        names[family] = family_name(family);
        options[family] = rocks->options[family];
    }
    char *text = NULL;
    rocks->db = rocksdb_open_for_read_only_column_families(
        rocks->options[FAMILY_META], rocks->path, FAMILY_COUNT, names, options,
        rocks->families, 0, &text);
    return rocks_settle(rocks, "read", text, out_why);
}

enum err engine_open_reading(const char *path,
                             const struct engine_leniency *leniency,
                             struct buf *out_why, struct engine **out_engine)
{
    struct rocks *rocks = rocks_new(path, 0);
    rocks->is_reading = true;
    set_leniency(rocks, leniency);
    enum err err = lock_for_reading(rocks);
    if (err == ERR_OK) {
        err = read_database(rocks, out_why);
    }
    if (err != ERR_OK) {
        engine_close(&rocks->engine);
        return err;
    }
    *out_engine = &rocks->engine;
    return ERR_OK;
}

void rocks_check_files(struct engine *engine,
                       void (*file)(void *context, const char *name,
                                    int64_t bytes, int64_t bytes_wanted),
                       void *context)
{
    struct rocks *rocks = rocks_of(engine);
    const rocksdb_livefiles_t *files = rocksdb_livefiles(rocks->db);
    for (int i = 0; i < rocksdb_livefiles_count(files); i++) {
        char path[PATH_MAX];
        struct stat status;
        const char *name = rocksdb_livefiles_name(files, i);
        int64_t wanted = (int64_t)rocksdb_livefiles_size(files, i);
        name += name[0] == '/';
        snprintf(path, sizeof(path), "%s/%s", rocks->path, name);
        int64_t bytes = stat(path, &status) == 0 ? (int64_t)status.st_size : -1;
        if (bytes != wanted) {
            file(context, name, bytes, wanted);
        }
    }
    rocksdb_livefiles_destroy(files);
}

/* ---- closing ------------------------------------------------------------ */

void rocks_close(struct engine *engine)
{
    struct rocks *rocks = rocks_of(engine);
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        if (rocks->db) {
            rocksdb_column_family_handle_destroy(rocks->families[family]);
        }
    }
    if (rocks->db) {
        rocksdb_close(rocks->db);
    }
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        rocksdb_options_destroy(rocks->options[family]);
        rocksdb_block_based_options_destroy(rocks->tables[family]);
    }
    rocksdb_readoptions_destroy(rocks->reading);
    rocksdb_writeoptions_destroy(rocks->writing);
    rocksdb_cache_destroy(rocks->cache);
    if (rocks->lock_file >= 0) {
        close(rocks->lock_file);
    }
    free(rocks->path);
    engine_fini(engine);
    free(rocks);
}
