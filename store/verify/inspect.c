/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "store/format/key.h"
#include "store/store_internal.h"

/* Opening what a start refuses. The engine is opened as strictly as it lets
 * itself be: how strictly that is says what is wrong with the files. */

enum {
    WHY_MAX = 1024,
    SENTENCE_MAX = WHY_MAX + 256
};

/* From nothing wrong to everything. A start is as lenient as the second. */
static const struct engine_leniency levels[] = {
    {.torn_journal = false},
    {.torn_journal = true},
    {.torn_journal = true, .bad_journal = true},
    {.torn_journal = true, .bad_files = true},
    {.torn_journal = true, .bad_journal = true, .bad_files = true},
};

enum {
    LEVEL_START = 1
};

struct opening {
    struct fault_sink sink;
    struct buf start_why; /* why a start would refuse */
    size_t files;         /* faults of files */
};

static void tell(const struct opening *opening, enum store_fault_kind kind,
                 const char *file, const char *format, const char *detail)
{
    struct buf sentence;
    buf_init(&sentence, SENTENCE_MAX);
    buf_add_text(&sentence, format);
    if (detail[0] != '\0') {
        buf_add_format(&sentence, " (%s)", detail);
    }
    struct store_fault fault = {.kind = kind,
                                .file = file,
                                .refuses_start =
                                    kind != STORE_FAULT_JOURNAL_TORN,
                                .sentence = buf_text(&sentence)};
    if (opening->sink.report) {
        opening->sink.report(opening->sink.context, &fault);
    }
    buf_fini(&sentence);
}

static void on_file(void *context, const char *name, int64_t bytes,
                    int64_t bytes_wanted)
{
    struct opening *opening = context;
    char detail[64] = "";
    opening->files++;
    if (bytes < 0) {
        tell(opening, STORE_FAULT_FILE_MISSING, name,
             "a file of the store is not there", detail);
        return;
    }
    snprintf(detail, sizeof(detail), "%lld bytes instead of %lld",
             (long long)bytes, (long long)bytes_wanted);
    tell(opening, STORE_FAULT_FILE, name,
         "a file of the store has not the length it was written with", detail);
}

/* What the level says that it took to open the engine. */
static void tell_level(struct opening *opening, struct engine *engine,
                       size_t level)
{
    const char *why = buf_text(&opening->start_why);
    char file[ENGINE_FILE_MAX];
    engine_file_in(why, file);
    if (level == LEVEL_START) {
        tell(opening, STORE_FAULT_JOURNAL_TORN, "",
             "the journal ends in the middle of a record, as after a crash: a "
             "start drops that record",
             "");
    }
    if (levels[level].bad_files) {
        engine_check_files(engine, on_file, opening);
    }
    if (levels[level].bad_files && opening->files == 0) {
        tell(opening, STORE_FAULT_FILE, file, "a file of the store is damaged",
             why);
    }
    if (levels[level].bad_journal) {
        tell(
            opening, STORE_FAULT_JOURNAL, "",
            "the journal is damaged before its end: what it held from there on "
            "may be lost",
            levels[level].bad_files ? "" : why);
    }
}

static enum err open_engine(const char *path, struct opening *opening,
                            struct buf *out_why, struct engine **out_engine)
{
    enum err err = ERR_OK;
    for (size_t level = 0; level < ARRAY_LEN(levels); level++) {
        struct buf why;
        buf_init(&why, WHY_MAX);
        err = engine_open_reading(path, &levels[level], &why, out_engine);
        if (level == LEVEL_START || err == ERR_OK) {
            buf_add(&opening->start_why, buf_bytes(&why));
        }
        if (err == ERR_OK) {
            buf_fini(&why);
            tell_level(opening, *out_engine, level);
            return ERR_OK;
        }
        buf_reset(out_why);
        buf_add(out_why, buf_bytes(&why));
        buf_fini(&why);
        if (err != ERR_CORRUPT && err != ERR_IO) {
            return err;
        }
    }
    tell(opening, STORE_FAULT_MANIFEST, "",
         "the list of the store's files cannot be read, and without it none of "
         "them",
         buf_text(&opening->start_why));
    return ERR_CORRUPT;
}

