/* SPDX-License-Identifier: MIT */
#include "tests/e2e/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

enum {
    OUTPUT_MAX = 64 << 20,
    CHUNK = 1 << 16
};

/* ---- sites --------------------------------------------------------------- */

void site_open(struct site *site)
{
    *site = (struct site){.directory = "/tmp/reverie-e2e-XXXXXX"};
    assert_non_null(mkdtemp(site->directory));
    (void)snprintf(site->data, sizeof(site->data), "%.100s/data",
                   site->directory);
    (void)snprintf(site->endpoint, sizeof(site->endpoint), "ipc://%.100s/bus",
                   site->data);
    assert_int_equal(mkdir(site->data, 0700), 0);
    buf_init(&site->out, OUTPUT_MAX);
    buf_init(&site->err, OUTPUT_MAX);
}

void site_close(struct site *site)
{
    char command[SITE_PATH_MAX + 16];

    for (size_t i = 0; i < SITE_PROCESSES_MAX; i++) {
        if (site->processes[i].pid > 0) {
            process_kill(&site->processes[i]);
        }
        buf_fini(&site->processes[i].out);
        buf_fini(&site->processes[i].err);
    }
    buf_fini(&site->out);
    buf_fini(&site->err);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", site->directory);
    assert_int_equal(system(command), 0);
}

/* ---- starting ------------------------------------------------------------ */

static struct process *free_place(struct site *site)
{
    for (size_t i = 0; i < SITE_PROCESSES_MAX; i++) {
        if (site->processes[i].pid == 0) {
            return &site->processes[i];
        }
    }
    fail_msg("more than %d processes", SITE_PROCESSES_MAX);
    return NULL;
}

/* In the child: nothing of the test is left open, and it dies with it. */
static void become(const struct process *process, int out_fd,
                   char *const *words, char *const *environment)
{
    int err_fd = open(process->err_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(out_fd, STDOUT_FILENO) >= 0 && dup2(err_fd, STDERR_FILENO) >= 0 &&
        close_range(STDERR_FILENO + 1, ~0U, 0) == 0) {
        execve(REVERIE_BINARY, words, environment);
    }
    _exit(127);
}

/* The environment, with the site's endpoint in it. */
static char **environment_with(const char *setting)
{
    size_t count = 0;
    size_t kept = 0;

    while (environ[count] != NULL) {
        count++;
    }
    char **copy = mem_new((count + 2) * sizeof(*copy));
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "REVERIE_CONNECT=", 16) != 0) {
            copy[kept++] = environ[i];
        }
    }
    copy[kept] = (char *)(uintptr_t)setting;
    return copy;
}

struct process *site_start(struct site *site, const char *const *words)
{
    struct process *process = free_place(site);
    char setting[SITE_PATH_MAX + 32];
    char *argv[SITE_WORDS_MAX + 2] = {(char *)(uintptr_t)REVERIE_BINARY};
    int ends[2];

    for (size_t i = 0; words[i] != NULL; i++) {
        assert_true(i < SITE_WORDS_MAX);
        argv[i + 1] = (char *)(uintptr_t)words[i];
    }
    buf_fini(&process->out);
    buf_fini(&process->err);
    buf_init(&process->out, OUTPUT_MAX);
    buf_init(&process->err, OUTPUT_MAX);
    (void)snprintf(process->err_path, sizeof(process->err_path),
                   "%.80s/stderr-%zu", site->directory, site->started++);
    (void)snprintf(setting, sizeof(setting), "REVERIE_CONNECT=%s",
                   site->endpoint);
    char **environment = environment_with(setting);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    process->pid = fork();
    if (process->pid == 0) {
        become(process, ends[1], argv, environment);
    }
    assert_true(process->pid > 0);
    free(environment);
    close(ends[1]);
    process->out_fd = ends[0];
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    process->pid_fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    assert_true(process->pid_fd >= 0);
    return process;
}

/* ${words} and ${settings}, until it has said ${ready}. */
static struct process *start_ready(struct site *site, const char *const *words,
                                   const char *const *settings,
                                   const char *ready)
{
    const char *all[SITE_WORDS_MAX + 1] = {NULL};
    size_t count = 0;

    for (; words[count] != NULL; count++) {
        all[count] = words[count];
    }
    for (size_t i = 0; settings != NULL && settings[i] != NULL; i++) {
        assert_true(count < SITE_WORDS_MAX);
        all[count++] = settings[i];
    }
    struct process *process = site_start(site, all);
    if (!process_heard(process, ready, PROCESS_TIMEOUT_MS)) {
        process_kill(process);
        fail_msg("%s is not ready: %s", words[0], buf_text(&process->err));
    }
    return process;
}

struct process *site_broker(struct site *site, const char *const *settings)
{
    return start_ready(
        site, WORDS("broker", "--data", site->data, "--bus", site->endpoint),
        settings, "listening on");
}

struct process *site_up(struct site *site, const char *const *settings)
{
    return start_ready(site, WORDS("up", "--data", site->data), settings,
                       "drains and ends it");
}

void site_drain(struct process *process)
{
    process_signal(process, SIGTERM);
    int code = process_wait(process);
    if (code != 0) {
        fail_msg("draining ended with %d: %s", code, buf_text(&process->err));
    }
}

