/* SPDX-License-Identifier: MIT */
#include "agents-sim/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/replay_check.h"
#include "agents-sim/trace.h"
#include "base/clock.h"
#include "base/map.h"
#include "client/reverie.h"

enum {
    REPLAY_WAIT_MS = 30000, /* for the broker to take or accept something */
    REPLAY_TURN_ROWS = 256, /* rows between turns of all connections */
    REPLAY_PROGRESS_ROWS = 1000,
    REPLAY_SESSIONS_MAX = 1 << 20,
};

/* One agent of the trace and its connection. */
struct actor {
    char *name;
    char *principal;
    char *team;
    struct reverie *client;
};

struct replay {
    const struct replay_config *config;
    struct buf *why;
    struct replay_report *report;
    struct trace *trace;
    struct reverie_bus *bus;
    struct map *actors;     /* "agent\0team" -> struct actor */
    struct map *agent_team; /* agent -> its first team */
    struct map *shared;     /* agents that work for several teams */
    struct map *speakers;   /* session -> struct actor (lent) */
    struct replay_check *expected;
    size_t rows;
};

static void actor_free(void *value)
{
    struct actor *actor = value;
    reverie_close(actor->client);
    free(actor->name);
    free(actor->principal);
    free(actor->team);
    free(actor);
}

/* Says what the broker or the client said, and as which error. */
static enum err client_error(struct replay *replay, const struct actor *actor,
                             enum reverie_result result)
{
    buf_reset(replay->why);
    buf_add_format(replay->why, "agent %s: %s", actor->name,
                   actor->client ? reverie_why(actor->client)
                                 : "could not connect");
    switch (result) {
    case REVERIE_REFUSED:
        return ERR_DENIED;
    case REVERIE_TIMEOUT:
    case REVERIE_FULL:
        buf_add_format(replay->why, " (no answer within %d s)",
                       REPLAY_WAIT_MS / 1000);
        return ERR_TIMEOUT;
    case REVERIE_OK:
    case REVERIE_INVALID:
    case REVERIE_CLOSED:
    case REVERIE_PROTOCOL:
    case REVERIE_SYSTEM:
        break;
    }
    return ERR_CLOSED;
}

/* Counts acceptances, and keeps the first refusal as the reason. */
static void on_accepted(void *context, const uint8_t id[16],
                        const struct reverie_place *place, const char *code,
                        const char *sentence)
{
    (void)id;
    struct replay *replay = context;
    if (!code) {
        replay->report->accepted++;
        replay->report->repeats += place->repeat;
        return;
    }
    if (replay->report->refused++ == 0) {
        buf_reset(replay->why);
        buf_add_format(replay->why, "%s: %s", code, sentence);
    }
}

/* ---- who is who ---- */

/* First pass: which agents work for more than one team. */
static enum err learn_teams(struct replay *replay)
{
    for (size_t i = 0; i < replay->rows; i++) {
        struct trace_row row;
        enum err err = trace_at(replay->trace, i, replay->why, &row);
        if (err != ERR_OK) {
            return err;
        }
        const char *first = map_get(replay->agent_team, row.agent);
        if (!first) {
            err =
                map_put(replay->agent_team, row.agent, bytes_to_text(row.team));
        } else if (!bytes_equal_text(row.team, first)) {
            err = map_put(replay->shared, row.agent, replay);
        }
        if (err != ERR_OK) {
            buf_add_format(replay->why, "the trace has more than %d agents",
                           REPLAY_AGENTS_MAX);
            return ERR_TOO_BIG;
        }
    }
    return ERR_OK;
}

static struct actor *actor_new(struct replay *replay,
                               const struct trace_row *row)
{
    struct actor *actor = mem_new(sizeof(*actor));
    struct buf name;
    buf_init(&name, 1024);
    buf_add(&name, row->agent);
    if (map_get(replay->shared, row->agent)) {
        buf_add_text(&name, "/");
        buf_add(&name, row->team);
    }
    actor->name = mem_string(buf_text(&name));
    buf_fini(&name);
    actor->principal = bytes_to_text(row->principal);
    actor->team = bytes_to_text(row->team);
    return actor;
}

