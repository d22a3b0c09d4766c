/* SPDX-License-Identifier: MIT */
/* bus_bench: the broker against the least that can be done, in one run.
 *
 *     bus_bench [RUNS [one|many|light]]
 *
 * prints medians of RUNS (default 5) with their spread: throughput of one
 * producer, of sixteen, latency at light load.
 *
 * Servers: a bare ROUTER forwarder; a minimal loop with the same durability;
 * the broker. Bodies of 1 KiB over tcp loopback. Prints figures and ratios;
 * asserts nothing: machines differ. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/bench/figures.h"
#include "tests/bench/load.h"
#include "tests/bench/peer_loops.h"
#include "tests/bench/reverie_server.h"
#include "tests/bench/running.h"

enum {
    FSYNCS = 300
};

enum server {
    SERVER_FORWARD,
    SERVER_MINIMAL,
    SERVER_REVERIE,
    SERVERS
};

static const char *const server_names[SERVERS] = {
    [SERVER_FORWARD] = "bare forwarder",
    [SERVER_MINIMAL] = "minimal durable loop",
    [SERVER_REVERIE] = "reverie",
};

static void serve_forward(int ready_fd, const char *folder)
{
    (void)folder;
    loop_forward(ready_fd);
}

static const server_main mains[SERVERS] = {
    [SERVER_FORWARD] = serve_forward,
    [SERVER_MINIMAL] = loop_minimal,
    [SERVER_REVERIE] = reverie_server,
};

struct measured {
    struct load_result load;
    struct effort effort;
};

/* One load against a fresh server. */
static bool measure(enum server server, size_t pairs, size_t messages,
                    double rate, struct measured *out)
{
    struct running running;
    if (!running_start(&running, mains[server])) {
        fprintf(stderr, "bench: %s did not start\n", server_names[server]);
        return false;
    }
    struct load_config config = {
        .endpoint = running.endpoint,
        .is_reverie = server == SERVER_REVERIE,
        .accepts = server != SERVER_FORWARD,
        .pairs = pairs,
        .messages = messages,
        .body_bytes = 1024,
        .rate = rate,
    };
    bool ok = load_run(&config, &out->load);
    out->effort = running_stop(&running);
    out->effort.cpu_us /= (double)(pairs * messages);
    out->effort.sleeps /= (double)(pairs * messages);
    return ok;
}

static void print_effort(const struct figure cpu[SERVERS],
                         const struct figure sleeps[SERVERS])
{
    for (int server = 0; server < SERVERS; server++) {
        char name[64];
        snprintf(name, sizeof(name), "%s, processor time",
                 server_names[server]);
        figure_print(name, &cpu[server], "us/message");
        snprintf(name, sizeof(name), "%s, waits", server_names[server]);
        figure_print(name, &sleeps[server], "/message");
    }
}

static bool throughput(size_t runs, size_t pairs, size_t messages)
{
    struct figure figures[SERVERS] = {0};
    struct figure cpu[SERVERS] = {0};
    struct figure sleeps[SERVERS] = {0};
    for (size_t run = 0; run < runs; run++) {
        for (int server = 0; server < SERVERS; server++) {
            struct measured result;
            if (!measure((enum server)server, pairs, messages, 0, &result)) {
                return false;
            }
            figure_add(&figures[server], result.load.per_second);
            figure_add(&cpu[server], result.effort.cpu_us);
            figure_add(&sleeps[server], result.effort.sleeps);
        }
    }
    printf("\nthroughput, 1 KiB, %zu producer(s) to %zu consumer(s), delivered"
           " and accepted\n",
           pairs, pairs);
    for (int server = 0; server < SERVERS; server++) {
        figure_print(server_names[server], &figures[server], "msg/s");
    }
    struct figure ratio =
        figure_ratio(&figures[SERVER_REVERIE], &figures[SERVER_MINIMAL]);
    figure_print("reverie / minimal durable loop", &ratio, "(target >= 0.5)");
    print_effort(cpu, sleeps);
    struct figure effort =
        figure_ratio(&cpu[SERVER_MINIMAL], &cpu[SERVER_REVERIE]);
    figure_print("processor time: minimal / reverie", &effort, "");
    return true;
}

