/* SPDX-License-Identifier: MIT */
/* process.h: the real `reverie`, as processes of its own.
 *
 * A site is a new directory with the data of one broker, its ipc endpoint and
 * the processes that were started there; closing it ends all of them by their
 * pid and removes the directory. Every wait ends at something that happens or
 * at a deadline, and a deadline that passes fails the test with what the
 * process said. Children die with the test.
 * Threads: a site belongs to the thread that opened it. */
#ifndef REVERIE_TESTS_E2E_PROCESS_H
#define REVERIE_TESTS_E2E_PROCESS_H

#include <sys/types.h>

#include "base/bytes.h"
#include "base/edge/json.h"

enum {
    PROCESS_TIMEOUT_MS = 60000,
    SITE_PATH_MAX = 128,
    SITE_PROCESSES_MAX = 8,
    SITE_WORDS_MAX = 32
};

/* In place of an exit code: ended by this signal. */
#define PROCESS_SIGNALLED(number) (128 + (number))

struct process {
    pid_t pid; /* 0: the place is free */
    int pid_fd;
    int out_fd;
    struct buf out; /* what it wrote to stdout so far */
    struct buf err; /* to stderr; read when it has ended */
    char err_path[SITE_PATH_MAX];
};

struct site {
    char directory[SITE_PATH_MAX];
    char data[SITE_PATH_MAX];
    char endpoint[SITE_PATH_MAX]; /* ipc, where `up` puts it */
    struct process processes[SITE_PROCESSES_MAX];
    size_t started; /* names the files of stderr */
    int code;       /* of the last site_run */
    struct buf out; /* its stdout */
    struct buf err; /* its stderr */
};

void site_open(struct site *site);
void site_close(struct site *site);

/* Starts `reverie WORDS`, ${words} ending with NULL. REVERIE_CONNECT names the
 * site's endpoint. Lends the process until it has ended. */
struct process *site_start(struct site *site, const char *const *words);

/* A broker on the site's data and endpoint, listening when this returns.
 * ${settings}, ending with NULL, or NULL. */
struct process *site_broker(struct site *site, const char *const *settings);

/* `reverie up` on the site's data: a broker and a dream worker. */
struct process *site_up(struct site *site, const char *const *settings);

/* SIGTERM; fails the test unless it then ends with 0. */
void site_drain(struct process *process);

/* Runs `reverie WORDS` to its end: site->code, out and err. */
int site_run(struct site *site, const char *const *words);

#define WORDS(...)            ((const char *const[]){__VA_ARGS__, NULL})
#define SITE_RUN(site, ...)   site_run((site), WORDS(__VA_ARGS__))
#define SITE_START(site, ...) site_start((site), WORDS(__VA_ARGS__))

/* Fails the test, with what was said, unless the last site_run ended with
 * ${code}, or said ${text} (stdout or stderr). */
void site_expect_code(struct site *site, int code);
void site_expect_said(struct site *site, const char *text);

/* The last line of what the last site_run wrote, as JSON; gives it
 * (json_free). */
struct json *site_json(struct site *site);

/* Reads stdout until it holds ${text}. False: it ended, or the time did. */
bool process_heard(struct process *process, const char *text, int timeout_ms);

/* Whether it has not ended yet; process_wait says how. */
bool process_is_running(const struct process *process);

/* Waits for the end; gives the exit code or PROCESS_SIGNALLED. */
int process_wait(struct process *process);
void process_signal(const struct process *process, int number);

/* SIGKILL, and waits. */
void process_kill(struct process *process);

/* REVERIE_SEED, or one from the clock; printed, so that a failure can be
 * repeated. */
uint64_t test_seed(void);

/* Whether $REVERIE_TRACES (or its default) holds ${file}; else says that the
 * test is skipped. */
bool test_has_trace(const char *file, char path[], size_t path_max);

#endif
