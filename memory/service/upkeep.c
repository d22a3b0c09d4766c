/* SPDX-License-Identifier: MIT */
#include "memory/fold/fold.h"
#include "memory/rows.pb-c.h"
#include "memory/service/step.h"
#include "proto/address.h"
#include "proto/messages.h"

/* ---- peers --------------------------------------------------------------- */

enum err on_started(struct memory *memory)
{
    struct Reverie__V1__BrokerStarted started;
    if (!step_read(memory, &reverie__v1__broker_started__descriptor,
                   &started)) {
        return ERR_OK;
    }
    started.policy = step_policy(memory);
    return step_emit(memory, "broker.started", &started);
}

/* Joining again with the same team and roles adds nothing. */
enum err on_joined(struct memory *memory)
{
    struct Reverie__V1__PeerJoined joined;
    struct buf value;
    if (!step_read(memory, &reverie__v1__peer_joined__descriptor, &joined)) {
        return ERR_OK;
    }
    struct bytes agent = message_text(joined.agent);
    struct bytes team = message_text(joined.team);
    if (!name_is_valid(agent) || (team.len && !name_is_valid(team))) {
        return step_refuse(memory, "invalid", "agent or team is not a name");
    }
    struct row_key key = key_agent(agent);
    struct buf packed;
    buf_init(&value, ROW_VALUE_MAX);
    buf_init(&packed, ROW_VALUE_MAX);
    message_pack(&joined, &packed);
    enum err err =
        memory->table->get(memory->table->context, row_key_bytes(&key), &value);
    bool same =
        err == ERR_OK && bytes_equal(buf_bytes(&value), buf_bytes(&packed));
    buf_fini(&value);
    buf_fini(&packed);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    return same ? ERR_OK : step_emit(memory, "peer.joined", &joined);
}

static int delivery_state(const struct Reverie__V1__DeliveryRow *row,
                          uint64_t version)
{
    if (row->applied >= version) {
        return REVERIE__V1__DELIVERY_STATE__DELIVERY_APPLIED;
    }
    if (row->received >= version) {
        return REVERIE__V1__DELIVERY_STATE__DELIVERY_RECEIVED;
    }
    return row->sent >= version ? REVERIE__V1__DELIVERY_STATE__DELIVERY_SENT
                                : 0;
}

/* What does not move a delivery forward is ignored: repeats are ordinary. */
enum err on_ack(struct memory *memory)
{
    struct Reverie__V1__MemoryAck ack;
    struct Reverie__V1__DeliveryRow row = REVERIE__V1__DELIVERY_ROW__INIT;
    struct Reverie__V1__MemoryAcknowledged event =
        REVERIE__V1__MEMORY_ACKNOWLEDGED__INIT;
    if (!step_read(memory, &reverie__v1__memory_ack__descriptor, &ack)) {
        return ERR_OK;
    }
    struct bytes agent = memory->input->asker.agent;
    struct bytes store = message_text(ack.store);
    if (!name_is_valid(agent) || !store_name_is_valid(store, NULL)) {
        return step_refuse(memory, "invalid",
                           "the store is not valid, or no agent says so");
    }
    struct row_key key = key_delivery(store, agent);
    enum err err =
        row_get(memory->table, &key, &reverie__v1__delivery_row__descriptor,
                &memory->arena, &row);
    if (err == ERR_NOT_FOUND) {
        return step_refuse(memory, "denied",
                           "the agent does not read this store");
    }
    bool forward =
        ack.version <= row.sent &&
        delivery_may_become(delivery_state(&row, ack.version), (int)ack.state);
    if (err != ERR_OK || !forward) {
        return err;
    }
    event.agent = step_text(memory, agent);
    event.store = ack.store;
    event.has_version = event.has_state = true;
    event.version = ack.version;
    event.state = ack.state;
    return step_emit(memory, "memory.acknowledged", &event);
}

/* ---- expiry -------------------------------------------------------------- */

static enum err expire(struct memory *memory, const Reverie__V1__ChangeRow *row)
{
    const struct gate_verdict verdict = {
        .reason = "expired",
        .sentence = "nobody decided on it in time",
    };
    return emit_gated(memory,
                      message_bytes(row->change->has_id, row->change->id),
                      "expire", &verdict);
}

/* The index is in order of waiting, so the first that may wait ends it. */
enum err on_tick(struct memory *memory)
{
    struct row_list list;
    struct row_key prefix = key_state(
        REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED, 0, bytes_of(NULL, 0));
    int64_t since = memory->input->time_us - memory->config.proposal_life_us;
    enum err err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                             EXPIRE_MAX, &memory->arena, &list);
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        Reverie__V1__ChangeRow row;
        struct row_key key =
            key_change(bytes_slice(list.keys[i], prefix.len + 8, DIGEST_BYTES));
        err = row_get(memory->table, &key, &reverie__v1__change_row__descriptor,
                      &memory->arena, &row);
        if (err != ERR_OK || row.since_us > since) {
            return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
        }
        err = expire(memory, &row);
    }
    return err;
}

/* ---- erasure ------------------------------------------------------------- */

struct erasure {
    struct Reverie__V1__LogEraseReply reply;
    ProtobufCBinaryData *changes;
    char **memories;
    char **suspects;
};

