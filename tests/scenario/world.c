/* SPDX-License-Identifier: MIT */
#include "tests/scenario/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "proto/envelope.h"

enum {
    KEY_MAX = 4096,
    TAKEN_MAX = 1024
};

struct world_body {
    struct route_body body;
    uint8_t data[];
};

static void body_free(void *context, struct route_body *body)
{
    struct world *world = context;
    world->bodies--;
    free(body);
}

static struct route_body *body_new(struct world *world, struct bytes bytes)
{
    struct world_body *body = mem_new(sizeof(*body) + bytes.len + 1);
    if (bytes.len > 0) {
        memcpy(body->data, bytes.data, bytes.len);
    }
    body->body.bytes = bytes_of(body->data, bytes.len);
    body->body.holders = 1;
    world->bodies++;
    return &body->body;
}

static struct bytes keep(struct bytes bytes)
{
    return bytes_of(bytes_to_text(bytes), bytes.len);
}

static void release(struct bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static void row_free(void *value)
{
    buf_fini(value);
    free(value);
}

static enum err authenticate(void *context, struct bytes token,
                             struct route_principal *out)
{
    /* "owner:NAME" has every right, "plain:NAME" none. */
    (void)context;
    size_t colon = bytes_find(token, BYTES_LITERAL(":"), 0);
    if (colon == SIZE_MAX) {
        return ERR_NOT_FOUND;
    }
    bool is_owner = bytes_starts_with(token, BYTES_LITERAL("owner:"));
    *out = (struct route_principal){
        .name = bytes_slice(token, colon + 1, token.len),
        .rights = is_owner ? ROUTE_RIGHTS_ALL : 0,
        .identity = IDENTITY_TOKEN,
    };
    return ERR_OK;
}

/* ---- life -------------------------------------------------------------------
 */

static void start_route(struct world *world)
{
    world->route = route_new(&world->config);
    struct route_swarm_start start = {
        .name = BYTES_LITERAL("default"),
        .number = WORLD_SWARM,
        .logged = {world->logs[0].logged, world->logs[1].logged},
        .epochs = world->epochs,
        .epoch_count = world->epoch_count,
    };
    enum err err = route_add_swarm(world->route, &start);
    assert(err == ERR_OK);
    enum store_table tables[] = {STORE_TABLE_PEERS, STORE_TABLE_CURSORS};
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        size_t cursor = 0;
        struct bytes key;
        void *value;
        while (map_next(world->rows[tables[i]], &cursor, &key, &value)) {
            err = route_restore(world->route, WORLD_SWARM, tables[i], key,
                                buf_bytes(value));
            assert(err == ERR_OK);
        }
    }
}

static void begin_epoch(struct world *world)
{
    assert(world->epoch_count < ARRAY_LEN(world->epochs));
    memmove(&world->epochs[1], &world->epochs[0],
            world->epoch_count * sizeof(world->epochs[0]));
    world->epoch_count++;
    world->epochs[0] = (struct store_epoch){
        .epoch = world->epoch_count,
        .started_us = world->now_us,
        .first_seq = {world->logs[0].logged + 1, world->logs[1].logged + 1},
    };
}

struct world *world_new(const struct route_config *config, uint64_t seed)
{
    struct world *world = mem_new(sizeof(*world));
    world->config = *config;
    world->config.body_free = body_free;
    world->config.authenticate = authenticate;
    world->config.context = world;
    world->now_us = INT64_C(1700000000) * US_PER_SECOND;
    world->rng = rng_seeded(seed, 0);
    for (size_t i = 0; i < STORE_TABLE_COUNT; i++) {
        world->rows[i] = map_new(100000, row_free);
    }
    world->ids = map_new(10000000, free);
    world->appends = mem_new_array(WORLD_QUEUE_MAX, sizeof(*world->appends));
    world->reads = mem_new_array(WORLD_QUEUE_MAX, sizeof(*world->reads));
    world->seeks = mem_new_array(WORLD_QUEUE_MAX, sizeof(*world->seeks));
    world->questions =
        mem_new_array(WORLD_QUEUE_MAX, sizeof(*world->questions));
    begin_epoch(world);
    start_route(world);
    return world;
}

static void forget_event(struct world_event *event)
{
    release(event->stamp);
    release(event->envelope);
    release(event->body);
    release(event->address);
    release(event->principal);
    release(event->id);
}

static void forget_queue(struct world *world)
{
    while (world->append_count > 0) {
        struct world_append *append =
            &world->appends[world->append_first % WORLD_QUEUE_MAX];
        release(append->envelope);
        release(append->body);
        world->append_first++;
        world->append_count--;
    }
    world->read_count = 0;
    world->seek_count = 0;
    world->question_count = 0;
}

