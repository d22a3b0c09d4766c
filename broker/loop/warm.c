/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/edge/crypto.h"
#include "base/log.h"
#include "broker/loop/shell.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    EPOCHS_MAX = 64,
    CONFIG_TEXT_MAX = 1024
};

/* ---- broker.started ------------------------------------------------------ */

/* What decisions depend on; the digest says whether two epochs ran alike. */
static struct digest config_digest(const struct broker_config *config)
{
    struct buf text;

    buf_init(&text, CONFIG_TEXT_MAX);
    buf_add_format(&text, "policy=%s auto_on_asserted=%d asserted_rights=%u",
                   memory_policy_name(config->memory.policy),
                   config->memory.auto_on_asserted ? 1 : 0,
                   config->route.asserted_rights);
    struct digest digest = digest_of(buf_bytes(&text), bytes_of(NULL, 0));
    buf_fini(&text);
    return digest;
}

static void pack_started(const struct broker *broker, uint64_t epoch,
                         struct buf *out)
{
    Reverie__V1__BrokerStarted body = REVERIE__V1__BROKER_STARTED__INIT;
    struct digest digest = config_digest(&broker->config);

    body.has_epoch = body.has_config_digest = true;
    body.epoch = epoch;
    body.version = message_field(broker->config.route.server);
    body.policy =
        message_field(memory_policy_name(broker->config.memory.policy));
    body.config_digest = message_binary(bytes_of(digest.bytes, DIGEST_BYTES));
    message_pack(&body, out);
}

/* The threads do not run yet, so this one is the writer and the syncer. */
static enum err append_now(struct broker *broker, struct group *group)
{
    size_t count = 0;
    const struct store_append *appends = group_appends(group, &count);
    struct store_append *batch =
        mem_new_array(count, sizeof(struct store_append));

    for (size_t i = 0; i < count; i++) {
        batch[i] = appends[i];
    }
    enum err err = store_append(broker->store, batch, count);
    if (err == ERR_FULL) {
        log_line(LOG_WARN, "DISK-FULL", "at=start");
        err = ERR_OK;
    }
    free(batch);
    return err == ERR_OK ? store_sync(broker->store) : err;
}

static enum err log_started(struct broker *broker, struct book *book,
                            uint64_t epoch)
{
    struct route_request none = {.asker = {.swarm = book_swarm(book)}};
    struct call *call = call_new(&none);
    struct group *group = NULL;
    struct buf body;

    buf_init(&body, CONTROL_MAX);
    pack_started(broker, epoch, &body);
    call->payload = buf_bytes(&body);
    book_open_group(book, broker->now_us, broker->ledger_bell);
    enum err err = book_step(book, MEMORY_STARTED, call);
    if (err == ERR_OK) {
        err = book_note(book, LOG_TRAFFIC, "broker.started", buf_bytes(&body));
    }
    if (err == ERR_OK) {
        err = book_close_group(book, &group);
    }
    if (err == ERR_OK) {
        err = append_now(broker, group);
    }
    group_drop(group);
    call_free(call);
    buf_fini(&body);
    return err;
}

/* ---- what the route knew ------------------------------------------------- */

struct restore {
    struct route *route;
    uint32_t swarm;
    enum store_table table;
    enum err err;
};

static bool restore_row(void *context, struct bytes key, struct bytes value)
{
    struct restore *restore = context;

    restore->err = route_restore(restore->route, restore->swarm, restore->table,
                                 key, value);
    return restore->err == ERR_OK;
}

static enum err restore(struct broker *broker, uint32_t swarm,
                        enum store_table table)
{
    struct restore restore = {
        .route = broker->route, .swarm = swarm, .table = table};
    struct bytes all = bytes_of(NULL, 0);
    enum err err = store_row_scan(broker->store, swarm, table, all, all,
                                  restore_row, &restore);

    return err != ERR_OK ? err : restore.err;
}

