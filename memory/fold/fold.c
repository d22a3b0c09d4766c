/* SPDX-License-Identifier: MIT */
#include "memory/fold/fold.h"

#include <stdlib.h>

#include "base/edge/hash.h"
#include "memory/fold/state.h"
#include "memory/rewording.h"
#include "memory/rows.pb-c.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum err fold_counts(struct fold *fold, struct Reverie__V1__CountsRow *out)
{
    struct row_key key = key_counts();
    *out = (struct Reverie__V1__CountsRow)REVERIE__V1__COUNTS_ROW__INIT;
    enum err err =
        row_get_or_zero(fold->table, &key, &reverie__v1__counts_row__descriptor,
                        fold->arena, out);
    out->has_format = true;
    out->format = ROWS_FORMAT;
    return err;
}

enum err memory_rows_format(const struct memory_table *table,
                            uint32_t *out_format)
{
    struct Reverie__V1__CountsRow counts = REVERIE__V1__COUNTS_ROW__INIT;
    struct row_key key = key_counts();
    struct arena arena;
    arena_init(&arena, ROW_VALUE_MAX);
    enum err err = row_get_or_zero(
        table, &key, &reverie__v1__counts_row__descriptor, &arena, &counts);
    if (err == ERR_OK) {
        *out_format = counts.format;
    }
    arena_fini(&arena);
    return err;
}

/* ---- changes ------------------------------------------------------------- */

static struct bytes change_id_of(const Reverie__V1__ChangeRow *row)
{
    return message_bytes(row->change->has_id, row->change->id);
}

static enum err count_waiting(struct fold *fold, int before, int after)
{
    struct Reverie__V1__CountsRow counts;
    struct row_key key = key_counts();
    const int proposed = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
    enum err err = fold_counts(fold, &counts);
    if (err != ERR_OK || (before == proposed) == (after == proposed)) {
        return err;
    }
    counts.has_waiting = true;
    counts.waiting += after == proposed ? 1U : UINT32_MAX;
    row_put(fold->table, &key, &counts);
    return ERR_OK;
}

/* The changes that wait, by the place they are about. */
static void index_waiting(struct fold *fold, const Reverie__V1__ChangeRow *row,
                          int before, int after)
{
    const int proposed = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
    struct row_key key =
        key_waiting(message_text(row->change->store),
                    message_text(row->change->path), change_id_of(row));
    if (after == proposed) {
        row_put_empty(fold->table, &key);
    } else if (before == proposed) {
        row_remove(fold->table, &key);
    }
}

enum err fold_change_state(struct fold *fold, Reverie__V1__ChangeRow *row,
                           int state)
{
    struct bytes id = change_id_of(row);
    int before = row->has_state ? (int)row->state : 0;
    if (!change_may_become(before, state)) {
        return ERR_CORRUPT;
    }
    struct row_key old_index = key_state(before, row->since_seq, id);
    if (before != 0) {
        row_remove(fold->table, &old_index);
    }
    row->has_state = true;
    row->state = (Reverie__V1__ChangeState)state;
    if (state == REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED) {
        row->has_since_seq = true;
        row->since_seq = fold->seq;
        row->has_since_us = true;
        row->since_us = fold->time_us;
    }
    struct row_key key = key_change(id);
    struct row_key index = key_state(state, row->since_seq, id);
    row_put(fold->table, &key, row);
    row_put_empty(fold->table, &index);
    index_waiting(fold, row, before, state);
    return count_waiting(fold, before, state);
}

