/* SPDX-License-Identifier: MIT */
/* up: broker and dream worker as children of one process.
 *
 *     start broker -> it listens -> start worker -> watch
 *     worker ends: start it again after a pause
 *     broker ends: end the worker, and with it
 *     SIGTERM, SIGINT: end the worker, then the broker drains; a second one
 *     ends both at once */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/edge/json.h"
#include "broker/broker.h"
#include "cli/child.h"
#include "cli/commands/commands.h"

enum {
    ENDPOINTS_MAX = 15,
    ENDPOINTS_TEXT_MAX = 8192,
    /* ARGUMENTS_MAX flags of the largest size */
    FLAGS_MAX = 4 << 20,
    /* sun_path less the NUL */
    IPC_PATH_MAX = 107
};

static const struct option up_options[] = {
    {"json", 'j', NULL, "print where it listens as one JSON object"},
    {"data", 'd', "DIR", "log, memory and keys; default: ./reverie-data"},
    {"bus", 'b', "ENDPOINT",
     "listen here, too (tcp://127.0.0.1:7463); may be repeated; ipc in DIR is "
     "always there"},
    {"config", 0, "FILE", "settings file, YAML; see config print"},
    {"no-dream", 0, NULL, "no dream worker"},
    {"dream-every", 0, "SECONDS", "dream by itself this often; default: never"},
    {"dream-token", 0, "FILE", "token of the worker; default: asserted"},
    {"defaults", 0, "FILE", "table of what everybody chooses anyway"},
};

struct up {
    struct context *context;
    char data[PATH_MAX];
    char bus[ENDPOINTS_TEXT_MAX];   /* what the broker is told */
    char heard[ENDPOINTS_TEXT_MAX]; /* what it said, one a line */
    char first[IPC_PATH_MAX + 8];   /* the ipc one */
    char fd_text[16];
    char shards_text[16];
    char budget[24];
    struct arena flags; /* settings handed on */
    int signals;
    struct child broker;
    struct child worker;
    bool has_worker;
    bool is_ending;
    enum exit_code code;
};

/* ---- what is started -------------------------------------------------------
 */

static enum exit_code find_data(struct up *up)
{
    const char *data =
        argument_text(&up->context->arguments, "data", "reverie-data");
    struct stat status;
    if ((mkdir(data, 0700) != 0 && errno != EEXIST) ||
        !realpath(data, up->data) || stat(up->data, &status) != 0) {
        command_complain(up->context, "data directory %s: %s", data,
                         strerror(errno));
        return EXIT_REFUSED;
    }
    if (!S_ISDIR(status.st_mode)) {
        command_complain(up->context, "data directory %s: %s", data,
                         strerror(ENOTDIR));
        return EXIT_REFUSED;
    }
    if (strlen(up->data) + strlen("/bus") > IPC_PATH_MAX) {
        command_complain(up->context,
                         "%s is too long for a socket in it (%d bytes): choose "
                         "a shorter --data",
                         up->data, IPC_PATH_MAX);
        return EXIT_REFUSED;
    }
    return EXIT_OK;
}

static enum exit_code join_endpoints(struct up *up)
{
    const char *extra[ENDPOINTS_MAX];
    size_t count =
        argument_list(&up->context->arguments, "bus", extra, ENDPOINTS_MAX);
    struct buf list;
    buf_init(&list, sizeof(up->bus) - 1);
    snprintf(up->first, sizeof(up->first), "ipc://%.*s/bus",
             IPC_PATH_MAX - (int)strlen("/bus"), up->data);
    buf_add_text(&list, up->first);
    for (size_t i = 0; i < count; i++) {
        buf_add_format(&list, ",%s", extra[i]);
    }
    enum err err = buf_error(&list);
    if (err == ERR_OK) {
        snprintf(up->bus, sizeof(up->bus), "%s", buf_text(&list));
    } else {
        command_complain(up->context, "the endpoints are too long together");
    }
    buf_fini(&list);
    return err == ERR_OK ? EXIT_OK : EXIT_USAGE;
}

static void add_option(struct child *child, const char *option,
                       const char *value)
{
    if (value) {
        child_add(child, option);
        child_add(child, value);
    }
}

/* "--lease=30s"; lent by ${up}. */
static const char *settings_flag(struct up *up, const struct argument *given)
{
    char text[ENDPOINTS_TEXT_MAX];
    int len =
        snprintf(text, sizeof(text), "--%s=%s", given->name, given->value);
    size_t bytes = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    return (const char *)arena_copy(&up->flags, bytes_of(text, bytes)).data;
}

