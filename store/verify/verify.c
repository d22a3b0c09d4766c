/* SPDX-License-Identifier: MIT */
#include "store/verify/verify.h"

#include <stdlib.h>

enum {
    SEGMENT_EVENTS = 1 << 22 /* 16 bytes each */
};

const char *store_fault_name(enum store_fault_kind kind)
{
    static const char *const names[] = {
#define FAULT_NAME(code, name) [STORE_FAULT_##code] = (name),
        STORE_FAULT_LIST(FAULT_NAME)
#undef FAULT_NAME
    };
    assert((size_t)kind < ARRAY_LEN(names));
    return names[kind];
}

/* Whether a start, which reads the tail, meets a fault of this event. */
static bool refuses_start(const struct verifier *verifier,
                          const struct store_fault *fault)
{
    bool is_of_event = fault->kind == STORE_FAULT_RECORD ||
                       fault->kind == STORE_FAULT_MISSING ||
                       fault->kind == STORE_FAULT_FILE;
    if (is_of_event) {
        return fault->seq > 0 &&
               fault->last_seq + TAIL_CHECKED > verifier->heads[fault->log];
    }
    return fault->kind == STORE_FAULT_TABLE;
}

void verify_report_run(struct verifier *verifier, struct store_fault fault)
{
    fault.swarm = verifier->swarm;
    fault.refuses_start = refuses_start(verifier, &fault);
    fault.file = fault.file ? fault.file : "";
    verifier->result.faults++;
    if (verifier->fault) {
        verifier->fault(verifier->context, &fault);
    }
}

void verify_report(struct verifier *verifier, enum store_fault_kind kind,
                   uint16_t log, uint64_t seq, const char *sentence)
{
    verify_report_run(verifier, (struct store_fault){.kind = kind,
                                                     .log = log,
                                                     .seq = seq,
                                                     .last_seq = seq,
                                                     .sentence = sentence});
}

bool verify_is_damage(enum err err)
{
    return err == ERR_CORRUPT || err == ERR_IO;
}

/* ---- what no entry led to ------------------------------------------------ */

/* Trimming takes inbox entries away, also while this runs. */
static enum err check_missing(struct verifier *verifier, uint64_t seq)
{
    const struct slot *slot = &verifier->slots[seq - verifier->first];
    if (!(slot->flags & SLOT_PRESENT) || slot->flags & SLOT_DAMAGED) {
        return ERR_OK;
    }
    if (slot->session != 0 && !(slot->flags & SLOT_IN_SESSION) &&
        !verifier->is_unread[FAMILY_SESSIONS]) {
        verify_report(verifier, STORE_FAULT_INDEX_MISSING, verifier->log, seq,
                      "the event is missing from its session");
    }
    if (slot->address == 0 || slot->flags & SLOT_IN_INBOX ||
        verifier->is_unread[FAMILY_INBOX]) {
        return ERR_OK;
    }
    uint64_t floor = 0;
    enum err err = store_trim_floor(verifier->store, verifier->swarm,
                                    slot->address, verifier->log, &floor);
    if (err == ERR_OK && seq >= floor) {
        verify_report(verifier, STORE_FAULT_INDEX_MISSING, verifier->log, seq,
                      "the event is missing from its inbox");
    }
    return verify_is_damage(err) ? ERR_OK : err;
}

/* ---- the whole ----------------------------------------------------------- */

static enum err check_segment(struct verifier *verifier)
{
    size_t count = (size_t)(verifier->last - verifier->first + 1);
    verifier->slots = mem_new_array(count, sizeof(*verifier->slots));
    enum err err = verify_events(verifier);
    if (err == ERR_OK) {
        err = verify_indexes(verifier);
    }
    for (uint64_t seq = verifier->first; seq <= verifier->last; seq++) {
        err = err == ERR_OK ? check_missing(verifier, seq) : err;
    }
    free(verifier->slots);
    verifier->slots = NULL;
    return err;
}

static enum err check_log(struct verifier *verifier, uint16_t log)
{
    uint64_t head = verifier->heads[log];
    verifier->log = log;
    verifier->epoch = 0;
    verifier->first = store_first(verifier->store, verifier->swarm, log);
    enum err err = ERR_OK;
    while (err == ERR_OK && verifier->first <= head) {
        verifier->last = verifier->first + SEGMENT_EVENTS - 1;
        verifier->last = verifier->last < head ? verifier->last : head;
        err = check_segment(verifier);
        verifier->first = verifier->last + 1;
    }
    return err;
}

enum err
store_verify(struct store *store, uint32_t swarm,
             void (*fault)(void *context, const struct store_fault *fault),
             void (*progress)(void *context, const struct store_verify *so_far),
             void *context, struct store_verify *out)
{
    if (!store_find_swarm(store, swarm)) {
        return ERR_NOT_FOUND;
    }
    struct verifier verifier = {.store = store,
                                .swarm = swarm,
                                .fault = fault,
                                .progress = progress,
                                .context = context,
                                .first = 1,
                                .is_first_walk = true};
    for (size_t log = 0; log < LOG_COUNT; log++) {
        verifier.heads[log] = store_logged(store, swarm, (uint16_t)log);
    }
    enum err err = ERR_OK;
    for (size_t log = 0; log < LOG_COUNT && err == ERR_OK; log++) {
        err = check_log(&verifier, (uint16_t)log);
    }
    if (err == ERR_OK && verifier.is_first_walk) {
        err = verify_indexes(&verifier); /* of a swarm without events */
    }
    if (err == ERR_OK) {
        *out = verifier.result;
    }
    return err;
}
