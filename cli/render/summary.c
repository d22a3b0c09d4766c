/* SPDX-License-Identifier: MIT */
/* What a typed body says, in one line. */
#include <stdio.h>
#include <string.h>

#include "cli/render/event.h"
#include "cli/render/render.h"
#include "cli/render/text.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    ARENA_MAX = 2 * CONTROL_MAX,
    TEXT_MAX = 160,
    NAME_MAX_LEN = 80
};

static void add(struct buf *out, const char *text, size_t max)
{
    text_line(out, message_text(text), max);
}

static unsigned long long number(uint64_t value)
{
    return value;
}

/* ---- traffic ---------------------------------------------------------------
 */

static void say_message(const void *body, struct buf *out)
{
    const Reverie__V1__Message *message = body;
    add(out, message->text ? message->text : message->fields_json, TEXT_MAX);
}

static void say_tool_use(const void *body, struct buf *out)
{
    const Reverie__V1__ToolUse *use = body;
    add(out, use->tool, NAME_MAX_LEN);
    buf_add_u8(out, '(');
    add(out, use->arguments_json, TEXT_MAX);
    buf_add_u8(out, ')');
}

static void say_tool_result(const void *body, struct buf *out)
{
    const Reverie__V1__ToolResult *result = body;
    add(out, result->tool, NAME_MAX_LEN);
    buf_add_text(out, result->is_error ? " failed: " : ": ");
    add(out, result->text, TEXT_MAX);
}

static void say_outcome_defined(const void *body, struct buf *out)
{
    const Reverie__V1__OutcomeDefined *outcome = body;
    add(out, outcome->description, TEXT_MAX);
}

static void say_outcome_evaluated(const void *body, struct buf *out)
{
    const Reverie__V1__OutcomeEvaluated *outcome = body;
    buf_add_text(out,
                 render_word("OutcomeEvaluated.Result", (int)outcome->result));
    if (outcome->has_score) {
        buf_add_format(out, " %.2f", outcome->score);
    }
    buf_add_u8(out, ' ');
    add(out, outcome->explanation, TEXT_MAX);
}

static void say_session_started(const void *body, struct buf *out)
{
    const Reverie__V1__SessionStarted *session = body;
    add(out, session->title, TEXT_MAX);
}

static void say_session_ended(const void *body, struct buf *out)
{
    const Reverie__V1__SessionEnded *session = body;
    add(out, session->reason, TEXT_MAX);
}

static void say_session_error(const void *body, struct buf *out)
{
    const Reverie__V1__SessionError *error = body;
    add(out, error->code, NAME_MAX_LEN);
    buf_add_text(out, ": ");
    add(out, error->text, TEXT_MAX);
}

/* ---- memory ----------------------------------------------------------------
 */

static void add_store(struct buf *out, const char *store, uint64_t version)
{
    add(out, store, NAME_MAX_LEN);
    buf_add_format(out, "@%llu", number(version));
}

static void say_update(const void *body, struct buf *out)
{
    const Reverie__V1__MemoryUpdate *update = body;
    add_store(out, update->store, update->to_version);
    for (size_t i = 0; i < update->n_deltas && i < 3; i++) {
        const Reverie__V1__MemoryDelta *delta = update->deltas[i];
        buf_add_format(out, "%s %s ", i > 0 ? "," : ":",
                       render_word("ChangeOp", (int)delta->op));
        add(out, delta->path, NAME_MAX_LEN);
    }
    if (update->n_deltas > 3) {
        buf_add_format(out, " and %zu more", update->n_deltas - 3);
    }
}

static void say_ack(const void *body, struct buf *out)
{
    const Reverie__V1__MemoryAck *ack = body;
    buf_add_format(out, "%s ", render_word("DeliveryState", (int)ack->state));
    add_store(out, ack->store, ack->version);
}

static void say_proposed(const void *body, struct buf *out)
{
    const Reverie__V1__MemoryProposed *proposed = body;
    const Reverie__V1__ChangeSet *set = proposed->change_set;
    if (set) {
        text_count(out, set->n_changes, "change", "changes");
        buf_add_text(out, " for team ");
        add(out, set->team, NAME_MAX_LEN);
        buf_add_text(out, " by ");
        add(out, set->proposer, NAME_MAX_LEN);
    }
}

static void add_change(struct buf *out, ProtobufCBinaryData id)
{
    buf_add_text(out, "change ");
    text_short_id(out, message_bytes(true, id), 12);
}

static void say_decided(const void *body, struct buf *out)
{
    const Reverie__V1__MemoryDecided *decided = body;
    add(out, decided->reviewer, NAME_MAX_LEN);
    buf_add_format(out, ": %s ",
                   render_word("Decision", (int)decided->decision));
    add_change(out, decided->change);
    if (decided->reason && decided->reason[0]) {
        buf_add_text(out, ": ");
        add(out, decided->reason, TEXT_MAX);
    }
}

static void say_gated(const void *body, struct buf *out)
{
    const Reverie__V1__MemoryGated *gated = body;
    add_change(out, gated->change);
    buf_add_text(out, ": ");
    add(out, gated->verdict, NAME_MAX_LEN);
    buf_add_text(out, " (");
    add(out, gated->reason, NAME_MAX_LEN);
    buf_add_text(out, ", policy ");
    add(out, gated->policy, NAME_MAX_LEN);
    buf_add_text(out, ") ");
    add(out, gated->sentence, TEXT_MAX);
}

static void say_applied(const void *body, struct buf *out)
{
    const Reverie__V1__MemoryApplied *applied = body;
    const Reverie__V1__Version *version = applied->version;
    buf_add_format(out, "%s ", render_word("ChangeOp", (int)applied->op));
    add_store(out, applied->store, version ? version->store_version : 0);
    buf_add_u8(out, ' ');
    add(out, applied->path, TEXT_MAX);
    if (version) {
        buf_add_format(out, " version %llu: ", number(version->number));
        add(out, version->title, TEXT_MAX);
    }
}

