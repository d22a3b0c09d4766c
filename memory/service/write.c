/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/messages.h"

/* ---- direct writes ------------------------------------------------------- */

/* Agents write their own store, members with the right their team's, those
 * with the right `admin` any. */
static bool may_write(const struct memory_asker *asker, struct bytes store)
{
    struct bytes name = bytes_of(NULL, 0);
    bool valid = store_name_is_valid(store, &name);
    if (!valid || asker->may_admin) {
        return valid;
    }
    return store_is_team(store)
               ? asker->may_write_team && bytes_equal(name, asker->team)
               : bytes_equal(name, asker->agent);
}

/* The write as a change, so that it passes the same gate. */
static enum err change_of(struct memory *memory,
                          const struct Reverie__V1__MemoryWriteRequest *request,
                          const struct head *head,
                          struct Reverie__V1__Change *out)
{
    struct bytes name = bytes_of(NULL, 0);
    uint8_t *finding = step_take(memory, FINDING_BYTES);
    uint8_t *id = step_take(memory, DIGEST_BYTES);
    if (!finding || !id ||
        !store_name_is_valid(message_text(request->store), &name)) {
        return ERR_TOO_BIG;
    }
    finding_id(REVERIE__V1__FINDING_KIND__FINDING_AUTHORED, name,
               message_text(request->path), bytes_of(NULL, 0), finding);
    *out = (struct Reverie__V1__Change)REVERIE__V1__CHANGE__INIT;
    out->has_op = out->has_kind = out->has_risk = true;
    out->op = request->remove ? REVERIE__V1__CHANGE_OP__CHANGE_RETIRE
              : head->live    ? REVERIE__V1__CHANGE_OP__CHANGE_REVISE
                              : REVERIE__V1__CHANGE_OP__CHANGE_ADD;
    out->kind = REVERIE__V1__FINDING_KIND__FINDING_AUTHORED;
    out->risk = REVERIE__V1__RISK_CLASS__RISK_LOW;
    out->store = request->store;
    out->path = request->path;
    out->has_finding = true;
    out->finding = message_binary(bytes_of(finding, FINDING_BYTES));
    out->title = request->title;
    out->content = request->remove ? NULL : request->content;
    out->has_base_version = true;
    out->base_version = request->base_version;
    out->subject = request->path;
    out->reason = request->reason;
    out->has_pin = request->has_pin && !request->remove;
    out->pin = out->has_pin && request->pin;
    struct digest digest = change_digest(out);
    memcpy(id, digest.bytes, DIGEST_BYTES);
    out->has_id = true;
    out->id = message_binary(bytes_of(id, DIGEST_BYTES));
    return ERR_OK;
}

/* A write that the gate does not let through alone waits like a proposal. */
static enum err write_waits(struct memory *memory,
                            struct Reverie__V1__Change *change,
                            const struct gate_verdict *verdict)
{
    struct Reverie__V1__MemoryProposed event =
        REVERIE__V1__MEMORY_PROPOSED__INIT;
    struct Reverie__V1__ChangeSet set = REVERIE__V1__CHANGE_SET__INIT;
    struct Reverie__V1__MemoryWriteReply reply =
        REVERIE__V1__MEMORY_WRITE_REPLY__INIT;
    struct bytes id = message_bytes(true, change->id);
    struct row_key key = key_change(id);
    if (row_exists(memory->table, &key)) {
        return step_refuse(memory, "conflict",
                           "this write was made before, and waits or was "
                           "decided: see review.list");
    }
    set.proposer = step_text(memory, memory->input->asker.principal);
    set.team = step_text(memory, memory->input->asker.team);
    set.changes = &change;
    set.n_changes = 1;
    event.change_set = &set;
    enum err err = step_emit(memory, "memory.proposed", &event);
    if (err == ERR_OK) {
        err = emit_gated(memory, id, "ask", verdict);
    }
    buf_add_format(&memory->sentence, "waits for review: %s (%s)",
                   verdict->sentence, verdict->reason);
    return err != ERR_OK ? err : step_reply(memory, &reply);
}

static enum err write_refused(struct memory *memory,
                              const struct gate_verdict *verdict)
{
    bool full = strcmp(verdict->reason, "full") == 0;
    bool moved = strcmp(verdict->reason, "conflict") == 0 ||
                 strcmp(verdict->reason, "path_conflict") == 0;
    return step_refuse(memory,
                       full    ? "full"
                       : moved ? "conflict"
                               : "invalid",
                       "%s (%s)", verdict->sentence, verdict->reason);
}

