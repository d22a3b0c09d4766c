/* SPDX-License-Identifier: MIT */
/* group.h: events and rows that the broker itself appends, all or nothing.
 *
 * The ledger builds a group, the writer appends it within one batch, the
 * router delivers what is in it. Two threads hold it at the end, so it counts
 * its holders.
 * Threads: built by one; after group_submit only the accessors, from any. */
#ifndef REVERIE_BROKER_HANDOVER_GROUP_H
#define REVERIE_BROKER_HANDOVER_GROUP_H

#include "broker/handover/bell.h"
#include "store/store.h"

struct group;

enum {
    GROUP_BYTES_MAX = 64 << 20
};

/* An empty group with one holder, the ledger. Keeps ${done}, which is rung
 * when the group is appended or refused. */
struct group *group_new(uint32_t swarm, int64_t time_us,
                        struct bell *done) MUST_CHECK;
void group_hold(struct group *group);
void group_drop(struct group *group);

/* One event; views are borrowed until return and copied. */
struct group_event {
    uint16_t log;
    struct bytes claims;
    struct bytes envelope;
    struct bytes body;
    struct bytes address;
};

/* Copies. ERR_TOO_BIG beyond GROUP_BYTES_MAX: the group is then useless. */
MUST_CHECK enum err group_add(struct group *group,
                              const struct group_event *event);

/* Copies ${rows}, to be written with the events; once. */
MUST_CHECK enum err group_set_rows(struct group *group,
                                   const struct store_row *rows, size_t count);

bool group_is_empty(const struct group *group);
size_t group_count(const struct group *group);

/* What the writer hands to store_append. Lends ${count} entries whose out
 * fields group_finish takes in. Rows ride on the first entry; a group of rows
 * only has one entry without an envelope. */
const struct store_append *group_appends(const struct group *group,
                                         size_t *out_count);

/* The writer's verdict: ${error}, the filled-in appends, and the batch that
 * the syncer will report. Rings the bell. */
void group_finish(struct group *group, enum err error,
                  const struct store_append *appends, uint64_t batch);

/* Whether group_finish was called; then what it said. */
bool group_is_finished(const struct group *group);
enum err group_error(const struct group *group);
uint64_t group_batch(const struct group *group);

#endif
