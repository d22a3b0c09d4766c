/* SPDX-License-Identifier: MIT */
/* broker and dream worker: the parts that serve, each as its own process. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/edge/json.h"
#include "base/id.h"
#include "base/text/glyph.h"
#include "broker/broker.h"
#include "cli/commands/commands.h"
#include "cli/link.h"
#include "plugin/stretches.h"
#include "plugin/worker.h"

enum {
    WHY_MAX = 4096,
    PATH_TEXT_MAX = 4096,
    ENDPOINT_TEXT_MAX = 512,
    TABLE_MAX = 1 << 20,
    WINDOW_MIN = 1 << 10,
    WINDOW_MAX = 1 << 30,
    BUDGET_MIN = 256, /* as the setting memory-budget */
    BUDGET_MAX = 1000000000
};

static const struct option broker_options[] = {
    {"json", 'j', NULL, "print where it listens as JSON, one object a line"},
    {"config", 0, "FILE", "settings file, YAML; see config print"},
    {"ready-fd", 0, "N",
     "write the endpoints to this descriptor once it "
     "listens, one a line, and close it"},
};

static const struct option worker_options[] = {
    {"principal", 0, "NAME", "asserted identity; default: dream-worker"},
    {"every", 0, "SECONDS", "also dream by itself this often; default: never"},
    {"window", 0, "BYTES", "of the log on their way at a time; default: 8 MiB"},
    {"shards", 0, "N",
     "threads that read and feed detectors; what is dreamt does not depend on "
     "them; default: 1"},
    {"defaults", 0, "FILE", "table of what everybody chooses anyway"},
    {"budget", 0, "TOKENS", "of a store of memory, bytes / 4; default: 32768"},
    {"redact-key", 0, "FILE",
     "the broker's redactor key, 32 hexadecimal "
     "digits; default: the one of all zeros"},
};

/* ---- broker ----------------------------------------------------------------
 */

/* What other commands connect to without being told: ipc where there is one,
 * because it needs no port and asks the file system who may. */
static const char *best_endpoint(const struct broker *broker)
{
    const char *endpoint = NULL;
    for (size_t i = 0; (endpoint = broker_endpoint(broker, i)); i++) {
        if (strncmp(endpoint, "ipc:", 4) == 0) {
            return endpoint;
        }
    }
    return broker_endpoint(broker, 0);
}

static void endpoint_path(const struct broker_config *config,
                          char out[PATH_TEXT_MAX])
{
    snprintf(out, PATH_TEXT_MAX, "%s/endpoint", config->data);
}

/* Whole or not at all, so that nobody reads half of it. */
static void write_endpoint(const struct context *context,
                           const struct broker_config *config,
                           const struct broker *broker)
{
    char path[PATH_TEXT_MAX];
    char fresh[PATH_TEXT_MAX + 8];
    endpoint_path(config, path);
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    FILE *file = fopen(fresh, "we");
    bool is_written = file && fprintf(file, "%s\n", best_endpoint(broker)) > 0;
    is_written = (!file || fclose(file) == 0) && is_written;
    if (!is_written || rename(fresh, path) != 0) {
        command_complain(context,
                         "%s cannot be written (%s): name the "
                         "endpoint with --connect",
                         path, strerror(errno));
    }
}

static void print_endpoint(const struct context *context, const char *endpoint)
{
    struct buf line;
    buf_init(&line, PATH_TEXT_MAX);
    if (context->json) {
        struct json *json = json_new_object();
        json_set_text(json, "endpoint", endpoint);
        json_print(json, &line);
        json_free(json);
    } else {
        buf_add_text(&line, "listening on ");
        glyph_add_all(&line, bytes_of_text(endpoint));
    }
    buf_add_u8(&line, '\n');
    command_print(context, &line);
    buf_fini(&line);
}

/* `up` starts a broker with settings that are for its worker. */
static void say_idle_settings(const struct context *context)
{
    struct buf note;
    buf_init(&note, WHY_MAX);
    for (size_t i = 0; command_idle_setting(context->settings, i, &note); i++) {
        command_say(context, "note: %s", buf_text(&note));
        buf_reset(&note);
    }
    buf_fini(&note);
}

static void announce(const struct context *context, int ready_fd,
                     const struct broker *broker)
{
    const char *endpoint = NULL;
    for (size_t i = 0; (endpoint = broker_endpoint(broker, i)); i++) {
        if (ready_fd >= 0) {
            dprintf(ready_fd, "%s\n", endpoint);
        } else {
            print_endpoint(context, endpoint);
        }
    }
    if (ready_fd >= 0) {
        close(ready_fd);
    } else {
        say_idle_settings(context);
    }
}

