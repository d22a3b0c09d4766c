/* SPDX-License-Identifier: MIT */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/edge/crypto.h"
#include "base/log.h"
#include "broker/loop/shell.h"
#include "proto/address.h"

enum {
    PATH_BYTES_MAX = 4096,
    LINGER_MS = 1000,
    OWN_PAGES_BYTES = 16 << 10
};

#define SERVER "reverie/0.1"

/* ---- tokens -------------------------------------------------------------- */

/* The file is looked at again for every hello with a token: a stat that
 * changes nothing, or a short file read anew after `reverie keys`. */
static enum err authenticate(void *context, struct bytes token,
                             struct route_principal *out)
{
    struct broker *broker = context;

    err_ignore(keys_refresh(broker->keys), "logged; the old keys stay");
    const struct key *key = keys_find(broker->keys, token);
    if (key == NULL) {
        return ERR_NOT_FOUND;
    }
    *out = (struct route_principal){.name = bytes_of_text(key->principal),
                                    .swarm = bytes_of_text(key->swarm),
                                    .rights = key->rights,
                                    .identity = IDENTITY_TOKEN};
    return ERR_OK;
}

static void free_body(void *context, struct route_body *body)
{
    (void)context;
    body_free(body);
}

/* ---- opening ------------------------------------------------------------- */

static enum err open_keys(struct broker *broker, struct buf *out_why)
{
    const struct broker_config *config = &broker->config;
    char path[PATH_BYTES_MAX];
    int length;

    if (config->keys != NULL && config->keys[0] != '\0') {
        length = snprintf(path, sizeof(path), "%s", config->keys);
    } else {
        length = snprintf(path, sizeof(path), "%s/keys.jsonl", config->data);
    }
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return ERR_TOO_BIG;
    }
    return keys_open(path, out_why, &broker->keys);
}

static void open_route(struct broker *broker)
{
    struct route_config *config = &broker->config.route;

    config->body_free = free_body;
    config->authenticate = authenticate;
    config->context = broker;
    if (config->server == NULL) {
        config->server = SERVER;
    }
    broker->route = route_new(config);
}

static enum err open_bells(struct broker *broker)
{
    struct bell **bells[] = {&broker->bell, &broker->writer_bell,
                             &broker->fetcher_bell, &broker->ledger_bell,
                             &broker->auditor_bell};

