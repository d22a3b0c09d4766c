/* SPDX-License-Identifier: MIT */
/* log_service.h: the requests log.info and log.read.
 *
 * Both only look: they run on the fetcher's thread. log.verify is the
 * auditor's, log.erase the ledger's.
 * Threads: any, with calls of their own. */
#ifndef REVERIE_BROKER_THREADS_LOG_SERVICE_H
#define REVERIE_BROKER_THREADS_LOG_SERVICE_H

#include "broker/handover/call.h"
#include "store/store.h"

/* Whether the fetcher answers ${call}. */
bool log_service_knows(const struct call *call);

/* Fills in the reply. log.read gives events as they are stored, not redacted,
 * and therefore needs the right `observe`. */
void log_service_answer(struct store *store, struct call *call);

#endif
