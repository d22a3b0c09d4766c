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
    FSYNCS = 300,
    SLICES = 12 /* of one run of a latency test */
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

struct test {
    const char *name;
    size_t pairs;
    size_t messages; /* of each producer */
    double rate;     /* 0: as fast as it goes */
};

static bool start(enum server server, struct running *out)
{
    bool ok = running_start(out, mains[server]);
    if (!ok) {
        fprintf(stderr, "bench: %s did not start\n", server_names[server]);
    }
    return ok;
}

/* Part ${turn} of ${turns} of a test's load. */
static bool drive(enum server server, const struct running *running,
                  const struct test *test, size_t turn, size_t turns,
                  struct load_result *out)
{
    struct load_config config = {
        .endpoint = running->endpoint,
        .is_reverie = server == SERVER_REVERIE,
        .accepts = server != SERVER_FORWARD,
        .turn = turn,
        .pairs = test->pairs,
        .messages = test->messages / turns,
        .body_bytes = 1024,
        .rate = test->rate,
    };
    return load_run(&config, out);
}

static struct effort stop(struct running *running, const struct test *test)
{
    struct effort effort = running_stop(running);
    effort.cpu_us /= (double)(test->pairs * test->messages);
    effort.sleeps /= (double)(test->pairs * test->messages);
    return effort;
}

/* One load against a fresh server. */
static bool measure(enum server server, const struct test *test,
                    struct measured *out)
{
    struct running running;
    bool ok = start(server, &running) &&
              drive(server, &running, test, 0, 1, &out->load);
    out->effort = stop(&running, test);
    return ok;
}

/* The figures of one server over the runs of one load. */
struct series {
    struct figure per_second;
    struct figure delivery;
    struct figure accept;
    struct figure slower; /* delivery, over the bare forwarder's beside it */
    struct figure cpu;
    struct figure sleeps;
};

static void note(struct series *series, const struct measured *measured)
{
    figure_add(&series->per_second, measured->load.per_second);
    figure_add(&series->delivery, measured->load.delivery_p50_us);
    figure_add(&series->accept, measured->load.accept_p50_us);
    figure_add(&series->cpu, measured->effort.cpu_us);
    figure_add(&series->sleeps, measured->effort.sleeps);
}

/* The servers take turns, so that a machine that slows down slows all. */
static bool measure_all(const struct test *test, size_t runs,
                        struct series series[SERVERS])
{
    for (size_t i = 0; i < runs * SERVERS; i++) {
        struct measured measured;
        size_t server = i % SERVERS;
        if (!measure((enum server)server, test, &measured)) {
            return false;
        }
        note(&series[server], &measured);
    }
    return true;
}

/* One run of a latency test. The servers stay up and take turns of a fraction
 * of a second: what the host takes away for a moment is taken from all, and a
 * slice is compared with the forwarder's beside it. */
static bool measure_slices(const struct test *test,
                           const struct running running[SERVERS],
                           struct series slices[SERVERS])
{
    for (size_t i = 0; i < SLICES * SERVERS; i++) {
        size_t server = i % SERVERS;
        struct series *of = &slices[server];
        struct load_result load;
        if (!drive((enum server)server, &running[server], test, i / SERVERS,
                   SLICES, &load)) {
            return false;
        }
        figure_add(&of->delivery, load.delivery_p50_us);
        figure_add(&of->accept, load.accept_p50_us);
        figure_add(&of->slower,
                   load.delivery_p50_us -
                       slices[SERVER_FORWARD].delivery.values[i / SERVERS]);
    }
    return true;
}

static bool measure_latency(const struct test *test,
                            struct series series[SERVERS])
{
    struct running running[SERVERS];
    struct series slices[SERVERS] = {0};
    bool ok = true;
    size_t started = 0;
    while (ok && started < SERVERS) {
        ok = start((enum server)started, &running[started]);
        started++;
    }
    ok = ok && measure_slices(test, running, slices);
    for (size_t server = 0; server < started; server++) {
        struct effort effort = stop(&running[server], test);
        figure_add(&series[server].cpu, effort.cpu_us);
        figure_add(&series[server].sleeps, effort.sleeps);
        figure_add(&series[server].delivery,
                   figure_median(&slices[server].delivery));
        figure_add(&series[server].accept,
                   figure_median(&slices[server].accept));
        figure_add(&series[server].slower,
                   figure_median(&slices[server].slower));
    }
    return ok;
}

