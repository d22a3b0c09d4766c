/* SPDX-License-Identifier: MIT */
/* idle_bench: what agents that say nothing cost a broker.
 *
 *     idle_bench [AGENTS [SECONDS]]      default 1,000 agents for 12 seconds
 *
 * Resident memory of the broker's process without agents and with them, after
 * real hellos and at least two heartbeats each, and the processor time of an
 * idle second. Prints figures; asserts nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/reverie.h"
#include "tests/bench/reverie_server.h"
#include "tests/bench/running.h"

enum {
    AGENTS_MAX = 4000, /* the broker admits 4,096 peers */
    AGENTS_DEFAULT = 1000,
    SECONDS_DEFAULT = 12,
    SETTLE_S = 2,
    NAME_BYTES = 32,
    PATH_BYTES = 64,
    LINE_BYTES = 256,
    ROUND_US = 500 * 1000 /* between two looks at every client */
};

struct crowd {
    struct reverie_bus *bus;
    struct reverie *agents[AGENTS_MAX];
    size_t count;
};

/* VmRSS of ${pid} in KiB; 0 if it is gone. */
static double resident_kib(pid_t pid)
{
    char path[PATH_BYTES];
    char line[LINE_BYTES];
    double kib = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = strtod(line + 6, NULL);
        }
    }
    if (file) {
        fclose(file);
    }
    return kib;
}

/* Processor time of ${pid} so far. Behind the name, which may hold anything and
 * ends with the last bracket, user and system ticks are words 12 and 13. */
static double processor_s(pid_t pid)
{
    char path[PATH_BYTES];
    char line[2 * LINE_BYTES] = "";
    double ticks = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    bool is_read = file && fgets(line, sizeof(line), file);
    if (file) {
        fclose(file);
    }
    char *rest = is_read ? strrchr(line, ')') : NULL;
    char *place = NULL;
    char *word = rest ? strtok_r(rest + 1, " ", &place) : NULL;
    for (int i = 1; word && i <= 13; i++) {
        ticks += i >= 12 ? strtod(word, NULL) : 0;
        word = strtok_r(NULL, " ", &place);
    }
    return ticks / (double)sysconf(_SC_CLK_TCK);
}

static bool join(struct crowd *crowd, const char *endpoint, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[NAME_BYTES];
        snprintf(name, sizeof(name), "idle-%zu", i);
        struct reverie_config config = {.endpoint = endpoint,
                                        .agent = name,
                                        .team = "idle",
                                        .bus = crowd->bus};
        enum reverie_result result =
            reverie_open(&config, &crowd->agents[crowd->count]);
        if (crowd->agents[crowd->count]) {
            crowd->count++;
        }
        if (result != REVERIE_OK) {
            fprintf(stderr, "bench: agent %zu: %s\n", i,
                    crowd->count ? reverie_why(crowd->agents[crowd->count - 1])
                                 : "no client");
            return false;
        }
    }
    return true;
}

/* Keeps heartbeats going; gives how many connections were lost. */
static size_t rest(struct crowd *crowd, double seconds)
{
    int64_t until_us = clock_monotonic_us() + (int64_t)(seconds * 1e6);
    size_t lost = 0;
    while (clock_monotonic_us() < until_us) {
        for (size_t i = 0; i < crowd->count; i++) {
            enum reverie_result result = reverie_poll(crowd->agents[i], 0);
            lost += result != REVERIE_OK && result != REVERIE_TIMEOUT;
        }
        usleep(ROUND_US);
    }
    return lost;
}

static void leave(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++) {
        reverie_close(crowd->agents[i]);
    }
    reverie_bus_close(crowd->bus);
}

static bool measure(const struct running *running, size_t count, double seconds)
{
    static struct crowd crowd;
    double before_kib = resident_kib(running->pid);
    double spent_s = processor_s(running->pid);
    sleep(SETTLE_S);
    double alone_s = processor_s(running->pid) - spent_s;
    crowd.bus = reverie_bus_new();
    bool ok = crowd.bus && join(&crowd, running->endpoint, count);
    spent_s = processor_s(running->pid);
    size_t lost = ok ? rest(&crowd, seconds) : 0;
    double idle_s = processor_s(running->pid) - spent_s;
    double after_kib = resident_kib(running->pid);
    printf("broker without agents       %8.1f MiB resident, %5.1f ms of "
           "processor time a second\n",
           before_kib / 1024, alone_s / SETTLE_S * 1000);
    printf("with %5zu idle agents      %8.1f MiB resident, %5.1f ms of "
           "processor time a second, %zu lost\n",
           crowd.count, after_kib / 1024, idle_s / seconds * 1000, lost);
    printf("difference                  %8.1f MiB (target at 1,000: <= 64)\n",
           (after_kib - before_kib) / 1024);
    leave(&crowd);
    return ok && lost == 0;
}

int main(int argc, char **argv)
{
    size_t count =
        argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : AGENTS_DEFAULT;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : SECONDS_DEFAULT;
    struct running running;
    if (count == 0 || count > AGENTS_MAX || seconds <= 0) {
        fprintf(stderr, "usage: idle_bench [AGENTS, 1 to %d [SECONDS]]\n",
                AGENTS_MAX);
        return 2;
    }
    if (!running_start(&running, reverie_server)) {
        fprintf(stderr, "bench: the broker did not start\n");
        return 1;
    }
    bool ok = measure(&running, count, seconds);
    running_stop(&running);
    return ok ? 0 : 1;
}
