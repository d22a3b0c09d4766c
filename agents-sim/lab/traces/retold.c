/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/traces/retold.h"

#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/rows.h"
#include "agents-sim/lab/tape.h"
#include "base/clock.h"
#include "proto/limits.h"
#include "proto/messages.h"

static const int64_t retold_now_us = INT64_C(1767571200) * US_PER_SECOND;

enum {
    RETOLD_REQUEST_MAX = 64 << 20,
    RETOLD_ARENA_MAX = 1 << 30
};

struct retold {
    const struct retold_config *config;
    struct tape *tape;
    struct rows *rows;
    struct memory_table table;
    struct memory_log log;
    struct memory *memory;
    struct dream *dream;
    uint64_t ledger_seq;
    struct buf *why;
};

/* ---- the log ------------------------------------------------------------- */

static uint64_t put(struct retold *retold, const struct tape_event *event)
{
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
    uint64_t seq = tape_append(retold->tape, event);
    tape_get(retold->tape, seq, &stamp, &envelope, &body);
    dream_feed(retold->dream, &stamp, &envelope, body);
    return seq;
}

static void put_row(struct retold *retold, const struct trace_row *row)
{
    struct buf view;
    buf_init(&view, VIEW_MAX_BYTES);
    buf_add_text(&view, "team/");
    buf_add(&view, row->team);
    buf_add_text(&view, "@0+agent/");
    buf_add(&view, row->agent);
    buf_add_text(&view, "@0");
    const struct tape_event event = {
        .agent = row->agent,
        .principal = row->principal,
        .team = row->team,
        .session = row->session,
        .view = buf_bytes(&view),
        .to = row->to,
        .kind = row->kind,
        .body = row->body,
        .origin = row->origin,
        .identity = IDENTITY_ASSERTED,
        .has_occurred = row->has_occurred,
        .occurred_us = row->occurred_us,
    };
    put(retold, &event);
    buf_fini(&view);
}

static enum err put_trace(struct retold *retold)
{
    const struct retold_config *config = retold->config;
    struct trace *trace = NULL;
    enum err err = trace_open(config->path, retold->why, &trace);
    size_t count = err == ERR_OK ? trace_len(trace) : 0;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        struct trace_row row;
        err = trace_at(trace, i, retold->why, &row);
        if (err == ERR_OK &&
            (!config->takes || config->takes(config->context, &row))) {
            put_row(retold, &row);
        }
    }
    trace_close(trace);
    return err;
}

/* ---- the gate ------------------------------------------------------------ */

static struct memory_asker asker_of(void)
{
    return (struct memory_asker){
        .principal = BYTES_LITERAL("dreamer"),
        .identity = IDENTITY_TOKEN,
        .agent = BYTES_LITERAL("dreamer"),
        .may_propose = true,
        .may_observe = true,
    };
}

static void take_events(struct retold *retold, const struct memory_output *out)
{
    for (size_t i = 0; i < out->event_count; i++) {
        const struct memory_output_event *event = &out->events[i];
        if (event->log == LOG_LEDGER) {
            retold->ledger_seq++;
            continue;
        }
        const struct tape_event update = {
            .agent = BYTES_LITERAL("broker"),
            .principal = BYTES_LITERAL("broker"),
            .team = event->team,
            .to = event->to,
            .kind = bytes_of_text(event->kind),
            .body = event->body,
            .origin = ORIGIN_NONE,
            .identity = IDENTITY_KEY,
            .has_occurred = true,
            .occurred_us = retold_now_us,
        };
        put(retold, &update);
    }
}

static void tell(struct retold *retold, const Reverie__V1__ChangeSet *set,
                 const Reverie__V1__ReviewProposeReply *reply)
{
    for (size_t i = 0; i < reply->n_results && i < set->n_changes; i++) {
        const char *verdict = reply->results[i]->verdict;
        const char *reason = reply->results[i]->reason;
        retold->config->on_change(retold->config->context, set->changes[i],
                                  verdict ? verdict : "", reason ? reason : "");
    }
}

static enum err ask(struct retold *retold,
                    Reverie__V1__ReviewProposeRequest *request,
                    struct arena *arena)
{
    Reverie__V1__ReviewProposeReply *reply = NULL;
    struct memory_output out;
    struct buf packed;
    buf_init(&packed, RETOLD_REQUEST_MAX);
    message_pack(request, &packed);
    const struct memory_input input = {
        .type = MEMORY_REQUEST,
        .asker = asker_of(),
        .service = BYTES_LITERAL("review"),
        .method = BYTES_LITERAL("propose"),
        .time_us = retold_now_us,
        .next_ledger_seq = retold->ledger_seq + 1,
        .payload = buf_bytes(&packed),
    };
    enum err err = memory_step(retold->memory, &input, &out);
    if (err == ERR_OK && strcmp(out.code, "ok") != 0) {
        buf_add_format(retold->why, "%s: ", out.code);
        buf_add(retold->why, out.sentence);
        err = ERR_CORRUPT;
    }
    if (err == ERR_OK) {
        err = MESSAGE_UNPACK(review_propose_reply, out.payload, arena, &reply);
    }
    if (err == ERR_OK) {
        tell(retold, request->change_set, reply);
        take_events(retold, &out);
    }
    buf_fini(&packed);
    return err;
}

static enum err propose(struct retold *retold, const struct plan_set *planned)
{
    Reverie__V1__ReviewProposeRequest request =
        REVERIE__V1__REVIEW_PROPOSE_REQUEST__INIT;
    struct arena arena;
    arena_init(&arena, RETOLD_ARENA_MAX);
    enum err err = MESSAGE_UNPACK(change_set, buf_bytes(&planned->packed),
                                  &arena, &request.change_set);
    if (err == ERR_OK) {
        err = ask(retold, &request, &arena);
    }
    arena_fini(&arena);
    return err;
}

static enum err dream_once(struct retold *retold)
{
    struct known *known = known_new();
    const struct dream_question question = {.known = known};
    struct dream_result result;
    enum err err = ERR_OK;
    dream_finish(retold->dream, &question, &result);
    if (retold->config->on_dream) {
        retold->config->on_dream(retold->config->context, &result);
    }
    for (size_t i = 0; err == ERR_OK && i < result.plan.count; i++) {
        err = propose(retold, &result.plan.sets[i]);
    }
    dream_result_fini(&result);
    known_free(known);
    return err;
}

enum err retold_run(const struct retold_config *config, struct buf *out_why)
{
    const struct redact_key key = {{1, 2, 3}};
    const struct dream_config dream = {.key = key};
    const struct memory_config memory = {
        .policy = config->policy, .proposals_max = 100000, .redact = key};
    struct retold retold = {.config = config, .why = out_why};
    enum err err = dream_new(&dream, out_why, &retold.dream);
    if (err != ERR_OK) {
        return err;
    }
    retold.tape = tape_new(1);
    retold.rows = rows_new();
    retold.table = rows_table(retold.rows);
    retold.log = tape_log(retold.tape);
    retold.memory = memory_new(&retold.table, &retold.log, &memory);
    err = put_trace(&retold);
    if (err == ERR_OK) {
        err = dream_once(&retold);
    }
    dream_free(retold.dream);
    memory_free(retold.memory);
    rows_free(retold.rows);
    tape_free(retold.tape);
    return err;
}
