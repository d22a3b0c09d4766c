/* SPDX-License-Identifier: MIT */
/* store.h: logs of events, their indexes, and tables folded from them.
 *
 * Appends batches of events to dense, per-swarm logs, refuses repeats at the
 * door, indexes by inbox and session, and keeps small tables that change
 * together with the events that cause it. Knows nothing of peers or routing.
 * Two implementations behind one interface: RocksDB (store_open_rocks) and
 * memory (store_open_memory), held together by one contract suite.
 *
 * What is appended is *logged*: it survives the end of the process. What was
 * appended before a store_sync that returned is *durable*: it survives a power
 * cut. Layouts of keys and values: README.md.
 *
 * Threads: store_append, store_begin_epoch and store_erase belong to one
 * thread (the writer), store_sync to one (the syncer), both while any number
 * read. A reader belongs to the thread that opened it. */
#ifndef REVERIE_STORE_STORE_H
#define REVERIE_STORE_STORE_H

#include "base/arena.h"
#include "base/bytes.h"

struct store;

struct store_config {
    int64_t cache_bytes;        /* block cache; 0: 64 MiB */
    int64_t free_reserve_bytes; /* appends are refused below this; 0: 64 MiB */
    uint64_t dedupe_max;        /* ids remembered; 0: 10 million */
    int64_t dedupe_us;          /* and for how long; 0: 24 hours */
};

/* Opens the store in directory ${path}, creating it if absent; copies
 * ${config}. Gives *out_store (store_close).
 * ERR_LOCKED: another process has it. ERR_UNSUPPORTED: written by a newer
 * format. ERR_FULL: the disk has less than 16 MiB left, or was full before it
 * was open. ERR_CORRUPT: damage other than a torn tail; the disk is untouched;
 * ${out_why} (may be NULL) says where, or how much is left. */
MUST_CHECK enum err store_open_rocks(const char *path,
                                     const struct store_config *config,
                                     struct buf *out_why,
                                     struct store **out_store);
MUST_CHECK enum err store_open_memory(const struct store_config *config,
                                      struct store **out_store);
void store_close(struct store *store);

struct store_fault;

/* Opens the store in ${path} to look at it, damaged or not: for reading,
 * store_verify, scans and closing only, by one thread. Not a byte of it is
 * changed, and no process can open it for writing meanwhile. Calls ${fault} for
 * everything that store_open_rocks would refuse or mend, except what a walk
 * over the events finds. Gives *out_store (store_close).
 * ERR_NOT_FOUND: no store there. ERR_LOCKED: it is open for writing.
 * ERR_CORRUPT: so damaged that nothing can be read; the fault says why.
 * ERR_UNSUPPORTED, ERR_DENIED, ERR_IO: ${out_why} says more. */
MUST_CHECK enum err
store_open_reading(const char *path, const struct store_config *config,
                   void (*fault)(void *context, const struct store_fault *),
                   void *context, struct buf *out_why,
                   struct store **out_store);

/* Up to how many swarms there are: their numbers are 1 to this. */
uint32_t store_swarm_count(struct store *store);

/* Lends the name of ${swarm}; empty: there is none, or it cannot be read. */
struct bytes store_swarm_name(struct store *store, uint32_t swarm);

/* "rocksdb" or "memory". */
const char *store_name(const struct store *store);

/* The number of swarm ${name}, interned at first use. Writer's thread. */
MUST_CHECK enum err store_swarm(struct store *store, struct bytes name,
                                uint32_t *out_swarm);

/* Opens the next epoch of ${swarm}: every event appended from here on carries
 * it. Durable when it returns. */
MUST_CHECK enum err store_begin_epoch(struct store *store, uint32_t swarm,
                                      int64_t time_us, uint64_t *out_epoch);

struct store_epoch {
    uint64_t epoch;
    int64_t started_us;
    uint64_t first_seq[2]; /* by log: the first position it may hold */
};

/* Up to ${max} newest epochs, newest first; returns how many. */
size_t store_epochs(struct store *store, uint32_t swarm,
                    struct store_epoch *out, size_t max);

/* ---- appending ---------------------------------------------------------- */

/* Tables of rows that are folded from events, each a key space per swarm. */
enum store_table {
    STORE_TABLE_MEMORY, /* the fold of the ledger (memory/) */
    STORE_TABLE_PEERS,  /* agents, teams and roles ever seen */
    STORE_TABLE_CURSORS,
    STORE_TABLE_META,
    STORE_TABLE_COUNT
};

struct store_row {
    enum store_table table;
    struct bytes key;   /* at most 2,048 bytes */
    struct bytes value; /* at most 16 MiB */
    bool remove;
};

