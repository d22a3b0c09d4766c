/* SPDX-License-Identifier: MIT */
#include "broker/threads/log_service.h"

#include <stdlib.h>

#include "broker/threads/fetcher.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    EPOCHS_MAX = 100,
    SCRATCH_MAX = 64 << 20
};

static bool log_exists(struct call *call, uint32_t log)
{
    if (log < LOG_COUNT) {
        return true;
    }
    call_refuse(call, REFUSAL_INVALID,
                "there is no log %u: 0 is traffic, 1 the ledger", log);
    return false;
}

static void add_epochs(struct store *store, const struct call *call,
                       Reverie__V1__LogInfoReply *reply, struct arena *scratch)
{
    struct store_epoch found[EPOCHS_MAX];
    size_t count = store_epochs(store, call->asker.swarm, found, EPOCHS_MAX);
    Reverie__V1__LogInfoReply__Epoch *epochs =
        arena_take(scratch, (count + 1) * sizeof(*epochs));
    Reverie__V1__LogInfoReply__Epoch **list =
        arena_take(scratch, (count + 1) * sizeof(*list));

    for (size_t i = 0; i < count; i++) {
        epochs[i] = (Reverie__V1__LogInfoReply__Epoch)
            REVERIE__V1__LOG_INFO_REPLY__EPOCH__INIT;
        epochs[i].has_epoch = true;
        epochs[i].epoch = found[i].epoch;
        epochs[i].has_first_seq = true;
        epochs[i].first_seq = found[i].first_seq[reply->log];
        epochs[i].has_started_us = true;
        epochs[i].started_us = found[i].started_us;
        list[i] = &epochs[i];
    }
    reply->n_epochs = count;
    reply->epochs = list;
    reply->has_epoch = count > 0;
    reply->epoch = count > 0 ? found[0].epoch : 0;
}

static void answer_info(struct store *store, struct call *call,
                        struct arena *scratch)
{
    Reverie__V1__LogInfoRequest *ask = NULL;
    Reverie__V1__LogInfoReply reply = REVERIE__V1__LOG_INFO_REPLY__INIT;
    uint32_t swarm = call->asker.swarm;
    enum err err =
        MESSAGE_UNPACK(log_info_request, call->payload, scratch, &ask);

    if (err != ERR_OK) {
        call_refuse_err(call, err);
        return;
    }
    if (!log_exists(call, ask->log)) {
        return;
    }
    uint16_t log = (uint16_t)ask->log;
    struct store_info info = store_info(store);
    reply.has_log = reply.has_first_seq = reply.has_last_seq = true;
    reply.has_durable_seq = reply.has_bytes = reply.has_free_bytes = true;
    reply.log = log;
    reply.first_seq = store_first(store, swarm, log);
    reply.last_seq = store_logged(store, swarm, log);
    reply.durable_seq = store_durable(store, swarm, log);
    reply.bytes = info.disk_bytes;
    reply.free_bytes = info.free_bytes;
    reply.store = message_field(store_name(store));
    add_epochs(store, call, &reply, scratch);
    message_pack(&reply, &call->reply);
}

/* Appends one LogEvent to the reply. Positions that hold nothing, or nothing
 * durable yet, are left out: the stamp says which ones came. */
static enum err add_event(struct store *store, struct call *call, uint16_t log,
                          uint64_t seq, struct arena *scratch)
{
    struct store_event event;
    Reverie__V1__LogEvent item = REVERIE__V1__LOG_EVENT__INIT;
    Reverie__V1__LogEvent *list[] = {&item};
    Reverie__V1__LogReadReply part = REVERIE__V1__LOG_READ_REPLY__INIT;

    if (seq > store_durable(store, call->asker.swarm, log)) {
        return ERR_OK;
    }
    arena_reset(scratch);
    enum err err =
        store_read_one(store, call->asker.swarm, log, seq, scratch, &event);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    if (err != ERR_OK) {
        return err;
    }
    item.has_stamp = item.has_envelope = item.has_body = true;
    item.stamp = message_binary(event.stamp);
    item.envelope = message_binary(event.envelope);
    item.body = message_binary(event.body);
    part.n_events = 1;
    part.events = list;
    /* A repeated field grows by concatenation, so no reply is ever held
     * twice. */
    message_pack(&part, &call->reply);
    return buf_error(&call->reply);
}

static void answer_read(struct store *store, struct call *call,
                        struct arena *scratch)
{
    Reverie__V1__LogReadRequest *ask = NULL;
    uint64_t seqs[LOG_READ_SEQS_MAX];
    enum err err =
        MESSAGE_UNPACK(log_read_request, call->payload, scratch, &ask);

    if (err != ERR_OK) {
        call_refuse_err(call, err);
        return;
    }
    if (!log_exists(call, ask->log) || !call_needs(call, ROUTE_RIGHT_OBSERVE)) {
        return;
    }
    if (ask->n_seqs > LOG_READ_SEQS_MAX) {
        call_refuse(call, REFUSAL_TOO_BIG, "at most %d positions at a time",
                    LOG_READ_SEQS_MAX);
        return;
    }
    size_t count = ask->n_seqs;
    uint16_t log = (uint16_t)ask->log;
    for (size_t i = 0; i < count; i++) {
        seqs[i] = ask->seqs[i];
    }
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = add_event(store, call, log, seqs[i], scratch);
    }
    if (err == ERR_TOO_BIG) {
        call_refuse(call, REFUSAL_TOO_BIG,
                    "these events are more than %d bytes: ask for fewer",
                    CONTROL_MAX);
    } else if (err != ERR_OK) {
        call_refuse_err(call, err);
    }
}

bool log_service_knows(const struct call *call)
{
    return call_is(call, "log", "info") || call_is(call, "log", "read");
}

void log_service_answer(struct store *store, struct call *call)
{
    struct arena scratch;

    arena_init(&scratch, SCRATCH_MAX);
    if (call_is(call, "log", "info")) {
        answer_info(store, call, &scratch);
    } else {
        answer_read(store, call, &scratch);
    }
    arena_fini(&scratch);
}
