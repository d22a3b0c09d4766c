/* SPDX-License-Identifier: MIT */
/* counters.h: everything the router counts.
 *
 * Besides these, each code of proto/refusal.h has a counter "refused.CODE".
 * Threads: those of the route. */
#ifndef REVERIE_BROKER_ROUTE_CORE_COUNTERS_H
#define REVERIE_BROKER_ROUTE_CORE_COUNTERS_H

#include "base/base.h"
#include "proto/refusal.h"

enum {
#define REFUSAL_ONE(code, name, sentence, retry) +1
    REFUSAL_COUNT = 0 REFUSAL_LIST(REFUSAL_ONE)
#undef REFUSAL_ONE
};

#define COUNTER_LIST(X)                                                        \
    X(FRAMES, "frames")               /* messages that came */                 \
    X(PUBLISHED, "published")         /* passed every check, appended */       \
    X(LOGGED, "logged")               /* new in the log */                     \
    X(REPEATED, "repeated")           /* were in the log already */            \
    X(ACCEPTED, "accepted")           /* acceptances sent */                   \
    X(DELIVERED, "delivered")         /* to inboxes, first time */             \
    X(REDELIVERED, "redelivered")     /* to inboxes, again */                  \
    X(DONE, "done")                   /* deliveries dealt with */              \
    X(STREAMED, "streamed")           /* events to streams */                  \
    X(MISSED, "missed")               /* left out of lossy streams */          \
    X(DROPPED_LOSSY, "dropped_lossy") /* lossy messages under pressure */      \
    X(INBOX_READS, "inbox_reads")     /* fell back to the log */               \
    X(STREAM_READS, "stream_reads")                                            \
    X(CREDIT_WITHHELD, "credit_withheld") /* times the backlog was too big */  \
    X(HELLOS, "hellos")                                                        \
    X(TAKEOVERS, "takeovers")                                                  \
    X(LEASES_EXPIRED, "leases_expired")                                        \
    X(SENDS_FAILED, "sends_failed") /* peers lost on sending to them */        \
    X(REQUESTS, "requests")                                                    \
    X(REPLIES_LATE, "replies_late")         /* to requests that are gone */    \
    X(REPLIES_WITHHELD, "replies_withheld") /* the asker does not read */      \
    X(READ_ERRORS, "read_errors")                                              \
    X(VIEWS_REPORTED, "views_reported")                                        \
    X(CURSORS_CLAMPED, "cursors_clamped")   /* ahead of the log at start */    \
    X(ROWS_ORPHANED, "rows_orphaned")       /* of no use, at start */          \
    X(STEPS_UNFINISHED, "steps_unfinished") /* ended by effects_max */

enum counter {
#define COUNTER_ENUM(code, name) COUNT_##code,
    COUNTER_LIST(COUNTER_ENUM)
#undef COUNTER_ENUM
    COUNT_COUNT
};

/* Lends a constant. */
const char *counter_name(enum counter counter);

/* "refused.malformed" and the like. Lends a constant. */
const char *refusal_counter_name(enum refusal refusal);

#endif
