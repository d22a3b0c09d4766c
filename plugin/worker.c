/* SPDX-License-Identifier: MIT */
#include "plugin/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "client/reverie.h"
#include "plugin/offer.h"
#include "plugin/shards.h"
#include "plugin/source.h"
#include "proto/limits.h"
#include "proto/messages.h"

enum {
    PULL_EVENTS = 4096,
    IDLE_MS = 100,
    CATCH_UP_MS = 200,
    /* Reading that brings nothing for this long has come to its end. */
    STALLED_US = 60 * 1000000,
    RUN_ARENA_MAX = 1 << 20,
    REPLY_MAX = CONTROL_MAX
};

struct worker {
    const struct worker_config *config;
    struct reverie *bus;
    struct source *source;
    struct shards *shards; /* NULL: none */
    int64_t next_us;       /* of the monotonic clock: when to dream by itself */
    struct buf *why;
};

/* One dream that was asked for, by a call or (request 0) by the schedule. */
struct run {
    uint64_t request;
    bool is_called;
    bool dry;
    const char *const *teams;
    size_t team_count;
    int64_t told_us; /* when progress was last said */
    int64_t began_us;
    struct worker_dream outcome;
    char name[DREAM_NAME_BYTES];
};

static bool should_stop(const struct worker *worker)
{
    const struct worker_config *config = worker->config;
    return config->should_stop && config->should_stop(config->context);
}

/* ---- one dream ----------------------------------------------------------- */

static void reply(const struct worker *worker, const struct run *run,
                  const char *code, const char *sentence,
                  const struct buf *payload, bool more)
{
    if (!run->is_called) {
        return;
    }
    enum reverie_result result =
        reverie_reply(worker->bus, run->request, code, sentence, payload->data,
                      payload->len, more);
    if (result != REVERIE_OK) {
        log_line(LOG_INFO, "DREAM-UNHEARD", "code=%s",
                 reverie_why_code(worker->bus));
    }
}

static void tell_progress(const struct worker *worker, struct run *run,
                          uint64_t events, uint64_t total)
{
    int64_t now_us = clock_monotonic_us();
    if (now_us - run->told_us < US_PER_SECOND) {
        return;
    }
    struct buf payload;
    buf_init(&payload, 1024);
    offer_progress(events, total, &payload);
    reply(worker, run, "ok", "", &payload, true);
    buf_fini(&payload);
    run->told_us = now_us;
}

/* Reads both logs up to where they end now. */
static enum err catch_up(struct worker *worker, struct run *run)
{
    uint64_t traffic = 0;
    uint64_t ledger = 0;
    enum err err = offer_head(worker->bus, LOG_TRAFFIC, worker->why, &traffic);
    if (err == ERR_OK) {
        err = offer_head(worker->bus, LOG_LEDGER, worker->why, &ledger);
    }
    int64_t moved_us = clock_monotonic_us();
    while (err == ERR_OK && (source_traffic(worker->source) < traffic ||
                             source_ledger(worker->source) < ledger)) {
        size_t count = 0;
        uint64_t before = source_ledger(worker->source);
        err = source_pull(
            worker->source, PULL_EVENTS,
            source_traffic(worker->source) < traffic ? CATCH_UP_MS : 1, &count);
        int64_t now_us = clock_monotonic_us();
        if (count > 0 || source_ledger(worker->source) > before) {
            moved_us = now_us;
        }
        if (err == ERR_OK && now_us - moved_us > STALLED_US) {
            buf_add_text(worker->why, "the log does not come: no event "
                                      "arrived for a minute");
            err = ERR_TIMEOUT;
        }
        tell_progress(worker, run, source_traffic(worker->source), traffic);
    }
    return err;
}

/* Says that it began, proposes, says how it ended; in this order, so that a
 * proposal is never without the dream it comes from. */
