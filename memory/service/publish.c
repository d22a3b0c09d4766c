/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "memory/fold/fold.h"
#include "memory/rows.pb-c.h"
#include "memory/service/diff.h"
#include "memory/service/step.h"
#include "memory/witnesses.h"
#include "proto/limits.h"
#include "proto/messages.h"

/* ---- updates ------------------------------------------------------------- */

/* The agents that read ${store}: those with a delivery row, and the owner of
 * an agent's store even before it was ever seen. */
static enum err readers_of(struct memory *memory, struct bytes store,
                           char ***out_agents, size_t *out_count)
{
    struct row_list list;
    struct bytes owner = bytes_of(NULL, 0);
    struct row_key prefix = key_delivery(store, bytes_of(NULL, 0));
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             READERS_MAX, &memory->arena, &list);
    if (err != ERR_OK) {
        return err;
    }
    char **agents = step_take(memory, (list.count + 1) * sizeof(*agents));
    size_t count = 0;
    for (size_t i = 0; agents && i < list.count; i++) {
        agents[count++] =
            row_key_text(list.keys[i], prefix.len, &memory->arena);
    }
    bool valid = store_name_is_valid(store, &owner);
    if (agents && valid && !store_is_team(store) && count == 0) {
        agents[count++] = step_text(memory, owner);
    }
    *out_agents = agents;
    *out_count = count;
    return agents && (count == 0 || agents[count - 1]) ? ERR_OK : ERR_TOO_BIG;
}

static enum err emit_published(struct memory *memory, struct bytes store,
                               uint64_t version)
{
    struct Reverie__V1__MemoryPublished event =
        REVERIE__V1__MEMORY_PUBLISHED__INIT;
    enum err err = readers_of(memory, store, &event.agents, &event.n_agents);
    if (err != ERR_OK) {
        return err;
    }
    event.store = step_text(memory, store);
    event.has_version = true;
    event.version = version;
    return step_emit(memory, "memory.published", &event);
}

enum err publish_flush(struct memory *memory)
{
    struct publication *open = &memory->publication;
    struct Reverie__V1__MemoryUpdate update = REVERIE__V1__MEMORY_UPDATE__INIT;
    if (open->count == 0) {
        return ERR_OK;
    }
    update.store = step_text(memory, open->store);
    update.has_from_version = true;
    update.from_version = open->from_version;
    update.has_to_version = true;
    update.to_version = open->deltas[open->count - 1]->version->store_version;
    update.deltas = open->deltas;
    update.n_deltas = open->count;
    update.has_change_set = open->change_set.len > 0;
    update.change_set = message_binary(open->change_set);
    update.policy = step_policy(memory);
    struct buf packed;
    buf_init(&packed, BODY_MAX_LIMIT);
    message_pack(&update, &packed);
    struct bytes body = arena_copy(&memory->arena, buf_bytes(&packed));
    buf_fini(&packed);
    if (!body.data || !update.store || !update.policy) {
        return ERR_TOO_BIG;
    }
    step_emit_update(memory, body, open->store, update.to_version);
    open->count = 0;
    return emit_published(memory, open->store, update.to_version);
}

static enum err publish_open(struct memory *memory, struct bytes store,
                             uint64_t from_version)
{
    struct publication *open = &memory->publication;
    enum err err = ERR_OK;
    if (open->count > 0 &&
        (!bytes_equal(open->store, store) || open->count == UPDATE_DELTAS_MAX ||
         open->bytes > UPDATE_SPLIT_BYTES)) {
        err = publish_flush(memory);
    }
    if (err == ERR_OK && open->count == 0) {
        open->store = arena_copy(&memory->arena, store);
        open->from_version = from_version;
        open->bytes = 0;
        err = open->store.data ? ERR_OK : ERR_TOO_BIG;
    }
    return err;
}

enum err publish_add(struct memory *memory, struct bytes store,
                     Reverie__V1__MemoryDelta *delta, struct bytes before)
{
    struct bytes after = message_text(delta->version->content);
    struct publication *open = &memory->publication;
    enum err err =
        publish_open(memory, store, delta->version->store_version - 1);
    if (err != ERR_OK) {
        return err;
    }
    struct buf diff;
    buf_init(&diff, DIFF_OUT_MAX + 256);
    diff_lines(before, after, &diff);
    delta->diff = step_text(memory, buf_bytes(&diff));
    delta->previous_content = before.len ? step_text(memory, before) : NULL;
    open->bytes += diff.len + before.len + after.len + 1024;
    open->deltas[open->count++] = delta;
    buf_fini(&diff);
    return delta->diff ? ERR_OK : ERR_TOO_BIG;
}

