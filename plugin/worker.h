/* SPDX-License-Identifier: MIT */
/* worker.h: the dream worker: a client of the bus that dreams when asked to.
 *
 * Follows the logs, answers dream.run, proposes change sets and reports. It is
 * an ordinary client: a crash or a slow dream cannot touch routing, and after
 * any stop it reads the log again. Decides nothing itself: see dream.h.
 * Threads: worker_run blocks its thread; a worker is one connection. */
#ifndef REVERIE_PLUGIN_WORKER_H
#define REVERIE_PLUGIN_WORKER_H

#include "base/bytes.h"
#include "memory/redact.h"

/* One dream that ended, well or not; texts are lent until the call ends. */
struct worker_dream {
    const char *name; /* "" where it failed before it had one */
    uint64_t from_seq;
    uint64_t to_seq; /* log 0 was read up to here */
    size_t candidates;
    uint32_t proposed;
    bool is_dry;
    bool is_scheduled; /* nobody asked: config.every_us did */
    int64_t took_us;
    enum err err;
    const char *why; /* "" without an error */
};

struct worker_config {
    const char *endpoint;
    const char *swarm;      /* NULL: "default" */
    const char *principal;  /* asserted identities only */
    const char *token_file; /* NULL: asserted */
    struct redact_key key;  /* the broker's: quotes must agree with its gate */
    struct bytes defaults;  /* text of a table of world defaults, or empty */
    uint64_t budget_tokens; /* of a store of memory; 0: BUDGET_TOKENS_DEFAULT */
    int64_t every_us;       /* also dream by itself this often; 0: never */
    int64_t window_bytes;   /* of a log in flight; 0: 8 MiB */
    /* Threads that read and feed, at most SHARDS_MAX; 0 or 1: none but the
     * caller's. Is in no result. */
    size_t shards;
    /* Asked several times a second; NULL: runs for ever. */
    bool (*should_stop)(void *context);
    /* Told when the worker serves; NULL: nobody. */
    void (*ready)(void *context);
    /* Told of every dream; NULL: nobody. */
    void (*dreamed)(void *context, const struct worker_dream *dream);
    void *context;
};

/* Connects and works until should_stop says so (ERR_OK) or the connection ends
 * (ERR_CLOSED); ERR_INVALID: the configuration. Borrows ${config}.
 * ${out_why} says why in a sentence. */
MUST_CHECK enum err worker_run(const struct worker_config *config,
                               struct buf *out_why);

#endif
