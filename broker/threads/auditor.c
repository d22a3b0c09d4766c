/* SPDX-License-Identifier: MIT */
#include "broker/threads/auditor.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    SCRATCH_MAX = 1 << 20,
    PROGRESS_US = 500000
};

struct auditor {
    struct auditor_config config;
    pthread_t thread;
    atomic_bool is_stopping;
};

struct audit {
    struct auditor *auditor;
    struct call *call;
    struct arena scratch;
    char *faults[AUDIT_FAULTS_MAX];
    size_t fault_count;
    uint64_t total;
    int64_t told_us;
};

static void pack(const struct audit *audit, const struct store_verify *so_far,
                 bool is_finished, struct buf *out)
{
    Reverie__V1__LogVerifyReply reply = REVERIE__V1__LOG_VERIFY_REPLY__INIT;
    char *faults[AUDIT_FAULTS_MAX];

    for (size_t i = 0; i < audit->fault_count; i++) {
        faults[i] = audit->faults[i];
    }
    reply.has_events = reply.has_checked_bytes = reply.has_total = true;
    reply.has_fault_count = reply.has_tombstones = reply.has_finished = true;
    reply.events = so_far->events;
    reply.checked_bytes = so_far->bytes;
    reply.total = audit->total;
    reply.tombstones = so_far->tombstones;
    reply.fault_count = so_far->faults;
    reply.finished = is_finished;
    reply.n_faults = is_finished ? audit->fault_count : 0;
    reply.faults = faults;
    message_pack(&reply, out);
}

static void on_fault(void *context, const struct store_fault *fault)
{
    struct audit *audit = context;
    struct buf text;

    if (audit->fault_count == AUDIT_FAULTS_MAX) {
        return;
    }
    buf_init(&text, RECORD_ENVELOPE_MAX);
    if (fault->seq > 0) {
        buf_add_format(&text, "log %u seq %llu: ", fault->log,
                       (unsigned long long)fault->seq);
    }
    buf_add_text(&text, fault->sentence);
    struct bytes copy = arena_copy(&audit->scratch, buf_bytes(&text));
    if (copy.data != NULL) {
        audit->faults[audit->fault_count++] = message_field(copy.data);
    }
    buf_fini(&text);
}

static void on_progress(void *context, const struct store_verify *so_far)
{
    struct audit *audit = context;
    int64_t now_us = clock_monotonic_us();

    if (now_us - audit->told_us < PROGRESS_US) {
        return;
    }
    audit->told_us = now_us;
    struct call *progress = call_new_progress(audit->call);
    pack(audit, so_far, false, &progress->reply);
    ring_push_wait(audit->auditor->config.to_router, progress);
}

static void walk(struct auditor *auditor, struct call *call)
{
    struct audit audit = {.auditor = auditor, .call = call};
    struct store *store = auditor->config.store;
    struct store_verify found = {0};
    Reverie__V1__LogVerifyRequest *ask = NULL;

    arena_init(&audit.scratch, SCRATCH_MAX);
    enum err err =
        MESSAGE_UNPACK(log_verify_request, call->payload, &audit.scratch, &ask);
    if (err == ERR_OK && call_needs(call, ROUTE_RIGHT_OBSERVE)) {
        audit.told_us = clock_monotonic_us();
        audit.total = store_logged(store, call->asker.swarm, LOG_TRAFFIC) +
                      store_logged(store, call->asker.swarm, LOG_LEDGER);
        err = store_verify(store, call->asker.swarm, on_fault, on_progress,
                           &audit, &found);
        pack(&audit, &found, true, &call->reply);
        call->type = ask->memory ? CALL_COMPARE : CALL_REQUEST;
    }
    if (err != ERR_OK) {
        call->type = CALL_REQUEST;
        call_refuse_err(call, err);
    }
    arena_fini(&audit.scratch);
    ring_push_wait(auditor->config.to_router, call);
}

static void *run(void *context)
{
    struct auditor *auditor = context;

    (void)pthread_setname_np(pthread_self(), "auditor");
    for (;;) {
        bell_arm(auditor->config.bell);
        bool is_stopping = atomic_load(&auditor->is_stopping);
        struct call *call = ring_pop(auditor->config.from_router);
        if (call == NULL && is_stopping) {
            break;
        }
        if (call == NULL) {
            bell_wait(auditor->config.bell, -1);
        }
        bell_disarm(auditor->config.bell);
        if (call != NULL) {
            walk(auditor, call);
        }
    }
    return NULL;
}

enum err auditor_start(const struct auditor_config *config,
                       struct auditor **out_auditor)
{
    struct auditor *auditor = mem_new(sizeof(*auditor));

    auditor->config = *config;
    if (pthread_create(&auditor->thread, NULL, run, auditor) != 0) {
        free(auditor);
        return ERR_IO;
    }
    *out_auditor = auditor;
    return ERR_OK;
}

void auditor_stop(struct auditor *auditor)
{
    if (auditor == NULL) {
        return;
    }
    atomic_store(&auditor->is_stopping, true);
    bell_ring(auditor->config.bell);
    pthread_join(auditor->thread, NULL);
    free(auditor);
}