static enum err reply_written(struct memory *memory, struct bytes store,
                              uint64_t number)
{
    struct Reverie__V1__MemoryWriteReply reply =
        REVERIE__V1__MEMORY_WRITE_REPLY__INIT;
    reply.has_number = reply.has_store_version = true;
    reply.number = number;
    enum err err = store_version_get(memory, store, &reply.store_version);
    return err != ERR_OK ? err : step_reply(memory, &reply);
}

/* The pin of a live memory, and nothing else of it. */
static enum err pin(struct memory *memory,
                    const struct Reverie__V1__MemoryWriteRequest *request,
                    const struct head *head)
{
    struct bytes store = message_text(request->store);
    if (!head->live) {
        return step_refuse(memory, "not_found",
                           "no memory has this path: nothing to pin");
    }
    enum err err = request->has_pin
                       ? mark_pinned(memory, store, message_text(request->path),
                                     request->pin)
                       : ERR_OK;
    return err != ERR_OK ? err
                         : reply_written(memory, store, head->version->number);
}

static enum err
write_decided(struct memory *memory,
              const struct Reverie__V1__MemoryWriteRequest *request,
              struct Reverie__V1__Change *change,
              const struct judgement *judgement)
{
    uint64_t number = 0;
    struct bytes store = message_text(change->store);
    struct authorship by = {
        .author = memory->input->asker.principal,
        .reason = message_text(change->reason),
        .has_pin = request->has_pin,
        .pin = request->pin,
    };
    switch (judgement->verdict.answer) {
    case GATE_UNCHANGED:
        return pin(memory, request, &judgement->head);
    case GATE_REFUSE:
        return write_refused(memory, &judgement->verdict);
    case GATE_ASK:
        return write_waits(memory, change, &judgement->verdict);
    case GATE_APPLY:
        break;
    }
    enum err err = apply_change(memory, change, judgement, &by, &number);
    return err != ERR_OK ? err : reply_written(memory, store, number);
}

/* Writes or removes the memory, if its head is the one that was meant. */
static enum err
write_text(struct memory *memory,
           const struct Reverie__V1__MemoryWriteRequest *request,
           const struct head *head)
{
    struct Reverie__V1__Change change;
    struct judgement judgement;
    enum err err = change_of(memory, request, head, &change);
    if (err != ERR_OK) {
        return err;
    }
    const char *fault = change_fault(&change);
    if (fault && change.base_version == head_number(head)) {
        return step_refuse(memory, "invalid", "%s", fault);
    }
    if (change.base_version != head_number(head)) {
        return step_refuse(memory, "conflict", "the memory is at version %llu",
                           (unsigned long long)head_number(head));
    }
    err = judge(memory, &change, false, false, &judgement);
    return err != ERR_OK ? err
                         : write_decided(memory, request, &change, &judgement);
}