static bool measure_latencies(const struct test *test, size_t runs,
                              struct series series[SERVERS])
{
    bool ok = true;
    for (size_t run = 0; run < runs && ok; run++) {
        ok = measure_latency(test, series);
    }
    return ok;
}

static void print_of(int server, const char *what, const struct figure *figure,
                     const char *unit)
{
    char name[64];
    snprintf(name, sizeof(name), "%s, %s", server_names[server], what);
    figure_print(name, figure, unit);
}

static void print_effort(const struct series series[SERVERS])
{
    for (int server = 0; server < SERVERS; server++) {
        print_of(server, "processor time", &series[server].cpu, "us/message");
        print_of(server, "waits", &series[server].sleeps, "/message");
    }
    struct figure ratio =
        figure_ratio(&series[SERVER_MINIMAL].cpu, &series[SERVER_REVERIE].cpu);
    figure_print("processor time: minimal / reverie", &ratio, "");
}

static void print_throughput(const struct test *test,
                             const struct series series[SERVERS])
{
    printf("\nthroughput, 1 KiB, %zu producer(s) to %zu consumer(s), delivered"
           " and accepted\n",
           test->pairs, test->pairs);
    for (int server = 0; server < SERVERS; server++) {
        figure_print(server_names[server], &series[server].per_second, "msg/s");
    }
    struct figure ratio = figure_ratio(&series[SERVER_REVERIE].per_second,
                                       &series[SERVER_MINIMAL].per_second);
    figure_print("reverie / minimal durable loop", &ratio, "(target >= 0.5)");
}

static void print_latency(const struct test *test,
                          const struct series series[SERVERS])
{
    printf("\nlatency at %.0f msg/s, p50\n", test->rate);
    for (int server = 0; server < SERVERS; server++) {
        print_of(server, "delivery", &series[server].delivery, "us");
        if (server != SERVER_FORWARD) {
            print_of(server, "acceptance", &series[server].accept, "us");
        }
    }
    figure_print("delivery: minimal - bare forwarder",
                 &series[SERVER_MINIMAL].slower, "us");
    figure_print("delivery: reverie - bare forwarder",
                 &series[SERVER_REVERIE].slower, "us (target <= 100)");
}

static bool run_test(const struct test *test, size_t runs)
{
    struct series series[SERVERS] = {0};
    bool ok = test->rate > 0 ? measure_latencies(test, runs, series)
                             : measure_all(test, runs, series);
    if (!ok) {
        return false;
    }
    if (test->rate > 0) {
        print_latency(test, series);
    } else {
        print_throughput(test, series);
    }
    print_effort(series);
    return true;
}

/* Median of appending and syncing 1 KiB, in microseconds. */
static double fsync_us(int fd)
{
    double values[FSYNCS];
    char block[1024] = {0};
    size_t count = 0;
    for (; count < FSYNCS; count++) {
        uint64_t begun = clock_monotonic_ns();
        if (write(fd, block, sizeof(block)) < 0 || fdatasync(fd) != 0) {
            break;
        }
        values[count] = (double)(clock_monotonic_ns() - begun) / 1000;
    }
    return percentile(values, count, 50);
}

/* What one fsync of a small append costs here. */
static void bare_fsync(size_t runs)
{
    struct figure figure = {.count = 0};
    char path[] = "/tmp/reverie-fsync-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) {
        return;
    }
    for (size_t run = 0; run < runs; run++) {
        figure_add(&figure, fsync_us(fd));
    }
    close(fd);
    unlink(path);
    figure_print("bare fsync of 1 KiB, p50", &figure,
                 "us (acceptance: at most this + 1,000)");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {{"one", 1, 200000, 0},
                                        {"many", 16, 12500, 0},
                                        {"light", 1, 3000, 1000}};
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
