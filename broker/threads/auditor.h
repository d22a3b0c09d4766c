/* SPDX-License-Identifier: MIT */
/* auditor.h: the thread that walks the whole log for log.verify.
 *
 * One walk at a time, with progress replies at most twice a second. It needs
 * the right `observe`. Where the request wants the memory compared, too, the
 * call comes back as CALL_COMPARE for the ledger.
 * Threads: one of its own; it is spoken to through rings. */
#ifndef REVERIE_BROKER_THREADS_AUDITOR_H
#define REVERIE_BROKER_THREADS_AUDITOR_H

#include "broker/handover/call.h"
#include "broker/handover/ring.h"

enum {
    AUDIT_FAULTS_MAX = 100 /* told in words; all are counted */
};

struct auditor;

struct auditor_config {
    struct store *store;
    struct bell *bell;
    struct ring *from_router; /* of struct call; wakes `bell` */
    struct ring *to_router;   /* of struct call */
};

MUST_CHECK enum err auditor_start(const struct auditor_config *config,
                                  struct auditor **out_auditor);
/* Waits for a walk under way. */
void auditor_stop(struct auditor *auditor);

#endif
