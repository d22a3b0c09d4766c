/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/log.h"
#include "broker/loop/shell.h"
#include "proto/limits.h"

enum {
    ENTRIES_MAX = WRITER_BATCH_MAX,
    SCRATCH_MAX = 64 << 20
};

/* ---- from the writer ----------------------------------------------------- */

/* One ROUTE_LOGGED under construction. */
struct logged {
    struct route_logged_entry entries[ENTRIES_MAX];
    size_t count;
    struct write *items[WRITER_BATCH_MAX]; /* lent to the step */
    size_t item_count;
    struct arena scratch;
};

static struct mark *mark_of(struct broker *broker, uint32_t swarm)
{
    for (size_t i = 0; i < broker->mark_count; i++) {
        if (broker->marks[i].swarm == swarm) {
            return &broker->marks[i];
        }
    }
    assert(false);
    return NULL;
}

static void note_logged(struct broker *broker, const struct store_append *done)
{
    if (done->outcome == STORE_NEW) {
        mark_of(broker, done->swarm)->logged[done->log] = done->seq;
        broker->has_new_logged = true;
    }
}

static void add_append(struct broker *broker, struct logged *logged,
                       const struct write *item)
{
    const struct store_append *done = &item->append.append;

    if (item->error == ERR_OK) {
        note_logged(broker, done);
    }
    logged->entries[logged->count++] =
        (struct route_logged_entry){.tag = item->append.tag,
                                    .error = item->error,
                                    .outcome = done->outcome,
                                    .seq = done->seq,
                                    .epoch = done->epoch};
}

/* The stamp as the store keeps it: claims, then place. */
static struct bytes whole_stamp(struct logged *logged,
                                const struct store_append *done)
{
    struct stamp place = {.version = STAMP_VERSION,
                          .log = done->log,
                          .seq = done->seq,
                          .epoch = done->epoch,
                          .time_us = done->time_us};
    struct buf buf;

    buf_init(&buf, STAMP_MAX);
    buf_add(&buf, done->claims);
    stamp_write_place(&place, &buf);
    struct bytes stamp = arena_copy(&logged->scratch, buf_bytes(&buf));
    buf_fini(&buf);
    return stamp;
}

static void flush_logged(struct broker *broker, struct logged *logged);

static void add_group(struct broker *broker, struct logged *logged,
                      const struct write *item)
{
    size_t count = 0;
    const struct store_append *appends = group_appends(item->group, &count);

    if (item->error != ERR_OK) {
        return; /* the ledger refuses whoever asked */
    }
    for (size_t i = 0; i < count; i++) {
        const struct store_append *done = &appends[i];
        if (done->outcome != STORE_NEW) {
            continue;
        }
        if (logged->count == ENTRIES_MAX) {
            flush_logged(broker, logged);
        }
        note_logged(broker, done);
        logged->entries[logged->count++] = (struct route_logged_entry){
            .outcome = STORE_NEW,
            .seq = done->seq,
            .epoch = done->epoch,
            .swarm = done->swarm,
            .log = done->log,
            .stamp = whole_stamp(logged, done),
            .envelope = done->envelope,
            .body = &body_new_copy(done->body)->route};
    }
}

/* Hands the entries in. The groups they point into are dropped later, with
 * the items. */
static void flush_logged(struct broker *broker, struct logged *logged)
{
    struct route_event event = {
        .type = ROUTE_LOGGED,
        .logged = {.entries = logged->entries, .count = logged->count}};

    if (logged->count == 0) {
        return;
    }
    shell_step(broker, &event);
    for (size_t i = 0; i < logged->count; i++) {
        route_body_drop(broker->route, logged->entries[i].body);
    }
    logged->count = 0;
    arena_reset(&logged->scratch);
}

static void finish_items(struct broker *broker, struct logged *logged)
{
    for (size_t i = 0; i < logged->item_count; i++) {
        struct write *item = logged->items[i];
        if (item->type == WRITE_GROUP) {
            group_drop(item->group);
        }
        effects_recycle(broker, item);
    }
    logged->item_count = 0;
}

/* At most one batch of the writer per step. */
static bool take_logged(struct broker *broker, struct logged *logged)
{
    while (logged->item_count < WRITER_BATCH_MAX) {
        struct write *item = ring_pop(broker->from_writer);
        if (item == NULL) {
            break;
        }
        if (logged->count == ENTRIES_MAX) {
            flush_logged(broker, logged);
        }
        logged->items[logged->item_count++] = item;
        if (item->type == WRITE_GROUP) {
            add_group(broker, logged, item);
        } else {
            add_append(broker, logged, item);
        }
    }
    bool has_more = logged->item_count == WRITER_BATCH_MAX;
    flush_logged(broker, logged);
    finish_items(broker, logged);
    return has_more;
}

static void from_writer(struct broker *broker)
{
    while (take_logged(broker, broker->logged)) {
    }
}

struct logged *inbound_new(void)
{
    struct logged *logged = mem_new(sizeof(*logged));

    arena_init(&logged->scratch, SCRATCH_MAX);
    return logged;
}

void inbound_free(struct logged *logged)
{
    if (logged == NULL) {
        return;
    }
    arena_fini(&logged->scratch);
    free(logged);
}

/* ---- from the syncer ----------------------------------------------------- */

/* The store may be ahead of what the route was told is logged; then the rest
 * follows with the next turn, after its LOGGED. */
static void tell_durable(struct broker *broker, struct mark *mark, uint16_t log)
{
    uint64_t seq = store_durable(broker->store, mark->swarm, log);

    if (seq > mark->logged[log]) {
        seq = mark->logged[log];
    }
    if (seq <= mark->durable[log]) {
        return;
    }
    mark->durable[log] = seq;
    struct route_event event = {
        .type = ROUTE_DURABLE,
        .durable = {.swarm = mark->swarm, .log = log, .seq = seq}};
    shell_step(broker, &event);
}

