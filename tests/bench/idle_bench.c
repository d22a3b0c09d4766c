/* SPDX-License-Identifier: MIT */
/* idle_bench: what agents that say nothing cost a broker.
 *
 *     idle_bench [RUNS [AGENTS [hasty]]]  default 5 runs of 1,000 agents
 *
 * Resident memory of the broker's process without agents, and the most of it
 * that is seen with them, every 12 seconds from when all are welcome: until it
 * has not changed over two heartbeats of every agent, or for 24 seconds. Hasty:
 * leases of a second, for 72 seconds, which is as many heartbeats as in 18
 * minutes, and at least three renewals of every connection. Also the processor
 * time of an idle second. Medians of RUNS with their spread; a fresh broker
 * each. Prints figures; asserts nothing. */
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
    PERIOD_S = 12, /* two heartbeats and more: a lease is 15 seconds */
    PERIODS = 2,   /* libzmq goes on touching its queues; see README.md */
    PERIODS_HASTY = 6,
    ALONE_US = 500 * 1000, /* between two looks without agents */
    STEADY_KIB = 64,
    NAME_BYTES = 32,
    PATH_BYTES = 64,
    LINE_BYTES = 256,
    ROUND_US = 500 * 1000, /* between two looks at every client */
    ROUND_HASTY_US = 100 * 1000
};

struct crowd {
    struct reverie_bus *bus;
    struct reverie *agents[AGENTS_MAX];
    size_t count;
    bool is_hasty;
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
        usleep(crowd->is_hasty ? ROUND_HASTY_US : ROUND_US);
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

struct rested {
    double most_kib;
    double busy_s; /* processor time of a second of the last period */
    size_t lost;
};

/* Runs the agents by whole periods. Unless they are in haste, ends sooner when
 * the memory of ${pid} stays as it is. */
static struct rested rest_for_long(struct crowd *crowd, pid_t pid)
{
    struct rested rested = {.most_kib = resident_kib(pid)};
    double before_kib = rested.most_kib;
    size_t periods = crowd->is_hasty ? PERIODS_HASTY : PERIODS;
    bool is_steady = false;
    for (size_t i = 0; i < periods && rested.lost == 0 && !is_steady; i++) {
        double spent_s = processor_s(pid);
        rested.lost = rest(crowd, PERIOD_S);
        rested.busy_s = (processor_s(pid) - spent_s) / PERIOD_S;
        double now_kib = resident_kib(pid);
        fprintf(stderr, "idle_bench: %.1f MiB after %zu s\n", now_kib / 1024,
                (i + 1) * PERIOD_S);
        is_steady = !crowd->is_hasty && now_kib - before_kib < STEADY_KIB;
        before_kib = now_kib;
        rested.most_kib = now_kib > rested.most_kib ? now_kib : rested.most_kib;
    }
    if (rested.lost > 0) {
        fprintf(stderr, "bench: %zu connections were lost\n", rested.lost);
    }
    return rested;
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
static bool measure(const struct running *running, size_t count, bool is_hasty,
                    struct figures *figures)
{
    static struct crowd crowd;
    crowd.count = 0;
    crowd.is_hasty = is_hasty;
    crowd.bus = reverie_bus_new();
    double alone = alone_kib(running->pid) / 1024;
    bool ok = crowd.bus && join(&crowd, running->endpoint, count);
    struct rested rested = {.most_kib = 0};
    if (ok) {
        rested = rest_for_long(&crowd, running->pid);
    }
    double with = rested.most_kib / 1024;
    figure_add(&figures->alone_mib, alone);
    figure_add(&figures->crowd_mib, with);
    figure_add(&figures->more_mib, with - alone);
    figure_add(&figures->busy_ms, rested.busy_s * 1000);
    leave(&crowd);
    return ok && rested.lost == 0;
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
    bool is_hasty = argc > 3 && strcmp(argv[3], "hasty") == 0;
    struct figures figures = {0};
    if (runs == 0 || runs > FIGURES_MAX || count == 0 || count > AGENTS_MAX) {
        fprintf(stderr,
                "usage: idle_bench [RUNS, 1 to %d [AGENTS, 1 to %d "
                "[hasty]]]\n",
                FIGURES_MAX, AGENTS_MAX);
        return 2;
    }
    bool ok = true;
    for (size_t run = 0; run < runs && ok; run++) {
        struct running running;
        if (!running_start(&running,
                           is_hasty ? reverie_server_hasty : reverie_server)) {
            fprintf(stderr, "bench: the broker did not start\n");
            return 1;
        }
        ok = measure(&running, count, is_hasty, &figures);
        running_stop(&running);
    }
    print(&figures, count);
    return ok ? 0 : 1;
}
