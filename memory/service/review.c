/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/id.h"
#include "memory/fold/fold.h"
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/messages.h"

enum {
    ITEM_KEY_BYTES = 1 + 1 + 8 + DIGEST_BYTES, /* of key_state */
    PREFIX_MIN = 4
};

/* ---- items --------------------------------------------------------------- */

/* The paths where findings live that the change would replace. */
static enum err item_replaced(struct memory *memory,
                              const Reverie__V1__Change *change,
                              struct Reverie__V1__ReviewItem *item)
{
    struct bytes store = message_text(change->store);
    item->replaced =
        step_take(memory, (change->n_replaces + 1) * sizeof(*item->replaced));
    enum err err = item->replaced ? ERR_OK : ERR_TOO_BIG;
    for (size_t i = 0; err == ERR_OK && i < change->n_replaces; i++) {
        Reverie__V1__FindingRow row;
        struct row_key key =
            key_finding(store, message_bytes(true, change->replaces[i]));
        err = row_get_or_zero(memory->table, &key,
                              &reverie__v1__finding_row__descriptor,
                              &memory->arena, &row);
        bool elsewhere =
            err == ERR_OK && row.path &&
            !bytes_equal(message_text(row.path), message_text(change->path));
        if (elsewhere) {
            item->replaced[item->n_replaced++] = row.path;
        }
    }
    return err;
}

enum err review_item(struct memory *memory, Reverie__V1__ChangeRow *row,
                     bool with_witnesses, struct Reverie__V1__ReviewItem *out)
{
    struct head head;
    struct evidence_source source;
    Reverie__V1__Change *change = row->change;
    struct bytes finding = message_bytes(change->has_finding, change->finding);
    enum err err = head_get(memory, message_text(change->store),
                            message_text(change->path), &head);
    if (err == ERR_OK) {
        err = evidence_source_get(memory, message_text(change->store), finding,
                                  &source);
    }
    if (err == ERR_OK && with_witnesses) {
        err = quotes_restore(&source, change->witnesses, change->n_witnesses,
                             &memory->arena);
    }
    if (!with_witnesses) {
        change->n_witnesses = 0;
    }
    *out = (struct Reverie__V1__ReviewItem)REVERIE__V1__REVIEW_ITEM__INIT;
    out->change = change;
    out->has_state = row->has_state;
    out->state = row->state;
    out->reason = row->reason;
    out->sentence = row->sentence;
    out->proposer = row->proposer;
    out->dream = row->dream;
    out->has_proposed_us = row->has_proposed_us;
    out->proposed_us = row->proposed_us;
    out->reviewer = row->reviewer;
    out->current_content = head.live ? head.version->content : NULL;
    return err == ERR_OK ? item_replaced(memory, change, out) : err;
}

/* ---- list ---------------------------------------------------------------- */

struct page {
    const struct Reverie__V1__ReviewListRequest *request;
    struct Reverie__V1__ReviewListReply *reply;
    uint32_t limit;
    struct bytes last; /* key of the last row looked at */
};

static enum err page_add(struct memory *memory, struct page *page,
                         struct bytes key)
{
    Reverie__V1__ChangeRow row;
    struct bytes id = bytes_slice(key, ITEM_KEY_BYTES - DIGEST_BYTES, key.len);
    struct row_key change_key = key_change(id);
    enum err err =
        row_get(memory->table, &change_key,
                &reverie__v1__change_row__descriptor, &memory->arena, &row);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    struct bytes store = message_text(page->request->store);
    page->last = key;
    if (store.len && !bytes_equal(store, message_text(row.change->store))) {
        return ERR_OK;
    }
    struct Reverie__V1__ReviewItem *item = step_take(memory, sizeof(*item));
    if (!item) {
        return ERR_TOO_BIG;
    }
    page->reply->items[page->reply->n_items++] = item;
    return review_item(memory, &row, false, item);
}

static enum err page_fill(struct memory *memory, struct page *page,
                          const struct row_key *prefix)
{
    bool more = true;
    while (more && page->reply->n_items < page->limit) {
        struct row_list list;
        enum err err = rows_list(memory->table, prefix, page->last, page->limit,
                                 &memory->arena, &list);
        size_t i = 0;
        for (; err == ERR_OK && i < list.count &&
               page->reply->n_items < page->limit;
             i++) {
            err = page_add(memory, page, list.keys[i]);
        }
        if (err != ERR_OK) {
            return err;
        }
        more = list.more || i < list.count;
        if (more && page->reply->n_items == page->limit) {
            char *next = step_take(memory, 2 * page->last.len + 1);
            page->reply->next = next;
            return next ? (hex_text(page->last, next), ERR_OK) : ERR_TOO_BIG;
        }
    }
    return ERR_OK;
}

