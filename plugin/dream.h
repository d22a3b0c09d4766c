/* SPDX-License-Identifier: MIT */
/* dream.h: the pure core of the dream worker.
 *
 * Events of the traffic log go in, in order; change sets and the report come
 * out. read -> normalise -> detect -> test -> plan, without a broker: the
 * worker, the tests and the benchmarks drive the same code. What comes out
 * depends on the events, the memory it is told of and the configuration alone,
 * not on batches, restarts or time.
 * Threads: a dream belongs to one thread. */
#ifndef REVERIE_PLUGIN_DREAM_H
#define REVERIE_PLUGIN_DREAM_H

#include "memory/redact.h"
#include "plugin/plan/planner.h"
#include "plugin/plan/report.h"
#include "plugin/stretches.h"
#include "plugin/work.h"
#include "proto/envelope.h"

enum {
    DREAM_NAME_BYTES = 35 /* "d-" and 32 hexadecimal digits, and a NUL */
};

struct dream_config {
    struct redact_key key;
    struct bytes defaults; /* text of a table of world defaults; baseline.h */
    /* Who runs what may run at once (shards.h); run NULL: the caller, event by
     * event. Is in no result. */
    struct dream_jobs jobs;
    uint64_t budget_tokens; /* of one store; 0: BUDGET_TOKENS_DEFAULT */
};

struct dream;

/* Copies ${config}. Gives *out_dream (dream_free). ERR_INVALID, ERR_TOO_BIG:
 * the table of defaults; ${out_why} says where. */
MUST_CHECK enum err dream_new(const struct dream_config *config,
                              struct buf *out_why, struct dream **out_dream);
void dream_free(struct dream *dream);

/* Everything that shapes the result: versions, thresholds, table. */
struct digest dream_config_digest(const struct dream *dream);

/* Feeds one event of the traffic log: the frames of a delivery, read. An event
 * at or below the last position was fed before and is passed over, so a stream
 * that starts again may repeat. Never fails: what cannot be read is counted. */
void dream_feed(struct dream *dream, const struct stamp *stamp,
                const struct envelope *envelope, struct bytes body);

/* Position of the last event fed, 0 for none. */
uint64_t dream_position(const struct dream *dream);

/* What all dreams had to compute; lent. */
const struct work *dream_work(const struct dream *dream);

struct dream_result {
    char name[DREAM_NAME_BYTES]; /* content-derived */
    struct candidates candidates;
    struct plan plan;
    struct funnel funnel;
    uint64_t from_seq;
    uint64_t to_seq;
    struct digest config;
};

/* Dreams over what was fed so far. ${known}: what memory holds, as of the
 * ledger position ${ledger_seq}. With ${team_count} > 0 only those teams get
 * changes; the others still count as baselines. The result lends evidence from
 * the dream until the next dream_feed. */
struct dream_question {
    const struct known *known;
    uint64_t ledger_seq;
    const char *const *teams;
    size_t team_count;
};
void dream_finish(struct dream *dream, const struct dream_question *question,
                  struct dream_result *out_result);
void dream_result_fini(struct dream_result *result);

#endif