static enum err connect_actor(struct replay *replay, struct actor *actor)
{
    struct reverie_config config = {
        .endpoint = replay->config->endpoint,
        .swarm = replay->config->swarm,
        .agent = actor->name,
        .team = actor->team,
        .principal = actor->principal,
        .token_file = replay->config->token_file,
        .name = "reverie replay",
        .bus = replay->bus,
    };
    enum reverie_result result = reverie_open(&config, &actor->client);
    if (result != REVERIE_OK) {
        return client_error(replay, actor, result);
    }
    reverie_on_accepted(actor->client, on_accepted, replay);
    replay->report->agents++;
    return ERR_OK;
}

static enum err actor_of(struct replay *replay, const struct trace_row *row,
                         struct actor **out_actor)
{
    struct buf key;
    buf_init(&key, 1024);
    buf_add(&key, row->agent);
    buf_add_u8(&key, 0);
    buf_add(&key, row->team);
    struct actor *actor = map_get(replay->actors, buf_bytes(&key));
    enum err err = ERR_OK;
    if (!actor) {
        actor = actor_new(replay, row);
        err = connect_actor(replay, actor);
        if (err == ERR_OK) {
            err = map_put(replay->actors, buf_bytes(&key), actor);
        }
        if (err != ERR_OK) {
            actor_free(actor);
        }
    }
    buf_fini(&key);
    if (err == ERR_OK) {
        *out_actor = actor;
    }
    return err;
}

/* ---- sending ---- */

/* A session's next speaker waits until the one before is accepted: only the
 * broker can order messages of two connections. */
static enum err take_turn(struct replay *replay, const struct trace_row *row,
                          struct actor *actor)
{
    struct actor *before = map_get(replay->speakers, row->session);
    if (before == actor) {
        return ERR_OK;
    }
    if (before) {
        enum reverie_result result =
            reverie_flush(before->client, REPLAY_WAIT_MS);
        if (result != REVERIE_OK) {
            return client_error(replay, before, result);
        }
    }
    return map_put(replay->speakers, row->session, actor);
}

static enum err send_row(struct replay *replay, const struct trace_row *row,
                         struct actor *actor)
{
    struct reverie_message message = {
        .to = (const char *)row->to.data,
        .session = (const char *)row->session.data,
        .kind = (const char *)row->kind.data,
        .origin = (enum reverie_origin)row->origin,
        .has_occurred = row->has_occurred,
        .occurred_us = row->occurred_us,
        .content_type = "application/x-protobuf",
        .source = (const char *)row->source.data,
        .source_id = (const char *)row->source_id.data,
        .body = row->body.data,
        .body_bytes = row->body.len,
    };
    int64_t deadline_us = clock_monotonic_us() + REPLAY_WAIT_MS * US_PER_MS;
    enum reverie_result result;
    while ((result = reverie_publish(actor->client, &message, NULL)) ==
               REVERIE_FULL &&
           clock_monotonic_us() < deadline_us) {
        result = reverie_poll(actor->client, 100);
        if (result != REVERIE_OK && result != REVERIE_TIMEOUT) {
            break;
        }
    }
    if (result != REVERIE_OK) {
        return client_error(replay, actor, result);
    }
    replay->report->sent++;
    return ERR_OK;
}

static enum reverie_result take_deliveries(struct reverie *client)
{
    const struct reverie_message *message;
    enum reverie_result result;
    do {
        result = reverie_receive(client, 0, &message);
        if (result == REVERIE_OK) {
            result = reverie_done(client);
        }
    } while (result == REVERIE_OK);
    return result == REVERIE_TIMEOUT ? REVERIE_OK : result;
}

