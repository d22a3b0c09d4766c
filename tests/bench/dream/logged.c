/* SPDX-License-Identifier: MIT */
#include "tests/bench/dream/logged.h"

#include <stdio.h>
#include <stdlib.h>

#include "agents-sim/trace.h"
#include "agents-sim/world/life.h"
#include "base/clock.h"
#include "base/edge/hash.h"
#include "base/id.h"
#include "proto/limits.h"

enum {
    DAYS = 3650,
    BLOCK_BYTES_MAX = 256 << 20,
    WHY_MAX = 4096
};

/* 2026-01-05T00:00:00Z, a Monday. */
#define START_US (INT64_C(1767571200) * US_PER_SECOND)

/* Where the frames of an event lie in the block, one behind the other. */
struct place {
    size_t stamp;
    size_t envelope;
    size_t body;
    size_t end;
};

struct logged {
    struct world *world; /* of a simulation */
    struct life *life;
    int64_t lives;       /* when one ends the same population lives on */
    struct trace *trace; /* of recorded runs */
    size_t row;
    uint64_t seq;
    struct buf block;
    struct place places[LOGGED_BLOCK_EVENTS];
    struct logged_event events[LOGGED_BLOCK_EVENTS];
};

/* What the two sources have in common. */
struct message {
    struct bytes principal;
    struct bytes agent;
    struct bytes team;
    struct bytes session;
    struct bytes kind;
    struct bytes to;
    enum origin origin;
    bool has_occurred;
    int64_t occurred_us;
    struct bytes body;
};

static _Noreturn void give_up(struct buf *why)
{
    fprintf(stderr, "%s\n", buf_text(why));
    exit(1);
}

static struct logged *logged_new(void)
{
    struct logged *logged = mem_new(sizeof(*logged));
    buf_init(&logged->block, BLOCK_BYTES_MAX);
    return logged;
}

struct logged *logged_simulated(uint64_t seed)
{
    struct logged *logged = logged_new();
    struct world_config config = world_config_default();
    struct buf why;
    buf_init(&why, WHY_MAX);
    config.seed = seed;
    config.days = DAYS;
    if (world_config_check(&config, &why) != ERR_OK) {
        give_up(&why);
    }
    logged->world = world_new(&config);
    logged->life = life_new(logged->world, START_US, NULL);
    buf_fini(&why);
    return logged;
}

struct logged *logged_trace(const char *path)
{
    struct logged *logged = logged_new();
    struct buf why;
    buf_init(&why, WHY_MAX);
    if (trace_open(path, &why, &logged->trace) != ERR_OK) {
        give_up(&why);
    }
    buf_fini(&why);
    return logged;
}

void logged_free(struct logged *logged)
{
    if (logged) {
        life_free(logged->life);
        world_free(logged->world);
        trace_close(logged->trace);
        buf_fini(&logged->block);
        free(logged);
    }
}

static void write_event(struct logged *logged, const struct message *message,
                        struct place *place)
{
    struct buf *block = &logged->block;
    uint64_t seq = ++logged->seq;
    struct id id =
        id_make(message->occurred_us, seq * UINT64_C(0x9e3779b97f4a7c15), seq);
    const struct stamp stamp = {.version = STAMP_VERSION,
                                .seq = seq,
                                .epoch = 1,
                                .time_us = message->occurred_us,
                                .principal = message->principal,
                                .identity = IDENTITY_ASSERTED,
                                .root = id_bytes(&id),
                                .view = BYTES_LITERAL("team/x@0"),
                                .origin = message->origin,
                                .from = message->agent,
                                .team = message->team,
                                .swarm = BYTES_LITERAL("default")};
    const struct envelope envelope = {
        .version = ENVELOPE_VERSION,
        .id = id_bytes(&id),
        .to = message->to,
        .from = message->agent,
        .team = message->team,
        .session = message->session,
        .kind = message->kind,
        .origin = message->origin,
        .has_occurred = message->has_occurred,
        .occurred_us = message->occurred_us,
        .content_type = BYTES_LITERAL("application/x-protobuf")};
    place->stamp = block->len;
    stamp_write_claims(&stamp, block);
    stamp_write_place(&stamp, block);
    place->envelope = block->len;
    envelope_write(&envelope, block);
    place->body = block->len;
    buf_add(block, message->body);
    place->end = block->len;
}

static bool next_of_life(struct logged *logged, struct message *out)
{
    struct life_event event;
    if (life_next_time(logged->life) == INT64_MAX) {
        life_free(logged->life);
        logged->lives++;
        logged->life = life_new(
            logged->world,
            START_US + logged->lives * DAYS * INT64_C(24) * US_PER_HOUR, NULL);
    }
    life_next(logged->life, &event);
    const struct world_agent *agent = &logged->world->agents[event.agent];
    *out = (struct message){.principal = bytes_of_text(agent->principal),
                            .agent = bytes_of_text(agent->name),
                            .team =
                                bytes_of_text(logged->world->team[agent->team]),
                            .session = bytes_of_text(event.session),
                            .kind = bytes_of_text(event.kind),
                            .to = BYTES_LITERAL("topic:work"),
                            .origin = event.origin,
                            .has_occurred = true,
                            .occurred_us = event.occurred_us,
                            .body = event.body};
    return true;
}

static bool next_of_trace(struct logged *logged, struct message *out)
{
    struct trace_row row;
    struct buf why;
    if (logged->row >= trace_len(logged->trace)) {
        return false;
    }
    buf_init(&why, WHY_MAX);
    if (trace_at(logged->trace, logged->row++, &why, &row) != ERR_OK) {
        give_up(&why);
    }
    buf_fini(&why);
    *out = (struct message){.principal = row.principal,
                            .agent = row.agent,
                            .team = row.team,
                            .session = row.session,
                            .kind = row.kind,
                            .to = row.to,
                            .origin = row.origin,
                            .has_occurred = row.has_occurred,
                            .occurred_us = row.occurred_us,
                            .body = row.body};
    return true;
}

size_t logged_next(struct logged *logged, size_t max,
                   const struct logged_event **out_events)
{
    struct message message;
    size_t count = 0;
    max = max < LOGGED_BLOCK_EVENTS ? max : LOGGED_BLOCK_EVENTS;
    buf_reset(&logged->block);
    while (count < max && (logged->life ? next_of_life(logged, &message)
                                        : next_of_trace(logged, &message))) {
        write_event(logged, &message, &logged->places[count++]);
    }
    err_ignore(buf_error(&logged->block), "a block is far below its maximum");
    for (size_t i = 0; i < count; i++) {
        const struct place *at = &logged->places[i];
        const uint8_t *data = logged->block.data;
        logged->events[i] = (struct logged_event){
            .stamp = bytes_of(data + at->stamp, at->envelope - at->stamp),
            .envelope = bytes_of(data + at->envelope, at->body - at->envelope),
            .body = bytes_of(data + at->body, at->end - at->body)};
    }
    *out_events = logged->events;
    return count;
}