void world_free(struct world *world)
{
    route_free(world->route);
    forget_queue(world);
    assert(world->bodies == 0);
    for (size_t i = 0; i < LOG_COUNT; i++) {
        for (uint64_t seq = 0; seq < world->logs[i].logged; seq++) {
            forget_event(&world->logs[i].events[seq]);
        }
        free(world->logs[i].events);
    }
    for (size_t i = 0; i < STORE_TABLE_COUNT; i++) {
        map_free(world->rows[i]);
    }
    map_free(world->ids);
    free(world->appends);
    free(world->reads);
    free(world->seeks);
    free(world->questions);
    free(world);
}

/* ---- effects
 * ----------------------------------------------------------------- */

static void save(struct world *world, const struct store_row *row)
{
    struct map *rows = world->rows[row->table];
    if (row->remove) {
        map_remove(rows, row->key);
        return;
    }
    struct buf *value = mem_new(sizeof(*value));
    buf_init(value, KEY_MAX);
    buf_add(value, row->value);
    enum err err = map_put(rows, row->key, value);
    assert(err == ERR_OK);
}

static void note_question(struct world *world,
                          const struct route_request *request)
{
    assert(world->question_count < WORLD_QUEUE_MAX);
    size_t at =
        (world->question_first + world->question_count++) % WORLD_QUEUE_MAX;
    struct world_question *question = &world->questions[at];
    question->tag = request->tag;
    (void)snprintf(question->text, sizeof(question->text),
                   "service=%.*s method=%.*s agent=%.*s",
                   (int)request->service.len, request->service.data,
                   (int)request->method.len, request->method.data,
                   (int)request->asker.agent.len, request->asker.agent.data);
}

static struct world_append *queue_append(struct world *world)
{
    assert(world->append_count < WORLD_QUEUE_MAX);
    size_t at = (world->append_first + world->append_count++) % WORLD_QUEUE_MAX;
    world->appends[at] = (struct world_append){.is_own = false};
    return &world->appends[at];
}

static void carry_out(struct world *world, const struct route_effect *effect)
{
    switch (effect->type) {
    case ROUTE_SEND:
        world->on_send(world->context, &effect->send);
        break;
    case ROUTE_APPEND:
        queue_append(world)->append = effect->append;
        break;
    case ROUTE_READ:
        assert(world->read_count < WORLD_QUEUE_MAX);
        world->reads[(world->read_first + world->read_count++) %
                     WORLD_QUEUE_MAX] = effect->read;
        break;
    case ROUTE_SEEK:
        assert(world->seek_count < WORLD_QUEUE_MAX);
        world->seeks[world->seek_count++] = effect->seek;
        break;
    case ROUTE_REQUEST:
        note_question(world, &effect->request);
        break;
    case ROUTE_SAVE:
        save(world, &effect->save.row);
        break;
    case ROUTE_TRIM:
        world->trims++;
        break;
    case ROUTE_JOINED:
        world->joined++;
        break;
    }
}

/* Whether the router asks for a tick at once. */
static bool step_once(struct world *world, struct route_event *event)
{
    struct route_effects effects;
    event->now_us = world->now_us;
    event->monotonic_us = world->now_us;
    event->random[0] = rng_next(&world->rng);
    event->random[1] = rng_next(&world->rng);
    route_step(world->route, event, &effects);
    for (size_t i = 0; i < effects.count; i++) {
        carry_out(world, &effects.items[i]);
    }
    return effects.is_unfinished;
}

void world_step(struct world *world, struct route_event *event)
{
    struct route_event tick = {.type = ROUTE_TICK};
    while (step_once(world, event)) {
        event = &tick;
    }
}

void world_frames(struct world *world, struct bytes peer, bool is_local,
                  size_t frame_count, struct bytes envelope, struct bytes body)
{
    struct route_body *held = body_new(world, body);
    struct route_event event = {
        .type = ROUTE_FRAMES,
        .frames = {.peer = peer,
                   .is_local = is_local,
                   .frame_count = frame_count,
                   .envelope = envelope,
                   .body = held},
    };
    world_step(world, &event);
    route_body_drop(world->route, held);
}

/* ---- the log
 * ----------------------------------------------------------------- */

static struct world_event *log_add(struct world *world, uint16_t number)
{
    struct world_log *log = &world->logs[number];
    if (log->logged == log->capacity) {
        log->capacity = log->capacity ? log->capacity * 2 : 64;
        log->events =
            mem_grow(log->events, log->capacity * sizeof(*log->events));
    }
    struct world_event *event = &log->events[log->logged++];
    *event = (struct world_event){.seq = log->logged,
                                  .epoch = world->epochs[0].epoch};
    return event;
}