enum store_outcome {
    STORE_NEW,        /* logged at `seq` */
    STORE_REPEAT,     /* was logged at `seq` before; nothing added */
    STORE_CONFLICT,   /* same id, other bytes; nothing added */
    STORE_ID_TOO_OLD, /* older than what dedupe remembers; nothing added */
    STORE_ROWS_ONLY   /* had no envelope: only its rows were written */
};

struct store_append {
    uint32_t swarm;
    uint16_t log;
    int64_t time_us;
    struct bytes claims;   /* of the stamp (stamp_write_claims) */
    struct bytes envelope; /* as sent; empty: rows only */
    struct bytes body;
    struct bytes id;        /* 16 bytes; empty: never a repeat (broker's own) */
    struct bytes principal; /* ids are unique per principal */
    struct bytes source;    /* imports: (source, source_id) is unique for */
    struct bytes source_id; /* ever and takes the place of the id */
    struct bytes address;   /* inbox to index under, or empty */
    struct bytes session;   /* to index under, or empty */
    const struct store_row *rows;
    size_t row_count;
    enum store_outcome outcome; /* out */
    uint64_t seq;               /* out */
    uint64_t epoch;             /* out */
};

enum {
    STORE_BATCH_MAX = 65535
};

/* Appends ${batch}, at most STORE_BATCH_MAX long, in order and atomically:
 * after a crash all of it is there or none. Fills the out fields. Borrows every
 * view. The rows of an item that added nothing (repeat, conflict, too old) are
 * not written.
 * ERR_FULL: the disk is down to its reserve, nothing was appended; batches
 * without events still pass. ERR_INVALID (swarm, log, id), ERR_TOO_BIG: as it
 * stands the batch can never be appended; nothing was.
 * ERR_IO: the store is unusable from here on; end the process. */
MUST_CHECK enum err store_append(struct store *store,
                                 struct store_append *batch, size_t count);

/* Makes everything appended before the call durable.
 * ERR_IO: nothing may be believed durable any more; end the process. */
MUST_CHECK enum err store_sync(struct store *store);

/* Last position logged, and last durable; 0 if none. Any thread. */
uint64_t store_logged(struct store *store, uint32_t swarm, uint16_t log);
uint64_t store_durable(struct store *store, uint32_t swarm, uint16_t log);

/* First position kept; 1 until retention trims. */
uint64_t store_first(struct store *store, uint32_t swarm, uint16_t log);

/* Replaces the event by a tombstone at the same position: flags say erased,
 * envelope keeps id, kind, team and session only, the body is empty, stamp
 * loses principal, via, from and view. Durable and gone from the files when it
 * returns: it rewrites the files around the event, which takes up to seconds.
 * Rows and readers' copies are the caller's part. ERR_NOT_FOUND. */
MUST_CHECK enum err store_erase(struct store *store, uint32_t swarm,
                                uint16_t log, uint64_t seq);

/* ---- reading ------------------------------------------------------------ */

struct store_event {
    uint64_t seq;
    uint64_t epoch;
    int64_t time_us;
    bool erased;
    struct bytes stamp; /* whole, as a reader gets it */
    struct bytes envelope;
    struct bytes body;
};

struct store_reader;

/* Readers over a log, one inbox, or one session, from ${from_seq} up to and
 * including ${to_seq}, in order of seq. They see what was logged when they
 * were opened. Give a reader (store_reader_close); never NULL. */
struct store_reader *store_read_log(struct store *store, uint32_t swarm,
                                    uint16_t log, uint64_t from_seq,
                                    uint64_t to_seq);
struct store_reader *store_read_inbox(struct store *store, uint32_t swarm,
                                      struct bytes address, uint16_t log,
                                      uint64_t from_seq, uint64_t to_seq);
struct store_reader *store_read_session(struct store *store, uint32_t swarm,
                                        struct bytes session, uint16_t log,
                                        uint64_t from_seq, uint64_t to_seq);

/* How many events from ${from_seq} on are in an inbox, from the index alone:
 * an erased event counts. Counts no further than ${max}. ERR_CORRUPT, ERR_IO.
 */
MUST_CHECK enum err store_count_inbox(struct store *store, uint32_t swarm,
                                      struct bytes address, uint16_t log,
                                      uint64_t from_seq, uint64_t max,
                                      uint64_t *out_count);

/* The next event; lends its views until the next call or close.
 * ERR_NOT_FOUND: the end. ERR_CORRUPT, ERR_IO. */
MUST_CHECK enum err store_reader_next(struct store_reader *reader,
                                      struct store_event *out_event);
