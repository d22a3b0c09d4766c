/* SPDX-License-Identifier: MIT */
/* broker.h: the bus process, as a library.
 *
 *     broker_open   store, memory, threads, endpoints; it listens from here on
 *     broker_run    the router's loop, until broker_stop, a signal or
 *                   admin.drain; then it drains: refuses what is new, finishes
 *                   what it took, says bye
 *     broker_close  joins the threads, closes the store
 *
 * `reverie up` and `reverie broker` run it in their main thread, tests in one
 * of theirs. Which thread does what: README.md.
 * Threads: open, run and close from one; broker_stop from any. */
#ifndef REVERIE_BROKER_BROKER_H
#define REVERIE_BROKER_BROKER_H

#include "base/edge/settings.h"
#include "broker/route/route.h"
#include "memory/memory.h"

/* The settings of a broker: for the file, the flags and the manual. */
extern const struct setting broker_settings[];
extern const size_t broker_setting_count;

enum {
    BROKER_SWARMS_MAX = 64,
    BROKER_ENDPOINTS_MAX = 16
};

struct broker_config {
    const char *data;     /* directory of the store and the keys file */
    const char *keys;     /* keys file; empty: keys.jsonl in `data` */
    const char *bus;      /* endpoints to listen on, comma-separated */
    const char *swarms;   /* names, comma-separated */
    bool in_memory;       /* no store on disk: nothing outlives the process */
    bool handles_signals; /* SIGTERM and SIGINT drain; broker_open blocks them
                             in the calling thread */
    int64_t drain_us;     /* a drain that takes longer is cut short */
    struct store_config store;
    struct memory_config memory;
    struct route_config
        route; /* body_free, authenticate, context: set inside */
};

/* What ${settings}, made from broker_settings, say; texts are lent by them.
 * ERR_INVALID: ${out_why} says which setting and why. */
MUST_CHECK enum err broker_config_read(const struct settings *settings,
                                       struct buf *out_why,
                                       struct broker_config *out_config);

struct broker;

/* Keeps the texts of ${config}, copies the rest. Gives *out_broker
 * (broker_close). Errors as of store_open_rocks, keys_open and socket_bind;
 * ${out_why} says what and where. */
MUST_CHECK enum err broker_open(const struct broker_config *config,
                                struct buf *out_why,
                                struct broker **out_broker);

/* Where it really listens ("tcp://127.0.0.1:40123"); NULL past the last. */
const char *broker_endpoint(const struct broker *broker, size_t index);

/* ERR_OK after a drain. ERR_IO: the store failed; nothing that was not
 * accepted may be believed, end the process with an error. */
MUST_CHECK enum err broker_run(struct broker *broker);

/* Asks broker_run to drain and return. The broker must not be closed before
 * this has returned, which may be after broker_run has. */
void broker_stop(struct broker *broker);

/* NULL is fine. */
void broker_close(struct broker *broker);

#endif
