/* SPDX-License-Identifier: MIT */
#include "broker/ledger/book.h"

#include <stdlib.h>
#include <string.h>

#include "base/edge/crypto.h"
#include "base/id.h"
#include "broker/ledger/overlay.h"
#include "memory/tenure.h"
#include "proto/envelope.h"
#include "proto/limits.h"

enum {
    OVERLAY_BYTES_MAX = 48 << 20, /* rows and events fit in GROUP_BYTES_MAX */
    REBUILD_BYTES_MAX = 1 << 30,
    HEAVY_EVENTS = 1024,
    /* Events that one step counts for tenure at most, however many principals
     * it asks about: the ledger's thread serves nobody meanwhile. */
    TENURE_EVENTS_MAX = 1 << 15
};

#define CONTENT_TYPE "application/x-protobuf"
#define BROKER_NAME  "broker"

struct book {
    struct store *store;
    uint32_t swarm;
    char *name;
    struct memory_config config;
    struct overlay *overlay;
    struct memory_table table; /* kept by memory, like the log */
    struct memory_log log;
    struct tenures *tenures;
    uint64_t tenure_seq;  /* of the traffic log: counted up to here */
    uint64_t tenure_room; /* events that this step may still count */
    struct memory *memory;
    struct group *group;
    int64_t time_us;
    uint64_t next_seq; /* of the ledger */
};

/* Witnesses are checked against what is on disk, like everything that a
 * stream shows. */
static enum err read_event(void *context, uint16_t log, uint64_t seq,
                           struct arena *arena, struct memory_event *out)
{
    struct book *book = context;
    struct store_event event;

    if (seq == 0 || log >= LOG_COUNT ||
        seq > store_durable(book->store, book->swarm, log)) {
        return ERR_NOT_FOUND;
    }
    enum err err =
        store_read_one(book->store, book->swarm, log, seq, arena, &event);
    if (err != ERR_OK) {
        return err;
    }
    *out = (struct memory_event){
        .stamp = event.stamp, .envelope = event.envelope, .body = event.body};
    return ERR_OK;
}

static enum err count_event(struct book *book, const struct store_event *event)
{
    struct stamp stamp;
    struct envelope envelope;

    if (event->erased) {
        return ERR_OK;
    }
    if (stamp_read(event->stamp, &stamp) != ERR_OK ||
        envelope_read(event->envelope, &envelope) != ERR_OK) {
        return ERR_CORRUPT;
    }
    tenures_count(book->tenures, stamp.principal, envelope.has_occurred,
                  envelope.occurred_us);
    return ERR_OK;
}

/* Goes on counting where it stopped, as far as this step may. */
static enum err count_tenure(struct book *book)
{
    uint64_t end = store_durable(book->store, book->swarm, LOG_TRAFFIC);
    uint64_t most = book->tenure_seq + book->tenure_room;
    uint64_t to = end < most ? end : most;
    struct store_event event;
    enum err err = ERR_OK;

    if (to <= book->tenure_seq) {
        return ERR_OK;
    }
    struct store_reader *reader = store_read_log(
        book->store, book->swarm, LOG_TRAFFIC, book->tenure_seq + 1, to);
    while (err == ERR_OK &&
           (err = store_reader_next(reader, &event)) == ERR_OK) {
        err = count_event(book, &event);
    }
    store_reader_close(reader);
    if (err != ERR_NOT_FOUND) {
        return err;
    }
    book->tenure_room -= to - book->tenure_seq;
    book->tenure_seq = to;
    return ERR_OK;
}

/* Tenure only grows, so what was counted so far never says too much. */
static enum err read_tenure(void *context, struct bytes principal,
                            struct memory_tenure *out)
{
    struct book *book = context;
    enum err err = count_tenure(book);

    return err == ERR_OK ? tenures_get(book->tenures, principal, out) : err;
}

bool book_count_on(struct book *book)
{
    book->tenure_room = TENURE_EVENTS_MAX;
    enum err err = count_tenure(book);

    /* What cannot be read is told to whoever asks about a principal. */
    return err == ERR_OK &&
           book->tenure_seq <
               store_durable(book->store, book->swarm, LOG_TRAFFIC);
}

struct book *book_new(struct store *store, uint32_t swarm, struct bytes name,
                      const struct memory_config *config)
{
    struct book *book = mem_new(sizeof(*book));

    book->store = store;
    book->swarm = swarm;
    book->name = bytes_to_text(name);
    book->config = *config;
    book->overlay =
        overlay_new(store, swarm, STORE_TABLE_MEMORY, OVERLAY_BYTES_MAX);
    book->table = overlay_table(book->overlay);
    book->log = (struct memory_log){
        .context = book, .read = read_event, .tenure = read_tenure};
    book->tenures = tenures_new();
    book->memory = memory_new(&book->table, &book->log, config);
    return book;
}

