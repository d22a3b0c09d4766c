/* SPDX-License-Identifier: MIT */
/* log verify --data: a data directory on which no broker runs. */
#include <stdio.h>
#include <stdlib.h>

#include "base/edge/json.h"
#include "broker/check.h"
#include "cli/commands/commands.h"
#include "cli/progress.h"
#include "cli/render/parts.h"
#include "cli/render/text.h"

enum {
    WHY_MAX = 8192,
    FAULT_TEXT_MAX = 64 << 10
};

struct checking {
    struct context *context;
    struct progress progress;
};

/* ---- one fault -------------------------------------------------------------
 */

static void add_place(struct buf *out, const struct check_fault *fault)
{
    if (fault->swarm.len > 0) {
        buf_add_text(out, " swarm ");
        text_line(out, fault->swarm, PARTS_NAME_MAX);
    }
    if (fault->has_position) {
        buf_add_format(out, " log %u position %llu", fault->log,
                       (unsigned long long)fault->seq);
    }
    if (fault->has_position && fault->last_seq > fault->seq) {
        buf_add_format(out, " to %llu", (unsigned long long)fault->last_seq);
    }
    if (fault->file[0] != '\0') {
        buf_add_format(out, " file log/%s", fault->file);
    }
}

static void fault_text(const struct check_fault *fault, struct buf *out)
{
    buf_add_format(out, "%s %s", fault->is_note ? "note" : "fault",
                   fault->kind);
    add_place(out, fault);
    buf_add_format(out, ": %s%s\n  what to do: %s\n", fault->sentence,
                   fault->refuses_start ? "; no broker starts on this" : "",
                   fault->advice);
}

static void print_json(struct json *json, struct buf *out)
{
    json_print(json, out);
    buf_add_u8(out, '\n');
    json_free(json);
}

static void fault_json(const struct check_fault *fault, struct buf *out)
{
    struct json *json = json_new_object();
    json_set_text(json, fault->is_note ? "note" : "fault", fault->kind);
    if (fault->swarm.len > 0) {
        json_set_string(json, "swarm", fault->swarm);
    }
    if (fault->has_position) {
        json_set_int(json, "log", (int64_t)fault->log);
        json_set_int(json, "seq", (int64_t)fault->seq);
        json_set_int(json, "last_seq", (int64_t)fault->last_seq);
    }
    if (fault->file[0] != '\0') {
        json_set_text(json, "file", fault->file);
    }
    json_set_bool(json, "refuses_start", fault->refuses_start);
    json_set_text(json, "sentence", fault->sentence);
    json_set_text(json, "advice", fault->advice);
    print_json(json, out);
}

static void on_fault(void *context, const struct check_fault *fault)
{
    struct checking *checking = context;
    struct buf line;
    buf_init(&line, FAULT_TEXT_MAX);
    if (checking->context->json) {
        fault_json(fault, &line);
    } else {
        fault_text(fault, &line);
    }
    progress_end(&checking->progress);
    command_print(checking->context, &line);
    buf_fini(&line);
}

static void on_progress(void *context, uint64_t events, uint64_t total)
{
    struct checking *checking = context;
    progress_count(&checking->progress, "checked events", events, total);
}

static void on_swarm(void *context, struct bytes name,
                     const uint64_t last_seq[2])
{
    struct checking *checking = context;
    struct buf line;
    buf_init(&line, FAULT_TEXT_MAX);
    if (checking->context->json) {
        struct json *json = json_new_object();
        json_set_string(json, "swarm", name);
        json_set_int(json, "traffic_last_seq", (int64_t)last_seq[0]);
        json_set_int(json, "ledger_last_seq", (int64_t)last_seq[1]);
        print_json(json, &line);
    } else {
        buf_add_text(&line, "swarm ");
        text_line(&line, name, PARTS_NAME_MAX);
        buf_add_format(&line, ": log 0 to position %llu, log 1 to %llu\n",
                       (unsigned long long)last_seq[0],
                       (unsigned long long)last_seq[1]);
    }
    progress_end(&checking->progress);
    command_print(checking->context, &line);
    buf_fini(&line);
}

/* ---- the sum ---------------------------------------------------------------
 */

static void result_text(const struct check_result *result, struct buf *out)
{
    text_count(out, result->events, "event", "events");
    buf_add_text(out, " read, ");
    text_bytes(out, result->bytes);
    buf_add_text(out, ", ");
    text_count(out, result->tombstones, "tombstone", "tombstones");
    buf_add_text(out, ", ");
    text_count(out, result->swarms, "swarm", "swarms");
    buf_add_text(out, ": ");
    text_count(out, result->faults, "fault", "faults");
    if (result->notes > 0) {
        buf_add_text(out, ", ");
        text_count(out, result->notes, "note", "notes");
    }
    buf_add_text(out, result->starts ? "\n"
                                     : "; a broker refuses to start on this "
                                       "directory\n");
}

static void result_json(const struct check_result *result, struct buf *out)
{
    struct json *json = json_new_object();
    json_set_int(json, "swarms", (int64_t)result->swarms);
    json_set_int(json, "events", (int64_t)result->events);
    json_set_int(json, "checked_bytes", (int64_t)result->bytes);
    json_set_int(json, "tombstones", (int64_t)result->tombstones);
    json_set_int(json, "fault_count", (int64_t)result->faults);
    json_set_int(json, "note_count", (int64_t)result->notes);
    json_set_bool(json, "starts", result->starts);
    json_set_bool(json, "finished", true);
    print_json(json, out);
}

enum exit_code log_check(struct context *context, const char *data)
{
    struct checking checking = {.context = context,
                                .progress = progress_begin(context->err)};
    const struct check_config config = {.data = data,
                                        .fault = on_fault,
                                        .swarm = on_swarm,
                                        .progress = on_progress,
                                        .context = &checking};
    struct check_result result;
    struct buf text;
    buf_init(&text, WHY_MAX);
    enum err err = check_run(&config, &text, &result);
    progress_end(&checking.progress);
    if (err != ERR_OK) {
        command_complain(context, "%s",
                         text.len > 0 ? buf_text(&text) : err_text(err));
        buf_fini(&text);
        return EXIT_REFUSED;
    }
    buf_reset(&text);
    if (context->json) {
        result_json(&result, &text);
    } else {
        result_text(&result, &text);
    }
    command_print(context, &text);
    buf_fini(&text);
    return result.faults == 0 ? EXIT_OK : EXIT_FAULTS;
}