static void say_reverted(const void *body, struct buf *out)
{
    const Reverie__V1__MemoryReverted *reverted = body;
    add_store(out, reverted->store, reverted->store_version);
    buf_add_u8(out, ' ');
    add(out, reverted->path, TEXT_MAX);
    buf_add_format(out, " from version %llu to %llu by ",
                   number(reverted->from_number), number(reverted->to_number));
    add(out, reverted->by, NAME_MAX_LEN);
    buf_add_text(out, ": ");
    add(out, reverted->reason, TEXT_MAX);
}

static void say_published(const void *body, struct buf *out)
{
    const Reverie__V1__MemoryPublished *published = body;
    add_store(out, published->store, published->version);
    buf_add_text(out, " to ");
    text_count(out, published->n_agents, "agent", "agents");
}

static void say_acknowledged(const void *body, struct buf *out)
{
    const Reverie__V1__MemoryAcknowledged *ack = body;
    add(out, ack->agent, NAME_MAX_LEN);
    buf_add_format(out, " has %s ",
                   render_word("DeliveryState", (int)ack->state));
    add_store(out, ack->store, ack->version);
}

/* ---- dreams and the broker -------------------------------------------------
 */

static void say_dream_started(const void *body, struct buf *out)
{
    const Reverie__V1__DreamStarted *dream = body;
    add(out, dream->dream, NAME_MAX_LEN);
    buf_add_format(out, " reads 0:%llu to 0:%llu, worker ",
                   number(dream->from_seq), number(dream->to_seq));
    add(out, dream->worker, NAME_MAX_LEN);
}

static void say_dream_candidates(const void *body, struct buf *out)
{
    const Reverie__V1__DreamCandidates *dream = body;
    add(out, dream->dream, NAME_MAX_LEN);
    buf_add_u8(out, ' ');
    text_count(out, dream->n_candidates, "candidate", "candidates");
}

static void say_dream_finished(const void *body, struct buf *out)
{
    const Reverie__V1__DreamFinished *dream = body;
    add(out, dream->dream, NAME_MAX_LEN);
    buf_add_format(out, " proposed %u: ", dream->proposed);
    add(out, dream->sentence, TEXT_MAX);
}

static void say_peer_joined(const void *body, struct buf *out)
{
    const Reverie__V1__PeerJoined *peer = body;
    add(out, peer->agent, NAME_MAX_LEN);
    buf_add_text(out, " of team ");
    add(out, peer->team ? peer->team : "-", NAME_MAX_LEN);
    buf_add_text(out, ", principal ");
    add(out, peer->principal, NAME_MAX_LEN);
}

static void say_broker_started(const void *body, struct buf *out)
{
    const Reverie__V1__BrokerStarted *started = body;
    buf_add_format(out, "epoch %llu, policy ", number(started->epoch));
    add(out, started->policy, NAME_MAX_LEN);
}

static void say_log_erased(const void *body, struct buf *out)
{
    const Reverie__V1__LogErased *erased = body;
    buf_add_format(out, "%u:%llu by ", erased->log, number(erased->seq));
    add(out, erased->by, NAME_MAX_LEN);
    buf_add_text(out, ": ");
    add(out, erased->reason, TEXT_MAX);
}

static const struct {
    const ProtobufCMessageDescriptor *type;
    void (*say)(const void *body, struct buf *out);
} sayings[] = {
    {&reverie__v1__message__descriptor, say_message},
    {&reverie__v1__tool_use__descriptor, say_tool_use},
    {&reverie__v1__tool_result__descriptor, say_tool_result},
    {&reverie__v1__outcome_defined__descriptor, say_outcome_defined},
    {&reverie__v1__outcome_evaluated__descriptor, say_outcome_evaluated},
    {&reverie__v1__session_started__descriptor, say_session_started},
    {&reverie__v1__session_ended__descriptor, say_session_ended},
    {&reverie__v1__session_error__descriptor, say_session_error},
    {&reverie__v1__memory_update__descriptor, say_update},
    {&reverie__v1__memory_ack__descriptor, say_ack},
    {&reverie__v1__memory_proposed__descriptor, say_proposed},
    {&reverie__v1__memory_decided__descriptor, say_decided},
    {&reverie__v1__memory_gated__descriptor, say_gated},
    {&reverie__v1__memory_applied__descriptor, say_applied},
    {&reverie__v1__memory_reverted__descriptor, say_reverted},
    {&reverie__v1__memory_published__descriptor, say_published},
    {&reverie__v1__memory_acknowledged__descriptor, say_acknowledged},
    {&reverie__v1__dream_started__descriptor, say_dream_started},
    {&reverie__v1__dream_candidates__descriptor, say_dream_candidates},
    {&reverie__v1__dream_finished__descriptor, say_dream_finished},
    {&reverie__v1__peer_joined__descriptor, say_peer_joined},
    {&reverie__v1__broker_started__descriptor, say_broker_started},
    {&reverie__v1__log_erased__descriptor, say_log_erased},
};

bool render_summary(const char *type, struct bytes body, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(sayings); i++) {
        if (strcmp(sayings[i].type->short_name, type) != 0) {
            continue;
        }
        struct arena arena;
        void *message = NULL;
        arena_init(&arena, ARENA_MAX);
        enum err err = message_unpack(sayings[i].type, body, &arena, &message);
        if (err == ERR_OK) {
            sayings[i].say(message, out);
        }
        arena_fini(&arena);
        return err == ERR_OK;
    }
    return false;
}
