/* SPDX-License-Identifier: MIT */
/* sim and replay: simulated populations and recorded traces on a bus. */
#include "agents-sim/sim.h"

#include <math.h>
#include <stdio.h>

#include "agents-sim/replay.h"
#include "agents-sim/world/knobs.h"
#include "base/edge/json.h"
#include "cli/commands/commands.h"
#include "cli/link.h"
#include "cli/progress.h"
#include "cli/render/text.h"

enum {
    WHY_MAX = 4096,
    PRINT_MAX = 1 << 20,
    ENDPOINT_TEXT_MAX = 512,
    NAME_MAX_LEN = 80,
    TITLE_MAX_LEN = 120,
    SENTENCE_MAX = 240,
    TRUTH_MAX = 64 << 20
};

static const struct option replay_options[] = {
    {"speed", 0, "X",
     "1: in recorded time; 60: an hour a minute; 0 (default): as fast as it "
     "goes"},
    {"limit", 'n', "N", "only the first N rows"},
    {"no-check", 0, NULL, "do not read the log back and compare"},
};

static const struct option sim_options[] = {
    {"seed", 0, "N", "the same seed lives the same life; default: 1"},
    {"teams", 0, "N", "default: 3"},
    {"agents", 0, "N", "agents of a team; default: 24"},
    {"per-principal", 0, "N", "agents that one principal answers for"},
    {"days", 0, "N", "virtual days; default: 30"},
    {"preferences", 0, "N", "planted in each team"},
    {"mistakes", 0, "N", "planted in each team"},
    {"null", 0, NULL, "plant nothing: whatever is found is false"},
    {"dream-every", 0, "DAYS",
     "virtual days between dreams; default: 7; 0: "
     "never"},
    {"scenario", 0, "FILE",
     "a world from a YAML or JSON file; the options above change it"},
    {"knobs", 0, NULL, "print every setting of a scenario, as YAML, and end"},
    {"truth", 0, NULL, "print what is planted, as JSON, and end"},
};

static enum exit_code failed(struct context *context, enum err err,
                             struct buf *why)
{
    command_complain(context, "%s",
                     why->len > 0 ? buf_text(why) : err_text(err));
    switch (err) {
    case ERR_CLOSED:
        return EXIT_NO_BROKER;
    case ERR_TIMEOUT:
        return EXIT_TIMED_OUT;
    case ERR_OK:
    case ERR_INVALID:
    case ERR_TOO_BIG:
    case ERR_NOT_FOUND:
    case ERR_EXISTS:
    case ERR_DENIED:
    case ERR_CONFLICT:
    case ERR_FULL:
    case ERR_CORRUPT:
    case ERR_IO:
    case ERR_LOCKED:
    case ERR_UNSUPPORTED:
        break;
    }
    return EXIT_REFUSED;
}

static enum exit_code find_endpoint(struct context *context,
                                    char endpoint[ENDPOINT_TEXT_MAX])
{
    if (link_endpoint(context, endpoint, ENDPOINT_TEXT_MAX) == ERR_OK) {
        return EXIT_OK;
    }
    command_complain(context, "no broker is known here: start one with "
                              "`reverie up --data ./reverie-data`, or name "
                              "one with --connect ENDPOINT");
    return EXIT_NO_BROKER;
}

/* ---- replay ----------------------------------------------------------------
 */

static void on_replayed(void *context, enum replay_phase phase, size_t done,
                        size_t total)
{
    progress_count(context, phase == REPLAY_SENDING ? "sent" : "compared", done,
                   total);
}

static void print_replay_json(const struct replay_report *report,
                              struct buf *out)
{
    struct json *json = json_new_object();
    json_set_int(json, "rows", (int64_t)report->rows);
    json_set_int(json, "agents", (int64_t)report->agents);
    json_set_int(json, "sent", (int64_t)report->sent);
    json_set_int(json, "accepted", (int64_t)report->accepted);
    json_set_int(json, "repeats", (int64_t)report->repeats);
    json_set_int(json, "refused", (int64_t)report->refused);
    json_set_int(json, "in_log", (int64_t)report->in_log);
    json_set_int(json, "sessions", (int64_t)report->sessions);
    json_set_int(json, "sessions_equal", (int64_t)report->sessions_equal);
    json_set_real(json, "seconds", report->seconds);
    json_print(json, out);
    buf_add_u8(out, '\n');
    json_free(json);
}

static void print_replay(const struct replay_report *report, bool is_checked,
                         struct buf *out)
{
    double rate =
        report->seconds > 0 ? (double)report->accepted / report->seconds : 0;
    buf_add_format(out,
                   "%zu rows as %zu agents: %zu accepted (%zu were there "
                   "before), %zu refused, %.1f s, %.0f a second\n",
                   report->rows, report->agents, report->accepted,
                   report->repeats, report->refused, report->seconds, rate);
    if (is_checked) {
        buf_add_format(out,
                       "in the log: %zu of %zu rows; %zu of %zu sessions "
                       "equal to the file in order and content\n",
                       report->in_log, report->rows, report->sessions_equal,
                       report->sessions);
    }
}

