/* SPDX-License-Identifier: MIT */
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/address.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    SET_FORMAT = 1,
    STATE_PROPOSED = REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED
};

/* ---- the set ------------------------------------------------------------- */

static const char *set_fault(Reverie__V1__ChangeSet *set)
{
    if (set->format != SET_FORMAT) {
        return "the format of the change set is not 1";
    }
    if (!name_is_valid(message_text(set->team))) {
        return "the change set names no team";
    }
    if (message_text(set->dream).len > NAME_MAX_BYTES) {
        return "the dream's name is longer than 255 bytes";
    }
    if (set->n_changes > CHANGES_MAX) {
        return "a change set holds at most 1,024 changes";
    }
    size_t witnesses = 0;
    for (size_t i = 0; i < set->n_changes; i++) {
        witnesses += set->changes[i]->n_witnesses;
    }
    if (witnesses > SET_WITNESSES_MAX) {
        return "a change set holds at most 32,768 witnesses";
    }
    set->proposer = NULL; /* the broker says who proposes */
    struct digest digest = change_set_digest(set);
    bool same = bytes_equal(message_bytes(set->has_id, set->id),
                            bytes_of(digest.bytes, sizeof(digest.bytes)));
    return same ? NULL : "the id is not the digest of the change set";
}

/* ---- one change ---------------------------------------------------------- */

static const char *place_fault(const Reverie__V1__ChangeSet *set,
                               struct Reverie__V1__Change *change)
{
    struct bytes name = bytes_of(NULL, 0);
    struct bytes store = message_text(change->store);
    if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_AUTHORED) {
        return "a direct write goes through memory.write";
    }
    if (store_name_is_valid(store, &name) && store_is_team(store) &&
        !bytes_equal(name, message_text(set->team))) {
        return "the store is not of the team of the change set";
    }
    for (size_t i = 0; i < change->n_witnesses; i++) {
        if (change->witnesses[i]->has_quote_offset ||
            change->witnesses[i]->has_quote_bytes) {
            return "a proposal carries quotes as text";
        }
    }
    return NULL;
}

static enum err answer(struct memory *memory,
                       Reverie__V1__ReviewProposeReply__Result *out,
                       const char *verdict, const char *reason,
                       const char *sentence)
{
    out->verdict = step_text(memory, bytes_of_text(verdict));
    out->reason = step_text(memory, bytes_of_text(reason));
    out->sentence = step_text(memory, bytes_of_text(sentence));
    return out->verdict && out->reason && out->sentence ? ERR_OK : ERR_TOO_BIG;
}

/* The answer to a change that was proposed before: what became of it. An
 * applied one whose memory still says so is "unchanged". */
static enum err answer_again(struct memory *memory,
                             const struct Reverie__V1__ChangeRow *row,
                             Reverie__V1__ReviewProposeReply__Result *out)
{
    struct head head;
    const struct Reverie__V1__Change *change = row->change;
    switch ((int)row->state) {
    case REVERIE__V1__CHANGE_STATE__CHANGE_REJECTED:
        return answer(memory, out, "refuse",
                      row->reason && *row->reason ? row->reason : "rejected",
                      row->sentence ? row->sentence : "it was rejected");
    case REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED:
        break;
    default:
        return answer(memory, out, "ask", row->reason ? row->reason : "",
                      row->sentence ? row->sentence : "it waits for review");
    }
    enum err err = head_get(memory, message_text(change->store),
                            message_text(change->path), &head);
    if (err != ERR_OK) {
        return err;
    }
    bool stands =
        head.exists && head.version->number == row->number &&
        (head.live || change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE);
    return stands ? answer(memory, out, "unchanged", "unchanged",
                           "the change was applied, and stands")
                  : answer(memory, out, "refuse", "superseded",
                           "the change was applied, and something else since");
}

static enum err emit_proposed(struct memory *memory,
                              const Reverie__V1__ChangeSet *set,
                              struct Reverie__V1__Change *change)
{
    struct Reverie__V1__MemoryProposed event =
        REVERIE__V1__MEMORY_PROPOSED__INIT;
    Reverie__V1__ChangeSet one = *set;
    one.proposer = step_text(memory, memory->input->asker.principal);
    one.changes = &change;
    one.n_changes = 1;
    event.change_set = &one;
    return step_emit(memory, "memory.proposed", &event);
}