/* ---- listening ----------------------------------------------------------- */

/* Takes what has been written; false at its end. */
static bool drain_out(struct process *process)
{
    ssize_t got = 1;

    while (got > 0) {
        uint8_t *place = buf_reserve(&process->out, CHUNK);
        assert_non_null(place);
        got = read(process->out_fd, place, CHUNK);
        if (got > 0) {
            buf_commit(&process->out, (size_t)got);
        }
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static int left_ms(int64_t until_us)
{
    int64_t left_us = until_us - clock_monotonic_us();

    return left_us <= 0 ? 0 : (int)(left_us / US_PER_MS) + 1;
}

bool process_heard(struct process *process, const char *text, int timeout_ms)
{
    int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
    struct pollfd item = {.fd = process->out_fd, .events = POLLIN};
    bool is_open = true;

    while (is_open && strstr(buf_text(&process->out), text) == NULL) {
        if (clock_monotonic_us() >= until_us) {
            return false;
        }
        (void)poll(&item, 1, left_ms(until_us));
        is_open = drain_out(process);
    }
    return strstr(buf_text(&process->out), text) != NULL;
}

static void read_errors(struct process *process)
{
    FILE *file = fopen(process->err_path, "re");
    size_t got = 1;

    while (file != NULL && got > 0) {
        uint8_t *place = buf_reserve(&process->err, CHUNK);
        assert_non_null(place);
        got = fread(place, 1, CHUNK, file);
        buf_commit(&process->err, got);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

/* ---- ending -------------------------------------------------------------- */

/* Until the process itself has ended; its children may hold stdout open. */
static bool has_ended(struct process *process, int timeout_ms)
{
    int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
    struct pollfd items[2] = {{.fd = process->pid_fd, .events = POLLIN},
                              {.fd = process->out_fd, .events = POLLIN}};

    while (items[0].revents == 0 && clock_monotonic_us() < until_us) {
        (void)poll(items, 2, left_ms(until_us));
        if (!drain_out(process)) {
            items[1].fd = -1;
        }
    }
    return items[0].revents != 0;
}

static int collect(struct process *process)
{
    int status = 0;

    assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
    (void)drain_out(process);
    read_errors(process);
    close(process->pid_fd);
    close(process->out_fd);
    process->pid = 0;
    return WIFSIGNALED(status) ? PROCESS_SIGNALLED(WTERMSIG(status))
                               : WEXITSTATUS(status);
}

bool process_is_running(const struct process *process)
{
    struct pollfd item = {.fd = process->pid_fd, .events = POLLIN};

    return poll(&item, 1, 0) == 0;
}

int process_wait(struct process *process)
{
    if (!has_ended(process, PROCESS_TIMEOUT_MS)) {
        process_kill(process);
        fail_msg("it does not end; it said: %s%s", buf_text(&process->out),
                 buf_text(&process->err));
    }
    return collect(process);
}

void process_signal(const struct process *process, int number)
{
    assert_int_equal(kill(process->pid, number), 0);
}

void process_kill(struct process *process)
{
    (void)kill(process->pid, SIGKILL);
    (void)collect(process);
}

/* ---- to the end ---------------------------------------------------------- */

int site_run(struct site *site, const char *const *words)
{
    struct process *process = site_start(site, words);

    site->code = process_wait(process);
    buf_reset(&site->out);
    buf_reset(&site->err);
    buf_add(&site->out, buf_bytes(&process->out));
    buf_add(&site->err, buf_bytes(&process->err));
    return site->code;
}

void site_expect_code(struct site *site, int code)
{
    if (site->code != code) {
        fail_msg("ended with %d instead of %d: %s%s", site->code, code,
                 buf_text(&site->out), buf_text(&site->err));
    }
}

void site_expect_said(struct site *site, const char *text)
{
    if (strstr(buf_text(&site->out), text) == NULL &&
        strstr(buf_text(&site->err), text) == NULL) {
        fail_msg("did not say \"%s\" but: %s%s", text, buf_text(&site->out),
                 buf_text(&site->err));
    }
}

struct json *site_json(struct site *site)
{
    struct bytes said = buf_bytes(&site->out);
    struct json *json = NULL;
    size_t start = said.len;

    while (start > 1 && said.data[start - 2] != '\n') {
        start--;
    }
    start = start > 0 ? start - 1 : 0;
    if (json_parse(bytes_slice(said, start, said.len - start), &json) !=
        ERR_OK) {
        fail_msg("no JSON: %s", buf_text(&site->out));
    }
    return json;
}

/* ---- circumstances ------------------------------------------------------- */

uint64_t test_seed(void)
{
    const char *given = getenv("REVERIE_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10)
                                  : (uint64_t)clock_wall_us() % 1000000;

    print_message("REVERIE_SEED=%" PRIu64 "\n", seed);
    return seed;
}

bool test_has_trace(const char *file, char path[], size_t path_max)
{
    const char *folder = getenv("REVERIE_TRACES");

    (void)snprintf(path, path_max, "%s/%s",
                   folder != NULL ? folder : REVERIE_TRACES_DEFAULT, file);
    bool is_there = access(path, R_OK) == 0;
    if (!is_there) {
        print_message("skipped: there is no %s\n", path);
    }
    return is_there;
}