/* ---- versions ------------------------------------------------------------ */

static Reverie__V1__MemoryDelta *delta_new(struct memory *memory,
                                           struct bytes path, int op,
                                           struct Reverie__V1__Version *version)
{
    Reverie__V1__MemoryDelta *delta = step_take(memory, sizeof(*delta));
    if (delta) {
        *delta = (Reverie__V1__MemoryDelta)REVERIE__V1__MEMORY_DELTA__INIT;
        delta->has_op = true;
        delta->op = (Reverie__V1__ChangeOp)op;
        delta->path = step_text(memory, path);
        delta->version = version;
    }
    return delta;
}

/* At most three witnesses for, of different principals. */
static enum err cite(struct memory *memory,
                     const struct Reverie__V1__Change *change,
                     Reverie__V1__MemoryDelta *delta)
{
    delta->citations =
        step_take(memory, CITATIONS_MAX * sizeof(*delta->citations));
    if (!delta->citations) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0;
         i < change->n_witnesses && delta->n_citations < CITATIONS_MAX; i++) {
        struct Reverie__V1__Witness *witness = change->witnesses[i];
        bool repeated = witness->against || witness->helps;
        for (size_t j = 0; j < delta->n_citations; j++) {
            repeated |=
                bytes_equal(message_text(delta->citations[j]->principal),
                            message_text(witness->principal));
        }
        if (!repeated) {
            delta->citations[delta->n_citations++] = witness;
        }
    }
    return ERR_OK;
}

enum err gated_numbers(struct memory *memory,
                       const struct Reverie__V1__Change *change,
                       const struct evidence *evidence, const char *tier,
                       struct Reverie__V1__Numbers **out)
{
    *out = NULL;
    if (!change->numbers || change->n_witnesses == 0) {
        return ERR_OK;
    }
    struct Reverie__V1__Numbers *numbers = step_take(memory, sizeof(*numbers));
    if (!numbers) {
        return ERR_TOO_BIG;
    }
    *numbers = *change->numbers;
    numbers_derive(&evidence->count, numbers);
    if (evidence->has_contrast) {
        numbers->has_log_e = true;
        numbers->log_e = evidence->log_e;
    }
    numbers->tier = step_text(memory, bytes_of_text(tier));
    *out = numbers;
    return numbers->tier ? ERR_OK : ERR_TOO_BIG;
}

/* ---- provenance ---------------------------------------------------------- */

static void set_span(const struct Reverie__V1__Change *change,
                     Reverie__V1__Provenance *out)
{
    out->has_witnesses = true;
    out->witnesses = (uint32_t)change->n_witnesses;
    for (size_t i = 0; i < change->n_witnesses; i++) {
        const struct Reverie__V1__Witness *witness = change->witnesses[i];
        bool is_first = !out->has_first_seq;
        if (is_first || witness->seq < out->first_seq) {
            out->first_seq = witness->seq;
        }
        if (is_first || witness->seq > out->last_seq) {
            out->last_seq = witness->seq;
        }
        out->has_first_seq = out->has_last_seq = true;
        /* Origins are in the order of trust; none is less than all. */
        if (!witness->against && (!out->has_taint || out->taint != 0) &&
            (witness->origin == 0 || witness->origin > out->taint)) {
            out->has_taint = true;
            out->taint = witness->origin;
        }
    }
}

static void set_count(const struct evidence *evidence, enum stats_tier tier,
                      Reverie__V1__Provenance *out)
{
    const struct witness_count *count = &evidence->count;
    out->has_owners = out->has_margin = true;
    out->owners = count->owners;
    out->margin = stats_margin(count->principals, tier);
    out->has_first_us = out->has_last_us = count->days > 0;
    out->first_us = count->first_us;
    out->last_us = count->last_us;
}

