/* SPDX-License-Identifier: MIT */
/* limits.h: every maximum of the wire, in one place.
 *
 * A limit that clients must know is in README.md too; a test compares. */
#ifndef REVERIE_PROTO_LIMITS_H
#define REVERIE_PROTO_LIMITS_H

enum {
    WIRE_VERSION = 1,
    ENVELOPE_VERSION = 1,
    STAMP_VERSION = 1,
    RECORD_ENVELOPE_MAX = 4096,
    BODY_MAX_DEFAULT = 1 << 20,
    BODY_MAX_LIMIT = 64 << 20,
    FRAME_MARGIN = 64 << 10, /* above body and CONTROL_MAX */
    STAMP_MAX = 4096,
    FRAMES_MAX = 3,
    CONTROL_MAX = 8 << 20, /* body of one control message */
    NAME_MAX_BYTES = 255,  /* agent, team, role, session, thread, principal */
    KIND_MAX_BYTES = 64,
    TOPIC_MAX_BYTES = 255,
    TOPIC_MAX_LEVELS = 16,
    ADDRESS_MAX_BYTES = 8 + NAME_MAX_BYTES,
    VIEW_MAX_BYTES = 1024,
    ROLES_MAX = 16,
    FILTER_LIST_MAX = 64,
    STREAMS_PER_PEER_MAX = 64,
    REQUESTS_PER_PEER_MAX = 64,
    PROTO_DEPTH_MAX = 16,      /* nesting of any inbound protobuf */
    PROTO_FIELDS_MAX = 65536,  /* fields of any inbound protobuf */
    OCCURRED_SKEW_MAX_S = 300, /* without the right `import` */
    ID_AHEAD_MAX_S = 300       /* of the broker's clock */
};

enum {
    LOG_TRAFFIC = 0,
    LOG_LEDGER = 1,
    LOG_COUNT = 2
};

#endif
