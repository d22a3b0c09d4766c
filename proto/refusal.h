/* SPDX-License-Identifier: MIT */
/* refusal.h: every code a broker refuses with.
 *
 * One list for code, name on the wire, sentence for people, and whether the
 * same message can succeed later without being changed. Names are stable;
 * README.md holds the same table, and a test compares.
 * Pure. Threads: any. */
#ifndef REVERIE_PROTO_REFUSAL_H
#define REVERIE_PROTO_REFUSAL_H

#include "base/base.h"

/* X(code, name, sentence, retry_helps). REFUSAL_NONE is 0, "ok" in replies. */
#define REFUSAL_LIST(X)                                                        \
    X(NONE, "ok", "nothing was refused", false)                                \
    X(UNSUPPORTED_VERSION, "unsupported_version",                              \
      "the broker does not speak this version", false)                         \
    X(MALFORMED, "malformed", "the message is not well formed", false)         \
    X(TOO_BIG, "too_big", "the message exceeds a limit", false)                \
    X(FORGED, "forged", "a field says what only the broker may say", false)    \
    X(CONTRADICTORY, "contradictory",                                          \
      "fields of the message, or the message and its connection, disagree",    \
      false)                                                                   \
    X(UNKNOWN_ADDRESS, "unknown_address", "nobody has this address", false)    \
    X(WRONG_SWARM, "wrong_swarm", "the message names another swarm", false)    \
    X(DUPLICATE_HELLO, "duplicate_hello",                                      \
      "this connection has said hello already", false)                         \
    X(NOT_WELCOME, "not_welcome", "say hello first", true)                     \
    X(UNAUTHORIZED, "unauthorized", "the token or the identity is not valid",  \
      false)                                                                   \
    X(DENIED, "denied", "the right to do this is missing", false)              \
    X(ID_CONFLICT, "id_conflict", "the id was used for another message",       \
      false)                                                                   \
    X(ID_TOO_OLD, "id_too_old",                                                \
      "the id is older than what repeats are recognised for", false)           \
    X(CURSOR_AHEAD, "cursor_ahead", "the cursor is ahead of the log", false)   \
    X(UNKNOWN_STREAM, "unknown_stream", "there is no such stream", false)      \
    X(STREAM_IN_USE, "stream_in_use", "the stream or its name is in use",      \
      true)                                                                    \
    X(TOO_MANY_STREAMS, "too_many_streams",                                    \
      "the connection has its maximum of streams open", true)                  \
    X(UNKNOWN_SERVICE, "unknown_service", "there is no such service", false)   \
    X(UNKNOWN_METHOD, "unknown_method", "the service has no such method",      \
      false)                                                                   \
    X(NO_WORKER, "no_worker", "no connected client serves this", true)         \
    X(DEADLINE, "deadline", "the deadline passed first", true)                 \
    X(FULL, "full", "a bounded resource is used up", true)                     \
    X(DISK_FULL, "disk_full", "the disk is below its reserve", true)           \
    X(DRAINING, "draining", "the broker is stopping", true)                    \
    X(NOT_FOUND, "not_found", "there is no such thing", false)                 \
    X(CONFLICT, "conflict", "the state has moved on: read it again", false)    \
    X(INVALID, "invalid", "an argument is not valid", false)                   \
    X(TOO_MANY_REQUESTS, "too_many_requests",                                  \
      "the connection has its maximum of requests open", true)                 \
    X(CREDIT_EXCEEDED, "credit_exceeded",                                      \
      "more bytes were sent than there was credit for", true)                  \
    X(OCCURRED_SKEW, "occurred_skew",                                          \
      "occurred is too far from the broker's clock", false)                    \
    X(NAME_IN_USE, "name_in_use", "another connection is this agent", true)    \
    X(INTERNAL, "internal", "the broker failed; its log says how", true)

enum refusal {
#define REFUSAL_ENUM(code, name, sentence, retry) REFUSAL_##code,
    REFUSAL_LIST(REFUSAL_ENUM)
#undef REFUSAL_ENUM
};

/* The name on the wire ("too_big") and a sentence. Lend constants. */
const char *refusal_name(enum refusal refusal);
const char *refusal_sentence(enum refusal refusal);

/* Whether sending the same message again, later, can succeed. */
bool refusal_retry_helps(enum refusal refusal);

/* The code of ${name}; REFUSAL_INTERNAL for a name of a later version. */
enum refusal refusal_of_name(const char *name);

/* What a failure inside a service becomes on the wire. */
enum refusal refusal_of_err(enum err err);

#endif