    for (size_t i = 0; i < ARRAY_LEN(bells); i++) {
        enum err err = bell_open(bells[i]);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* Who wakes whom. The last bell of a ring is its producer's, for those who
 * may wait for a place; the router never waits. */
static void open_rings(struct broker *broker)
{
    outbox_init(&broker->to_writer,
                ring_new(SHELL_RING, broker->writer_bell, broker->bell));
    outbox_init(&broker->to_fetcher,
                ring_new(SHELL_RING, broker->fetcher_bell, broker->bell));
    outbox_init(&broker->to_ledger,
                ring_new(SHELL_RING, broker->ledger_bell, broker->bell));
    outbox_init(&broker->to_auditor,
                ring_new(SHELL_RING, broker->auditor_bell, broker->bell));
    broker->ledger_to_writer =
        ring_new(SHELL_RING, broker->writer_bell, broker->ledger_bell);
    broker->from_writer =
        ring_new(SHELL_BACK_RING, broker->bell, broker->writer_bell);
    broker->from_fetcher =
        ring_new(SHELL_FETCH_RING, broker->bell, broker->fetcher_bell);
    broker->from_ledger =
        ring_new(SHELL_BACK_RING, broker->bell, broker->ledger_bell);
    broker->from_auditor =
        ring_new(SHELL_BACK_RING, broker->bell, broker->auditor_bell);
}

static enum err open_swarms(struct broker *broker, struct buf *out_why,
                            struct book **books, size_t *count)
{
    struct bytes list = bytes_of_text(broker->config.swarms);
    struct bytes name;
    size_t at = 0;

    while (opening_next(list, &at, &name)) {
        if (!name_is_valid(name) || *count == BROKER_SWARMS_MAX) {
            buf_add_format(out_why, "swarms: not a list of 1 to %d names",
                           BROKER_SWARMS_MAX);
            return ERR_INVALID;
        }
        enum err err = warm_swarm(broker, name, &books[*count]);
        if (err != ERR_OK) {
            buf_add_format(out_why,
                           "swarm %.*s in %s cannot be taken up: %s; what to "
                           "do: `reverie log verify --data %s` says what is "
                           "wrong",
                           (int)name.len, (const char *)name.data,
                           broker->config.data, err_text(err),
                           broker->config.data);
            return err;
        }
        (*count)++;
    }
    if (*count == 0) {
        buf_add_text(out_why, "swarms: at least one is needed");
        return ERR_INVALID;
    }
    return ERR_OK;
}

static enum err start_ledger(struct broker *broker, struct buf *out_why)
{
    struct book **books =
        mem_new_array(BROKER_SWARMS_MAX, sizeof(struct book *));
    struct ledger_config config = {.store = broker->store,
                                   .syncer = broker->syncer,
                                   .bell = broker->ledger_bell,
                                   .from_router = broker->to_ledger.ring,
                                   .to_writer = broker->ledger_to_writer,
                                   .to_router = broker->from_ledger,
                                   .books = books};
    enum err err = open_swarms(broker, out_why, books, &config.book_count);

    if (err == ERR_OK) {
        err = ledger_start(&config, &broker->ledger);
    }
    if (err != ERR_OK) {
        for (size_t i = 0; i < config.book_count; i++) {
            book_free(books[i]);
        }
        free(books);
    }
    return err;
}

static enum err start_threads(struct broker *broker, struct buf *out_why)
{
    struct bell *listeners[SYNCER_LISTENERS] = {
        [SYNCER_ALWAYS] = broker->bell, [SYNCER_ASKED] = broker->ledger_bell};
    enum err err = syncer_start(broker->store, listeners, &broker->syncer);

    /* The ledger first: its books log broker.started themselves, before there
     * is a writer. */
    if (err == ERR_OK) {
        err = start_ledger(broker, out_why);
    }
    if (err == ERR_OK) {
        struct writer_config config = {.store = broker->store,
                                       .syncer = broker->syncer,
                                       .bell = broker->writer_bell,
                                       .from_router = broker->to_writer.ring,
                                       .from_ledger = broker->ledger_to_writer,
                                       .to_router = broker->from_writer,
                                       .bell_on_fail = broker->bell};
        err = writer_start(&config, &broker->writer);
    }
    if (err == ERR_OK) {
        struct fetcher_config config = {.store = broker->store,
                                        .bell = broker->fetcher_bell,
                                        .from_router = broker->to_fetcher.ring,
                                        .to_router = broker->from_fetcher};
        err = fetcher_start(&config, &broker->fetcher);
    }
    if (err == ERR_OK) {
        struct auditor_config config = {.store = broker->store,
                                        .bell = broker->auditor_bell,
                                        .from_router = broker->to_auditor.ring,
                                        .to_router = broker->from_auditor};
        err = auditor_start(&config, &broker->auditor);
    }
    return err;
}

/* Blocked before any thread is started, so that all of them inherit it. */
static enum err open_signals(struct broker *broker)
{
    sigset_t signals;

    broker->signal_fd = -1;
    if (!broker->config.handles_signals) {
        return ERR_OK;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &signals, NULL) != 0) {
        return ERR_IO;
    }
    broker->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    return broker->signal_fd >= 0 ? ERR_OK : ERR_IO;
}

static enum err open_all(struct broker *broker, struct buf *out_why)
{
    enum err err = open_signals(broker);

    if (err == ERR_OK) {
        err = opening_store(broker, out_why);
    }
    if (err == ERR_OK) {
        err = open_keys(broker, out_why);
    }
    if (err == ERR_OK) {
        err = open_bells(broker);
    }
    if (err == ERR_OK) {
        open_rings(broker);
        open_route(broker);
        broker->logged = inbound_new();
        err = start_threads(broker, out_why);
    }
    if (err == ERR_OK) {
        err = opening_endpoints(broker, out_why);
    }
    return err;
}

/* What a connection takes is mostly never touched: queues of 16 KiB and buffers
 * of 18. Blocks of their own, which begin untouched and go back when they are
 * freed, keep it so when connections come and go: an idle one costs 37 KiB
 * then, and 60 to 64 out of recycled memory. Other allocators, the
 * sanitizers' too, may not know the option. */
static void keep_memory_fresh(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, OWN_PAGES_BYTES);
}

enum err broker_open(const struct broker_config *config, struct buf *out_why,
                     struct broker **out_broker)
{
    struct broker *broker = mem_new(sizeof(*broker));
    uint64_t seed;