static enum exit_code serve(struct context *context,
                            const struct broker_config *config, int ready_fd)
{
    char path[PATH_TEXT_MAX];
    struct buf why;
    struct broker *broker = NULL;
    enum exit_code code = EXIT_OK;
    buf_init(&why, WHY_MAX);
    enum err err = broker_open(config, &why, &broker);
    if (err != ERR_OK) {
        command_complain(context, "%s",
                         why.len > 0 ? buf_text(&why) : err_text(err));
        code = EXIT_REFUSED;
    } else {
        write_endpoint(context, config, broker);
        announce(context, ready_fd, broker);
        err = broker_run(broker);
        endpoint_path(config, path);
        unlink(path);
        if (err != ERR_OK) {
            command_complain(context, "ended: %s", err_text(err));
            code = EXIT_INTERRUPTED;
        }
    }
    broker_close(broker);
    buf_fini(&why);
    return code;
}

static enum exit_code broker_run_command(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    uint64_t ready_fd = 0;
    struct broker_config config;
    struct buf why;
    if (argument_number(arguments, "ready-fd", 3, 1023, &ready_fd) != ERR_OK) {
        return command_misused(context);
    }
    buf_init(&why, WHY_MAX);
    enum exit_code code = EXIT_OK;
    if (broker_config_read(context->settings, &why, &config) != ERR_OK) {
        snprintf(arguments->why, sizeof(arguments->why), "%s", buf_text(&why));
        code = command_misused(context);
    } else if (mkdir(config.data, 0700) != 0 && errno != EEXIST) {
        command_complain(context, "%s: %s", config.data, strerror(errno));
        code = EXIT_REFUSED;
    }
    buf_fini(&why);
    if (code != EXIT_OK) {
        return code;
    }
    config.handles_signals = true;
    return serve(context, &config,
                 argument_is_set(arguments, "ready-fd") ? (int)ready_fd : -1);
}

/* ---- dream worker ----------------------------------------------------------
 */

/* Blocks the signals that end a process and gives a descriptor that tells of
 * them; -1: the system has none left. */
static int watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static enum exit_code read_file(const struct context *context, const char *path,
                                struct buf *out)
{
    char part[4096];
    size_t len = 0;
    FILE *file = fopen(path, "re");
    if (!file) {
        command_complain(context, "%s: %s", path, strerror(errno));
        return EXIT_REFUSED;
    }
    while ((len = fread(part, 1, sizeof(part), file)) > 0) {
        buf_add(out, bytes_of(part, len));
    }
    bool is_whole = !ferror(file) && buf_error(out) == ERR_OK;
    fclose(file);
    if (!is_whole) {
        command_complain(context, "%s cannot be read, or is too large", path);
    }
    return is_whole ? EXIT_OK : EXIT_REFUSED;
}

static enum exit_code read_key(const struct context *context,
                               struct redact_key *key)
{
    const char *path = argument_text(&context->arguments, "redact-key", NULL);
    struct buf text;
    if (!path) {
        return EXIT_OK;
    }
    buf_init(&text, PATH_TEXT_MAX);
    enum exit_code code = read_file(context, path, &text);
    struct bytes digits =
        bytes_slice(buf_bytes(&text), 0, (size_t)2 * REDACT_KEY_BYTES);
    if (code == EXIT_OK &&
        hex_parse(digits, key->bytes, REDACT_KEY_BYTES) != ERR_OK) {
        command_complain(context, "%s does not hold 32 hexadecimal digits",
                         path);
        code = EXIT_REFUSED;
    }
    buf_fini(&text);
    return code;
}

/* What the callbacks of a worker are given. */
struct working {
    struct context *context;
    int signals;
};

static bool should_stop(void *context)
{
    const struct working *working = context;
    struct signalfd_siginfo info;
    return read(working->signals, &info, sizeof(info)) == (ssize_t)sizeof(info);
}

static void print_line(struct context *context, struct json *json)
{
    struct buf line;
    buf_init(&line, TABLE_MAX);
    json_print(json, &line);
    buf_add_u8(&line, '\n');
    command_print(context, &line);
    buf_fini(&line);
    json_free(json);
}

/* Without --json it is silent: `up` gives it its own output, and the diary on
 * stderr says what it did. */
static void on_ready(void *context)
{
    const struct working *working = context;
    char endpoint[ENDPOINT_TEXT_MAX] = "";
    if (!working->context->json ||
        link_endpoint(working->context, endpoint, sizeof(endpoint)) != ERR_OK) {
        return;
    }
    struct json *json = json_new_object();
    json_set_text(json, "serves", "dream");
    json_set_text(json, "endpoint", endpoint);
    print_line(working->context, json);
}

static void on_dreamed(void *context, const struct worker_dream *dream)
{
    const struct working *working = context;
    if (!working->context->json) {
        return;
    }
    struct json *json = json_new_object();
    json_set_text(json, "dream", dream->name);
    json_set_text(json, "code", err_name(dream->err));
    json_set_text(json, "why", dream->why);
    json_set_int(json, "from_seq", (int64_t)dream->from_seq);
    json_set_int(json, "to_seq", (int64_t)dream->to_seq);
    json_set_int(json, "candidates", (int64_t)dream->candidates);
    json_set_int(json, "proposed", (int64_t)dream->proposed);
    json_set_bool(json, "dry", dream->is_dry);
    json_set_bool(json, "scheduled", dream->is_scheduled);
    json_set_int(json, "took_us", dream->took_us);
    print_line(working->context, json);
}