static void fill_broker(struct up *up)
{
    const struct arguments *arguments = &up->context->arguments;
    struct child *broker = &up->broker;
    broker->name = "broker";
    child_add(broker, "reverie");
    child_add(broker, "broker");
    add_option(broker, "--config", argument_text(arguments, "config", NULL));
    for (size_t i = 0; i < arguments->given_count; i++) {
        child_add(broker, settings_flag(up, &arguments->given[i]));
    }
    add_option(broker, "--data", up->data);
    add_option(broker, "--bus", up->bus);
    add_option(broker, "--ready-fd", up->fd_text);
}

static void fill_worker(struct up *up)
{
    const struct arguments *arguments = &up->context->arguments;
    struct child *worker = &up->worker;
    up->has_worker = !argument_is_set(arguments, "no-dream");
    worker->name = "dream worker";
    child_add(worker, "reverie");
    child_add(worker, "dream");
    child_add(worker, "worker");
    add_option(worker, "--connect", up->first);
    add_option(worker, "--every",
               argument_text(arguments, "dream-every", NULL));
    add_option(worker, "--token",
               argument_text(arguments, "dream-token", NULL));
    add_option(worker, "--defaults",
               argument_text(arguments, "defaults", NULL));
    snprintf(
        up->shards_text, sizeof(up->shards_text), "%lld",
        (long long)settings_integer(up->context->settings, "dream-shards"));
    add_option(worker, "--shards", up->shards_text);
    snprintf(
        up->budget, sizeof(up->budget), "%lld",
        (long long)settings_integer(up->context->settings, "memory-budget"));
    add_option(worker, "--budget", up->budget);
}

/* ---- watching --------------------------------------------------------------
 */

static void begin_end(struct up *up, enum exit_code code)
{
    bool is_first = !up->is_ending;
    up->code = is_first ? code : up->code;
    up->is_ending = true;
    up->worker.restart_at_us = 0;
    if (!is_first) {
        child_signal(&up->worker, SIGKILL);
        child_signal(&up->broker, SIGKILL);
    } else if (up->worker.pid > 0) {
        child_signal(&up->worker, SIGTERM);
    } else {
        child_signal(&up->broker, SIGTERM);
    }
}

static void on_broker_end(struct up *up, const char *fate)
{
    up->broker.pid = 0;
    if (!up->is_ending) {
        command_complain(up->context, "the broker %s; its messages are above",
                         fate);
        begin_end(up, up->heard[0] ? EXIT_INTERRUPTED : EXIT_REFUSED);
    }
}

static void on_worker_end(struct up *up, const char *fate)
{
    int64_t now_us = clock_monotonic_us();
    child_ended(&up->worker, now_us);
    if (up->is_ending) {
        up->worker.restart_at_us = 0;
        child_signal(&up->broker, SIGTERM);
        return;
    }
    command_complain(
        up->context, "the dream worker %s; starting it again in %lld s", fate,
        (long long)((up->worker.restart_at_us - now_us) / US_PER_SECOND));
}

static void reap(struct up *up)
{
    int status = 0;
    pid_t pid = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct buf fate;
        buf_init(&fate, 64);
        child_fate(status, &fate);
        if (pid == up->broker.pid) {
            on_broker_end(up, buf_text(&fate));
        } else if (pid == up->worker.pid) {
            on_worker_end(up, buf_text(&fate));
        }
        buf_fini(&fate);
    }
}

static void take_signals(struct up *up)
{
    struct signalfd_siginfo info;
    while (read(up->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD) {
            reap(up);
            continue;
        }
        if (!up->is_ending) {
            command_say(up->context, "draining; once more ends it at once");
        }
        begin_end(up, EXIT_OK);
    }
}

static void start_worker_when_due(struct up *up)
{
    int64_t now_us = clock_monotonic_us();
    bool is_due =
        up->worker.restart_at_us != 0 && now_us >= up->worker.restart_at_us;
    if (is_due && child_start(&up->worker, now_us) != ERR_OK) {
        child_ended(&up->worker, now_us);
    }
}

static int wait_ms(const struct up *up)
{
    if (up->worker.restart_at_us == 0) {
        return -1;
    }
    int64_t left_us = up->worker.restart_at_us - clock_monotonic_us();
    return left_us <= 0 ? 0 : (int)(left_us / US_PER_MS) + 1;
}

static void watch_children(struct up *up)
{
    while (up->broker.pid > 0 || up->worker.pid > 0) {
        struct pollfd item = {.fd = up->signals, .events = POLLIN};
        (void)poll(&item, 1, wait_ms(up));
        take_signals(up);
        start_worker_when_due(up);
    }
}

/* ---- starting --------------------------------------------------------------
 */

/* Waits until the broker has said where it listens and closed its end, or has
 * ended. */
static void hear_endpoints(struct up *up, int ready_fd)
{
    size_t len = 0;
    ssize_t got = 1;
    while (got > 0 && len + 1 < sizeof(up->heard) && !up->is_ending) {
        struct pollfd items[] = {{.fd = ready_fd, .events = POLLIN},
                                 {.fd = up->signals, .events = POLLIN}};
        (void)poll(items, 2, -1);
        if (items[0].revents != 0) {
            got = read(ready_fd, up->heard + len, sizeof(up->heard) - 1 - len);
            len += got > 0 ? (size_t)got : 0;
        } else {
            take_signals(up);
        }
    }
    up->heard[len] = '\0';
}