static enum err change_get(struct fold *fold, struct bytes id,
                           Reverie__V1__ChangeRow *out)
{
    struct row_key key = key_change(id);
    *out = (Reverie__V1__ChangeRow)REVERIE__V1__CHANGE_ROW__INIT;
    if (id.len != DIGEST_BYTES) {
        return ERR_CORRUPT;
    }
    enum err err =
        row_get(fold->table, &key, &reverie__v1__change_row__descriptor,
                fold->arena, out);
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

static void index_evidence(struct fold *fold, const Reverie__V1__Change *change)
{
    struct bytes id = message_bytes(change->has_id, change->id);
    for (size_t i = 0; i < change->n_witnesses; i++) {
        const struct Reverie__V1__Witness *witness = change->witnesses[i];
        struct row_key key = key_evidence(witness->log, witness->seq, id);
        row_put_empty(fold->table, &key);
        if (witness->has_result_seq) {
            key = key_evidence(witness->log, witness->result_seq, id);
            row_put_empty(fold->table, &key);
        }
    }
}

/* A new row in state proposed, or an expired one again. */
/* ${set}: what it was proposed in, its changes aside. */
static enum err add_change(struct fold *fold, Reverie__V1__Change *change,
                           const Reverie__V1__ChangeSet *set)
{
    Reverie__V1__ChangeRow row = REVERIE__V1__CHANGE_ROW__INIT;
    struct bytes id = message_bytes(change->has_id, change->id);
    struct row_key key = key_change(id);
    if (id.len != DIGEST_BYTES) {
        return ERR_CORRUPT;
    }
    enum err err =
        row_get_or_zero(fold->table, &key, &reverie__v1__change_row__descriptor,
                        fold->arena, &row);
    if (err != ERR_OK) {
        return err;
    }
    row.change = change;
    row.proposer = set->proposer;
    row.dream = set->dream;
    row.has_from_seq = row.has_to_seq = row.has_ledger_seq = set->to_seq > 0;
    row.from_seq = set->from_seq;
    row.to_seq = set->to_seq;
    row.ledger_seq = set->ledger_seq;
    row.has_proposed_us = true;
    row.proposed_us = fold->time_us;
    index_evidence(fold, change);
    return fold_change_state(fold, &row,
                             REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED);
}

static enum err link_dream(struct fold *fold, struct bytes dream,
                           const Reverie__V1__Change *change)
{
    struct Reverie__V1__DreamRow row = REVERIE__V1__DREAM_ROW__INIT;
    struct row_key name = key_dream_name(dream);
    enum err err =
        row_get(fold->table, &name, &reverie__v1__dream_row__descriptor,
                fold->arena, &row);
    if (dream.len == 0 || err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    struct row_key key =
        key_dream_change(row.seq, message_bytes(change->has_id, change->id));
    row_put_empty(fold->table, &key);
    return err;
}

static enum err fold_proposed(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__MemoryProposed event;
    enum err err = row_read(body, &reverie__v1__memory_proposed__descriptor,
                            fold->arena, &event);
    if (err == ERR_OK && !event.change_set) {
        err = ERR_CORRUPT;
    }
    for (size_t i = 0; err == ERR_OK && i < event.change_set->n_changes; i++) {
        Reverie__V1__Change *change = event.change_set->changes[i];
        err = add_change(fold, change, event.change_set);
        if (err == ERR_OK) {
            err =
                link_dream(fold, message_text(event.change_set->dream), change);
        }
    }
    return err;
}

/* "ask" and "apply" leave the state to what follows. */
static int state_after_verdict(struct bytes verdict)
{
    if (bytes_equal_text(verdict, "refuse")) {
        return REVERIE__V1__CHANGE_STATE__CHANGE_REJECTED;
    }
    if (bytes_equal_text(verdict, "supersede")) {
        return REVERIE__V1__CHANGE_STATE__CHANGE_SUPERSEDED;
    }
    return bytes_equal_text(verdict, "expire")
               ? REVERIE__V1__CHANGE_STATE__CHANGE_EXPIRED
               : 0;
}

static enum err fold_gated(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__MemoryGated event;
    Reverie__V1__ChangeRow row;
    enum err err = row_read(body, &reverie__v1__memory_gated__descriptor,
                            fold->arena, &event);
    if (err == ERR_OK) {
        err = change_get(fold, message_bytes(event.has_change, event.change),
                         &row);
    }
    if (err != ERR_OK) {
        return err;
    }
    row.verdict = event.verdict;
    row.reason = event.reason;
    row.sentence = event.sentence;
    row.policy = event.policy;
    int state = state_after_verdict(message_text(event.verdict));
    if (state != 0) {
        return fold_change_state(fold, &row, state);
    }
    struct row_key key = key_change(change_id_of(&row));
    row_put(fold->table, &key, &row);
    return ERR_OK;
}

static enum err fold_edit(struct fold *fold, Reverie__V1__ChangeRow *row,
                          struct Reverie__V1__MemoryDecided *event)
{
    Reverie__V1__ChangeRow edited;
    if (!event->edited) {
        return ERR_CORRUPT;
    }
    enum err err = fold_change_state(
        fold, row, REVERIE__V1__CHANGE_STATE__CHANGE_REJECTED);
    if (err == ERR_OK) {
        /* In a reviewer's words it is not what the dream gave. */
        Reverie__V1__ChangeSet set = REVERIE__V1__CHANGE_SET__INIT;
        set.proposer = row->proposer;
        set.dream = row->dream;
        err = add_change(fold, event->edited, &set);
    }
    if (err == ERR_OK) {
        err = link_dream(fold, message_text(row->dream), event->edited);
    }
    if (err == ERR_OK) {
        err = change_get(
            fold, message_bytes(event->edited->has_id, event->edited->id),
            &edited);
    }
    if (err == ERR_OK) {
        edited.reviewer = event->reviewer;
        err = fold_change_state(fold, &edited,
                                REVERIE__V1__CHANGE_STATE__CHANGE_APPROVED);
    }
    return err;
}

/* Waits on, from now: the same state under a new position. */
static enum err fold_defer(struct fold *fold, Reverie__V1__ChangeRow *row)
{
    struct bytes id = change_id_of(row);
    const int proposed = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
    if ((int)row->state != proposed) {
        return ERR_CORRUPT;
    }
    struct row_key old_index = key_state(proposed, row->since_seq, id);
    struct row_key index = key_state(proposed, fold->seq, id);
    struct row_key key = key_change(id);
    row->since_seq = fold->seq;
    row->since_us = fold->time_us;
    row_remove(fold->table, &old_index);
    row_put_empty(fold->table, &index);
    row_put(fold->table, &key, row);
    return ERR_OK;
}

static enum err fold_reject(struct fold *fold, Reverie__V1__ChangeRow *row)
{
    const Reverie__V1__Change *change = row->change;
    const struct rejection rejection = {
        .store = message_text(change->store),
        .finding = message_bytes(change->has_finding, change->finding),
        .change = change,
        .witnesses = change->witnesses,
        .count = change->n_witnesses,
    };
    enum err err = fold_rejection(fold, &rejection);
    return err != ERR_OK
               ? err
               : fold_change_state(fold, row,
                                   REVERIE__V1__CHANGE_STATE__CHANGE_REJECTED);
}

static enum err fold_decided(struct fold *fold, struct bytes body)
{
    struct Reverie__V1__MemoryDecided event;
    Reverie__V1__ChangeRow row;
    enum err err = row_read(body, &reverie__v1__memory_decided__descriptor,
                            fold->arena, &event);
    if (err == ERR_OK) {
        err = change_get(fold, message_bytes(event.has_change, event.change),
                         &row);
    }
    if (err != ERR_OK) {
        return err;
    }
    row.reviewer = event.reviewer;
    row.reason = event.reason;
    switch ((int)event.decision) {
    case REVERIE__V1__DECISION__DECISION_APPROVE:
        return fold_change_state(fold, &row,
                                 REVERIE__V1__CHANGE_STATE__CHANGE_APPROVED);
    case REVERIE__V1__DECISION__DECISION_REJECT:
        return fold_reject(fold, &row);
    case REVERIE__V1__DECISION__DECISION_EDIT:
        return fold_edit(fold, &row, &event);
    case REVERIE__V1__DECISION__DECISION_DEFER:
        return fold_defer(fold, &row);
    default:
        return ERR_CORRUPT;
    }
}

/* ---- rejections ---------------------------------------------------------- */

static int compare_u64(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

/* Sorts and drops repeats; returns how many are left. */
static size_t sort_unique(uint64_t *values, size_t count)
{
    size_t kept = 0;
    if (count) {
        qsort(values, count, sizeof(*values), compare_u64);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || values[kept - 1] != values[i]) {
            values[kept++] = values[i];
        }
    }
    return kept;
}

/* ${old} and what ${pick} gives for each witness for, as one ascending set. */
static uint64_t *hash_union(struct fold *fold, const uint64_t *old,
                            size_t old_count,
                            struct Reverie__V1__Witness *const *witnesses,
                            size_t count, bool by_session, size_t *out_count)
{
    uint64_t *all =
        arena_take(fold->arena, (old_count + count + 1) * sizeof(*all));
    size_t used = 0;
    if (!all) {
        return NULL;
    }
    for (size_t i = 0; i < old_count; i++) {
        all[used++] = old[i];
    }
    for (size_t i = 0; i < count; i++) {
        const char *text =
            by_session ? witnesses[i]->session : witnesses[i]->principal;
        if (!witnesses[i]->against && !witnesses[i]->helps) {
            all[used++] = hash_bytes(message_text(text));
        }
    }
    *out_count = sort_unique(all, used);
    return all;
}

static enum err rejection_add(struct fold *fold,
                              const struct rejection *rejection,
                              struct bytes finding)
{
    struct Reverie__V1__RejectedRow row = REVERIE__V1__REJECTED_ROW__INIT;
    struct row_key key = key_rejected(rejection->store, finding);
    enum err err = row_get_or_zero(fold->table, &key,
                                   &reverie__v1__rejected_row__descriptor,
                                   fold->arena, &row);
    if (err != ERR_OK) {
        return err;
    }
    row.principals =
        hash_union(fold, row.principals, row.n_principals, rejection->witnesses,
                   rejection->count, false, &row.n_principals);
    row.sessions =
        hash_union(fold, row.sessions, row.n_sessions, rejection->witnesses,
                   rejection->count, true, &row.n_sessions);
    if (!row.principals || !row.sessions) {
        return ERR_TOO_BIG;
    }
    row_put(fold->table, &key, &row);
    return ERR_OK;
}

enum err fold_rejection(struct fold *fold, const struct rejection *rejection)
{
    uint8_t reworded[FINDING_BYTES];
    enum err err = rejection_add(fold, rejection, rejection->finding);
    if (err != ERR_OK || !rejection->change) {
        return err;
    }
    rewording_id(rejection->change, reworded);
    return rejection_add(fold, rejection, bytes_of(reworded, FINDING_BYTES));
}

/* ---- dispatch ------------------------------------------------------------ */

static const struct {
    const char *kind;
    enum err (*fold)(struct fold *fold, struct bytes body);
} handlers[] = {
    {"memory.proposed", fold_proposed},
    {"memory.gated", fold_gated},
    {"memory.decided", fold_decided},
    {"memory.applied", fold_applied},
    {"memory.reverted", fold_reverted},
    {"memory.published", fold_published},
    {"memory.acknowledged", fold_acknowledged},
    {"peer.joined", fold_joined},
    {"dream.started", fold_dream_started},
    {"dream.candidates", fold_dream_candidates},
    {"dream.finished", fold_dream_finished},
};

enum err memory_fold(const struct memory_table *table, uint64_t seq,
                     int64_t time_us, struct bytes kind, struct bytes principal,
                     struct bytes body)
{
    (void)principal; /* bodies name whoever matters */
    for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
        if (!bytes_equal_text(kind, handlers[i].kind)) {
            continue;
        }
        struct arena arena;
        arena_init(&arena, 4 * (size_t)BODY_MAX_LIMIT);
        struct fold fold = {table, seq, time_us, &arena};
        enum err err = handlers[i].fold(&fold, body);
        arena_fini(&arena);
        return err;
    }
    return ERR_OK;
}