/* Every connection gets to move its traffic: acceptances, heartbeats, memory
 * updates that came for its agent. */
static enum err turn_all(struct replay *replay)
{
    size_t cursor = 0;
    void *value;
    while (map_next(replay->actors, &cursor, NULL, &value)) {
        struct actor *actor = value;
        enum reverie_result result = take_deliveries(actor->client);
        if (result != REVERIE_OK) {
            return client_error(replay, actor, result);
        }
    }
    return ERR_OK;
}

static enum err flush_all(struct replay *replay)
{
    size_t cursor = 0;
    void *value;
    while (map_next(replay->actors, &cursor, NULL, &value)) {
        struct actor *actor = value;
        enum reverie_result result =
            reverie_flush(actor->client, REPLAY_WAIT_MS);
        if (result != REVERIE_OK) {
            return client_error(replay, actor, result);
        }
    }
    return ERR_OK;
}

/* In recorded time: waits, moving traffic, until the row is due. */
static enum err wait_until_due(struct replay *replay,
                               const struct trace_row *row, struct actor *actor,
                               int64_t *start_us, int64_t *first_us)
{
    if (replay->config->speed <= 0 || !row->has_occurred) {
        return ERR_OK;
    }
    int64_t now_us = clock_monotonic_us();
    if (*start_us == 0) {
        *start_us = now_us;
        *first_us = row->occurred_us;
    }
    int64_t due_us =
        *start_us + (int64_t)((double)(row->occurred_us - *first_us) /
                              replay->config->speed);
    while ((now_us = clock_monotonic_us()) < due_us) {
        int64_t wait_ms = (due_us - now_us) / US_PER_MS + 1;
        enum reverie_result result =
            reverie_poll(actor->client, wait_ms < 1000 ? (int)wait_ms : 1000);
        if (result != REVERIE_OK && result != REVERIE_TIMEOUT) {
            return client_error(replay, actor, result);
        }
        enum err err = turn_all(replay);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static void tell_progress(const struct replay *replay, enum replay_phase phase,
                          size_t done, size_t total)
{
    if (replay->config->progress &&
        (done % REPLAY_PROGRESS_ROWS == 0 || done == total)) {
        replay->config->progress(replay->config->context, phase, done, total);
    }
}

static enum err send_all(struct replay *replay)
{
    int64_t start_us = 0;
    int64_t first_us = 0;
    for (size_t i = 0; i < replay->rows; i++) {
        struct trace_row row;
        struct actor *actor = NULL;
        enum err err = trace_at(replay->trace, i, replay->why, &row);
        if (err == ERR_OK) {
            err = actor_of(replay, &row, &actor);
        }
        if (err == ERR_OK) {
            err = take_turn(replay, &row, actor);
        }
        if (err == ERR_OK) {
            err = wait_until_due(replay, &row, actor, &start_us, &first_us);
        }
        if (err == ERR_OK) {
            replay_check_add(replay->expected, &row,
                             bytes_of_text(actor->name));
            err = send_row(replay, &row, actor);
        }
        if (err == ERR_OK && i % REPLAY_TURN_ROWS == 0) {
            err = turn_all(replay);
        }
        if (err != ERR_OK) {
            return err;
        }
        tell_progress(replay, REPLAY_SENDING, i + 1, replay->rows);
    }
    return flush_all(replay);
}

/* ---- checking ---- */

static void check_message(struct replay_check *found, const char *source,
                          const struct reverie_message *message, size_t *in_log)
{
    if (!message->source || strcmp(message->source, source) != 0) {
        return;
    }
    struct trace_row row = {
        .session = bytes_of_text(message->session),
        .kind = bytes_of_text(message->kind),
        .has_occurred = message->has_occurred,
        .occurred_us = message->occurred_us,
        .source_id = bytes_of_text(message->source_id),
        .body = bytes_of(message->body, message->body_bytes),
    };
    replay_check_add(found, &row, bytes_of_text(message->from));
    (*in_log)++;
}

static enum err read_back(struct replay *replay, struct actor *observer,
                          const char *source, struct replay_check *found)
{
    struct reverie_stream_config config = {.start = REVERIE_FROM_FIRST,
                                           .stop_at_head = true};
    struct reverie_stream *stream = NULL;
    enum reverie_result result =
        reverie_stream_open(observer->client, &config, &stream);
    const struct reverie_message *message;
    while (result == REVERIE_OK &&
           (result = reverie_stream_next(stream, REPLAY_WAIT_MS, &message)) ==
               REVERIE_OK) {
        check_message(found, source, message, &replay->report->in_log);
        tell_progress(replay, REPLAY_CHECKING, replay->report->in_log,
                      replay->rows);
    }
    reverie_stream_close(stream);
    return result == REVERIE_CLOSED ? ERR_OK
                                    : client_error(replay, observer, result);
}

static enum err check_all(struct replay *replay)
{
    struct trace_row row;
    enum err err = trace_at(replay->trace, 0, replay->why, &row);
    if (err != ERR_OK) {
        return err;
    }
    char *source = bytes_to_text(row.source);
    struct reverie_config config = {.endpoint = replay->config->endpoint,
                                    .swarm = replay->config->swarm,
                                    .token_file = replay->config->token_file,
                                    .name = "reverie replay",
                                    .bus = replay->bus};
    struct actor observer = {.name = mem_string("observer")};
    struct replay_check *found = replay_check_new();
    enum reverie_result result = reverie_open(&config, &observer.client);
    err = result == REVERIE_OK ? read_back(replay, &observer, source, found)
                               : client_error(replay, &observer, result);
    replay->report->sessions_equal =
        replay_check_equal(replay->expected, found);
    replay_check_free(found);
    reverie_close(observer.client);
    free(observer.name);
    free(source);
    return err;
}

/* ---- the whole ---- */

static enum err run(struct replay *replay)
{
    enum err err =
        trace_open(replay->config->path, replay->why, &replay->trace);
    if (err != ERR_OK) {
        return err;
    }
    size_t limit = replay->config->limit;
    replay->rows = trace_len(replay->trace);
    if (limit && limit < replay->rows) {
        replay->rows = limit;
    }
    replay->report->rows = replay->rows;
    if (replay->rows == 0) {
        buf_add_format(replay->why, "%s: the file holds no rows",
                       replay->config->path);
        return ERR_INVALID;
    }
    err = learn_teams(replay);
    int64_t start_us = clock_monotonic_us();
    if (err == ERR_OK) {
        err = send_all(replay);
    }
    replay->report->seconds =
        (double)(clock_monotonic_us() - start_us) / (double)US_PER_SECOND;
    replay->report->sessions = replay_check_sessions(replay->expected);
    if (err == ERR_OK && replay->report->refused) {
        err = ERR_DENIED;
    }
    if (err == ERR_OK && !replay->config->skip_check) {
        err = check_all(replay);
    }
    return err;
}

enum err replay_run(const struct replay_config *config, struct buf *out_why,
                    struct replay_report *out_report)
{
    *out_report = (struct replay_report){0};
    struct replay replay = {
        .config = config,
        .why = out_why,
        .report = out_report,
        .bus = reverie_bus_new(),
        .actors = map_new(REPLAY_AGENTS_MAX, actor_free),
        .agent_team = map_new(REPLAY_AGENTS_MAX, free),
        .shared = map_new(REPLAY_AGENTS_MAX, NULL),
        .speakers = map_new(REPLAY_SESSIONS_MAX, NULL),
        .expected = replay_check_new(),
    };
    enum err err = run(&replay);
    map_free(replay.actors);
    map_free(replay.agent_team);
    map_free(replay.shared);
    map_free(replay.speakers);
    replay_check_free(replay.expected);
    trace_close(replay.trace);
    reverie_bus_close(replay.bus);
    return err;
}
