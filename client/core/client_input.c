/* SPDX-License-Identifier: MIT */
/* What comes from the broker: one handler per kind, in the table at the end. */
#include <string.h>

#include "base/clock.h"
#include "client/core/client_state.h"
#include "proto/envelope.h"
#include "proto/messages.h"

enum {
    CONTROL_ARENA_MAX = 4 << 20,
    SMALL_ARENA_MAX = 16 << 10, /* for messages of a few numbers and texts */
    HELD_LEASES = 2 /* a name held for longer belongs to somebody alive */
};

typedef void (*control_handler)(struct client *client, struct bytes body);

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* ---- publishing ------------------------------------------------------------
 */

static void tell(struct client *client, const uint8_t id[ID_BYTES],
                 const struct reverie_place *place, const char *code,
                 const char *sentence)
{
    if (client->is_watching &&
        memcmp(client->watched.bytes, id, ID_BYTES) == 0) {
        client->outcome = place ? OUTCOME_ACCEPTED : OUTCOME_REFUSED;
        client->outcome_place = place ? *place : (struct reverie_place){0};
    } else if (client->on_accepted) {
        client->on_accepted(client->on_accepted_context, id, place, code,
                            sentence);
    }
}

static void on_accepted(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, CONTROL_ARENA_MAX);
    Reverie__V1__Accepted *accepted = NULL;
    if (MESSAGE_UNPACK(accepted, body, &arena, &accepted) != ERR_OK) {
        client->malformed++;
        accepted = NULL;
    }
    for (size_t i = 0; accepted && i < accepted->n_messages; i++) {
        const Reverie__V1__Acceptance *one = accepted->messages[i];
        struct bytes id = message_bytes(one->has_id, one->id);
        struct reverie_place place = {.log = one->log,
                                      .seq = one->seq,
                                      .epoch = accepted->epoch,
                                      .repeat = one->repeat};
        if (id.len == ID_BYTES && outgoing_settle(&client->outgoing, id)) {
            client->counts.accepted++;
            tell(client, id.data, &place, NULL, NULL);
        }
    }
    arena_fini(&arena);
}

/* A refusal that passes: this message and all behind it are sent again, in
 * their order, after the pause the broker asked for. */
static bool send_later(struct client *client, struct bytes id,
                       const Reverie__V1__Refused *refused)
{
    if (!refused->has_retry_after_ms ||
        !outgoing_rewind(&client->outgoing, id)) {
        return false;
    }
    uint64_t pause_ms = refused->retry_after_ms;
    pause_ms = pause_ms > 60000 ? 60000 : pause_ms;
    client->retry_at_us = client->now_us + (int64_t)(pause_ms + 1) * US_PER_MS;
    return true;
}

static void refuse_message(struct client *client, struct bytes id,
                           const Reverie__V1__Refused *refused)
{
    const char *code = or_empty(refused->code);
    const char *sentence = or_empty(refused->sentence);
    if (send_later(client, id, refused)) {
        client_blame(client, code, sentence);
        return;
    }
    if (outgoing_settle(&client->outgoing, id)) {
        client->counts.refused++;
        client_blame(client, code, sentence);
        tell(client, id.data, NULL, code, sentence);
    }
}

/* The hello was refused: for good, unless the broker says when to come back. A
 * name that another connection holds is for the caller to decide about. */
static void refuse_hello(struct client *client,
                         const Reverie__V1__Refused *refused)
{
    const char *code = or_empty(refused->code);
    bool passes = refused->has_retry_after_ms ||
                  strcmp(code, "draining") == 0 || strcmp(code, "full") == 0;
    if (!passes || strcmp(code, "name_in_use") == 0) {
        client_end(client, code, or_empty(refused->sentence));
        return;
    }
    client_blame(client, code, or_empty(refused->sentence));
    client_lost(client, client->now_us);
}

static void apply_refusal(struct client *client,
                          const Reverie__V1__Refused *refused)
{
    struct bytes id = message_bytes(refused->has_id, refused->id);
    bool was_hello =
        bytes_equal_text(message_text(refused->about), "control.hello");
    if (client->state == CLIENT_GREETING) {
        refuse_hello(client, refused);
    } else if (strcmp(or_empty(refused->code), "not_welcome") == 0 ||
               was_hello) {
        /* The broker does not know this connection: it was restarted, or the
         * lease ran out while the caller was elsewhere. */
        client_lost(client, client->now_us);
    } else if (id.len == ID_BYTES) {
        refuse_message(client, id, refused);
    } else {
        client_blame(client, or_empty(refused->code),
                     or_empty(refused->sentence));
    }
}

