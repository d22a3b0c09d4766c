/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "broker/loop/shell.h"
#include "broker/threads/log_service.h"
#include "proto/limits.h"

enum {
    OUTBOX_FIRST = 64,
    ROUTING_ID_MAX = 255
};

/* ---- outboxes ------------------------------------------------------------ */

void outbox_init(struct outbox *outbox, struct ring *ring)
{
    *outbox = (struct outbox){.ring = ring};
}

void outbox_fini(struct outbox *outbox)
{
    free(outbox->items);
    ring_free(outbox->ring);
    *outbox = (struct outbox){0};
}

/* The oldest item, wherever it is: for taking a broker apart. */
void *outbox_pop(struct outbox *outbox)
{
    void *item = outbox->ring != NULL ? ring_pop(outbox->ring) : NULL;

    if (item == NULL && outbox->count > 0) {
        item = outbox->items[outbox->first++];
        outbox->count--;
    }
    return item;
}

static void keep(struct outbox *outbox, void *item)
{
    size_t end = outbox->first + outbox->count;

    if (end == outbox->capacity && outbox->first > 0) {
        memmove(outbox->items, outbox->items + outbox->first,
                outbox->count * sizeof(void *));
        outbox->first = 0;
        end = outbox->count;
    }
    if (end == outbox->capacity) {
        outbox->capacity =
            outbox->capacity == 0 ? OUTBOX_FIRST : 2 * outbox->capacity;
        outbox->items =
            mem_grow(outbox->items, outbox->capacity * sizeof(void *));
    }
    outbox->items[end] = item;
    outbox->count++;
}

static bool flush(struct outbox *outbox)
{
    while (outbox->count > 0) {
        if (ring_push(outbox->ring, outbox->items[outbox->first]) != ERR_OK) {
            return false;
        }
        outbox->first++;
        outbox->count--;
    }
    outbox->first = 0;
    return true;
}

static void put(struct broker *broker, struct outbox *outbox, void *item)
{
    if (outbox->count == 0 && ring_push(outbox->ring, item) == ERR_OK) {
        return;
    }
    broker->counts.ring_full++;
    keep(outbox, item);
}

/* To the writer, who is told at the end of the turn. */
static void put_write(struct broker *broker, struct write *write)
{
    struct outbox *outbox = &broker->to_writer;

    if (outbox->count == 0 &&
        ring_push_quietly(outbox->ring, write) == ERR_OK) {
        broker->writes_untold++;
        return;
    }
    broker->counts.ring_full++;
    keep(outbox, write);
}

bool effects_tell_writer(struct broker *broker, uint64_t *out_batch)
{
    if (broker->writes_untold == 0) {
        return false;
    }
    bool is_done = broker->writes_untold <= SHELL_HELP_MAX &&
                   writer_help(broker->writer, out_batch);
    broker->writes_untold = 0;
    if (!is_done) {
        bell_ring(broker->writer_bell);
    }
    return is_done;
}

bool effects_flush(struct broker *broker)
{
    bool is_writer_free = flush(&broker->to_writer);
    bool is_fetcher_free = flush(&broker->to_fetcher);
    bool is_ledger_free = flush(&broker->to_ledger);
    bool is_auditor_free = flush(&broker->to_auditor);

    return is_writer_free && is_fetcher_free && is_ledger_free &&
           is_auditor_free;
}

static bool can_flush(const struct outbox *outbox)
{
    return outbox->count > 0 &&
           ring_count(outbox->ring) < ring_capacity(outbox->ring);
}

bool effects_can_flush(const struct broker *broker)
{
    return can_flush(&broker->to_writer) || can_flush(&broker->to_fetcher) ||
           can_flush(&broker->to_ledger) || can_flush(&broker->to_auditor);
}

bool effects_are_flushed(const struct broker *broker)
{
    return broker->to_writer.count == 0 && broker->to_fetcher.count == 0 &&
           broker->to_ledger.count == 0 && broker->to_auditor.count == 0;
}

/* ---- sending ------------------------------------------------------------- */

static void join(struct frame *frame, struct bytes head, struct bytes tail)
{
    uint8_t *place = frame_new(frame, head.len + tail.len);

    if (head.len > 0) {
        memcpy(place, head.data, head.len);
    }
    if (tail.len > 0) {
        memcpy(place + head.len, tail.data, tail.len);
    }
}

static bool is_lost(const struct broker *broker, struct bytes peer)
{
    for (size_t i = 0; i < broker->lost_count; i++) {
        if (bytes_equal(buf_bytes(&broker->lost[i]), peer)) {
            return true;
        }
    }
    return false;
}

