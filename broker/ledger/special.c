/* SPDX-License-Identifier: MIT */
#include "broker/ledger/special.h"

#include "base/log.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    SCRATCH_MAX = 32 << 20,
    SENTENCE_MAX = 1024
};

bool special_knows(const struct call *call)
{
    return call->type == CALL_COMPARE || call_is(call, "log", "erase") ||
           call_is(call, "memory", "verify");
}

/* ---- log.erase ----------------------------------------------------------- */

/* The input of MEMORY_ERASED is the body of log.erased. */
static void set_erased(struct call *call,
                       const Reverie__V1__LogEraseRequest *ask)
{
    Reverie__V1__LogErased body = REVERIE__V1__LOG_ERASED__INIT;
    struct buf packed;

    body.has_log = body.has_seq = true;
    body.log = ask->log;
    body.seq = ask->seq;
    body.by = message_copy(&call->arena, call->asker.principal);
    body.reason = ask->reason;
    buf_init(&packed, CONTROL_MAX);
    message_pack(&body, &packed);
    call->payload = arena_copy(&call->arena, buf_bytes(&packed));
    buf_fini(&packed);
}

/* First the tombstone, then the record of it: after a crash in between the
 * request is simply made again. The reverse would leave a log that says erased
 * and still holds the text. */
static enum err erase(struct special *special, struct call *call,
                      struct arena *scratch)
{
    Reverie__V1__LogEraseRequest *ask = NULL;
    enum err err =
        MESSAGE_UNPACK(log_erase_request, call->payload, scratch, &ask);

    if (err != ERR_OK) {
        call_refuse_err(call, err);
        return ERR_OK;
    }
    if (!call_needs(call, ROUTE_RIGHT_ERASE)) {
        return ERR_OK;
    }
    if (ask->log != LOG_TRAFFIC) {
        call_refuse(call, REFUSAL_DENIED,
                    "only traffic (log 0) can be erased; the ledger is kept");
        return ERR_OK;
    }
    err = special->erase(special->context, call->asker.swarm,
                         (uint16_t)ask->log, ask->seq);
    if (err == ERR_NOT_FOUND) {
        call_refuse(call, REFUSAL_NOT_FOUND, "there is no event at %u:%llu",
                    ask->log, (unsigned long long)ask->seq);
        return ERR_OK;
    }
    if (err != ERR_OK) {
        return err;
    }
    log_line(LOG_INFO, "LOG-ERASED", "log=%u seq=%llu", ask->log,
             (unsigned long long)ask->seq);
    set_erased(call, ask);
    return book_step(special->book, MEMORY_ERASED, call);
}

/* ---- verify -------------------------------------------------------------- */

static enum err compare_log(struct special *special, struct call *call,
                            struct arena *scratch)
{
    Reverie__V1__LogVerifyReply *reply = NULL;
    struct buf difference;
    char *faults[1];
    bool is_equal = false;

    buf_init(&difference, SENTENCE_MAX);
    buf_add_text(&difference, "the fold of the ledger differs: ");
    enum err err = book_compare(special->book, &is_equal, &difference);
    if (err == ERR_OK) {
        err = MESSAGE_UNPACK(log_verify_reply, buf_bytes(&call->reply), scratch,
                             &reply);
    }
    if (err == ERR_OK && !is_equal) {
        Reverie__V1__LogVerifyReply more = REVERIE__V1__LOG_VERIFY_REPLY__INIT;
        faults[0] = message_field(buf_text(&difference));
        more.n_faults = 1;
        more.faults = faults;
        more.has_fault_count = true;
        more.fault_count = reply->fault_count + 1;
        /* Concatenated: the fault is added, the count replaced. */
        message_pack(&more, &call->reply);
    }
    buf_fini(&difference);
    call->type = CALL_REQUEST;
    return err;
}

static enum err verify_memory(struct special *special, struct call *call)
{
    Reverie__V1__MemoryVerifyReply more =
        REVERIE__V1__MEMORY_VERIFY_REPLY__INIT;
    struct buf difference;
    bool is_equal = false;
    enum err err = book_step(special->book, MEMORY_REQUEST, call);

    if (err != ERR_OK || call->code != refusal_name(REFUSAL_NONE)) {
        return err;
    }
    buf_init(&difference, SENTENCE_MAX);
    err = book_compare(special->book, &is_equal, &difference);
    if (!is_equal) {
        log_line(LOG_ERROR, "MEMORY-FOLD-DIFFERS", "why=\"%s\"",
                 buf_text(&difference));
    }
    buf_fini(&difference);
    more.has_fold_equal = true;
    more.fold_equal = is_equal;
    message_pack(&more, &call->reply);
    return err;
}

enum err special_step(struct special *special, struct call *call)
{
    struct arena scratch;
    enum err err;

    arena_init(&scratch, SCRATCH_MAX);
    if (call->type == CALL_COMPARE) {
        err = compare_log(special, call, &scratch);
    } else if (call_is(call, "log", "erase")) {
        err = erase(special, call, &scratch);
    } else {
        err = verify_memory(special, call);
    }
    arena_fini(&scratch);
    return err;
}

/* ---- memory.view --------------------------------------------------------- */

void special_view(struct call *call)
{
    Reverie__V1__MemoryViewRequest *ask = NULL;
    Reverie__V1__MemoryViewReply *reply = NULL;
    struct arena scratch;

    if (!call_is(call, "memory", "view") ||
        call->code != refusal_name(REFUSAL_NONE)) {
        return;
    }
    arena_init(&scratch, SCRATCH_MAX);
    if (MESSAGE_UNPACK(memory_view_request, call->payload, &scratch, &ask) ==
            ERR_OK &&
        MESSAGE_UNPACK(memory_view_reply, buf_bytes(&call->reply), &scratch,
                       &reply) == ERR_OK) {
        struct bytes agent = message_text(ask->agent);
        if (agent.len == 0 || bytes_equal(agent, call->asker.agent)) {
            buf_add(&call->view, message_text(reply->view));
        }
    }
    arena_fini(&scratch);
}