static struct bytes whole_stamp(const struct world *world, uint16_t log,
                                struct bytes claims, uint64_t seq,
                                int64_t time_us)
{
    struct stamp place = {.version = STAMP_VERSION,
                          .log = log,
                          .seq = seq,
                          .epoch = world->epochs[0].epoch,
                          .time_us = time_us};
    struct buf stamp;
    buf_init(&stamp, STAMP_MAX);
    buf_add(&stamp, claims);
    stamp_write_place(&place, &stamp);
    struct bytes kept = keep(buf_bytes(&stamp));
    buf_fini(&stamp);
    return kept;
}

static struct bytes text_of_id(struct bytes principal, struct bytes id,
                               uint8_t key[KEY_MAX])
{
    memcpy(key, principal.data, principal.len);
    memcpy(key + principal.len, id.data, id.len);
    return bytes_of(key, principal.len + id.len);
}

/* What the store would say to this append. */
static void append_routed(struct world *world, const struct route_append *from,
                          struct route_logged_entry *out)
{
    const struct store_append *append = &from->append;
    uint8_t key[KEY_MAX];
    struct bytes name = text_of_id(append->principal, append->id, key);
    const uint64_t *known = map_get(world->ids, name);
    *out = (struct route_logged_entry){.tag = from->tag,
                                       .epoch = world->epochs[0].epoch};
    if (world->is_disk_full) {
        out->error = ERR_FULL;
        return;
    }
    if (known) {
        const struct world_event *old = world_event(world, append->log, *known);
        bool is_same = bytes_equal(old->envelope, append->envelope) &&
                       bytes_equal(old->body, append->body);
        out->outcome = is_same ? STORE_REPEAT : STORE_CONFLICT;
        out->seq = *known;
        return;
    }
    struct world_event *event = log_add(world, append->log);
    event->stamp = whole_stamp(world, append->log, append->claims, event->seq,
                               append->time_us);
    event->envelope = keep(append->envelope);
    event->body = keep(append->body);
    event->address = keep(append->address);
    event->principal = keep(append->principal);
    event->id = keep(append->id);
    uint64_t *seq = mem_new(sizeof(*seq));
    *seq = event->seq;
    enum err err = map_put(world->ids, name, seq);
    assert(err == ERR_OK);
    out->outcome = STORE_NEW;
    out->seq = event->seq;
}

static void append_own(struct world *world, struct world_append *append,
                       struct route_logged_entry *out)
{
    struct world_event *event = log_add(world, append->log);
    struct envelope envelope;
    enum err err = envelope_read(append->envelope, &envelope);
    assert(err == ERR_OK);
    event->stamp = whole_stamp(world, append->log, bytes_of(NULL, 0),
                               event->seq, world->now_us);
    event->address = keep(envelope.to);
    event->envelope = append->envelope;
    event->body = append->body;
    append->envelope = append->body = bytes_of(NULL, 0);
    *out = (struct route_logged_entry){
        .outcome = STORE_NEW,
        .seq = event->seq,
        .epoch = event->epoch,
        .swarm = WORLD_SWARM,
        .log = append->log,
        .stamp = event->stamp,
        .envelope = event->envelope,
        .body = body_new(world, event->body),
    };
}

size_t world_write(struct world *world, size_t max)
{
    struct route_logged_entry entries[TAKEN_MAX];
    size_t count = 0;
    while (count < max && count < TAKEN_MAX && world->append_count > 0) {
        struct world_append *append =
            &world->appends[world->append_first++ % WORLD_QUEUE_MAX];
        world->append_count--;
        if (append->is_own) {
            append_own(world, append, &entries[count++]);
        } else {
            append_routed(world, &append->append, &entries[count++]);
        }
    }
    if (count > 0) {
        struct route_event event = {
            .type = ROUTE_LOGGED,
            .logged = {.entries = entries, .count = count},
        };
        world_step(world, &event);
    }
    for (size_t i = 0; i < count; i++) {
        route_body_drop(world->route, entries[i].body);
    }
    return count;
}

void world_sync(struct world *world)
{
    for (int i = 0; i < LOG_COUNT; i++) {
        struct world_log *log = &world->logs[i];
        if (log->durable == log->logged) {
            continue;
        }
        log->durable = log->logged;
        struct route_event event = {
            .type = ROUTE_DURABLE,
            .durable = {.swarm = WORLD_SWARM,
                        .log = (uint16_t)i,
                        .seq = log->durable},
        };
        world_step(world, &event);
    }
}