static void from_syncer(struct broker *broker)
{
    uint64_t batch = syncer_durable(broker->syncer);

    if (batch == broker->durable_batch && !broker->has_new_logged) {
        return;
    }
    broker->durable_batch = batch;
    broker->has_new_logged = false;
    for (size_t i = 0; i < broker->mark_count; i++) {
        tell_durable(broker, &broker->marks[i], LOG_TRAFFIC);
        tell_durable(broker, &broker->marks[i], LOG_LEDGER);
    }
}

/* ---- replies ------------------------------------------------------------- */

static void reply(struct broker *broker, struct call *call)
{
    struct route_event event = {
        .type = ROUTE_REPLY,
        .reply = {.tag = call->tag,
                  .code = call->code,
                  .sentence = buf_bytes(&call->sentence),
                  .payload = buf_bytes(&call->reply),
                  .more = call->more,
                  .view = buf_bytes(&call->view),
                  .log = call->log,
                  .seq = call->seq}};

    if (buf_error(&call->reply) != ERR_OK) {
        call_refuse(call, REFUSAL_TOO_BIG,
                    "the reply exceeds %d bytes: ask for a smaller page",
                    CONTROL_MAX);
        event.reply.code = call->code;
        event.reply.sentence = buf_bytes(&call->sentence);
        event.reply.payload = bytes_of(NULL, 0);
    }
    shell_step(broker, &event);
    call_free(call);
}

/* A reply must not overtake the events it speaks of. They were handed over
 * before it, but possibly after from_writer looked. */
static void from_ledger(struct broker *broker)
{
    for (;;) {
        struct call *call = ring_pop(broker->from_ledger);
        if (call == NULL) {
            return;
        }
        from_writer(broker);
        local_mark_connected(broker, call);
        reply(broker, call);
    }
}

static void from_auditor(struct broker *broker)
{
    for (;;) {
        struct call *call = ring_pop(broker->from_auditor);
        if (call == NULL) {
            return;
        }
        if (call->type == CALL_COMPARE) {
            effects_dispatch(broker, call);
        } else {
            reply(broker, call);
        }
    }
}

static void from_self(struct broker *broker)
{
    while (broker->local_first != NULL) {
        struct call *call = broker->local_first;
        broker->local_first = call->next;
        if (broker->local_first == NULL) {
            broker->local_last = NULL;
        }
        local_answer(broker, call);
        reply(broker, call);
    }
}

/* ---- from the fetcher ---------------------------------------------------- */

static void fetched(struct broker *broker, struct fetch *fetch)
{
    struct route_event event = {.type = ROUTE_READ_DONE,
                                .read_done = fetch->done};

    shell_step(broker, &event);
    for (size_t i = 0; i < fetch->done.count; i++) {
        route_body_drop(broker->route, fetch->found[i].body);
    }
    fetch_free(fetch, false);
}

static void sought(struct broker *broker, struct fetch *fetch)
{
    struct route_event event = {
        .type = ROUTE_SEEK_DONE,
        .seek_done = {.tag = fetch->seek.tag, .seq = fetch->sought}};

    shell_step(broker, &event);
    fetch_free(fetch, false);
}

static void from_fetcher(struct broker *broker)
{
    for (;;) {
        struct fetch *fetch = ring_pop(broker->from_fetcher);
        if (fetch == NULL) {
            return;
        }
        switch (fetch->type) {
        case FETCH_EVENTS:
            fetched(broker, fetch);
            break;
        case FETCH_SEEK:
            sought(broker, fetch);
            break;
        case FETCH_CALL:
            reply(broker, fetch->call);
            fetch_free(fetch, false);
            break;
        }
    }
}

void inbound_threads(struct broker *broker)
{
    from_writer(broker);
    from_syncer(broker);
    from_ledger(broker);
    from_auditor(broker);
    from_fetcher(broker);
    from_self(broker);
}

/* ---- from outside -------------------------------------------------------- */

static void receive(struct broker *broker, struct frame *frames, size_t count)
{
    size_t held = count > 1 + FRAMES_MAX ? 1 + FRAMES_MAX : count;
    struct body *body = body_new(&frames[2]);
    struct route_event event = {
        .type = ROUTE_FRAMES,
        .frames = {.peer = frame_bytes(&frames[0]),
                   .is_local = frame_is_local(&frames[held - 1 > 0 ? 1 : 0]),
                   .frame_count = count - 1,
                   .envelope = frame_bytes(&frames[1]),
                   .body = &body->route}};

    broker->counts.received++;
    shell_step(broker, &event);
    route_body_drop(broker->route, &body->route);
}

/* Anybody can send these as fast as the wire takes them: the log hears of them
 * at 1, 2, 4, ... */
static void note_denied(struct broker *broker)
{
    uint64_t count = ++broker->counts.denied;

    if ((count & (count - 1)) == 0) {
        log_line(LOG_WARN, "BUS-ROUTING-ID-REFUSED", "messages=%llu",
                 (unsigned long long)count);
    }
}

size_t inbound_messages(struct broker *broker, size_t max)
{
    struct frame frames[1 + FRAMES_MAX] = {0};

    for (size_t i = 0; i < max; i++) {
        size_t count = 0;
        enum err err =
            socket_receive(broker->socket, frames, ARRAY_LEN(frames), &count);
        if (err == ERR_DENIED) {
            note_denied(broker);
            continue;
        }
        if (err != ERR_OK) {
            return i;
        }
        receive(broker, frames, count);
        for (size_t j = 0; j < ARRAY_LEN(frames); j++) {
            frame_close(&frames[j]);
        }
    }
    return max;
}