static enum exit_code replay(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    struct progress progress = progress_begin(context->err);
    char endpoint[ENDPOINT_TEXT_MAX];
    struct replay_report report = {0};
    uint64_t limit = 0;
    struct replay_config config = {
        .endpoint = endpoint,
        .swarm = argument_text(arguments, "swarm", NULL),
        .path = arguments->words[0],
        .token_file = argument_text(arguments, "token", NULL),
        .skip_check = argument_is_set(arguments, "no-check"),
        .progress = on_replayed,
        .context = &progress,
    };
    if (argument_real(arguments, "speed", &config.speed) != ERR_OK ||
        argument_number(arguments, "limit", 1, SIZE_MAX, &limit) != ERR_OK) {
        return command_misused(context);
    }
    config.limit = (size_t)limit;
    enum exit_code code = find_endpoint(context, endpoint);
    if (code != EXIT_OK) {
        return code;
    }
    struct buf text;
    buf_init(&text, PRINT_MAX);
    enum err err = replay_run(&config, &text, &report);
    progress_end(&progress);
    if (err != ERR_OK) {
        code = failed(context, err, &text);
    } else {
        bool is_equal =
            config.skip_check || (report.in_log == report.rows &&
                                  report.sessions_equal == report.sessions);
        buf_reset(&text);
        if (context->json) {
            print_replay_json(&report, &text);
        } else {
            print_replay(&report, !config.skip_check, &text);
        }
        command_print(context, &text);
        code = is_equal ? EXIT_OK : EXIT_FAULTS;
    }
    buf_fini(&text);
    return code;
}

/* ---- sim -------------------------------------------------------------------
 */

struct living {
    struct context *context;
    struct progress progress;
};

static void say_changed(const struct sim_event *event, struct buf *line)
{
    static const char *const kinds[SCORE_KINDS] = {
        [SCORE_PREFERENCE] = "prefers",
        [SCORE_MISTAKE] = "repeats",
        [SCORE_WORKFLOW] = "works by",
        [SCORE_DIRECTIVE] = "asks for",
    };
    const struct score_memory *memory = &event->memory;
    buf_add_format(line, "day %4.0f  %s  ", event->day,
                   event->is_right ? "right" : "WRONG");
    text_line(line, memory->team, NAME_MAX_LEN);
    buf_add_format(line, " %s: ", kinds[memory->kind]);
    text_line(line, memory->title, TITLE_MAX_LEN);
    buf_add_format(line, " (%u people, %u sessions)\n", memory->principals,
                   memory->sessions);
}

static void on_lived(void *context, const struct sim_event *event)
{
    struct living *living = context;
    struct buf line;
    buf_init(&line, PRINT_MAX);
    switch (event->type) {
    case SIM_LIVING:
        progress_say(&living->progress, "day %.0f, %llu events", event->day,
                     (unsigned long long)event->sent);
        break;
    case SIM_DREAMING:
        progress_say(&living->progress, "day %.0f, dreaming", event->day);
        break;
    case SIM_DREAMED:
        buf_add_format(&line, "day %4.0f  dream: ", event->day);
        text_line(&line, bytes_of_text(event->sentence), SENTENCE_MAX);
        buf_add_u8(&line, '\n');
        break;
    case SIM_CHANGED:
        say_changed(event, &line);
        break;
    case SIM_UPDATED:
        buf_add_format(&line, "day %4.0f  %u agents have the new memory\n",
                       event->day, event->agents);
        break;
    }
    if (line.len > 0 && !living->context->json) {
        progress_end(&living->progress);
        command_print(living->context, &line);
    }
    buf_fini(&line);
}

static enum err read_u32(struct arguments *arguments, const char *name,
                         uint32_t *out)
{
    uint64_t value = *out;
    enum err err = argument_number(arguments, name, 0, UINT32_MAX, &value);
    *out = (uint32_t)value;
    return err;
}

static enum err read_world(struct arguments *arguments,
                           struct world_config *world)
{
    const struct {
        const char *name;
        uint32_t *place;
    } numbers[] = {
        {"teams", &world->teams},
        {"agents", &world->agents_per_team},
        {"per-principal", &world->agents_per_principal},
        {"days", &world->days},
        {"preferences", &world->preferences},
        {"mistakes", &world->mistakes},
    };
    world->null_world |= argument_is_set(arguments, "null");
    enum err err =
        argument_number(arguments, "seed", 0, UINT64_MAX, &world->seed);
    for (size_t i = 0; err == ERR_OK && i < ARRAY_LEN(numbers); i++) {
        err = read_u32(arguments, numbers[i].name, numbers[i].place);
    }
    return err;
}

static void print_truth(struct context *context,
                        const struct world_config *config)
{
    struct buf text;
    struct world *world = world_new(config);
    buf_init(&text, TRUTH_MAX);
    world_print_truth(world, &text);
    buf_add_u8(&text, '\n');
    command_print(context, &text);
    buf_fini(&text);
    world_free(world);
}