void book_free(struct book *book)
{
    if (book == NULL) {
        return;
    }
    group_drop(book->group);
    memory_free(book->memory);
    tenures_free(book->tenures);
    overlay_free(book->overlay);
    free(book->name);
    free(book);
}

uint32_t book_swarm(const struct book *book)
{
    return book->swarm;
}

enum memory_policy book_policy(const struct book *book)
{
    return book->config.policy;
}

/* ---- groups -------------------------------------------------------------- */

void book_open_group(struct book *book, int64_t time_us, struct bell *done)
{
    assert(book->group == NULL);
    book->group = group_new(book->swarm, time_us, done);
    book->time_us = time_us;
    book->next_seq = store_logged(book->store, book->swarm, LOG_LEDGER) + 1;
}

bool book_has_group(const struct book *book)
{
    return book->group != NULL;
}

bool book_is_heavy(const struct book *book)
{
    return book->group != NULL && group_count(book->group) >= HEAVY_EVENTS;
}

/* Whoever asked stands behind the event. The fold reads the principal from the
 * stamp, so it is the one that memory_step was given. */
static struct stamp claims_of(const struct book *book,
                              const struct memory_asker *asker,
                              struct bytes team, const struct id *id)
{
    return (struct stamp){.principal = asker->principal,
                          .identity = asker->identity,
                          .from = asker->agent,
                          .root = id_bytes(id),
                          .team = team,
                          .swarm = bytes_of_text(book->name)};
}

static enum err add(struct book *book, const struct memory_output_event *event,
                    const struct memory_asker *asker)
{
    uint64_t random[2];
    struct buf claims;
    struct buf envelope;

    crypto_random(random, sizeof(random));
    struct id id = id_make(book->time_us, random[0], random[1]);
    struct stamp stamp = claims_of(book, asker, event->team, &id);
    struct envelope head = {.version = ENVELOPE_VERSION,
                            .id = id_bytes(&id),
                            .to = event->to,
                            .team = event->team,
                            .kind = bytes_of_text(event->kind),
                            .content_type = BYTES_LITERAL(CONTENT_TYPE)};
    buf_init(&claims, STAMP_MAX);
    buf_init(&envelope, RECORD_ENVELOPE_MAX);
    stamp_write_claims(&stamp, &claims);
    envelope_write(&head, &envelope);
    enum err err = buf_error(&claims);
    if (err == ERR_OK) {
        err = buf_error(&envelope);
    }
    if (err == ERR_OK) {
        struct group_event grouped = {.log = event->log,
                                      .claims = buf_bytes(&claims),
                                      .envelope = buf_bytes(&envelope),
                                      .body = event->body,
                                      .address = event->to};
        err = group_add(book->group, &grouped);
    }
    if (err == ERR_OK && event->log == LOG_LEDGER) {
        book->next_seq++;
    }
    buf_fini(&claims);
    buf_fini(&envelope);
    return err;
}

static struct memory_asker broker_itself(void)
{
    return (struct memory_asker){.principal = BYTES_LITERAL(BROKER_NAME),
                                 .identity = IDENTITY_KEY};
}

static struct memory_asker asker_of(const struct call *call)
{
    const struct route_asker *asker = &call->asker;

    if (asker->principal.len == 0) {
        return broker_itself();
    }
    return (struct memory_asker){
        .principal = asker->principal,
        .identity = asker->identity,
        .agent = asker->agent,
        .team = asker->team,
        .may_propose = (asker->rights & ROUTE_RIGHT_PROPOSE) != 0,
        .may_review = (asker->rights & ROUTE_RIGHT_REVIEW) != 0,
        .may_observe = (asker->rights & ROUTE_RIGHT_OBSERVE) != 0,
        .may_write_team = (asker->rights & ROUTE_RIGHT_WRITE_TEAM) != 0,
        .may_admin = (asker->rights & ROUTE_RIGHT_ADMIN) != 0};
}

static void fill_reply(struct call *call, const struct memory_output *output)
{
    call->code = refusal_name(REFUSAL_NONE);
    if (output->code != NULL && strcmp(output->code, call->code) != 0) {
        /* By way of the list: the name must outlive the step. */
        call->code = refusal_name(refusal_of_name(output->code));
    }
    buf_add(&call->sentence, output->sentence);
    buf_add(&call->reply, output->payload);
}

enum err book_step(struct book *book, enum memory_input_type type,
                   struct call *call)
{
    struct memory_output output = {0};
    struct memory_input input = {.type = type,
                                 .time_us = book->time_us,
                                 .next_ledger_seq = book->next_seq,
                                 .asker = asker_of(call),
                                 .service = call->service,
                                 .method = call->method,
                                 .payload = call->payload};

    assert(book->group != NULL);
    book->tenure_room = TENURE_EVENTS_MAX;
    enum err err = memory_step(book->memory, &input, &output);
    if (err != ERR_OK) {
        return err;
    }
    if (output.event_count > 0) {
        call->log = LOG_LEDGER;
        call->seq = input.next_ledger_seq;
    }
    for (size_t i = 0; i < output.event_count && err == ERR_OK; i++) {
        err = add(book, &output.events[i], &input.asker);
    }
    fill_reply(call, &output);
    return err;
}

