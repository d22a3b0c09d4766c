/* SPDX-License-Identifier: MIT */
#include "tests/bench/running.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static bool read_endpoint(int fd, char out[RUNNING_ENDPOINT_BYTES])
{
    size_t len = 0;
    ssize_t got;
    while (len + 1 < RUNNING_ENDPOINT_BYTES &&
           (got = read(fd, out + len, 1)) == 1 && out[len] != '\n') {
        len++;
    }
    out[len] = 0;
    return len > 0;
}

bool running_start(struct running *running, server_main main)
{
    int ends[2];
    snprintf(running->folder, sizeof(running->folder),
             "/tmp/reverie-bench-XXXXXX");
    if (!mkdtemp(running->folder) || pipe(ends) != 0) {
        return false;
    }
    running->pid = fork();
    if (running->pid == 0) {
        close(ends[0]);
        prctl(PR_SET_NAME, "bench-server"); /* for profiles */
        main(ends[1], running->folder);
        _exit(1);
    }
    close(ends[1]);
    bool ok = running->pid > 0 && read_endpoint(ends[0], running->endpoint);
    close(ends[0]);
    return ok;
}

static double microseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

struct effort running_stop(struct running *running)
{
    struct rusage usage = {0};
    kill(running->pid, SIGKILL);
    wait4(running->pid, NULL, 0, &usage);
    char command[RUNNING_FOLDER_BYTES + 16];
    snprintf(command, sizeof(command), "rm -rf '%s'", running->folder);
    if (system(command) != 0) {
        fprintf(stderr, "bench: could not remove %s\n", running->folder);
    }
    return (struct effort){.cpu_us = microseconds(usage.ru_utime) +
                                     microseconds(usage.ru_stime),
                           .sleeps = (double)usage.ru_nvcsw};
}
