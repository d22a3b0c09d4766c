/* SPDX-License-Identifier: MIT */
/* idle_bench: what agents that say nothing cost a broker.
 *
 *     idle_bench [RUNS [AGENTS]]      default 5 runs of 1,000 agents
 *
 * Resident memory of the broker's process without agents, and with them once
 * all are welcome and it has not changed over two heartbeats of every agent, or
 * after 24 seconds; the processor time of an idle second. Medians of RUNS with
 * their spread; a fresh broker each. Prints figures; asserts nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/reverie.h"
#include "tests/bench/figures.h"
#include "tests/bench/reverie_server.h"
#include "tests/bench/running.h"

enum {
    AGENTS_MAX = 4000, /* the broker admits 4,096 peers */
    AGENTS_DEFAULT = 1000,
    RUNS_DEFAULT = 5,
    PERIOD_S = 12,   /* two heartbeats and more: a lease is 15 seconds */
    PERIODS_MAX = 2, /* libzmq goes on touching its queues; see README.md */
    ALONE_US = 500 * 1000, /* between two looks without agents */
    STEADY_KIB = 64,
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

/* Runs the agents by whole periods until the memory of ${pid} stays as it is.
 * Gives the processor time of a second of the last one. */
static double rest_until_steady(struct crowd *crowd, pid_t pid, bool *out_ok)
{
    double before_kib = resident_kib(pid);
    double busy_s = 0;
    size_t lost = 0;
    for (size_t period = 0; period < PERIODS_MAX && lost == 0; period++) {
        double spent_s = processor_s(pid);
        lost = rest(crowd, PERIOD_S);
        busy_s = (processor_s(pid) - spent_s) / PERIOD_S;
        double now_kib = resident_kib(pid);
        fprintf(stderr, "idle_bench: %.1f MiB after %zu s\n", now_kib / 1024,
                (period + 1) * PERIOD_S);
        bool is_steady = now_kib - before_kib < STEADY_KIB;
        before_kib = now_kib;
        if (is_steady) {
            break;
        }
    }
    if (lost > 0) {
        fprintf(stderr, "bench: %zu connections were lost\n", lost);
    }
    *out_ok = lost == 0;
    return busy_s;
}

/* A broker that has just started still settles. */
static double alone_kib(pid_t pid)
{
    double before_kib = 0;
    double now_kib = resident_kib(pid);
    while (now_kib != before_kib) {
        before_kib = now_kib;
        usleep(ALONE_US);
        now_kib = resident_kib(pid);
    }
    return now_kib;
}

struct figures {
    struct figure alone_mib;
    struct figure crowd_mib;
    struct figure more_mib;
    struct figure busy_ms;
};

/* reverie_open returns once the agent is welcome: all are connected then. */
static bool measure(const struct running *running, size_t count,
                    struct figures *figures)
{
    static struct crowd crowd;
    crowd.count = 0;
    crowd.bus = reverie_bus_new();
    double alone = alone_kib(running->pid) / 1024;
    bool ok = crowd.bus && join(&crowd, running->endpoint, count);
    double busy_s = ok ? rest_until_steady(&crowd, running->pid, &ok) : 0;
    double with = resident_kib(running->pid) / 1024;
    figure_add(&figures->alone_mib, alone);
    figure_add(&figures->crowd_mib, with);
    figure_add(&figures->more_mib, with - alone);
    figure_add(&figures->busy_ms, busy_s * 1000);
    leave(&crowd);
    return ok;
}

static void print(const struct figures *figures, size_t agents)
{
    printf("medians of %zu runs (min .. max), %zu agents\n",
           figures->more_mib.count, agents);
    figure_print("resident without agents", &figures->alone_mib, "MiB");
    figure_print("resident with idle agents", &figures->crowd_mib, "MiB");
    figure_print("difference", &figures->more_mib,
                 "MiB (target at 1,000: <= 64)");
    figure_print("processor time with them", &figures->busy_ms, "ms/s");
}

int main(int argc, char **argv)
{
    size_t runs = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : RUNS_DEFAULT;
    size_t count =
        argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : AGENTS_DEFAULT;
    struct figures figures = {0};
    if (runs == 0 || runs > FIGURES_MAX || count == 0 || count > AGENTS_MAX) {
        fprintf(stderr, "usage: idle_bench [RUNS, 1 to %d [AGENTS, 1 to %d]]\n",
                FIGURES_MAX, AGENTS_MAX);
        return 2;
    }
    bool ok = true;
    for (size_t run = 0; run < runs && ok; run++) {
        struct running running;
        if (!running_start(&running, reverie_server)) {
            fprintf(stderr, "bench: the broker did not start\n");
            return 1;
        }
        ok = measure(&running, count, &figures);
        running_stop(&running);
    }
    print(&figures, count);
    return ok ? 0 : 1;
}
