/* SPDX-License-Identifier: MIT */
/* record.h: one event as it lies in the files.
 *
 * Drawn byte by byte in ../README.md. The checksum covers every other byte and
 * the place, so a record that was moved does not match either.
 * Pure. Threads: any. */
#ifndef REVERIE_STORE_FORMAT_RECORD_H
#define REVERIE_STORE_FORMAT_RECORD_H

#include "base/bytes.h"

enum {
    RECORD_FORMAT = 1,
    RECORD_HEADER_BYTES = 34,
    RECORD_CHECKSUM_BYTES = 8,
    RECORD_STAMP_MAX = UINT16_MAX,
    RECORD_ENVELOPE_BYTES_MAX = UINT16_MAX,
    RECORD_BODY_MAX = 64 << 20,
    RECORD_MAX = RECORD_HEADER_BYTES + RECORD_STAMP_MAX +
                 RECORD_ENVELOPE_BYTES_MAX + RECORD_BODY_MAX +
                 RECORD_CHECKSUM_BYTES
};

enum record_flag {
    RECORD_ERASED = 1,     /* a tombstone */
    RECORD_REMEMBERED = 2, /* its id went into dedupe */
    RECORD_IMPORTED = 4    /* its (source, source_id) went into imports */
};

/* Where a record is; part of the checksum, not of the bytes. */
struct record_place {
    uint32_t swarm;
    uint16_t log;
    uint64_t seq;
};

struct record {
    uint8_t flags;
    uint32_t address; /* interned; 0: not in an inbox */
    uint32_t session; /* interned; 0: none */
    uint64_t epoch;
    int64_t time_us;
    struct bytes stamp;
    struct bytes envelope;
    struct bytes body;
};

/* Appends the encoding. ERR_TOO_BIG when a part exceeds its maximum. */
MUST_CHECK enum err record_write(const struct record *record,
                                 const struct record_place *place,
                                 struct buf *out);

/* Reads ${in}; views are lent by it. ERR_CORRUPT: lengths or checksum do not
 * match. ERR_UNSUPPORTED: a newer format. */
MUST_CHECK enum err record_read(struct bytes in,
                                const struct record_place *place,
                                struct record *out_record);

#endif
