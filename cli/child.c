/* SPDX-License-Identifier: MIT */
#include "cli/child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    EXEC_FAILED = 127
};

static const int64_t soon_us = 30 * US_PER_SECOND;
static const int64_t pause_max_us = 60 * US_PER_SECOND;

void child_add(struct child *child, const char *word)
{
    assert(child->word_count < CHILD_WORDS_MAX);
    child->words[child->word_count++] = word;
    child->words[child->word_count] = NULL;
}

/* In the child. A group of its own, so that Ctrl-C reaches the parent alone,
 * which then ends its children in order. */
static void become(const struct child *child, pid_t parent)
{
    sigset_t none;
    union {
        const char *const *in;
        char *const *out;
    } words = {.in = child->words};
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent) {
        execv("/proc/self/exe", words.out);
    }
    _exit(EXEC_FAILED);
}

enum err child_start(struct child *child, int64_t now_us)
{
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        return ERR_IO;
    }
    if (pid == 0) {
        become(child, parent);
    }
    child->pid = pid;
    child->started_us = now_us;
    child->restart_at_us = 0;
    return ERR_OK;
}

void child_ended(struct child *child, int64_t now_us)
{
    int64_t pause_us = US_PER_SECOND;
    bool was_soon = now_us - child->started_us < soon_us;
    child->pid = 0;
    child->failures = was_soon ? child->failures + 1 : 1;
    for (uint32_t i = 1; i < child->failures && pause_us < pause_max_us; i++) {
        pause_us *= 2;
    }
    child->restart_at_us =
        now_us + (pause_us < pause_max_us ? pause_us : pause_max_us);
}

void child_signal(const struct child *child, int number)
{
    if (child->pid > 0) {
        kill(child->pid, number);
    }
}

void child_fate(int status, struct buf *out)
{
    if (WIFSIGNALED(status)) {
        buf_add_format(out, "was ended by signal %d", WTERMSIG(status));
    } else {
        buf_add_format(out, "ended with %d", WEXITSTATUS(status));
    }
}