static bool read_matches(const struct route_read *read,
                         const struct world_event *event)
{
    if (read->address.len > 0) {
        return bytes_equal(read->address, event->address);
    }
    return route_filter_matches(read->filter, event->stamp, event->envelope);
}

/* Finds up to the limits of ${read}; returns the position reached. */
static uint64_t find(struct world *world, const struct route_read *read,
                     struct route_read_event *out, size_t *out_count)
{
    size_t bytes = 0;
    uint64_t seq = read->from_seq;
    for (; seq <= read->to_seq; seq++) {
        const struct world_event *event = world_event(world, read->log, seq);
        assert(event);
        if (!read_matches(read, event)) {
            continue;
        }
        out[*out_count] = (struct route_read_event){
            .seq = seq,
            .stamp = event->stamp,
            .envelope = event->envelope,
            .body = body_new(world, event->body),
        };
        bytes += event->stamp.len + event->envelope.len + event->body.len;
        (*out_count)++;
        if (bytes >= read->bytes_max || *out_count >= read->events_max) {
            return seq + 1;
        }
    }
    return seq;
}

static void answer_seeks(struct world *world)
{
    while (world->seek_count > 0) {
        struct route_seek seek = world->seeks[--world->seek_count];
        uint64_t seq = 1;
        const struct world_event *event;
        struct stamp stamp;
        while ((event = world_event(world, seek.log, seq)) &&
               stamp_read(event->stamp, &stamp) == ERR_OK &&
               stamp.time_us < seek.time_us) {
            seq++;
        }
        struct route_event done = {.type = ROUTE_SEEK_DONE,
                                   .seek_done = {.tag = seek.tag, .seq = seq}};
        world_step(world, &done);
    }
}

bool world_read(struct world *world)
{
    bool had_seeks = world->seek_count > 0;
    answer_seeks(world);
    if (world->read_count == 0) {
        return had_seeks;
    }
    struct route_read read =
        world->reads[world->read_first++ % WORLD_QUEUE_MAX];
    world->read_count--;
    struct route_read_event events[TAKEN_MAX];
    size_t count = 0;
    uint64_t next = find(world, &read, events, &count);
    struct route_event done = {
        .type = ROUTE_READ_DONE,
        .read_done = {.tag = read.tag,
                      .events = events,
                      .count = count,
                      .next_seq = next},
    };
    world_step(world, &done);
    for (size_t i = 0; i < count; i++) {
        route_body_drop(world->route, events[i].body);
    }
    return true;
}

void world_settle(struct world *world)
{
    bool is_busy = true;
    while (is_busy) {
        is_busy = world_write(world, TAKEN_MAX) > 0;
        is_busy = world->logs[0].durable < world->logs[0].logged ||
                  world->logs[1].durable < world->logs[1].logged || is_busy;
        world_sync(world);
        is_busy = world_read(world) || is_busy;
    }
}

void world_pass(struct world *world, int64_t us)
{
    world->now_us += us;
    struct route_event tick = {.type = ROUTE_TICK};
    world_step(world, &tick);
}

void world_own(struct world *world, uint16_t log, struct bytes envelope,
               struct bytes body)
{
    struct world_append *append = queue_append(world);
    append->is_own = true;
    append->log = log;
    append->envelope = keep(envelope);
    append->body = keep(body);
}

static void cut_power(struct world *world, struct world_log *log)
{
    while (log->logged > log->durable) {
        struct world_event *event = &log->events[--log->logged];
        uint8_t key[KEY_MAX];
        if (event->id.len > 0) {
            map_remove(world->ids,
                       text_of_id(event->principal, event->id, key));
        }
        forget_event(event);
    }
}

void world_restart(struct world *world, bool is_power_cut)
{
    route_free(world->route);
    forget_queue(world);
    assert(world->bodies == 0);
    for (size_t i = 0; i < LOG_COUNT; i++) {
        if (is_power_cut) {
            cut_power(world, &world->logs[i]);
        }
        world->logs[i].durable = world->logs[i].logged;
    }
    begin_epoch(world);
    start_route(world);
}

uint64_t world_count(const struct world *world, const char *name)
{
    struct route_counter counters[256];
    size_t count = route_counters(world->route, ROUTE_ALL_SWARMS, counters,
                                  ARRAY_LEN(counters));
    assert(count <= ARRAY_LEN(counters));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counters[i].name, name) == 0) {
            return counters[i].value;
        }
    }
    (void)fprintf(stderr, "there is no counter %s\n", name);
    assert(false);
    return 0;
}

const struct world_event *world_event(const struct world *world, uint16_t log,
                                      uint64_t seq)
{
    const struct world_log *from = &world->logs[log];
    return seq > 0 && seq <= from->logged ? &from->events[seq - 1] : NULL;
}