static enum exit_code work(struct context *context,
                           const struct worker_config *config)
{
    struct buf why;
    buf_init(&why, WHY_MAX);
    enum err err = worker_run(config, &why);
    if (err != ERR_OK) {
        command_complain(context, "%s",
                         why.len > 0 ? buf_text(&why) : err_text(err));
    }
    buf_fini(&why);
    return err == ERR_OK        ? EXIT_OK
           : err == ERR_CLOSED  ? EXIT_INTERRUPTED
           : err == ERR_TIMEOUT ? EXIT_NO_BROKER
                                : EXIT_REFUSED;
}

enum exit_code command_dream_shape(struct context *context,
                                   struct dream_shape *out_shape)
{
    struct arguments *arguments = &context->arguments;
    const char *path = argument_text(arguments, "defaults", NULL);
    *out_shape = (struct dream_shape){.budget_tokens = 0};
    buf_init(&out_shape->defaults, TABLE_MAX);
    if (argument_number(arguments, "budget", BUDGET_MIN, BUDGET_MAX,
                        &out_shape->budget_tokens) != ERR_OK) {
        return command_misused(context);
    }
    enum exit_code code = read_key(context, &out_shape->key);
    return code == EXIT_OK && path
               ? read_file(context, path, &out_shape->defaults)
               : code;
}

static enum exit_code dream_worker(struct context *context)
{
    struct arguments *arguments = &context->arguments;
    char endpoint[ENDPOINT_TEXT_MAX];
    uint64_t every_s = 0;
    uint64_t window_bytes = 0;
    uint64_t shards = 1;
    struct dream_shape shape;
    struct working working = {.context = context, .signals = watch_signals()};
    struct worker_config config = {
        .endpoint = endpoint,
        .swarm = argument_text(arguments, "swarm", NULL),
        .principal = argument_text(arguments, "principal", "dream-worker"),
        .token_file = argument_text(arguments, "token", NULL),
        .should_stop = should_stop,
        .ready = on_ready,
        .dreamed = on_dreamed,
        .context = &working,
    };
    if (argument_number(arguments, "every", 1, 31536000, &every_s) != ERR_OK ||
        argument_number(arguments, "window", WINDOW_MIN, WINDOW_MAX,
                        &window_bytes) != ERR_OK ||
        argument_number(arguments, "shards", 1, SHARDS_MAX, &shards) !=
            ERR_OK) {
        return command_misused(context);
    }
    config.shards = (size_t)shards;
    config.every_us = (int64_t)every_s * US_PER_SECOND;
    config.window_bytes = (int64_t)window_bytes;
    if (link_endpoint(context, endpoint, sizeof(endpoint)) != ERR_OK) {
        command_complain(context, "no broker is known here: name one with "
                                  "--connect ENDPOINT");
        return EXIT_NO_BROKER;
    }
    enum exit_code code = command_dream_shape(context, &shape);
    if (code == EXIT_OK) {
        config.key = shape.key;
        config.defaults = buf_bytes(&shape.defaults);
        config.budget_tokens = shape.budget_tokens;
        code = work(context, &config);
    }
    buf_fini(&shape.defaults);
    return code;
}

const struct command broker_command = {
    .name = "broker",
    .synopsis = "[--data DIR] [--bus ENDPOINTS] [settings]",
    .summary = "run the broker alone, without a dream worker",
    .text = "Listens until SIGTERM, then drains: refuses what is new, finishes "
            "what it took. Writes\nwhere it listens to DIR/endpoint.\n\n"
            "  reverie broker --data ./reverie-data\n"
            "  reverie broker --config reverie.yaml --policy review\n",
    .options = broker_options,
    .option_count = ARRAY_LEN(broker_options),
    .settings = broker_settings,
    .setting_count = &broker_setting_count,
    .run = broker_run_command,
};

const struct command dream_worker_command = {
    .name = "dream worker",
    .synopsis = "[--connect ENDPOINT] [--every SECONDS] [--shards N]",
    .summary = "run a dream worker; reverie up does that by itself",
    .text = "An ordinary client that reads the log, answers dream run and "
            "proposes changes. It keeps\nnothing on disk, and may run on "
            "another machine. With --json it prints a line when it serves, "
            "and one for every dream:\ndream, code (ok, or why it failed), "
            "from_seq, to_seq, candidates, proposed, dry,\nscheduled, "
            "took_us.\n\n"
            "  reverie dream worker --connect tcp://127.0.0.1:7463 --token "
            "worker.token\n",
    .options = worker_options,
    .option_count = ARRAY_LEN(worker_options),
    .connects = true,
    .run = dream_worker,
};