static enum exit_code live(struct context *context, struct sim_config *config)
{
    struct score_report report = {.seed = config->world.seed};
    char endpoint[ENDPOINT_TEXT_MAX];
    struct living living = {.context = context,
                            .progress = progress_begin(context->err)};
    struct buf text;
    enum exit_code code = find_endpoint(context, endpoint);
    if (code != EXIT_OK) {
        return code;
    }
    config->endpoint = endpoint;
    config->on_event = on_lived;
    config->context = &living;
    buf_init(&text, PRINT_MAX);
    enum err err = sim_run(config, &text, &report);
    progress_end(&living.progress);
    if (err != ERR_OK) {
        code = failed(context, err, &text);
    } else {
        buf_reset(&text);
        if (context->json) {
            score_print_json(&report, &text);
        } else {
            score_print(&report, &text);
        }
        command_print(context, &text);
    }
    buf_fini(&text);
    return code;
}

/* An object for each; what they mean is in the YAML. */
static void add_knobs_json(struct buf *out)
{
    const struct world_config config = world_config_default();
    for (size_t i = 0; i < knob_count(); i++) {
        struct json *json = json_new_object();
        json_set_text(json, "name", knob_name(i));
        json_set_real(json, "value", knob_value(i, &config));
        json_set_real(json, "min", knob_min(i));
        json_set_real(json, "max", knob_max(i));
        json_print(json, out);
        buf_add_u8(out, '\n');
        json_free(json);
    }
}

static void print_knobs(const struct context *context)
{
    struct buf text;
    buf_init(&text, PRINT_MAX);
    if (context->json) {
        add_knobs_json(&text);
    } else {
        scenario_print(&text);
    }
    command_print(context, &text);
    buf_fini(&text);
}

/* The file, then what the command line says; ${why} says what is wrong with
 * the world. */
static enum err read_worlds(struct arguments *arguments, struct buf *why,
                            struct world_config *world)
{
    const char *path = argument_text(arguments, "scenario", NULL);
    enum err err = path ? scenario_read(path, why, world) : ERR_OK;
    if (err == ERR_OK) {
        err = read_world(arguments, world);
    }
    return err == ERR_OK ? world_config_check(world, why) : err;
}

static enum exit_code read_config(struct context *context,
                                  struct sim_config *config)
{
    struct arguments *arguments = &context->arguments;
    uint64_t timeout_s = 120;
    struct buf why;
    buf_init(&why, WHY_MAX);
    enum err err = read_worlds(arguments, &why, &config->world);
    if (err == ERR_OK) {
        err =
            argument_real(arguments, "dream-every", &config->dream_every_days);
    }
    if (err == ERR_OK) {
        err = argument_number(arguments, "timeout", 1, 86400, &timeout_s);
    }
    config->timeout_ms = (int)timeout_s * 1000;
    enum exit_code code = err == ERR_OK ? EXIT_OK : EXIT_USAGE;
    if (why.len > 0) {
        command_complain(context, "%s", buf_text(&why));
    } else if (err != ERR_OK) {
        code = command_misused(context);
    }
    buf_fini(&why);
    return code;
}

static enum exit_code sim(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    struct sim_config config = {
        .swarm = argument_text(arguments, "swarm", NULL),
        .world = world_config_default(),
        .dream_every_days = 7,
    };
    if (argument_is_set(arguments, "knobs")) {
        print_knobs(context);
        return EXIT_OK;
    }
    enum exit_code code = read_config(context, &config);
    if (code == EXIT_OK && argument_is_set(arguments, "truth")) {
        print_truth(context, &config.world);
    } else if (code == EXIT_OK) {
        code = live(context, &config);
    }
    return code;
}

const struct command replay_command = {
    .name = "replay",
    .synopsis = "FILE [--speed X] [-n N] [--no-check]",
    .summary = "play a recorded trace over the bus, as its own agents",
    .text = "Every agent of the trace gets its own connection; afterwards the "
            "log is read back and\ncompared with the file. Ends with 5 where "
            "they differ. Playing it twice adds nothing.\n\n"
            "  reverie replay codeteam.jsonl\n"
            "  reverie replay airline.jsonl --speed 60 -n 1000\n",
    .options = replay_options,
    .option_count = ARRAY_LEN(replay_options),
    .connects = true,
    .words_min = 1,
    .words_max = 1,
    .run = replay,
};

const struct command sim_command = {
    .name = "sim",
    .synopsis = "[--scenario FILE] [--seed N] [--days N]",
    .summary = "let a simulated population live on the bus, and score dreams",
    .text =
        "Agents with planted preferences and habits of error work, dream, "
        "load memory and change\nwhat they do; the same life without memory "
        "is lived beside it. Ends with a scorecard:\nprecision, recall, "
        "false memories, time to detect, success with and without.\n\n"
        "  reverie sim\n"
        "  reverie sim --seed 7 --null --days 10\n"
        "  reverie sim --seed 7 --truth\n"
        "  reverie sim --scenario agents-sim/scenarios/workshop.yaml\n",
    .options = sim_options,
    .option_count = ARRAY_LEN(sim_options),
    .connects = true,
    .run = sim,
};