/* The route is told after the effects of this step are through. Beyond the
 * maximum the peer's next send fails, too, and is told then. */
static void lose(struct broker *broker, struct bytes peer)
{
    broker->counts.send_failed++;
    if (broker->lost_count == SHELL_LOST_MAX) {
        return;
    }
    struct buf *lost = &broker->lost[broker->lost_count++];
    buf_init(lost, ROUTING_ID_MAX);
    buf_add(lost, peer);
}

static void send(struct broker *broker, const struct route_send *send)
{
    struct frame frames[1 + FRAMES_MAX] = {0};
    size_t count = 0;

    if (broker->lost_count > 0 && is_lost(broker, send->peer)) {
        return;
    }
    frame_copy(&frames[count++], send->peer);
    if (send->is_event) {
        join(&frames[count++], send->stamp, send->stamp_tail);
    }
    frame_copy(&frames[count++], send->envelope);
    if (send->is_event) {
        body_share(send->body, &frames[count++]);
    } else {
        frame_copy(&frames[count++], send->text);
    }
    if (socket_send(broker->socket, frames, count) == ERR_OK) {
        broker->counts.sent++;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        frame_close(&frames[i]);
    }
    lose(broker, send->peer);
}

/* ---- the writer ---------------------------------------------------------- */

void effects_recycle(struct broker *broker, struct write *item)
{
    if (broker->spare_count < SHELL_SPARE_MAX) {
        broker->spare[broker->spare_count++] = item;
    } else {
        free(item);
    }
}

/* The views of the append are lent until its LOGGED, and the router holds the
 * body: the writer gets both as they are. */
static void append(struct broker *broker, const struct route_append *append)
{
    struct write *write = broker->spare_count > 0
                              ? broker->spare[--broker->spare_count]
                              : write_new(WRITE_APPEND);

    write->type = WRITE_APPEND;
    write->append = *append;
    put_write(broker, write);
}

/* ---- requests ------------------------------------------------------------ */

static void keep_local(struct broker *broker, struct call *call)
{
    call->next = NULL;
    if (broker->local_last != NULL) {
        broker->local_last->next = call;
    } else {
        broker->local_first = call;
    }
    broker->local_last = call;
}

static bool is_ledgers(const struct call *call)
{
    return call->type == CALL_JOINED || call->type == CALL_COMPARE ||
           bytes_equal_text(call->service, "memory") ||
           bytes_equal_text(call->service, "review") ||
           bytes_equal_text(call->service, "dream") ||
           call_is(call, "log", "erase");
}

void effects_dispatch(struct broker *broker, struct call *call)
{
    if (is_ledgers(call)) {
        put(broker, &broker->to_ledger, call);
    } else if (log_service_knows(call)) {
        struct fetch *fetch = fetch_new(FETCH_CALL);
        fetch->call = call;
        put(broker, &broker->to_fetcher, fetch);
    } else if (call_is(call, "log", "verify")) {
        put(broker, &broker->to_auditor, call);
    } else {
        keep_local(broker, call);
    }
}

/* ---- all ----------------------------------------------------------------- */

static void fetch(struct broker *broker, const struct route_effect *effect)
{
    bool is_read = effect->type == ROUTE_READ;
    struct fetch *fetch = fetch_new(is_read ? FETCH_EVENTS : FETCH_SEEK);

    if (is_read) {
        fetch->events = effect->read;
    } else {
        fetch->seek = effect->seek;
    }
    put(broker, &broker->to_fetcher, fetch);
}

static void carry_out(struct broker *broker, const struct route_effect *effect)
{
    switch (effect->type) {
    case ROUTE_SEND:
        send(broker, &effect->send);
        break;
    case ROUTE_APPEND:
        append(broker, &effect->append);
        break;
    case ROUTE_READ:
    case ROUTE_SEEK:
        fetch(broker, effect);
        break;
    case ROUTE_REQUEST:
        effects_dispatch(broker, call_new(&effect->request));
        break;
    case ROUTE_SAVE:
        put_write(broker, write_new_save(&effect->save));
        break;
    case ROUTE_TRIM:
        put_write(broker, write_new_trim(&effect->trim));
        break;
    case ROUTE_JOINED:
        effects_dispatch(broker, call_new_joined(&effect->joined));
        break;
    }
}

void effects_carry_out(struct broker *broker,
                       const struct route_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        carry_out(broker, &effects->items[i]);
    }
}