enum err book_note(struct book *book, uint16_t log, const char *kind,
                   struct bytes body)
{
    struct memory_output_event event = {.log = log, .kind = kind, .body = body};

    struct memory_asker broker = broker_itself();

    assert(book->group != NULL);
    return add(book, &event, &broker);
}

enum err book_close_group(struct book *book, struct group **out_group)
{
    size_t row_count = 0;
    enum err err = overlay_error(book->overlay);

    assert(book->group != NULL);
    if (err == ERR_OK) {
        const struct store_row *rows = overlay_rows(book->overlay, &row_count);
        err = group_set_rows(book->group, rows, row_count);
    }
    if (err != ERR_OK) {
        return err == ERR_FULL ? ERR_TOO_BIG : err;
    }
    overlay_clear(book->overlay);
    *out_group = book->group;
    book->group = NULL;
    if (group_is_empty(*out_group)) {
        group_drop(*out_group);
        *out_group = NULL;
    }
    return ERR_OK;
}

void book_drop_group(struct book *book)
{
    overlay_clear(book->overlay);
    group_drop(book->group);
    book->group = NULL;
}

/* ---- rebuilding ---------------------------------------------------------- */

static enum err fold_one(const struct memory_table *table,
                         const struct store_event *event)
{
    struct stamp stamp;
    struct envelope envelope;
    enum err err = stamp_read(event->stamp, &stamp);

    if (err == ERR_OK) {
        err = envelope_read(event->envelope, &envelope);
    }
    if (err != ERR_OK) {
        return err;
    }
    return memory_fold(table, event->seq, event->time_us, envelope.kind,
                       stamp.principal, event->body);
}

static enum err fold_all(struct book *book, const struct memory_table *table)
{
    struct store_event event;
    struct store_reader *reader =
        store_read_log(book->store, book->swarm, LOG_LEDGER, 1,
                       store_logged(book->store, book->swarm, LOG_LEDGER));
    enum err err = ERR_OK;

    while (err == ERR_OK) {
        err = store_reader_next(reader, &event);
        if (err == ERR_OK) {
            err = fold_one(table, &event);
        }
    }
    store_reader_close(reader);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err book_compare(struct book *book, bool *out_is_equal,
                      struct buf *out_difference)
{
    struct overlay *rebuilt =
        overlay_new(NULL, book->swarm, STORE_TABLE_MEMORY, REBUILD_BYTES_MAX);
    struct memory_table table = overlay_table(rebuilt);
    uint32_t format = 0;
    enum err err = memory_rows_format(&book->table, &format);
    bool is_other = format != 0 && format != MEMORY_ROWS_FORMAT;

    if (err == ERR_OK && !is_other) {
        err = fold_all(book, &table);
    }
    if (err == ERR_OK) {
        err = overlay_error(rebuilt);
    }
    if (err == ERR_OK && is_other) {
        *out_is_equal = true;
    } else if (err == ERR_OK) {
        err = overlay_compare(rebuilt, book->store, book->swarm,
                              STORE_TABLE_MEMORY, out_is_equal, out_difference);
    }
    overlay_free(rebuilt);
    return err;
}

static bool remove_row(void *context, struct bytes key, struct bytes value)
{
    const struct memory_table *table = context;

    (void)value;
    table->remove(table->context, key);
    return true;
}

/* Over the stored rows, all of which are removed first. */
static enum err rebuild(struct book *book, struct overlay *overlay)
{
    struct memory_table table = overlay_table(overlay);
    enum err err = store_row_scan(book->store, book->swarm, STORE_TABLE_MEMORY,
                                  bytes_of(NULL, 0), bytes_of(NULL, 0),
                                  remove_row, &table);

    if (err == ERR_OK) {
        err = fold_all(book, &table);
    }
    if (err == ERR_OK) {
        err = overlay_error(overlay);
    }
    if (err == ERR_OK) {
        size_t count = 0;
        const struct store_row *rows = overlay_rows(overlay, &count);
        err = store_rows_put(book->store, book->swarm, rows, count);
    }
    return err;
}

enum err book_refresh(struct book *book, uint32_t *out_from)
{
    uint32_t format = 0;
    enum err err = memory_rows_format(&book->table, &format);

    if (err == ERR_OK && format != 0 && format != MEMORY_ROWS_FORMAT) {
        struct overlay *overlay = overlay_new(
            book->store, book->swarm, STORE_TABLE_MEMORY, REBUILD_BYTES_MAX);
        err = rebuild(book, overlay);
        overlay_free(overlay);
    }
    if (err == ERR_OK) {
        *out_from = format == 0 ? MEMORY_ROWS_FORMAT : format;
    }
    return err;
}