static void on_refused(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, CONTROL_ARENA_MAX);
    Reverie__V1__Refused *refused = NULL;
    if (MESSAGE_UNPACK(refused, body, &arena, &refused) == ERR_OK) {
        apply_refusal(client, refused);
    } else {
        client->malformed++;
    }
    arena_fini(&arena);
}

/* ---- connection ------------------------------------------------------------
 */

static void on_ping(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, SMALL_ARENA_MAX);
    Reverie__V1__Ping *ping = NULL;
    if (MESSAGE_UNPACK(ping, body, &arena, &ping) == ERR_OK) {
        client_put_control(client, "control.pong", ping);
    } else {
        client->malformed++;
    }
    arena_fini(&arena);
}

static void on_pong(struct client *client, struct bytes body)
{
    /* That something came is all it says. */
    (void)client;
    (void)body;
}

static void on_bye(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, SMALL_ARENA_MAX);
    Reverie__V1__Bye *bye = NULL;
    if (MESSAGE_UNPACK(bye, body, &arena, &bye) == ERR_OK) {
        const char *code = or_empty(bye->code);
        /* Somebody else is this agent now: coming back would start a fight. */
        if (strcmp(code, "taken_over") == 0) {
            client_end(client, code, or_empty(bye->sentence));
        } else {
            client_blame(client, code, or_empty(bye->sentence));
            client_lost(client, client->now_us);
        }
    }
    arena_fini(&arena);
}

static struct feed *feed_of(struct client *client, uint32_t id)
{
    for (size_t i = 0; i < CLIENT_STREAMS_MAX; i++) {
        if (client->feeds[i] && client->feeds[i]->id == id) {
            return client->feeds[i];
        }
    }
    return NULL;
}

static void on_credit(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, SMALL_ARENA_MAX);
    Reverie__V1__Credit *credit = NULL;
    if (MESSAGE_UNPACK(credit, body, &arena, &credit) != ERR_OK) {
        client->malformed++;
    } else if (credit->limit_bytes > client->send_limit) {
        client->send_limit = credit->limit_bytes;
    }
    arena_fini(&arena);
}

/* ---- streams ---------------------------------------------------------------
 */

static void on_stream_opened(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, SMALL_ARENA_MAX);
    Reverie__V1__StreamOpened *opened = NULL;
    if (MESSAGE_UNPACK(stream_opened, body, &arena, &opened) != ERR_OK) {
        client->malformed++;
        opened = NULL;
    }
    struct feed *feed = opened ? feed_of(client, opened->stream) : NULL;
    if (feed && opened->next) {
        feed_opened(feed, opened->next->epoch, opened->next->seq, opened->head);
    }
    arena_fini(&arena);
}

static void on_stream_mark(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, SMALL_ARENA_MAX);
    Reverie__V1__StreamMark *mark = NULL;
    if (MESSAGE_UNPACK(stream_mark, body, &arena, &mark) != ERR_OK) {
        client->malformed++;
        mark = NULL;
    }
    struct feed *feed = mark ? feed_of(client, mark->stream) : NULL;
    if (feed && mark->next) {
        struct arrival arrival = {.is_mark = true,
                                  .epoch = mark->next->epoch,
                                  .seq = mark->next->seq,
                                  .head = mark->head,
                                  .caught_up = mark->caught_up};
        if (mark->has_missed_to && mark->missed_to >= mark->missed_from) {
            arrival.missed = mark->missed_to - mark->missed_from + 1;
        }
        feed_mark(feed, &arrival);
    }
    arena_fini(&arena);
}

static void on_stream_close(struct client *client, struct bytes body)
{
    struct arena arena;
    arena_init(&arena, SMALL_ARENA_MAX);
    Reverie__V1__StreamClose *end = NULL;
    if (MESSAGE_UNPACK(stream_close, body, &arena, &end) != ERR_OK) {
        client->malformed++;
        end = NULL;
    }
    struct feed *feed = end ? feed_of(client, end->stream) : NULL;
    bool is_held =
        feed && strcmp(or_empty(end->code), "stream_in_use") == 0 &&
        feed_hold(feed, client->now_us, HELD_LEASES * client->lease_us);
    if (feed && !is_held) {
        feed_close(feed, or_empty(end->code), or_empty(end->sentence));
    }
    arena_fini(&arena);
}