static enum err publish(struct worker *worker, const struct run *run,
                        const struct dream_result *result, struct buf *answer)
{
    enum err err = ERR_OK;
    if (!run->dry) {
        err = offer_started(worker->bus, result, reverie_principal(worker->bus),
                            worker->why);
    }
    if (err == ERR_OK) {
        err = offer_changes(worker->bus, result, run->dry, worker->why, answer);
    }
    if (err == ERR_OK && !run->dry) {
        err = offer_report(worker->bus, result, worker->why);
    }
    return err;
}

static enum err dream_once(struct worker *worker, struct run *run,
                           struct buf *answer)
{
    struct known *known = NULL;
    enum err err = catch_up(worker, run);
    if (err == ERR_OK) {
        err = offer_known(worker->bus, worker->why, &known);
    }
    if (err != ERR_OK) {
        return err;
    }
    const struct dream_question question = {
        .known = known,
        .ledger_seq = source_ledger(worker->source),
        .teams = run->teams,
        .team_count = run->team_count,
    };
    struct dream_result result;
    dream_finish(source_dream(worker->source), &question, &result);
    err = publish(worker, run, &result, answer);
    log_line(LOG_INFO, "DREAM", "id=%s to=%llu candidates=%zu proposed=%u",
             result.name, (unsigned long long)result.to_seq,
             result.candidates.count, result.plan.changes);
    run->outcome.from_seq = result.from_seq;
    run->outcome.to_seq = result.to_seq;
    run->outcome.candidates = result.candidates.count;
    run->outcome.proposed = (uint32_t)result.plan.changes;
    snprintf(run->name, sizeof(run->name), "%s", result.name);
    dream_result_fini(&result);
    known_free(known);
    if (err == ERR_OK) {
        source_commit(worker->source);
    }
    return err;
}

static const char *code_of(enum err err)
{
    return err == ERR_TIMEOUT  ? "deadline"
           : err == ERR_DENIED ? "denied"
           : err == ERR_FULL   ? "full"
                               : "internal";
}

static void tell_dreamed(const struct worker *worker, struct run *run,
                         enum err err, const char *why)
{
    const struct worker_config *config = worker->config;
    if (!config->dreamed) {
        return;
    }
    run->outcome.name = run->name;
    run->outcome.is_dry = run->dry;
    run->outcome.is_scheduled = !run->is_called;
    run->outcome.took_us = clock_monotonic_us() - run->began_us;
    run->outcome.err = err;
    run->outcome.why = why;
    config->dreamed(config->context, &run->outcome);
}

/* Dreams and answers. Only a lost connection ends the worker. */
static enum err answer_run(struct worker *worker, struct run *run)
{
    struct buf answer;
    struct buf why;
    struct buf *outer = worker->why;
    buf_init(&answer, REPLY_MAX);
    buf_init(&why, 4096);
    worker->why = &why;
    run->began_us = clock_monotonic_us();
    enum err err = dream_once(worker, run, &answer);
    worker->why = outer;
    if (err == ERR_OK) {
        reply(worker, run, "ok", "", &answer, false);
    } else {
        buf_reset(&answer);
        log_line(LOG_WARN, "DREAM-FAILED", "code=%s why=\"%s\"", err_name(err),
                 buf_text(&why));
        reply(worker, run, code_of(err), buf_text(&why), &answer, false);
    }
    tell_dreamed(worker, run, err, err == ERR_OK ? "" : buf_text(&why));
    if (err == ERR_CLOSED) {
        buf_add(outer, buf_bytes(&why));
    }
    buf_fini(&answer);
    buf_fini(&why);
    return err == ERR_CLOSED ? ERR_CLOSED : ERR_OK;
}