/* A change that waits was shown with bytes that can no longer be
 * shown. */
static enum err withdraw(struct memory *memory,
                         const Reverie__V1__ChangeRow *row)
{
    const struct gate_verdict verdict = {
        .answer = GATE_REFUSE,
        .reason = evidence_fault_name(EVIDENCE_ERASED),
        .sentence = evidence_fault_text(EVIDENCE_ERASED),
    };
    return emit_gated(memory,
                      message_bytes(row->change->has_id, row->change->id),
                      "refuse", &verdict);
}

/* What became of a memory whose evidence was erased in part. */
enum regated {
    REGATED_NOT,    /* it is not of this change any more */
    REGATED_STANDS, /* what is left carries it */
    REGATED_SUSPECT /* what is left does not */
};

static enum err regate_applied(struct memory *memory,
                               Reverie__V1__ChangeRow *row,
                               enum regated *out_regated)
{
    struct head head;
    struct evidence evidence;
    struct gate_facts facts;
    Reverie__V1__Change *change = row->change;
    struct bytes store = message_text(change->store);
    struct bytes path = message_text(change->path);
    enum err err = head_get(memory, store, path, &head);
    *out_regated = REGATED_NOT;
    if (err != ERR_OK || !head.live ||
        !bytes_equal(
            message_bytes(head.version->has_change, head.version->change),
            message_bytes(true, change->id))) {
        return err;
    }
    err = recheck(memory, change, &evidence);
    if (err != ERR_OK) {
        return err;
    }
    recheck_facts(memory, change, &evidence, &facts);
    bool stands = gate_evidence_lack(&facts) == NULL;
    struct Reverie__V1__Numbers *numbers = NULL;
    err = gated_numbers(memory, change, &evidence,
                        stands ? stats_tier_name(STATS_TIER_PROPOSAL) : "",
                        &numbers);
    if (err != ERR_OK) {
        return err;
    }
    *out_regated = stands ? REGATED_STANDS : REGATED_SUSPECT;
    int state = stands ? (int)head.version->state
                       : REVERIE__V1__VERSION_STATE__VERSION_SUSPECT;
    return mark_recounted(memory, store, path, state, numbers, evidence.erased);
}

/* "store path" of the memory that the change made. */
static char *memory_name(struct memory *memory,
                         const Reverie__V1__Change *change)
{
    struct buf name;
    buf_init(&name, ROW_KEY_MAX);
    buf_add_format(&name, "%s %s", change->store, change->path);
    char *text = step_text(memory, buf_bytes(&name));
    buf_fini(&name);
    return text;
}

static enum err regate(struct memory *memory, struct erasure *erasure,
                       struct bytes id)
{
    Reverie__V1__ChangeRow row;
    enum regated regated = REGATED_NOT;
    struct row_key key = key_change(id);
    enum err err =
        row_get(memory->table, &key, &reverie__v1__change_row__descriptor,
                &memory->arena, &row);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    Reverie__V1__LogEraseReply *reply = &erasure->reply;
    erasure->changes[reply->n_affected_changes++] = message_binary(id);
    if (row.state == REVERIE__V1__CHANGE_STATE__CHANGE_PROPOSED) {
        return withdraw(memory, &row);
    }
    if (row.state != REVERIE__V1__CHANGE_STATE__CHANGE_APPLIED) {
        return ERR_OK;
    }
    err = regate_applied(memory, &row, &regated);
    if (err == ERR_OK && regated != REGATED_NOT) {
        erasure->memories[reply->n_affected_memories++] =
            memory_name(memory, row.change);
    }
    if (err == ERR_OK && regated == REGATED_SUSPECT) {
        erasure->suspects[reply->n_suspect_memories++] =
            memory_name(memory, row.change);
    }
    return err;
}

enum err on_erased(struct memory *memory)
{
    struct Reverie__V1__LogErased erased;
    struct erasure erasure = {.reply = REVERIE__V1__LOG_ERASE_REPLY__INIT};
    struct row_list list;
    if (!step_read(memory, &reverie__v1__log_erased__descriptor, &erased)) {
        return ERR_OK;
    }
    enum err err = step_emit(memory, "log.erased", &erased);
    struct row_key prefix =
        key_evidence(erased.log, erased.seq, bytes_of(NULL, 0));
    if (err == ERR_OK) {
        err = rows_list(memory->table, &prefix, bytes_of(NULL, 0),
                        FOLD_LIST_MAX, &memory->arena, &list);
    }
    if (err != ERR_OK) {
        return err;
    }
    erasure.changes =
        step_take(memory, (list.count + 1) * sizeof(*erasure.changes));
    erasure.memories =
        step_take(memory, (list.count + 1) * sizeof(*erasure.memories));
    erasure.reply.affected_changes = erasure.changes;
    erasure.suspects =
        step_take(memory, (list.count + 1) * sizeof(*erasure.suspects));
    erasure.reply.affected_memories = erasure.memories;
    erasure.reply.suspect_memories = erasure.suspects;
    if (!erasure.changes || !erasure.memories || !erasure.suspects) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; err == ERR_OK && i < list.count; i++) {
        err = regate(memory, &erasure,
                     bytes_slice(list.keys[i], prefix.len, DIGEST_BYTES));
    }
    return err != ERR_OK ? err : step_reply(memory, &erasure.reply);
}