static enum err provenance_of(struct memory *memory,
                              const struct Reverie__V1__Change *change,
                              const struct judgement *judgement,
                              const struct authorship *by,
                              Reverie__V1__Provenance **out)
{
    Reverie__V1__Provenance *it = NULL;
    *out = NULL;
    if (!by->is_change) {
        return ERR_OK;
    }
    it = step_take(memory, sizeof(*it));
    if (!it) {
        return ERR_TOO_BIG;
    }
    *it = (Reverie__V1__Provenance)REVERIE__V1__PROVENANCE__INIT;
    it->scope = change->scope;
    it->has_parent = true;
    it->parent = head_number(&judgement->head);
    it->has_risk = change->has_risk;
    it->risk = change->risk;
    it->proposer = step_text(memory, by->proposer);
    it->approver = by->approver.len ? step_text(memory, by->approver) : NULL;
    it->has_config_digest = change->has_config_digest;
    it->config_digest = change->config_digest;
    it->has_from_seq = it->has_to_seq = it->has_read_ledger_seq =
        by->to_seq > 0;
    it->from_seq = by->from_seq;
    it->to_seq = by->to_seq;
    it->read_ledger_seq = by->ledger_seq;
    it->exposure = step_text(memory, BYTES_LITERAL("excluded"));
    it->words = step_text(
        memory, bytes_of_text(judgement->evidence.words == WORDS_SOURCED
                                  ? "sourced"
                                  : "unsourced"));
    set_span(change, it);
    set_count(&judgement->evidence, judgement->verdict.tier, it);
    *out = it;
    return it->proposer && it->exposure && it->words ? ERR_OK : ERR_TOO_BIG;
}

/* Hygiene leaves a memory what it is: only the standing of it changes. */
static void keep_head(const struct Reverie__V1__Change *change,
                      const struct Reverie__V1__Version *head,
                      struct Reverie__V1__Version *out)
{
    out->title = head->title;
    out->kind = head->kind;
    out->has_finding = head->has_finding;
    out->finding = head->finding;
    out->subject = head->subject;
    out->option = head->option;
    out->numbers = head->numbers;
    if (change->op == REVERIE__V1__CHANGE_OP__CHANGE_REVISE) {
        out->state = REVERIE__V1__VERSION_STATE__VERSION_SUSPECT;
    }
}

/* A pin is a person's: whatever replaces the text keeps it. */
static void set_pin(const struct head *head, const struct authorship *by,
                    struct Reverie__V1__Version *out)
{
    bool is_live = out->state != REVERIE__V1__VERSION_STATE__VERSION_RETIRED;
    bool was_pinned = head->live && head->version->pinned;
    out->pinned = is_live && (by->has_pin ? by->pin : was_pinned);
    out->has_pinned = out->pinned;
}

static enum err version_of(struct memory *memory,
                           const struct Reverie__V1__Change *change,
                           const struct judgement *judgement,
                           const struct authorship *by,
                           struct Reverie__V1__Version *out)
{
    bool removes = change->op == REVERIE__V1__CHANGE_OP__CHANGE_RETIRE;
    uint64_t store_version = 0;
    enum err err =
        store_version_get(memory, message_text(change->store), &store_version);
    *out = (struct Reverie__V1__Version)REVERIE__V1__VERSION__INIT;
    out->has_number = out->has_state = out->has_kind = true;
    out->number =
        judgement->head.exists ? judgement->head.version->number + 1 : 1;
    out->state = removes ? REVERIE__V1__VERSION_STATE__VERSION_RETIRED
                         : REVERIE__V1__VERSION_STATE__VERSION_ACTIVE;
    out->content = change->content;
    out->title = change->title;
    out->kind = change->kind;
    out->has_finding = change->has_finding;
    out->finding = change->finding;
    out->has_change = by->is_change;
    out->change = change->id;
    out->dream = by->dream.len ? step_text(memory, by->dream) : NULL;
    out->author = step_text(memory, by->author);
    out->reason = step_text(memory, by->reason);
    out->has_time_us = out->has_ledger_seq = out->has_store_version = true;
    out->time_us = memory->input->time_us;
    out->ledger_seq = memory->next_seq;
    out->store_version = store_version + 1;
    out->policy = step_policy(memory);
    out->subject = change->subject;
    out->option = change->option;
    set_pin(&judgement->head, by, out);
    if (change->kind == REVERIE__V1__FINDING_KIND__FINDING_HYGIENE &&
        !removes && judgement->head.live) {
        keep_head(change, judgement->head.version, out);
    } else if (err == ERR_OK) {
        err = gated_numbers(memory, change, &judgement->evidence,
                            stats_tier_name(judgement->verdict.tier),
                            &out->numbers);
    }
    return err == ERR_OK
               ? provenance_of(memory, change, judgement, by, &out->provenance)
               : err;
}