    keep_memory_fresh();
    broker->config = *config;
    crypto_random(&seed, sizeof(seed));
    broker->rng = rng_seeded(seed, 0);
    shell_refresh(broker);
    broker->started_us = broker->now_us;
    broker->ticked_us = broker->monotonic_us;
    enum err err = open_all(broker, out_why);
    if (err != ERR_OK) {
        if (out_why->len == 0) {
            buf_add_text(out_why, err_text(err));
        }
        broker_close(broker);
        return err;
    }
    *out_broker = broker;
    return ERR_OK;
}

const char *broker_endpoint(const struct broker *broker, size_t index)
{
    if (index >= broker->endpoint_count) {
        return NULL;
    }
    return (const char *)broker->endpoints[index].data;
}

/* ---- closing ------------------------------------------------------------- */

/* The ledger before the writer it appends through, the writer before the
 * syncer it announces to. After a failure nobody waits for anybody. */
static void stop_threads(struct broker *broker)
{
    bool has_failed = broker->writer != NULL && shell_has_failed(broker);

    if (has_failed && broker->ledger != NULL) {
        ledger_abort(broker->ledger);
    }
    ledger_stop(broker->ledger);
    auditor_stop(broker->auditor);
    writer_stop(broker->writer);
    syncer_stop(broker->syncer);
    fetcher_stop(broker->fetcher);
}

static void free_calls(struct broker *broker)
{
    struct call *call;

    while ((call = outbox_pop(&broker->to_ledger)) != NULL ||
           (call = outbox_pop(&broker->to_auditor)) != NULL ||
           (broker->from_ledger != NULL &&
            (call = ring_pop(broker->from_ledger)) != NULL) ||
           (broker->from_auditor != NULL &&
            (call = ring_pop(broker->from_auditor)) != NULL)) {
        call_free(call);
    }
    while (broker->local_first != NULL) {
        call = broker->local_first;
        broker->local_first = call->next;
        call_free(call);
    }
}

static void free_fetch(struct fetch *fetch)
{
    if (fetch->type == FETCH_CALL) {
        call_free(fetch->call);
    }
    fetch_free(fetch, true);
}

static void free_fetches(struct broker *broker)
{
    struct fetch *fetch;

    while ((fetch = outbox_pop(&broker->to_fetcher)) != NULL) {
        free_fetch(fetch);
    }
    while (broker->from_fetcher != NULL &&
           (fetch = ring_pop(broker->from_fetcher)) != NULL) {
        free_fetch(fetch);
    }
}

static void free_write(struct write *write)
{
    if (write->type == WRITE_GROUP) {
        group_drop(write->group);
    }
    free(write);
}

static void free_writes(struct broker *broker)
{
    struct write *write;

    while ((write = outbox_pop(&broker->to_writer)) != NULL) {
        free_write(write);
    }
    while (broker->ledger_to_writer != NULL &&
           (write = ring_pop(broker->ledger_to_writer)) != NULL) {
        free_write(write);
    }
    while (broker->from_writer != NULL &&
           (write = ring_pop(broker->from_writer)) != NULL) {
        free_write(write);
    }
    for (size_t i = 0; i < broker->spare_count; i++) {
        free(broker->spare[i]);
    }
}

static void free_rings(struct broker *broker)
{
    outbox_fini(&broker->to_writer);
    outbox_fini(&broker->to_fetcher);
    outbox_fini(&broker->to_ledger);
    outbox_fini(&broker->to_auditor);
    ring_free(broker->ledger_to_writer);
    ring_free(broker->from_writer);
    ring_free(broker->from_fetcher);
    ring_free(broker->from_ledger);
    ring_free(broker->from_auditor);
    bell_free(broker->bell);
    bell_free(broker->writer_bell);
    bell_free(broker->fetcher_bell);
    bell_free(broker->ledger_bell);
    bell_free(broker->auditor_bell);
}

void broker_close(struct broker *broker)
{
    if (broker == NULL) {
        return;
    }
    stop_threads(broker);
    if (broker->socket != NULL) {
        socket_close(broker->socket, LINGER_MS);
    }
    free_calls(broker);
    free_fetches(broker);
    free_writes(broker);
    free_rings(broker);
    inbound_free(broker->logged);
    if (broker->route != NULL) {
        route_free(broker->route);
    }
    if (broker->bus != NULL) {
        bus_close(broker->bus);
    }
    keys_close(broker->keys);
    store_close(broker->store);
    for (size_t i = 0; i < BROKER_ENDPOINTS_MAX; i++) {
        buf_fini(&broker->endpoints[i]);
    }
    if (broker->config.handles_signals && broker->signal_fd >= 0) {
        close(broker->signal_fd);
    }
    free(broker);
}
