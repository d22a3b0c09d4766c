/* SPDX-License-Identifier: MIT */
/* key.h: the keys of every family, drawn in ../README.md.
 *
 * Big-endian and fixed-width, so that byte order is numeric order, and
 * beginning with the swarm, so that no range ever covers two tenants. Only
 * rows and names end in bytes of the caller's.
 * Pure. Threads: any. */
#ifndef REVERIE_STORE_FORMAT_KEY_H
#define REVERIE_STORE_FORMAT_KEY_H

#include "base/bytes.h"

enum {
    KEY_MAX_BYTES = 32,
    KEY_ROW_MAX_BYTES = 2048,
    KEY_NAME_MAX_BYTES = 1024,
    KEY_DIGEST_BYTES = 16
};

struct key {
    uint8_t data[KEY_MAX_BYTES];
    size_t len;
};

struct bytes key_bytes(const struct key *key);

/* events: swarm, log, seq. */
struct key key_event(uint32_t swarm, uint16_t log, uint64_t seq);
MUST_CHECK enum err key_event_read(struct bytes key, uint32_t *out_swarm,
                                   uint16_t *out_log, uint64_t *out_seq);

/* by_session and inbox: swarm, name, log, last seq of the posting. */
struct key key_posting(uint32_t swarm, uint32_t name, uint16_t log,
                       uint64_t seq);
MUST_CHECK enum err key_posting_read(struct bytes key, uint32_t *out_name,
                                     uint16_t *out_log, uint64_t *out_seq);

/* dedupe: swarm, ordinal of the posting's last id. */
struct key key_dedupe(uint32_t swarm, uint64_t ordinal);
MUST_CHECK enum err key_dedupe_read(struct bytes key, uint64_t *out_ordinal);

/* imports: swarm, digest of (source, source_id). */
struct key key_import(uint32_t swarm, struct bytes source,
                      struct bytes source_id);

/* The key after every key of ${swarm}, in any family. */
struct key key_swarm_end(uint32_t swarm);
struct key key_swarm(uint32_t swarm);

/* meta. Format and swarms belong to swarm 0, which no tenant has. */
struct key key_meta_format(void);
struct key key_meta_swarm(uint32_t swarm);
struct key key_meta_epoch(uint32_t swarm, uint64_t epoch);
struct key key_meta_trim(uint32_t swarm, uint32_t address, uint16_t log);
struct key key_meta_names(uint32_t swarm);

/* names: number to text (fixed) and text to number (appended to ${out}). */
struct key key_name_text(uint32_t swarm, uint32_t name);
void key_name_number(uint32_t swarm, struct bytes text, struct buf *out);

/* tables and cursors: swarm, table, the caller's bytes; appended to ${out}. */
void key_row(uint32_t swarm, uint8_t table, struct bytes key, struct buf *out);
enum {
    KEY_ROW_PREFIX_BYTES = 5
};

#endif