static enum err answer_call(struct worker *worker,
                            const struct reverie_call *call)
{
    struct run run = {.request = call->request, .is_called = true};
    struct buf nothing = {.data = NULL};
    if (strcmp(call->service, "dream") != 0 ||
        strcmp(call->method, "run") != 0) {
        reply(worker, &run, "unknown_method",
              "this worker answers dream.run only", &nothing, false);
        return ERR_OK;
    }
    struct arena arena;
    Reverie__V1__DreamRunRequest *request = NULL;
    arena_init(&arena, RUN_ARENA_MAX);
    enum err err = MESSAGE_UNPACK(dream_run_request,
                                  bytes_of(call->payload, call->payload_bytes),
                                  &arena, &request);
    if (err == ERR_OK) {
        run.dry = request->dry;
        run.teams = (const char *const *)request->teams;
        run.team_count = request->n_teams;
        err = answer_run(worker, &run);
    } else {
        reply(worker, &run, "malformed", "the payload is no DreamRunRequest",
              &nothing, false);
        err = ERR_OK;
    }
    arena_fini(&arena);
    return err;
}

/* ---- the loop ------------------------------------------------------------ */

/* A tick that was missed while a dream ran is skipped, not queued. */
static enum err dream_by_itself(struct worker *worker)
{
    int64_t every_us = worker->config->every_us;
    int64_t now_us = clock_monotonic_us();
    if (every_us <= 0 || now_us < worker->next_us) {
        return ERR_OK;
    }
    struct run run = {.request = 0};
    enum err err = answer_run(worker, &run);
    worker->next_us = clock_monotonic_us() + every_us;
    return err;
}

/* One turn: take in what came, then answer or wait for a call. */
static enum err turn(struct worker *worker)
{
    const struct reverie_call *call = NULL;
    size_t count = 0;
    enum err err = source_pull(worker->source, PULL_EVENTS, 0, &count);
    if (err != ERR_OK) {
        buf_add_format(worker->why, "the log stream ended: %s",
                       reverie_why(worker->bus));
        return err;
    }
    enum reverie_result result =
        reverie_serve(worker->bus, count > 0 ? 0 : IDLE_MS, &call);
    if (result == REVERIE_OK) {
        return answer_call(worker, call);
    }
    if (result != REVERIE_TIMEOUT) {
        buf_add_format(worker->why, "the connection ended: %s",
                       reverie_why(worker->bus));
        return ERR_CLOSED;
    }
    return dream_by_itself(worker);
}

static enum err work(struct worker *worker)
{
    const struct worker_config *config = worker->config;
    struct dream_config dream = {.key = config->key,
                                 .defaults = config->defaults,
                                 .budget_tokens = config->budget_tokens};
    if (config->shards > 1) {
        worker->shards = shards_new(config->shards < SHARDS_MAX ? config->shards
                                                                : SHARDS_MAX);
        dream.jobs = shards_jobs(worker->shards);
    }
    enum err err = source_open(worker->bus, &dream, config->window_bytes,
                               worker->why, &worker->source);
    if (err != ERR_OK) {
        return err;
    }
    worker->next_us = clock_monotonic_us() + config->every_us;
    log_line(LOG_INFO, "DREAM-SERVES", "shards=%zu",
             worker->shards ? dream.jobs.shards : 1);
    if (config->ready) {
        config->ready(config->context);
    }
    while (err == ERR_OK && !should_stop(worker)) {
        err = turn(worker);
    }
    return err;
}

enum err worker_run(const struct worker_config *config, struct buf *out_why)
{
    static const char *const serves[] = {"dream"};
    struct worker worker = {.config = config, .why = out_why};
    const struct reverie_config connection = {
        .endpoint = config->endpoint,
        .swarm = config->swarm,
        .principal = config->principal,
        .token_file = config->token_file,
        .serves = serves,
        .serve_count = ARRAY_LEN(serves),
        .name = "reverie-dream",
    };
    enum err err = ERR_CLOSED;
    if (reverie_open(&connection, &worker.bus) == REVERIE_OK) {
        err = work(&worker);
    } else {
        buf_add_text(out_why,
                     worker.bus ? reverie_why(worker.bus) : "no connection");
    }
    source_close(worker.source);
    shards_free(worker.shards);
    reverie_close(worker.bus);
    return err;
}