static void warm_one(struct broker *broker, uint32_t swarm,
                     const struct store_event *event)
{
    struct stamp stamp;
    struct envelope envelope;

    if (event->erased || stamp_read(event->stamp, &stamp) != ERR_OK ||
        envelope_read(event->envelope, &envelope) != ERR_OK ||
        envelope.id.len == 0 || stamp.root.len == 0) {
        return;
    }
    route_warm_root(broker->route, swarm, envelope.id, stamp.root);
}

static enum err warm_roots(struct broker *broker, uint32_t swarm,
                           uint64_t logged)
{
    uint64_t window = broker->config.route.roots_max;
    uint64_t from = logged > window ? logged - window + 1 : 1;
    struct store_event event;
    struct store_reader *reader =
        store_read_log(broker->store, swarm, LOG_TRAFFIC, from, logged);
    enum err err = ERR_OK;

    while (err == ERR_OK) {
        err = store_reader_next(reader, &event);
        if (err == ERR_OK) {
            warm_one(broker, swarm, &event);
        }
    }
    store_reader_close(reader);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err introduce(struct broker *broker, struct bytes name,
                          uint32_t swarm)
{
    struct store_epoch epochs[EPOCHS_MAX];
    struct mark *mark = &broker->marks[broker->mark_count++];

    *mark = (struct mark){.swarm = swarm};
    for (size_t log = 0; log < LOG_COUNT; log++) {
        mark->logged[log] = store_logged(broker->store, swarm, (uint16_t)log);
        mark->durable[log] = mark->logged[log];
    }
    struct route_swarm_start start = {
        .name = name,
        .number = swarm,
        .logged = {mark->logged[LOG_TRAFFIC], mark->logged[LOG_LEDGER]},
        .epochs = epochs,
        .epoch_count = store_epochs(broker->store, swarm, epochs, EPOCHS_MAX)};
    enum err err = route_add_swarm(broker->route, &start);
    if (err == ERR_OK) {
        err = restore(broker, swarm, STORE_TABLE_PEERS);
    }
    if (err == ERR_OK) {
        err = restore(broker, swarm, STORE_TABLE_CURSORS);
    }
    if (err == ERR_OK) {
        err = warm_roots(broker, swarm, mark->logged[LOG_TRAFFIC]);
    }
    return err;
}

/* Rows that an older program folded are folded again, before anybody reads. */
static enum err refresh(struct book *book, struct bytes name)
{
    uint32_t from = 0;
    enum err err = book_refresh(book, &from);

    if (err == ERR_OK && from != MEMORY_ROWS_FORMAT) {
        log_line(LOG_INFO, "MEMORY-REFOLDED", "swarm=%.*s from=%u to=%d",
                 (int)name.len, (const char *)name.data, from,
                 MEMORY_ROWS_FORMAT);
    }
    return err;
}

enum err warm_swarm(struct broker *broker, struct bytes name,
                    struct book **out_book)
{
    uint32_t swarm = 0;
    uint64_t epoch = 0;
    enum err err = store_swarm(broker->store, name, &swarm);

    if (err == ERR_OK) {
        err = store_begin_epoch(broker->store, swarm, broker->now_us, &epoch);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct book *book =
        book_new(broker->store, swarm, name, &broker->config.memory);
    err = refresh(book, name);
    if (err == ERR_OK) {
        err = log_started(broker, book, epoch);
    }
    if (err == ERR_OK) {
        err = introduce(broker, name, swarm);
    }
    if (err != ERR_OK) {
        book_free(book);
        return err;
    }
    log_line(
        LOG_INFO, "SWARM-OPENED", "swarm=%.*s epoch=%llu events=%llu",
        (int)name.len, (const char *)name.data, (unsigned long long)epoch,
        (unsigned long long)store_logged(broker->store, swarm, LOG_TRAFFIC));
    *out_book = book;
    return ERR_OK;
}