static enum err record(struct memory *memory, const Reverie__V1__ChangeSet *set,
                       struct Reverie__V1__Change *change,
                       const struct judgement *judgement)
{
    struct bytes id = message_bytes(change->has_id, change->id);
    uint64_t number = 0;
    quotes_detach(change, &judgement->evidence);
    enum err err = emit_proposed(memory, set, change);
    if (err == ERR_OK) {
        err =
            emit_gated(memory, id, gate_answer_name(judgement->verdict.answer),
                       &judgement->verdict);
    }
    if (err == ERR_OK && judgement->verdict.answer != GATE_REFUSE) {
        err = supersede_waiting(memory, change, judgement);
    }
    if (err != ERR_OK || judgement->verdict.answer != GATE_APPLY) {
        return err != ERR_OK ? err : doubt_head(memory, change, judgement);
    }
    struct authorship by = {
        .author = memory->input->asker.principal,
        .reason = message_text(change->reason),
        .dream = message_text(set->dream),
        .proposer = memory->input->asker.principal,
        .from_seq = set->from_seq,
        .to_seq = set->to_seq,
        .ledger_seq = set->ledger_seq,
        .is_change = true,
    };
    return apply_change(memory, change, judgement, &by, &number);
}

static enum err propose_new(struct memory *memory,
                            const Reverie__V1__ChangeSet *set,
                            struct Reverie__V1__Change *change, bool breaks,
                            Reverie__V1__ReviewProposeReply__Result *out)
{
    struct judgement judgement;
    enum err err = judge(memory, change, false, breaks, &judgement);
    if (err != ERR_OK) {
        return err;
    }
    const struct gate_verdict *verdict = &judgement.verdict;
    bool is_full = bytes_equal_text(BYTES_LITERAL("full"), verdict->reason);
    if (verdict->answer != GATE_UNCHANGED && !is_full) {
        err = record(memory, set, change, &judgement);
    }
    return err != ERR_OK
               ? err
               : answer(memory, out, gate_answer_name(verdict->answer),
                        verdict->reason, verdict->sentence);
}

static enum err propose_one(struct memory *memory,
                            const Reverie__V1__ChangeSet *set,
                            struct Reverie__V1__Change *change, bool breaks,
                            Reverie__V1__ReviewProposeReply__Result *out)
{
    struct Reverie__V1__ChangeRow row = REVERIE__V1__CHANGE_ROW__INIT;
    out->has_change = change->has_id;
    out->change = change->id;
    const char *fault = change_fault(change);
    fault = fault ? fault : place_fault(set, change);
    if (fault) {
        return answer(memory, out, "refuse", "invalid", fault);
    }
    struct row_key key = key_change(message_bytes(true, change->id));
    enum err err =
        row_get(memory->table, &key, &reverie__v1__change_row__descriptor,
                &memory->arena, &row);
    int state = (int)row.state;
    bool is_new = err == ERR_NOT_FOUND ||
                  (err == ERR_OK && change_may_become(state, STATE_PROPOSED));
    if (is_new) {
        return propose_new(memory, set, change, breaks, out);
    }
    return err == ERR_OK ? answer_again(memory, &row, out) : err;
}

static enum err propose_all(struct memory *memory, Reverie__V1__ChangeSet *set,
                            struct Reverie__V1__ReviewProposeReply *reply)
{
    Reverie__V1__ReviewProposeReply__Result *results =
        step_take(memory, (set->n_changes + 1) * sizeof(*results));
    reply->results =
        step_take(memory, (set->n_changes + 1) * sizeof(*reply->results));
    if (!results || !reply->results) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < set->n_changes; i++) {
        results[i] = (Reverie__V1__ReviewProposeReply__Result)
            REVERIE__V1__REVIEW_PROPOSE_REPLY__RESULT__INIT;
        reply->results[i] = &results[i];
        enum err err = propose_one(memory, set, set->changes[i],
                                   memory->batch_breaks[i], &results[i]);
        if (err != ERR_OK) {
            return err;
        }
    }
    reply->n_results = set->n_changes;
    return ERR_OK;
}

enum err on_propose(struct memory *memory)
{
    struct Reverie__V1__ReviewProposeRequest request;
    struct Reverie__V1__ReviewProposeReply reply =
        REVERIE__V1__REVIEW_PROPOSE_REPLY__INIT;
    if (!step_read(memory, &reverie__v1__review_propose_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    if (!request.change_set) {
        return step_refuse(memory, "invalid", "there is no change set");
    }
    const char *fault = set_fault(request.change_set);
    if (fault) {
        return step_refuse(memory, "invalid", "%s", fault);
    }
    memory->publication.change_set =
        message_bytes(true, request.change_set->id);
    memory->dream = message_text(request.change_set->dream);
    enum err err = judge_batch(memory, request.change_set);
    if (err == ERR_OK) {
        err = propose_all(memory, request.change_set, &reply);
    }
    reply.policy = step_policy(memory);
    return err != ERR_OK ? err : step_reply(memory, &reply);
}