static void print_latency(const struct figure delivery[SERVERS],
                          const struct figure accept[SERVERS])
{
    for (int server = 0; server < SERVERS; server++) {
        char name[64];
        snprintf(name, sizeof(name), "%s, delivery", server_names[server]);
        figure_print(name, &delivery[server], "us");
        if (server != SERVER_FORWARD) {
            snprintf(name, sizeof(name), "%s, acceptance",
                     server_names[server]);
            figure_print(name, &accept[server], "us");
        }
    }
}

static bool latency(size_t runs, double rate)
{
    struct figure delivery[SERVERS] = {0};
    struct figure accept[SERVERS] = {0};
    struct figure cpu[SERVERS] = {0};
    struct figure sleeps[SERVERS] = {0};
    struct figure slower = {.count = 0};
    for (size_t run = 0; run < runs; run++) {
        for (int server = 0; server < SERVERS; server++) {
            struct measured result;
            if (!measure((enum server)server, 1, (size_t)(2 * rate), rate,
                         &result)) {
                return false;
            }
            figure_add(&delivery[server], result.load.delivery_p50_us);
            figure_add(&accept[server], result.load.accept_p50_us);
            figure_add(&cpu[server], result.effort.cpu_us);
            figure_add(&sleeps[server], result.effort.sleeps);
        }
        figure_add(&slower, delivery[SERVER_REVERIE].values[run] -
                                delivery[SERVER_FORWARD].values[run]);
    }
    printf("\nlatency at %.0f msg/s, p50\n", rate);
    print_latency(delivery, accept);
    figure_print("delivery: reverie - bare forwarder", &slower,
                 "us (target <= 100)");
    print_effort(cpu, sleeps);
    return true;
}

/* What one fsync of a small append costs here. */
static void bare_fsync(size_t runs)
{
    struct figure figure = {.count = 0};
    char path[] = "/tmp/reverie-fsync-XXXXXX";
    int fd = mkstemp(path);
    char block[1024] = {0};
    for (size_t run = 0; fd >= 0 && run < runs; run++) {
        double values[FSYNCS];
        size_t count = 0;
        for (; count < FSYNCS; count++) {
            uint64_t begun = clock_monotonic_ns();
            if (write(fd, block, sizeof(block)) < 0 || fdatasync(fd) != 0) {
                break;
            }
            values[count] = (double)(clock_monotonic_ns() - begun) / 1000;
        }
        figure_add(&figure, percentile(values, count, 50));
    }
    if (fd >= 0) {
        close(fd);
        unlink(path);
        figure_print("bare fsync of 1 KiB, p50", &figure,
                     "us (acceptance: at most this + 1,000)");
    }
}

struct test {
    const char *name;
    size_t pairs;
    size_t messages; /* of each producer */
    double rate;
};

static bool run_test(const struct test *test, size_t runs)
{
    return test->rate > 0 ? latency(runs, test->rate)
                          : throughput(runs, test->pairs, test->messages);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"one", 1, 200000, 0}, {"many", 16, 12500, 0}, {"light", 1, 0, 1000}};
    size_t runs = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 5;
    const char *only = argc > 2 ? argv[2] : NULL;
    if (runs == 0 || runs > FIGURES_MAX) {
        fprintf(stderr, "usage: bus_bench [RUNS, 1 to %d [one|many|light]]\n",
                FIGURES_MAX);
        return 2;
    }
    printf("medians of %zu runs (min .. max)\n", runs);
    bare_fsync(runs);
    bool ok = true;
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        if (!only || strcmp(only, tests[i].name) == 0) {
            ok = ok && run_test(&tests[i], runs);
        }
    }
    return ok ? 0 : 1;
}
