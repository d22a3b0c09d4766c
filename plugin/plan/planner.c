/* SPDX-License-Identifier: MIT */
#include "plugin/plan/planner.h"

#include <stdlib.h>

#include "base/edge/hash.h"
#include "memory/change.h"
#include "plugin/plan/draft/draft.h"
#include "plugin/plan/draft/operation.h"
#include "plugin/plan/memo/print.h"
#include "proto/messages.h"

struct maker {
    struct candidates *list;
    const struct plan_range *range;
    struct plan *plan;
    struct drafting drafting;
    struct plan_memo *memo;
    uint64_t seed;     /* of fingerprints: nobody outside knows it */
    struct buf packed; /* one change */
    /* The set that is being filled: its changes, packed. */
    struct buf changes;
    uint32_t change_count;
    size_t witnesses;
};

/* ---- the same as last time? ---------------------------------------------- */

/* What operation_set asks for, as it was found last time. */
static void recall(struct maker *maker, const struct plan_kept *kept,
                   Reverie__V1__Change *change)
{
    change->risk = (Reverie__V1__RiskClass)kept->risk;
    change->numbers = draft_take(&maker->drafting, sizeof(*change->numbers));
    reverie__v1__numbers__init(change->numbers);
    change->numbers->principals = kept->principals;
    change->numbers->principals_for = kept->principals_for;
}

static void note(const Reverie__V1__Change *change, uint64_t print,
                 struct plan_kept *kept)
{
    kept->print = print;
    kept->risk = (int)change->risk;
    kept->principals = change->numbers->principals;
    kept->principals_for = change->numbers->principals_for;
    kept->operation = 0;
}

/* Packs the change of ${candidate} into the set; false, with the candidate's
 * reason, if there is nothing to change. */
static bool add_change(struct maker *maker, struct candidate *candidate)
{
    arena_reset(&maker->drafting.arena);
    Reverie__V1__Change *change = draft_new(&maker->drafting, candidate);
    if (!change) {
        return false;
    }
    struct plan_kept *kept = plan_memo_of(maker->memo, candidate->finding);
    uint64_t print = kept ? print_of_draft(maker->seed, candidate, change) : 0;
    bool is_kept = kept && kept->print == print;
    if (is_kept) {
        recall(maker, kept, change);
    } else {
        draft_risk(candidate, change);
        draft_evidence(&maker->drafting, candidate, change);
    }
    candidate->reason = operation_set(&maker->drafting, candidate, change);
    if (kept && !is_kept) {
        note(change, print, kept);
    }
    if (candidate->reason != REASON_PROPOSED) {
        return false;
    }
    uint64_t operation = print_of_operation(change);
    if (is_kept && kept->operation == operation) {
        packed_add(kept->packed, &maker->changes);
        return true;
    }
    if (is_kept) {
        draft_evidence(&maker->drafting, candidate, change);
    }
    buf_reset(&maker->packed);
    packed_change(change, &maker->packed);
    assert(buf_error(&maker->packed) == ERR_OK);
    packed_add(buf_bytes(&maker->packed), &maker->changes);
    plan_memo_keep(maker->memo, kept, operation, buf_bytes(&maker->packed));
    return true;
}

/* ---- change sets --------------------------------------------------------- */

static void close_set(struct maker *maker, struct bytes team)
{
    if (maker->change_count == 0) {
        return;
    }
    arena_reset(&maker->drafting.arena);
    const struct plan_range *range = maker->range;
    Reverie__V1__ChangeSet set = REVERIE__V1__CHANGE_SET__INIT;
    set.dream = draft_text(&maker->drafting, range->dream);
    set.team = draft_text(&maker->drafting, team);
    set.has_log = true;
    set.has_from_seq = true;
    set.from_seq = range->from_seq;
    set.has_to_seq = true;
    set.to_seq = range->to_seq;
    set.has_ledger_seq = true;
    set.ledger_seq = range->ledger_seq;
    set.has_format = true;
    set.format = 1;
    struct buf packed;
    buf_init(&packed, PLAN_SET_BYTES_MAX);
    packed_set(&set, buf_bytes(&maker->changes), &packed);
    assert(buf_error(&packed) == ERR_OK);
    struct plan *plan = maker->plan;
    if (plan->count == plan->capacity) {
        plan->capacity = plan->capacity ? plan->capacity * 2 : 16;
        plan->sets = mem_grow(plan->sets, plan->capacity * sizeof(*plan->sets));
    }
    plan->sets[plan->count++] = (struct plan_set){
        .team = team,
        .packed = packed,
        .changes = maker->change_count,
    };
    buf_reset(&maker->changes);
    maker->change_count = 0;
    maker->witnesses = 0;
}

static void plan_candidate(struct maker *maker, struct candidate *candidate)
{
    if (maker->plan->changes == PLAN_CHANGES_MAX) {
        candidate->reason = REASON_DEFERRED;
        return;
    }
    bool is_mistake = candidate->kind == FINDING_KIND_MISTAKE;
    size_t witnesses = candidate->witness_count;
    witnesses += is_mistake ? mistake_fix(&candidate->mistake)->cited_count : 0;
    if (maker->change_count == PLAN_SET_CHANGES_MAX ||
        maker->witnesses + witnesses > PLAN_SET_WITNESSES_MAX) {
        close_set(maker, candidate->team_name);
    }
    if (add_change(maker, candidate)) {
        maker->change_count++;
        maker->witnesses += witnesses;
        maker->plan->changes++;
    }
}

/* The changes of one team: items[from..to). */
static void plan_team(struct maker *maker, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        struct candidate *candidate = &maker->list->items[i];
        if (candidate->tier == TIER_NONE && !candidate_over(candidate)) {
            continue;
        }
        plan_candidate(maker, candidate);
    }
    close_set(maker, maker->list->items[from].team_name);
}

static uint64_t seed_of(const struct digest *config)
{
    return hash_bytes(bytes_of(config->bytes, DIGEST_BYTES));
}

void plan_make(struct candidates *list, const struct roster *roster,
               const struct known *known, const struct plan_range *range,
               struct plan_memo *memo, struct plan *out_plan)
{
    *out_plan = (struct plan){0};
    struct maker *maker = mem_new(sizeof(*maker));
    *maker = (struct maker){.list = list,
                            .range = range,
                            .plan = out_plan,
                            .memo = memo,
                            .seed = seed_of(&range->config)};
    plan_memo_begin(memo);
    drafting_init(&maker->drafting, roster, known, &range->config);
    buf_init(&maker->packed, PLAN_SET_BYTES_MAX);
    buf_init(&maker->changes, PLAN_SET_BYTES_MAX);
    size_t from = 0;
    while (from < list->count) {
        size_t to = from + 1;
        while (to < list->count &&
               list->items[to].team == list->items[from].team) {
            to++;
        }
        plan_team(maker, from, to);
        from = to;
    }
    buf_fini(&maker->packed);
    buf_fini(&maker->changes);
    drafting_fini(&maker->drafting);
    free(maker);
}

void plan_fini(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        buf_fini(&plan->sets[i].packed);
    }
    free(plan->sets);
    *plan = (struct plan){0};
}
