/* SPDX-License-Identifier: MIT */
/* rows.h: keys and values of the rows that memory is folded into.
 *
 * Keys sort byte-wise as their fields do: a letter, then texts that end in
 * NUL and numbers that are big-endian. Values are the messages of rows.proto
 * and memory.proto. The layouts are drawn in README.md. Only the fold writes
 * (fold.h); everyone else reads.
 * Threads: that of the table. */
#ifndef REVERIE_MEMORY_FOLD_ROWS_H
#define REVERIE_MEMORY_FOLD_ROWS_H

#include "memory/change.h"
#include "memory/memory.h"

struct ProtobufCMessageDescriptor;

enum {
    ROWS_FORMAT = MEMORY_ROWS_FORMAT,
    ROW_KEY_MAX = 2048,
    ROW_VALUE_MAX = 16 << 20
};

struct row_key {
    uint8_t data[ROW_KEY_MAX];
    size_t len;
};

struct bytes row_key_bytes(const struct row_key *key);

/* Keys; each is also a prefix of the longer ones that begin alike. An empty
 * text or view where the comment says so leaves the rest off: a prefix. */
struct row_key key_counts(void);
struct row_key key_store(struct bytes store);                     /* empty */
struct row_key key_memory(struct bytes store, struct bytes path); /* empty */
struct row_key key_versions(struct bytes store, struct bytes path);
struct row_key key_version(struct bytes store, struct bytes path,
                           uint64_t number); /* newest first */
struct row_key key_witnesses(struct bytes store, struct bytes path,
                             uint64_t number);
struct row_key key_finding(struct bytes store, struct bytes finding);
struct row_key key_derived(struct bytes store, struct bytes finding,
                           struct bytes path); /* empty path */
struct row_key key_rejected(struct bytes store, struct bytes finding);
struct row_key key_change(struct bytes change); /* any prefix of an id */
struct row_key key_state(int state, uint64_t since_seq,
                         struct bytes change); /* 0, empty */
struct row_key key_waiting(struct bytes store, struct bytes path,
                           struct bytes change); /* empty */
struct row_key key_evidence(uint32_t log, uint64_t seq,
                            struct bytes change); /* empty */
struct row_key key_agent(struct bytes agent);
struct row_key key_member(struct bytes team, struct bytes agent);    /* empty */
struct row_key key_delivery(struct bytes store, struct bytes agent); /* empty */
struct row_key key_dream(uint64_t seq); /* 0: all; newest first */
struct row_key key_dream_name(struct bytes dream);
struct row_key key_candidates(uint64_t dream_seq, uint64_t seq); /* seq 0 */
struct row_key key_dream_change(uint64_t dream_seq,
                                struct bytes change); /* empty */

/* Reads a row into ${arena} and unpacks it. ERR_NOT_FOUND leaves
 * ${out_message} as it was. ERR_CORRUPT: it does not unpack. */
MUST_CHECK enum err row_get(const struct memory_table *table,
                            const struct row_key *key,
                            const struct ProtobufCMessageDescriptor *type,
                            struct arena *arena, void *out_message);
/* Like row_get, but an absent row is ERR_OK: for rows with a natural zero.
 * ${out_message} has been initialised. */
MUST_CHECK enum err
row_get_or_zero(const struct memory_table *table, const struct row_key *key,
                const struct ProtobufCMessageDescriptor *type,
                struct arena *arena, void *out_message);

bool row_exists(const struct memory_table *table, const struct row_key *key);

void row_put(const struct memory_table *table, const struct row_key *key,
             const void *message);
void row_put_empty(const struct memory_table *table, const struct row_key *key);
void row_remove(const struct memory_table *table, const struct row_key *key);

/* Rows with a prefix, copied into an arena in key order. */
struct row_list {
    struct bytes *keys;
    struct bytes *values;
    size_t count;
    bool more; /* there were more than the limit */
};

/* Up to ${limit} rows behind ${after} (whole key; empty: from the start).
 * ERR_TOO_BIG: the arena is full. */
MUST_CHECK enum err rows_list(const struct memory_table *table,
                              const struct row_key *prefix, struct bytes after,
                              size_t limit, struct arena *arena,
                              struct row_list *out);

/* Unpacks one value into the struct ${out_message}. ERR_CORRUPT. */
MUST_CHECK enum err row_read(struct bytes value,
                             const struct ProtobufCMessageDescriptor *type,
                             struct arena *arena, void *out_message);

/* The text from ${from} of a listed key up to the next NUL or the end, copied
 * with a NUL into ${arena}; NULL if the arena is full. */
char *row_key_text(struct bytes key, size_t from, struct arena *arena);

#endif
