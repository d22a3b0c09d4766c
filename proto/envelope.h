/* SPDX-License-Identifier: MIT */
/* envelope.h: the two small messages of the hot path, read and written by
 * hand.
 *
 * Fields and numbers are those of wire.proto; a test holds both against the
 * generated code. Reading allocates nothing: views point into the input.
 * Unknown fields are skipped, a repeated field takes the last value, as
 * protobuf says; wrong wire types, texts that are not UTF-8 or hold a NUL,
 * origins and identities unknown to this version, and lengths past the end are
 * ERR_INVALID.
 * Pure. Threads: any. */
#ifndef REVERIE_PROTO_ENVELOPE_H
#define REVERIE_PROTO_ENVELOPE_H

#include "base/bytes.h"

/* The values of wire.proto, under the names of the house. */
enum origin {
    ORIGIN_NONE = 0,
    ORIGIN_OWNER = 1,
    ORIGIN_USER = 2,
    ORIGIN_AGENT = 3,
    ORIGIN_TOOL = 4,
    ORIGIN_EXTERNAL = 5
};

enum identity {
    IDENTITY_NONE = 0,
    IDENTITY_KEY = 1,
    IDENTITY_TOKEN = 2,
    IDENTITY_ASSERTED = 3
};

const char *origin_name(enum origin origin);
const char *identity_name(enum identity identity);

struct envelope {
    uint32_t version;
    struct bytes id;
    struct bytes to;
    struct bytes from;
    struct bytes team;
    struct bytes session;
    struct bytes thread;
    struct bytes parent;
    struct bytes kind;
    enum origin origin;
    bool has_occurred;
    int64_t occurred_us;
    struct bytes content_type;
    bool lossy;
    struct bytes swarm;
    struct bytes principal;
    struct bytes source;
    struct bytes source_id;
};

/* Reads ${in}; views are lent by it. ERR_TOO_BIG above RECORD_ENVELOPE_MAX,
 * ERR_INVALID, ERR_UNSUPPORTED for another version. Checks the encoding only,
 * not what the fields mean. */
MUST_CHECK enum err envelope_read(struct bytes in, struct envelope *out);

/* Appends the encoding; fields that are empty, zero or false are left out. */
void envelope_write(const struct envelope *envelope, struct buf *out);

struct stamp {
    uint32_t version;
    uint32_t log;
    uint64_t seq;
    uint64_t epoch;
    int64_t time_us;
    struct bytes principal;
    enum identity identity;
    struct bytes via;
    struct bytes root;
    struct bytes view;
    enum origin origin;
    struct bytes from;
    struct bytes team;
    struct bytes swarm;
    bool erased;
    bool has_stream; /* the fields for one reader */
    uint32_t stream;
    bool again;
};

/* Like envelope_read, with STAMP_MAX. Claims that have no place yet read as
 * version 0. */
MUST_CHECK enum err stamp_read(struct bytes in, struct stamp *out);

/* Appends what the router knows before a position is assigned: principal to
 * swarm, and erased. */
void stamp_write_claims(const struct stamp *stamp, struct buf *out);

/* Appends version, log, seq, epoch and time behind the claims. Protobuf
 * messages concatenate, so claims + place is the stamp that is stored. */
void stamp_write_place(const struct stamp *stamp, struct buf *out);

/* Appends the fields for one reader behind a stored stamp. */
void stamp_write_delivery(const struct stamp *stamp, struct buf *out);

#endif