enum err apply_change(struct memory *memory, struct Reverie__V1__Change *change,
                      const struct judgement *judgement,
                      const struct authorship *by, uint64_t *out_number)
{
    struct Reverie__V1__MemoryApplied event = REVERIE__V1__MEMORY_APPLIED__INIT;
    struct Reverie__V1__Version *version = step_take(memory, sizeof(*version));
    if (!version) {
        return ERR_TOO_BIG;
    }
    enum err err = version_of(memory, change, judgement, by, version);
    if (err != ERR_OK) {
        return err;
    }
    event.store = change->store;
    event.path = change->path;
    event.has_op = true;
    event.op = change->op;
    event.version = version;
    event.witnesses = change->witnesses;
    event.n_witnesses = change->n_witnesses;
    err = step_emit(memory, "memory.applied", &event);
    if (err != ERR_OK) {
        return err;
    }
    *out_number = version->number;
    Reverie__V1__MemoryDelta *delta =
        delta_new(memory, message_text(change->path), (int)change->op, version);
    if (!delta) {
        return ERR_TOO_BIG;
    }
    err = cite(memory, change, delta);
    if (err == ERR_OK) {
        struct bytes before =
            judgement->head.live
                ? message_text(judgement->head.version->content)
                : bytes_of(NULL, 0);
        err = publish_add(memory, message_text(change->store), delta, before);
    }
    return err != ERR_OK ? err : supersede_replaced(memory, change);
}

/* Records that the head became ${version}, and says so to the agents. */
static enum err emit_mark(struct memory *memory, struct bytes store,
                          struct bytes path, Reverie__V1__Version *version)
{
    struct Reverie__V1__MemoryApplied event = REVERIE__V1__MEMORY_APPLIED__INIT;
    uint64_t store_version = 0;
    enum err err = store_version_get(memory, store, &store_version);
    if (err != ERR_OK) {
        return err;
    }
    version->store_version = store_version + 1;
    event.store = step_text(memory, store);
    event.path = step_text(memory, path);
    event.has_op = true;
    event.op = version_is_live(version->state)
                   ? REVERIE__V1__CHANGE_OP__CHANGE_REVISE
                   : REVERIE__V1__CHANGE_OP__CHANGE_RETIRE;
    event.version = version;
    err = step_emit(memory, "memory.applied", &event);
    Reverie__V1__MemoryDelta *delta =
        err == ERR_OK ? delta_new(memory, path, (int)event.op, version) : NULL;
    if (!delta) {
        return err == ERR_OK ? ERR_TOO_BIG : err;
    }
    return publish_add(memory, store, delta, message_text(version->content));
}

enum err mark_head(struct memory *memory, struct bytes store, struct bytes path,
                   int state, const char *reason)
{
    struct head head;
    enum err err = head_get(memory, store, path, &head);
    if (err != ERR_OK || !head.live ||
        !version_may_become(head.version->state, state)) {
        return err;
    }
    head.version->state = (Reverie__V1__VersionState)state;
    head.version->reason = step_text(memory, bytes_of_text(reason));
    return emit_mark(memory, store, path, head.version);
}

enum err mark_pinned(struct memory *memory, struct bytes store,
                     struct bytes path, bool pin)
{
    struct head head;
    enum err err = head_get(memory, store, path, &head);
    if (err != ERR_OK || !head.live || head.version->pinned == pin) {
        return err;
    }
    head.version->has_pinned = true;
    head.version->pinned = pin;
    head.version->reason =
        step_text(memory, bytes_of_text(pin ? "pinned" : "unpinned"));
    return emit_mark(memory, store, path, head.version);
}

enum err mark_recounted(struct memory *memory, struct bytes store,
                        struct bytes path, int state,
                        struct Reverie__V1__Numbers *numbers, uint32_t erased)
{
    struct head head;
    enum err err = head_get(memory, store, path, &head);
    if (err != ERR_OK || !head.live) {
        return err;
    }
    struct Reverie__V1__Version *version = head.version;
    if (version_may_become(version->state, state)) {
        version->state = (Reverie__V1__VersionState)state;
    }
    version->reason = step_text(memory, BYTES_LITERAL("evidence was erased"));
    version->numbers = numbers ? numbers : version->numbers;
    if (version->provenance) {
        version->provenance->has_erased = true;
        version->provenance->erased = erased;
    }
    return emit_mark(memory, store, path, version);
}

enum err mark_derived(struct memory *memory, struct bytes store,
                      struct bytes finding)
{
    struct row_list list;
    struct row_key prefix = key_derived(store, finding, bytes_of(NULL, 0));
    if (finding.len == 0) {
        return ERR_OK;
    }
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             LIST_MAX, &memory->arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        struct bytes path =
            bytes_slice(list.keys[i], prefix.len, list.keys[i].len);
        err = mark_head(memory, store, path,
                        REVERIE__V1__VERSION_STATE__VERSION_SUSPECT,
                        "what it was derived from was reverted");
    }
    return err;
}
