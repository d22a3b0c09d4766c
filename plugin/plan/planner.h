/* SPDX-License-Identifier: MIT */
/* planner.h: from findings and the memory that is to the changes that are
 * proposed.
 *
 * Deltas only, keyed by finding: a finding that memory holds already, on the
 * same evidence, gives no change, and nothing is ever rewritten as a whole.
 * Every candidate leaves with a reason. The change sets are packed messages
 * (proto/memory.proto), byte-identical for equal inputs.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_PLANNER_H
#define REVERIE_PLUGIN_PLAN_PLANNER_H

#include "base/edge/crypto.h"
#include "plugin/detect/roster.h"
#include "plugin/plan/candidate.h"
#include "plugin/plan/known.h"
#include "plugin/plan/memo/packed.h"

enum {
    /* One change set stays below what a request may hold: 8 MiB and 65,536
     * protobuf fields, of which a witness has 13 and a change about 35. */
    PLAN_SET_BYTES_MAX = 8 << 20,
    PLAN_SET_WITNESSES_MAX = 3000,
    PLAN_SET_CHANGES_MAX = 512,
    PLAN_CHANGES_MAX = 4096 /* of one dream; the rest waits for the next */
};

/* What a plan is about. */
struct plan_range {
    struct bytes dream;
    uint64_t from_seq; /* of log 0 */
    uint64_t to_seq;
    uint64_t ledger_seq;
    struct digest config;
};

struct plan_set {
    struct bytes team; /* lent by the candidates */
    struct buf packed; /* a ChangeSet */
    uint32_t changes;
};

struct plan {
    struct plan_set *sets;
    size_t count;
    size_t capacity;
    uint32_t changes;
};

/* Makes changes of the candidates that have a tier, and sets the reason of
 * each. Borrows all; ${memo} (or NULL) keeps what the next plan may use again,
 * of the same configuration. The plan is plan_fini's to free. */
void plan_make(struct candidates *list, const struct roster *roster,
               const struct known *known, const struct plan_range *range,
               struct plan_memo *memo, struct plan *out_plan);
void plan_fini(struct plan *plan);

#endif
