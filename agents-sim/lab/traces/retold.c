/* SPDX-License-Identifier: MIT */
#include "agents-sim/lab/traces/retold.h"

#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/driver/asking.h"
#include "agents-sim/lab/rows.h"
#include "agents-sim/lab/tape.h"
#include "base/clock.h"
#include "proto/limits.h"
#include "proto/messages.h"

/* For traces that know no time. */
static const int64_t retold_no_time_us = INT64_C(1767571200) * US_PER_SECOND;

enum {
    RETOLD_REQUEST_MAX = 64 << 20,
    PROPOSALS_MAX = 100000
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
    int64_t now_us;
    int64_t dreamt_us;
    struct buf reply;
    struct buf *why;
};

static int64_t time_of(const struct retold *retold)
{
    return retold->now_us ? retold->now_us : retold_no_time_us;
}

/* ---- the log ------------------------------------------------------------- */

static void put(struct retold *retold, const struct tape_event *event)
{
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
    uint64_t seq = tape_append(retold->tape, event);
    tape_get(retold->tape, seq, &stamp, &envelope, &body);
    dream_feed(retold->dream, &stamp, &envelope, body);
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

/* ---- memory -------------------------------------------------------------- */

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
            .occurred_us = time_of(retold),
        };
        put(retold, &update);
    }
}

/* One request; keeps the reply. A refusal is ERR_CORRUPT. */
static enum err ask(void *context, const char *service, const char *method,
                    const void *message)
{
    struct retold *retold = context;
    struct memory_output out;
    struct buf packed;
    buf_init(&packed, RETOLD_REQUEST_MAX);
    message_pack(message, &packed);
    const struct memory_input input = {
        .type = MEMORY_REQUEST,
        .asker = {.principal = BYTES_LITERAL("dreamer"),
                  .identity = IDENTITY_TOKEN,
                  .agent = BYTES_LITERAL("dreamer"),
                  .may_propose = true,
                  .may_observe = true},
        .service = bytes_of_text(service),
        .method = bytes_of_text(method),
        .time_us = time_of(retold),
        .next_ledger_seq = retold->ledger_seq + 1,
        .payload = buf_bytes(&packed),
    };
    enum err err = memory_step(retold->memory, &input, &out);
    if (err == ERR_OK && strcmp(out.code, "ok") != 0) {
        buf_add_format(retold->why, "%s.%s: %s: ", service, method, out.code);
        buf_add(retold->why, out.sentence);
        err = ERR_CORRUPT;
    }
    if (err == ERR_OK) {
        take_events(retold, &out);
        buf_reset(&retold->reply);
        buf_add(&retold->reply, out.payload);
    }
    buf_fini(&packed);
    return err;
}

/* ---- dreaming ------------------------------------------------------------ */

static void tell(void *context, Reverie__V1__Change *change,
                 const Reverie__V1__ReviewProposeReply__Result *result)
{
    struct retold *retold = context;
    struct retold_change told = {
        .change = change,
        .verdict = result->verdict ? result->verdict : "",
        .reason = result->reason ? result->reason : "",
        .now_us = retold->now_us,
    };
    told.is_applied = strcmp(told.verdict, "apply") == 0;
    retold->config->on_change(retold->config->context, &told);
}

static enum err dream_now(struct retold *retold)
{
    struct known *known = known_new();
    const struct asking asking = {.ask = ask,
                                  .tell = tell,
                                  .context = retold,
                                  .reply = &retold->reply,
                                  .why = retold->why};
    enum err err = asking_known(&asking, known);
    if (err == ERR_OK) {
        const struct dream_question question = {
            .known = known, .ledger_seq = retold->ledger_seq};
        struct dream_result result;
        dream_finish(retold->dream, &question, &result);
        for (size_t i = 0; err == ERR_OK && i < result.plan.count; i++) {
            err = asking_propose(&asking, &result.plan.sets[i]);
        }
        dream_result_fini(&result);
    }
    known_free(known);
    retold->dreamt_us = retold->now_us;
    return err;
}

/* ---- time ---------------------------------------------------------------- */

/* Dreams first where the row comes after the time for it. */
static enum err happen(struct retold *retold, struct trace_row *row)
{
    const struct retold_config *config = retold->config;
    enum err err = ERR_OK;
    if (row->has_occurred && row->occurred_us > retold->now_us) {
        bool is_due =
            config->dream_every_us > 0 && retold->now_us > 0 &&
            row->occurred_us - retold->dreamt_us >= config->dream_every_us;
        err = is_due ? dream_now(retold) : ERR_OK;
        retold->now_us = row->occurred_us;
    }
    if (err == ERR_OK &&
        (!config->on_row || config->on_row(config->context, row))) {
        put_row(retold, row);
    }
    return err;
}

static enum err live(struct retold *retold)
{
    struct trace *trace = NULL;
    enum err err = trace_open(retold->config->path, retold->why, &trace);
    size_t count = err == ERR_OK ? trace_len(trace) : 0;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        struct trace_row row;
        err = trace_at(trace, i, retold->why, &row);
        if (err == ERR_OK) {
            err = happen(retold, &row);
        }
    }
    trace_close(trace);
    return err == ERR_OK ? dream_now(retold) : err;
}

enum err retold_run(const struct retold_config *config, struct buf *out_why)
{
    const struct redact_key key = {{1, 2, 3}};
    const struct dream_config dream = {.key = key};
    const struct memory_config memory = {.policy = config->policy,
                                         .proposals_max = PROPOSALS_MAX,
                                         .redact = key};
    struct retold retold = {.config = config, .why = out_why};
    enum err err = dream_new(&dream, out_why, &retold.dream);
    if (err != ERR_OK) {
        return err;
    }
    buf_init(&retold.reply, RETOLD_REQUEST_MAX);
    retold.tape = tape_new(1);
    retold.rows = rows_new();
    retold.table = rows_table(retold.rows);
    retold.log = tape_log(retold.tape);
    retold.memory = memory_new(&retold.table, &retold.log, &memory);
    err = live(&retold);
    dream_free(retold.dream);
    memory_free(retold.memory);
    rows_free(retold.rows);
    tape_free(retold.tape);
    buf_fini(&retold.reply);
    return err;
}