void store_reader_close(struct store_reader *reader);

/* One event, copied into ${arena}. ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. */
MUST_CHECK enum err store_read_one(struct store *store, uint32_t swarm,
                                   uint16_t log, uint64_t seq,
                                   struct arena *arena,
                                   struct store_event *out_event);

/* First seq whose time is not before ${time_us}; one past the end if none. */
uint64_t store_seek_time(struct store *store, uint32_t swarm, uint16_t log,
                         int64_t time_us);

/* Forgets inbox entries below ${to_seq}. Any thread. */
MUST_CHECK enum err store_trim_inbox(struct store *store, uint32_t swarm,
                                     struct bytes address, uint16_t log,
                                     uint64_t to_seq);

/* ---- tables ------------------------------------------------------------- */

/* Appends the value to ${out}. ERR_NOT_FOUND. */
MUST_CHECK enum err store_row_get(struct store *store, uint32_t swarm,
                                  enum store_table table, struct bytes key,
                                  struct buf *out);

/* Calls ${row} for every key with ${prefix}, in byte order, from ${after}
 * (exclusive; empty: from the start) until it returns false. */
MUST_CHECK enum err
store_row_scan(struct store *store, uint32_t swarm, enum store_table table,
               struct bytes prefix, struct bytes after,
               bool (*row)(void *context, struct bytes key, struct bytes value),
               void *context);

/* Writes rows outside a batch, without sync (cursors). Any thread. */
MUST_CHECK enum err store_rows_put(struct store *store, uint32_t swarm,
                                   const struct store_row *rows, size_t count);

/* ---- upkeep ------------------------------------------------------------- */

struct store_info {
    uint64_t disk_bytes; /* used by the store; 0 in memory */
    uint64_t free_bytes; /* of the file system; UINT64_MAX in memory */
};
struct store_info store_info(struct store *store);

/* Kinds of faults: code and stable name. */
#define STORE_FAULT_LIST(X)                                                    \
    X(RECORD, "record_damaged")       /* an event does not match */            \
    X(MISSING, "events_missing")      /* positions without an event */         \
    X(FILE, "file_damaged")           /* or shorter, or unreadable */          \
    X(FILE_MISSING, "file_missing")   /* the store counts on it */             \
    X(JOURNAL, "journal_damaged")     /* write-ahead, not at its end */        \
    X(JOURNAL_TORN, "journal_torn")   /* write-ahead, cut off at its end */    \
    X(MANIFEST, "manifest_damaged")   /* the list of files, or their names */  \
    X(STAMP, "stamp_wrong")           /* or an epoch that falls */             \
    X(INDEX, "index_damaged")         /* cannot be read */                     \
    X(INDEX_WRONG, "index_wrong")     /* an entry leads elsewhere */           \
    X(INDEX_MISSING, "index_missing") /* an event without its entry */         \
    X(IDS, "remembered_ids_damaged")  /* what tells repeats */                 \
    X(TABLE, "table_damaged")         /* rows folded from events */            \
    X(META, "meta_damaged")           /* swarms, epochs, names */

enum store_fault_kind {
#define STORE_FAULT_ENUM(code, name) STORE_FAULT_##code,
    STORE_FAULT_LIST(STORE_FAULT_ENUM)
#undef STORE_FAULT_ENUM
};

const char *store_fault_name(enum store_fault_kind kind);

struct store_fault {
    enum store_fault_kind kind;
    uint32_t swarm; /* 0: of the store as a whole */
    uint16_t log;
    uint64_t seq;       /* 0: not about an event */
    uint64_t last_seq;  /* of a run of events alike; else `seq` */
    bool refuses_start; /* store_open_rocks refuses for this */
    const char *file;   /* in the store's directory, or "" */
    const char *sentence;
};

struct store_verify {
    uint64_t events;
    uint64_t bytes;
    uint64_t tombstones;
    uint64_t faults;
};

/* Walks every event and every index of ${swarm}: seq dense per log, epochs
 * not falling, checksums right, stamps that say where they are, every inbox
 * and session entry pointing at an event that belongs there and the reverse,
 * dedupe entries that agree, rows that can be read. Goes on behind damage: what
 * can be read is checked. Calls ${fault} (borrows) for each fault and
 * ${progress} now and then; either may be NULL. Any thread. */
MUST_CHECK enum err
store_verify(struct store *store, uint32_t swarm,
             void (*fault)(void *context, const struct store_fault *fault),
             void (*progress)(void *context, const struct store_verify *so_far),
             void *context, struct store_verify *out);

#endif
