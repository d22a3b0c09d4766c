/* SPDX-License-Identifier: MIT */
/* Recorded traffic as a broker would have logged it, for tests of the dream.
 * Include after cmocka.h. */
#ifndef REVERIE_TESTS_UNIT_PLUGIN_TRAFFIC_H
#define REVERIE_TESTS_UNIT_PLUGIN_TRAFFIC_H

#include <stdlib.h>
#include <unistd.h>

#include "agents-sim/trace.h"
#include "agents-sim/world/life.h"
#include "base/edge/hash.h"
#include "base/id.h"
#include "proto/envelope.h"
#include "proto/limits.h"

enum {
    /* Long file contents say nothing and take long to redact. */
    BODY_BYTES_MAX = 250
};

struct event {
    struct buf stamp;
    struct buf envelope;
    struct buf body;
};

struct traffic {
    struct event *events; /* event i is at position i + 1 */
    size_t count;
};

/* An event before it is logged; views are borrowed. */
struct logged_row {
    struct bytes principal;
    struct bytes agent;
    struct bytes team;
    struct bytes session;
    struct bytes to;
    struct bytes kind;
    enum origin origin;
    bool has_occurred;
    int64_t occurred_us;
    struct bytes body;
    struct bytes id;
    struct bytes root;
};

static void log_row(struct event *event, const struct logged_row *row,
                    uint64_t seq)
{
    const struct envelope envelope = {
        .version = ENVELOPE_VERSION,
        .id = row->id,
        .to = row->to,
        .from = row->agent,
        .team = row->team,
        .session = row->session,
        .kind = row->kind,
        .origin = row->origin,
        .has_occurred = row->has_occurred,
        .occurred_us = row->occurred_us,
        .content_type = BYTES_LITERAL("application/x-protobuf")};
    const struct stamp stamp = {.version = STAMP_VERSION,
                                .seq = seq,
                                .epoch = 1,
                                .principal = row->principal,
                                .identity = IDENTITY_ASSERTED,
                                .root = row->root,
                                .view = BYTES_LITERAL("team/x@0"),
                                .origin = row->origin,
                                .from = row->agent,
                                .team = row->team,
                                .swarm = BYTES_LITERAL("default")};
    buf_init(&event->stamp, STAMP_MAX);
    buf_init(&event->envelope, RECORD_ENVELOPE_MAX);
    buf_init(&event->body, BODY_MAX_DEFAULT);
    stamp_write_claims(&stamp, &event->stamp);
    stamp_write_place(&stamp, &event->stamp);
    envelope_write(&envelope, &event->envelope);
    buf_add(&event->body, row->body);
}

static void log_trace_row(struct traffic *traffic, const struct trace_row *row)
{
    size_t place = traffic->count++;
    struct id id =
        id_make(row->occurred_us, hash_bytes(row->source_id), place + 1);
    const struct logged_row logged = {
        .principal = row->principal,
        .agent = row->agent,
        .team = row->team,
        .session = row->session,
        .to = row->to,
        .kind = row->kind,
        .origin = row->origin,
        .has_occurred = row->has_occurred,
        .occurred_us = row->occurred_us,
        .body = row->body,
        .id = id_bytes(&id),
        .root = id_bytes(&id),
    };
    log_row(&traffic->events[place], &logged, place + 1);
}

/* False, having said so, where the traces are not there. */
static __attribute__((unused)) bool traffic_read(struct traffic *traffic,
                                                 const char *set, size_t max)
{
    const char *folder = getenv("REVERIE_TRACES");
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s/messages.jsonl",
             folder ? folder : DEFAULT_TRACES, set);
    if (access(path, R_OK) != 0) {
        print_message("skipped: no recorded traces ($REVERIE_TRACES)\n");
        return false;
    }
    struct buf why;
    struct trace *trace = NULL;
    struct trace_row row;
    buf_init(&why, 4096);
    assert_int_equal(trace_open(path, &why, &trace), ERR_OK);
    traffic->count = 0;
    traffic->events = mem_new_array(max, sizeof(*traffic->events));
    for (size_t i = 0; i < trace_len(trace) && traffic->count < max; i++) {
        assert_int_equal(trace_at(trace, i, &why, &row), ERR_OK);
        if (row.body.len <= BODY_BYTES_MAX) {
            log_trace_row(traffic, &row);
        }
    }
    trace_close(trace);
    buf_fini(&why);
    return true;
}

/* What a simulated population does: ${count} events of the default world. An
 * event that names its parent shares its root. */
static __attribute__((unused)) void
traffic_simulate(struct traffic *traffic, uint64_t seed, size_t count)
{
    const int64_t start_us = INT64_C(1767571200) * INT64_C(1000000);
    struct world_config config = world_config_default();
    config.seed = seed;
    config.days = 365;
    struct world *world = world_new(&config);
    struct life *life = life_new(world, start_us, NULL);
    struct id *roots = mem_new_array(count + 1, sizeof(*roots));
    *traffic = (struct traffic){
        .events = mem_new_array(count, sizeof(*traffic->events))};
    while (traffic->count < count && life_next_time(life) != INT64_MAX) {
        struct life_event said;
        life_next(life, &said);
        if (said.note) {
            continue;
        }
        const struct world_agent *agent = &world->agents[said.agent];
        size_t place = traffic->count++;
        struct id id = id_make(said.occurred_us, place * 7919, place);
        bool has_root =
            said.parent > 0 && !said.is_parent_hidden && said.number <= count;
        struct id root = has_root ? roots[said.parent] : id;
        if (said.number <= count) {
            roots[said.number] = root;
        }
        const struct logged_row row = {
            .principal = bytes_of_text(agent->principal),
            .agent = bytes_of_text(agent->name),
            .team = bytes_of_text(world->team[agent->team]),
            .session = bytes_of_text(said.session),
            .to = BYTES_LITERAL("topic:work"),
            .kind = bytes_of_text(said.kind),
            .origin = said.origin,
            .has_occurred = true,
            .occurred_us = said.occurred_us,
            .body = said.body,
            .id = id_bytes(&id),
            .root = id_bytes(&root),
        };
        log_row(&traffic->events[place], &row, place + 1);
    }
    free(roots);
    life_free(life);
    world_free(world);
}

static void traffic_free(struct traffic *traffic)
{
    for (size_t i = 0; i < traffic->count; i++) {
        buf_fini(&traffic->events[i].stamp);
        buf_fini(&traffic->events[i].envelope);
        buf_fini(&traffic->events[i].body);
    }
    free(traffic->events);
}

#endif