static enum exit_code start_broker(struct up *up)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        command_complain(up->context, "pipe: %s", strerror(errno));
        return EXIT_REFUSED;
    }
    /* The writing end is for the broker alone: the worker is started after it
     * is closed here. */
    fcntl(ends[1], F_SETFD, 0);
    snprintf(up->fd_text, sizeof(up->fd_text), "%d", ends[1]);
    fill_broker(up);
    enum err err = child_start(&up->broker, clock_monotonic_us());
    close(ends[1]);
    if (err == ERR_OK) {
        hear_endpoints(up, ends[0]);
    }
    close(ends[0]);
    if (err != ERR_OK) {
        command_complain(up->context, "the broker cannot be started");
        return EXIT_REFUSED;
    }
    return EXIT_OK;
}

static void print_how_to_go_on(const struct up *up)
{
    FILE *out = up->context->out;
    const char *line = up->heard;
    fprintf(out, "reverie is up, data in %s\n", up->data);
    while (*line) {
        size_t len = strcspn(line, "\n");
        fprintf(out, "  listening on %.*s\n", (int)len, line);
        line += len + (line[len] == '\n' ? 1 : 0);
    }
    const char *policy = settings_text(up->context->settings, "policy");
    if (strcmp(policy, "approve-all-proposals") == 0) {
        fprintf(out, "  policy: approve-all-proposals (for experiments: what "
                     "passes the gate is applied without a human)\n");
    }
    fprintf(out,
            "\nfrom another terminal:\n"
            "  export REVERIE_CONNECT=%s\n"
            "  reverie pub --agent ada --team blue --to team:blue 'hello'\n"
            "  reverie tail --from 0 --stop\n"
            "  reverie sim                 # a population to watch\n"
            "  reverie dream run\n"
            "  reverie review list\n"
            "  reverie memory list\n"
            "\nCtrl-C or SIGTERM drains and ends it.\n",
            up->first);
    fflush(out);
}

static void print_json(const struct up *up)
{
    struct buf text;
    struct json *json = json_new_object();
    struct json *endpoints = json_new_array();
    const char *line = up->heard;
    json_set_text(json, "data", up->data);
    while (*line) {
        size_t len = strcspn(line, "\n");
        json_set_string(endpoints, NULL, bytes_of(line, len));
        line += len + (line[len] == '\n' ? 1 : 0);
    }
    json_set(json, "endpoints", endpoints);
    json_set_text(json, "policy",
                  settings_text(up->context->settings, "policy"));
    buf_init(&text, FLAGS_MAX);
    json_print(json, &text);
    fprintf(up->context->out, "%s\n", buf_text(&text));
    fflush(up->context->out);
    buf_fini(&text);
    json_free(json);
}

static int watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static enum exit_code run_up(struct up *up)
{
    enum exit_code code = find_data(up);
    if (code == EXIT_OK) {
        code = join_endpoints(up);
    }
    if (code != EXIT_OK) {
        return code;
    }
    up->signals = watch_signals();
    code = start_broker(up);
    if (code != EXIT_OK) {
        return code;
    }
    fill_worker(up);
    if (up->heard[0] != '\0' && !up->is_ending) {
        if (up->has_worker) {
            up->worker.restart_at_us = clock_monotonic_us();
            start_worker_when_due(up);
        }
        if (up->context->json) {
            print_json(up);
        } else {
            print_how_to_go_on(up);
        }
    }
    watch_children(up);
    close(up->signals);
    return up->code;
}

static enum exit_code up_run(struct context *context)
{
    struct up *up = mem_new(sizeof(*up));
    up->context = context;
    arena_init(&up->flags, FLAGS_MAX);
    enum exit_code code = run_up(up);
    arena_fini(&up->flags);
    free(up);
    return code;
}

const struct command up_command = {
    .name = "up",
    .synopsis = "[--data DIR] [--bus ENDPOINT]... [settings]",
    .summary = "start a broker and a dream worker, and keep them up",
    .text = "Listens on ipc in DIR and where --bus says; prints that, and how "
            "to go on. A worker that\nends is started again; when the broker "
            "ends, so does this, with 6, or with 1 "
            "if it never\nlistened. On SIGTERM it drains.\n\n"
            "  reverie up\n"
            "  reverie up --data /var/lib/reverie --bus tcp://127.0.0.1:7463\n"
            "  reverie up --policy review --dream-every 3600\n",
    .options = up_options,
    .option_count = ARRAY_LEN(up_options),
    .settings = broker_settings,
    .setting_count = &broker_setting_count,
    .run = up_run,
};