/* ---- events ----------------------------------------------------------------
 */

static void follow_update(struct client *client, struct arrival *arrival)
{
    struct mirror_mount *mount = NULL;
    switch (mirror_update(client->mirror, frame_bytes(&arrival->frames[2]),
                          &mount)) {
    case MIRROR_BEHIND:
        client_fetch_view(client);
        return;
    case MIRROR_BROKEN:
        client->malformed++;
        return;
    case MIRROR_CHANGED:
    case MIRROR_OLD:
        return;
    }
}

static void receive_delivery(struct client *client, struct arrival *arrival,
                             struct bytes kind)
{
    if (repeats_has(&client->repeats, arrival->log, arrival->seq,
                    arrival->epoch)) {
        client->counts.repeats++;
        client->inbox_taken += arrival->bytes;
        client_done(client, arrival->log, arrival->seq, arrival->epoch);
        arrival_close(arrival);
        return;
    }
    if (client->has_view && bytes_equal_text(kind, "memory.update")) {
        follow_update(client, arrival);
    }
    arrivals_push(&client->inbox, arrival);
}

static void receive_event(struct client *client, struct frame *frames)
{
    struct stamp stamp;
    struct envelope envelope;
    if (client->state != CLIENT_WELCOME ||
        stamp_read(frame_bytes(&frames[0]), &stamp) != ERR_OK ||
        envelope_read(frame_bytes(&frames[1]), &envelope) != ERR_OK ||
        stamp.log >= LOG_COUNT) {
        client->malformed++;
        compose_close(frames, ARRIVAL_FRAMES);
        return;
    }
    struct arrival arrival = {.bytes = compose_bytes(frames, ARRIVAL_FRAMES),
                              .log = stamp.log,
                              .seq = stamp.seq,
                              .epoch = stamp.epoch};
    uint32_t stream = stamp.stream;
    for (size_t i = 0; i < ARRIVAL_FRAMES; i++) {
        frame_move(&arrival.frames[i], &frames[i]);
    }
    if (!stamp.has_stream) {
        /* Moving frames moves short contents: read the kind where it is. */
        err_ignore(envelope_read(frame_bytes(&arrival.frames[1]), &envelope),
                   "it was read before");
        receive_delivery(client, &arrival, envelope.kind);
        return;
    }
    struct feed *feed = feed_of(client, stream);
    if (feed) {
        feed_event(feed, &arrival);
    } else {
        arrival_close(&arrival); /* of a stream that was closed meanwhile */
    }
}

/* ---- dispatch --------------------------------------------------------------
 */

static const struct {
    const char *kind;
    control_handler handle;
} handlers[] = {
    {"control.accepted", on_accepted},
    {"control.pong", on_pong},
    {"control.credit", on_credit},
    {"control.stream_mark", on_stream_mark},
    {"control.reply", client_on_reply},
    {"control.request", client_on_request},
    {"control.welcome", client_on_welcome},
    {"control.refused", on_refused},
    {"control.ping", on_ping},
    {"control.stream_opened", on_stream_opened},
    {"control.stream_close", on_stream_close},
    {"control.bye", on_bye},
};

static control_handler handler_of(struct bytes kind)
{
    for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
        if (bytes_equal_text(kind, handlers[i].kind)) {
            return handlers[i].handle;
        }
    }
    return NULL;
}

static void receive_control(struct client *client, struct frame *frames)
{
    struct envelope envelope;
    control_handler handle = NULL;
    if (envelope_read(frame_bytes(&frames[0]), &envelope) == ERR_OK) {
        handle = handler_of(envelope.kind);
    }
    if (handle) {
        handle(client, frame_bytes(&frames[1]));
    } else {
        client->malformed++;
    }
    compose_close(frames, COMPOSE_FRAMES);
}

void client_receive(struct client *client, struct frame *frames, size_t count,
                    int64_t now_us)
{
    client->now_us = now_us;
    client->heard_us = now_us;
    client->pinged_us = 0;
    if (count == ARRIVAL_FRAMES) {
        receive_event(client, frames);
    } else if (count == COMPOSE_FRAMES) {
        receive_control(client, frames);
    } else {
        client->malformed++;
        compose_close(frames, count < FRAMES_MAX ? count : FRAMES_MAX);
    }
}