enum err on_review_list(struct memory *memory)
{
    struct Reverie__V1__ReviewListRequest request;
    struct Reverie__V1__ReviewListReply reply =
        REVERIE__V1__REVIEW_LIST_REPLY__INIT;
    uint8_t after[ITEM_KEY_BYTES];
    if (!step_read(memory, &reverie__v1__review_list_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct page page = {&request, &reply, step_limit(request.limit), {0}};
    struct bytes token = message_text(request.after);
    if (token.len) {
        if (hex_parse(token, after, sizeof(after)) != ERR_OK) {
            return step_refuse(memory, "invalid",
                               "`after` is not the `next` of a page");
        }
        page.last = bytes_of(after, sizeof(after));
    }
    int state = request.has_state ? (int)request.state
                                  : REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED;
    struct row_key prefix = key_state(state, 0, bytes_of(NULL, 0));
    reply.items = step_take(memory, page.limit * sizeof(*reply.items));
    enum err err =
        reply.items ? page_fill(memory, &page, &prefix) : ERR_TOO_BIG;
    return err != ERR_OK ? err : step_reply(memory, &reply);
}

/* ---- show ---------------------------------------------------------------- */

/* Two hexadecimal digits a byte; an odd last digit narrows the scan's hits. */
static enum err find_change(struct memory *memory, struct bytes prefix,
                            struct row_list *out)
{
    uint8_t id[DIGEST_BYTES];
    size_t whole = prefix.len / 2;
    if (prefix.len < PREFIX_MIN || prefix.len > 2 * sizeof(id) ||
        hex_parse(bytes_slice(prefix, 0, 2 * whole), id, whole) != ERR_OK) {
        return step_refuse(memory, "invalid",
                           "a change is named by 4 to 64 hexadecimal digits");
    }
    struct row_list list;
    struct row_key key = key_change(bytes_of(id, whole));
    enum err err = rows_list(memory->table, &key, bytes_of(NULL, 0), 32,
                             &memory->arena, &list);
    *out = (struct row_list){list.keys, list.values, 0, false};
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        char text[DIGEST_TEXT_BYTES];
        hex_text(bytes_slice(list.keys[i], 1, DIGEST_BYTES), text);
        if (bytes_starts_with(bytes_of_text(text), prefix)) {
            out->values[out->count++] = list.values[i];
        }
    }
    if (err == ERR_OK && out->count == 0) {
        return step_refuse(memory, "not_found", "no change has this id");
    }
    if (err == ERR_OK && out->count > 1) {
        return step_refuse(memory, "conflict",
                           "more than one change begins like this");
    }
    return err;
}

enum err on_review_show(struct memory *memory)
{
    struct Reverie__V1__ReviewShowRequest request;
    struct Reverie__V1__ReviewShowReply reply =
        REVERIE__V1__REVIEW_SHOW_REPLY__INIT;
    struct Reverie__V1__ReviewItem item;
    struct row_list found = {0};
    Reverie__V1__ChangeRow row;
    if (!step_read(memory, &reverie__v1__review_show_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    enum err err = find_change(memory, message_text(request.change), &found);
    if (err != ERR_OK || found.count != 1) {
        return err;
    }
    err = row_read(found.values[0], &reverie__v1__change_row__descriptor,
                   &memory->arena, &row);
    if (err == ERR_OK) {
        err = review_item(memory, &row, true, &item);
    }
    reply.item = &item;
    return err != ERR_OK ? err : step_reply(memory, &reply);
}

/* ---- decide -------------------------------------------------------------- */

/* One decision on its way. */
struct deciding {
    struct Reverie__V1__ReviewDecideRequest request;
    struct Reverie__V1__ReviewDecideReply reply;
    Reverie__V1__ChangeRow row;
    Reverie__V1__Change *change; /* of the row, with quotes as text */
};

static enum err emit_decided(struct memory *memory,
                             const struct deciding *deciding,
                             Reverie__V1__Change *edited)
{
    struct Reverie__V1__MemoryDecided event = REVERIE__V1__MEMORY_DECIDED__INIT;
    event.has_change = true;
    event.change = deciding->request.change;
    event.has_decision = true;
    event.decision = deciding->request.decision;
    event.reviewer = step_text(memory, memory->input->asker.principal);
    event.reason = step_text(memory, message_text(deciding->request.reason));
    event.has_edited_change = edited != NULL;
    if (edited) {
        event.edited_change = edited->id;
        event.edited = edited;
    }
    return step_emit(memory, "memory.decided", &event);
}

static void reply_verdict(struct memory *memory, struct deciding *deciding,
                          const struct gate_verdict *verdict)
{
    struct Reverie__V1__ReviewDecideReply *reply = &deciding->reply;
    reply->verdict =
        step_text(memory, bytes_of_text(gate_answer_name(verdict->answer)));
    reply->reason = step_text(memory, bytes_of_text(verdict->reason));
    reply->sentence = step_text(memory, bytes_of_text(verdict->sentence));
}

/* The bytes that were shown must be the bytes that are applied: quotes come
 * from the log again, and the digest must still be the id. */
static bool bytes_stand(Reverie__V1__Change *change)
{
    struct digest digest = change_digest(change);
    return bytes_equal(message_bytes(change->has_id, change->id),
                       bytes_of(digest.bytes, sizeof(digest.bytes)));
}

static bool reason_is(const struct gate_verdict *verdict, const char *reason)
{
    return strcmp(verdict->reason, reason) == 0;
}

static enum err apply_decided(struct memory *memory, struct deciding *deciding,
                              Reverie__V1__Change *change,
                              const struct judgement *judgement)
{
    struct bytes id = message_bytes(true, change->id);
    struct authorship by = {
        .author = memory->input->asker.principal,
        .reason = message_text(deciding->request.reason),
        .dream = message_text(deciding->row.dream),
        .proposer = message_text(deciding->row.proposer),
        .approver = memory->input->asker.principal,
        .from_seq = deciding->row.from_seq,
        .to_seq = deciding->row.to_seq,
        .ledger_seq = deciding->row.ledger_seq,
        .is_change = true,
        .has_pin = change->has_pin,
        .pin = change->pin,
    };
    bool applies = judgement->verdict.answer == GATE_APPLY;
    enum err err = emit_gated(memory, id, applies ? "apply" : "refuse",
                              &judgement->verdict);
    if (err == ERR_OK && applies) {
        err = apply_change(memory, change, judgement, &by,
                           &deciding->reply.number);
        deciding->reply.has_number = true;
    }
    return err;
}

static enum err approve(struct memory *memory, struct deciding *deciding)
{
    struct judgement judgement;
    Reverie__V1__Change *change = deciding->change;
    enum err err = judge(memory, change, true, false, &judgement);
    if (err != ERR_OK) {
        return err;
    }
    struct gate_verdict *verdict = &judgement.verdict;
    if (reason_is(verdict, "conflict") || reason_is(verdict, "full") ||
        reason_is(verdict, "path_conflict")) {
        return step_refuse(memory,
                           reason_is(verdict, "full") ? "full" : "conflict",
                           "%s", verdict->sentence);
    }
    if (verdict->answer == GATE_APPLY && !bytes_stand(change)) {
        *verdict = (struct gate_verdict){
            GATE_REFUSE, evidence_fault_name(EVIDENCE_WRONG_QUOTE),
            evidence_fault_text(EVIDENCE_WRONG_QUOTE), verdict->tier};
    }
    quotes_detach(change, &judgement.evidence);
    err = emit_decided(memory, deciding, NULL);
    if (err == ERR_OK) {
        err = apply_decided(memory, deciding, change, &judgement);
    }
    reply_verdict(memory, deciding, verdict);
    return err;
}

/* The edited change rests on the same witnesses; its id is of its
 * own. */
static enum err edited_change(struct memory *memory, struct deciding *deciding,
                              Reverie__V1__Change **out)
{
    Reverie__V1__Change *edited = step_take(memory, sizeof(*edited));
    uint8_t *id = step_take(memory, DIGEST_BYTES);
    if (!edited || !id) {
        return ERR_TOO_BIG;
    }
    *edited = *deciding->change;
    edited->content = deciding->request.content;
    edited->reason = step_text(memory, BYTES_LITERAL("edited"));
    struct digest digest = change_digest(edited);
    memcpy(id, digest.bytes, DIGEST_BYTES);
    edited->id = message_binary(bytes_of(id, DIGEST_BYTES));
    *out = edited;
    return edited->reason ? ERR_OK : ERR_TOO_BIG;
}

static enum err edit(struct memory *memory, struct deciding *deciding)
{
    struct judgement judgement;
    Reverie__V1__Change *edited = NULL;
    struct bytes content = message_text(deciding->request.content);
    if (content.len == 0 || !content_is_valid(content) ||
        deciding->change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE) {
        return step_refuse(memory, "invalid",
                           "an edit needs content, and something to change");
    }
    enum err err = edited_change(memory, deciding, &edited);
    if (err == ERR_OK) {
        err = judge(memory, edited, true, false, &judgement);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct row_key key = key_change(message_bytes(true, edited->id));
    if (row_exists(memory->table, &key)) {
        return step_refuse(memory, "conflict",
                           "a change with these bytes exists already");
    }
    reply_verdict(memory, deciding, &judgement.verdict);
    if (judgement.verdict.answer != GATE_APPLY) {
        return ERR_OK; /* nothing is decided: edit again, or reject */
    }
    quotes_detach(edited, &judgement.evidence);
    deciding->reply.has_change = true;
    deciding->reply.change = edited->id;
    err = emit_decided(memory, deciding, edited);
    return err != ERR_OK ? err
                         : apply_decided(memory, deciding, edited, &judgement);
}

static enum err reject(struct memory *memory, struct deciding *deciding)
{
    enum err err = emit_decided(memory, deciding, NULL);
    return err != ERR_OK ? err : trust_head(memory, deciding->change);
}

static enum err decide(struct memory *memory, struct deciding *deciding)
{
    switch ((int)deciding->request.decision) {
    case REVERIE__V1__DECISION__DECISION_APPROVE:
        return approve(memory, deciding);
    case REVERIE__V1__DECISION__DECISION_EDIT:
        return edit(memory, deciding);
    case REVERIE__V1__DECISION__DECISION_REJECT:
        return reject(memory, deciding);
    case REVERIE__V1__DECISION__DECISION_DEFER:
        return emit_decided(memory, deciding, NULL);
    default:
        return step_refuse(memory, "invalid",
                           "a decision is approve, reject, edit or defer");
    }
}

/* Finds the row and puts the quotes back. False: it was refused. */
static enum err deciding_open(struct memory *memory, struct deciding *deciding,
                              bool *out_open)
{
    struct evidence_source source;
    struct bytes id =
        message_bytes(deciding->request.has_change, deciding->request.change);
    *out_open = false;
    if (id.len != DIGEST_BYTES) {
        return step_refuse(memory, "invalid",
                           "a decision names the whole digest, 32 bytes");
    }
    if (message_text(deciding->request.reason).len > REASON_MAX_BYTES) {
        return step_refuse(memory, "too_big",
                           "a reason is at most 1,024 bytes");
    }
    deciding->request.reason =
        step_remark(memory, message_text(deciding->request.reason));
    if (!deciding->request.reason) {
        return ERR_TOO_BIG;
    }
    struct row_key key = key_change(id);
    enum err err =
        row_get(memory->table, &key, &reverie__v1__change_row__descriptor,
                &memory->arena, &deciding->row);
    if (err == ERR_NOT_FOUND) {
        return step_refuse(memory, "not_found", "no change has this id");
    }
    if (err != ERR_OK) {
        return err;
    }
    Reverie__V1__Change *change = deciding->row.change;
    deciding->change = change;
    err = evidence_source_get(
        memory, message_text(change->store),
        message_bytes(change->has_finding, change->finding), &source);
    if (err == ERR_OK) {
        err = quotes_restore(&source, change->witnesses, change->n_witnesses,
                             &memory->arena);
    }
    *out_open = err == ERR_OK;
    return err;
}

enum err on_review_decide(struct memory *memory)
{
    struct deciding deciding = {
        .reply = REVERIE__V1__REVIEW_DECIDE_REPLY__INIT,
    };
    bool open = false;
    if (!step_read(memory, &reverie__v1__review_decide_request__descriptor,
                   &deciding.request)) {
        return ERR_OK;
    }
    enum err err = deciding_open(memory, &deciding, &open);
    if (err != ERR_OK || !open) {
        return err;
    }
    if (deciding.row.state != REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED) {
        return step_refuse(memory, "conflict", "the change is %s already",
                           change_state_name((int)deciding.row.state));
    }
    if (bytes_equal(memory->input->asker.principal,
                    message_text(deciding.row.proposer))) {
        return step_refuse(memory, "denied",
                           "whoever proposed a change does not decide on it");
    }
    err = decide(memory, &deciding);
    if (err == ERR_OK && bytes_equal_text(BYTES_LITERAL("ok"), memory->code)) {
        err = step_reply(memory, &deciding.reply);
    }
    return err;
}