enum err on_write(struct memory *memory)
{
    struct Reverie__V1__MemoryWriteRequest request;
    struct head head;
    if (!step_read(memory, &reverie__v1__memory_write_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct bytes store = message_text(request.store);
    struct bytes path = message_text(request.path);
    if (!store_name_is_valid(store, NULL) || !path_is_valid(path)) {
        return step_refuse(memory, "invalid",
                           "the store or the path is not valid");
    }
    if (!may_write(&memory->input->asker, store)) {
        return step_refuse(memory, "denied",
                           "this store is not one the asker may write");
    }
    enum err err = head_get(memory, store, path, &head);
    if (err == ERR_OK && request.remove && !head.live) {
        return step_refuse(memory, "not_found",
                           head.exists ? "the memory at this path is gone "
                                         "already: nothing to remove"
                                       : "no memory has this path: nothing to "
                                         "remove");
    }
    if (err != ERR_OK) {
        return err;
    }
    bool pins_only = request.has_pin && !request.remove &&
                     message_text(request.content).len == 0;
    return pins_only ? pin(memory, &request, &head)
                     : write_text(memory, &request, &head);
}

/* ---- revert -------------------------------------------------------------- */

static enum err emit_reverted(struct memory *memory,
                              const struct Reverie__V1__MemoryRevertRequest *it,
                              const struct head *head)
{
    struct Reverie__V1__MemoryReverted event =
        REVERIE__V1__MEMORY_REVERTED__INIT;
    uint64_t store_version = 0;
    enum err err =
        store_version_get(memory, message_text(it->store), &store_version);
    event.store = it->store;
    event.path = it->path;
    event.has_from_number = event.has_to_number = true;
    event.from_number = head->version->number;
    event.to_number = it->to_number;
    event.by = step_text(memory, memory->input->asker.principal);
    event.reason = step_text(memory, message_text(it->reason));
    event.has_store_version = true;
    event.store_version = store_version + 1;
    return err != ERR_OK ? err : step_emit(memory, "memory.reverted", &event);
}

/* The line of the update, from the rows as the fold left them. */
static enum err
publish_revert(struct memory *memory,
               const struct Reverie__V1__MemoryRevertRequest *it,
               struct bytes before)
{
    struct Reverie__V1__MemoryDelta *delta = step_take(memory, sizeof(*delta));
    struct head head;
    enum err err = head_get(memory, message_text(it->store),
                            message_text(it->path), &head);
    if (err != ERR_OK || !delta) {
        return err != ERR_OK ? err : ERR_TOO_BIG;
    }
    *delta = (struct Reverie__V1__MemoryDelta)REVERIE__V1__MEMORY_DELTA__INIT;
    delta->has_op = true;
    delta->op = head.live ? REVERIE__V1__CHANGE_OP__CHANGE_REVISE
                          : REVERIE__V1__CHANGE_OP__CHANGE_RETIRE;
    delta->path = it->path;
    delta->version = head.version;
    return publish_add(memory, message_text(it->store), delta, before);
}

static const char *
revert_fault(struct memory *memory,
             const struct Reverie__V1__MemoryRevertRequest *it,
             const struct head *head, enum err *out_err)
{
    struct Reverie__V1__Version version;
    *out_err = ERR_OK;
    if (it->to_number == 0) {
        return head->live ? NULL : "the memory is gone already";
    }
    if (head->live && it->to_number == head->version->number) {
        return "this is the version it has";
    }
    struct row_key key = key_version(message_text(it->store),
                                     message_text(it->path), it->to_number);
    *out_err = row_get(memory->table, &key, &reverie__v1__version__descriptor,
                       &memory->arena, &version);
    if (*out_err == ERR_NOT_FOUND) {
        *out_err = ERR_OK;
        return "there is no version of this number";
    }
    return *out_err == ERR_OK && message_text(version.content).len == 0
               ? "this version is a removal: revert to 0"
               : NULL;
}

static enum err revert(struct memory *memory,
                       const struct Reverie__V1__MemoryRevertRequest *it,
                       const struct head *head)
{
    struct Reverie__V1__MemoryRevertReply reply =
        REVERIE__V1__MEMORY_REVERT_REPLY__INIT;
    struct bytes store = message_text(it->store);
    struct bytes before =
        head->live ? message_text(head->version->content) : bytes_of(NULL, 0);
    enum err err = emit_reverted(memory, it, head);
    if (err == ERR_OK) {
        err = publish_revert(memory, it, before);
    }
    if (err == ERR_OK) {
        err = mark_derived(
            memory, store,
            message_bytes(head->version->has_finding, head->version->finding));
    }
    reply.has_number = reply.has_store_version = true;
    reply.number = head->version->number + 1;
    if (err == ERR_OK) {
        err = store_version_get(memory, store, &reply.store_version);
    }
    return err != ERR_OK ? err : step_reply(memory, &reply);
}

enum err on_revert(struct memory *memory)
{
    struct Reverie__V1__MemoryRevertRequest request;
    struct head head;
    if (!step_read(memory, &reverie__v1__memory_revert_request__descriptor,
                   &request)) {
        return ERR_OK;
    }
    struct bytes store = message_text(request.store);
    struct bytes path = message_text(request.path);
    if (!store_name_is_valid(store, NULL) || !path_is_valid(path) ||
        message_text(request.reason).len > REASON_MAX_BYTES) {
        return step_refuse(memory, "invalid",
                           "the store, the path or the reason is not valid");
    }
    request.reason = step_remark(memory, message_text(request.reason));
    enum err err =
        request.reason ? head_get(memory, store, path, &head) : ERR_TOO_BIG;
    if (err != ERR_OK) {
        return err;
    }
    if (!head.exists) {
        return step_refuse(memory, "not_found", "no memory has this path");
    }
    const char *fault = revert_fault(memory, &request, &head, &err);
    if (err != ERR_OK) {
        return err;
    }
    return fault ? step_refuse(memory, "invalid", "%s", fault)
                 : revert(memory, &request, &head);
}