enum err
store_open_reading(const char *path, const struct store_config *config,
                   void (*fault)(void *context, const struct store_fault *),
                   void *context, struct buf *out_why, struct store **out_store)
{
    struct opening opening = {.sink = {fault, context}};
    struct engine *engine = NULL;
    buf_init(&opening.start_why, WHY_MAX);
    enum err err = open_engine(path, &opening, out_why, &engine);
    buf_fini(&opening.start_why);
    if (err != ERR_OK) {
        return err;
    }
    struct store *store = store_new(engine, config);
    err = store_check_format(store, out_why);
    if (err == ERR_UNSUPPORTED) {
        store_close(store);
        return err;
    }
    if (err != ERR_OK) {
        tell(&opening, STORE_FAULT_META, engine_suspect(engine),
             "the format of the store cannot be read", "");
    }
    swarms_salvage(store, &opening.sink);
    *out_store = store;
    return ERR_OK;
}

/* ---- the end of a log that does not say it --------------------------------
 */

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* No log has more events than its store has bytes: what says so is damaged. */
static uint64_t believable(struct store *store, uint64_t seq)
{
    return seq <= engine_disk_bytes(store->engine) ? seq : 0;
}

/* The greatest position of ${log} that a family of postings names. */
static uint64_t last_in_index(struct store *store, enum family family,
                              uint32_t swarm, uint16_t log)
{
    struct key from = key_swarm(swarm);
    struct key to = key_swarm_end(swarm);
    struct bytes key;
    struct bytes value;
    uint64_t last = 0;
    struct engine_iterator *iterator =
        engine_iterate(store->engine, family, key_bytes(&from), key_bytes(&to));
    while (engine_iterator_next(store->engine, iterator, &key, &value) ==
           ERR_OK) {
        uint32_t name = 0;
        uint16_t its_log = 0;
        uint64_t seq = 0;
        if (key_posting_read(key, &name, &its_log, &seq) == ERR_OK &&
            its_log == log) {
            last = most(last, believable(store, seq));
        }
    }
    engine_iterator_free(store->engine, iterator);
    return last;
}

static uint64_t last_in_ids(struct store *store, uint32_t swarm, uint16_t log)
{
    struct key from = key_dedupe(swarm, 1);
    struct key to = key_swarm_end(swarm);
    struct bytes key;
    struct bytes value;
    uint64_t last = 0;
    struct engine_iterator *iterator = engine_iterate(
        store->engine, FAMILY_DEDUPE, key_bytes(&from), key_bytes(&to));
    while (engine_iterator_next(store->engine, iterator, &key, &value) ==
           ERR_OK) {
        struct reader in = reader_of(value);
        while (in.rest.len >= DEDUPE_ENTRY_BYTES) {
            struct dedupe_entry entry = dedupe_entry_read(&in);
            last = entry.log == log ? most(last, believable(store, entry.seq))
                                    : last;
        }
    }
    engine_iterator_free(store->engine, iterator);
    return last;
}

/* The last event that can be reached from ${from} on. */
static uint64_t last_readable(struct store *store, uint32_t swarm, uint16_t log,
                              uint64_t from)
{
    struct key first = key_event(swarm, log, from + 1);
    struct key end = key_event(swarm, log, UINT64_MAX);
    struct bytes key;
    struct bytes value;
    uint64_t last = from;
    struct engine_iterator *iterator = engine_iterate(
        store->engine, FAMILY_EVENTS, key_bytes(&first), key_bytes(&end));
    while (engine_iterator_next(store->engine, iterator, &key, &value) ==
           ERR_OK) {
        uint32_t its_swarm = 0;
        uint16_t its_log = 0;
        uint64_t seq = 0;
        if (key_event_read(key, &its_swarm, &its_log, &seq) == ERR_OK) {
            last = most(last, seq);
        }
    }
    engine_iterator_free(store->engine, iterator);
    return last;
}

uint64_t inspect_last(struct store *store, uint32_t swarm, uint16_t log)
{
    uint64_t last = last_in_index(store, FAMILY_INBOX, swarm, log);
    last = most(last, last_in_index(store, FAMILY_SESSIONS, swarm, log));
    last = most(last, last_in_ids(store, swarm, log));
    return last_readable(store, swarm, log, last);
}
