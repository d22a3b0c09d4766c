/* SPDX-License-Identifier: MIT */
/* bus_bench: the broker against the least that can be done, in one run.
 *
 *     bus_bench [RUNS]      medians of RUNS (default 5) with their spread
 *
 * Servers: a bare ROUTER forwarder; a minimal loop with the same durability;
 * the broker. Bodies of 1 KiB over tcp loopback. Prints figures and ratios;
 * asserts nothing: machines differ. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/bench/figures.h"
#include "tests/bench/load.h"
#include "tests/bench/peer_loops.h"
#include "tests/bench/reverie_server.h"

enum {
    ENDPOINT_BYTES = 256,
    PATH_BYTES = 128,
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

struct running {
    pid_t pid;
    char folder[PATH_BYTES];
    char endpoint[ENDPOINT_BYTES];
};

static bool read_endpoint(int fd, char out[ENDPOINT_BYTES])
{
    size_t len = 0;
    ssize_t got;
    while (len + 1 < ENDPOINT_BYTES && (got = read(fd, out + len, 1)) == 1 &&
           out[len] != '\n') {
        len++;
    }
    out[len] = 0;
    return len > 0;
}

static bool start(enum server server, struct running *running)
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
        switch (server) {
        case SERVER_FORWARD:
            loop_forward(ends[1]);
            break;
        case SERVER_MINIMAL:
            loop_minimal(ends[1], running->folder);
            break;
        case SERVER_REVERIE:
            reverie_server(ends[1], running->folder);
            break;
        case SERVERS:
            break;
        }
        _exit(1);
    }
    close(ends[1]);
    bool ok = read_endpoint(ends[0], running->endpoint);
    close(ends[0]);
    return ok;
}

static void stop(struct running *running)
{
    kill(running->pid, SIGKILL);
    waitpid(running->pid, NULL, 0);
    char command[PATH_BYTES + 16];
    snprintf(command, sizeof(command), "rm -rf '%s'", running->folder);
    if (system(command) != 0) {
        fprintf(stderr, "bench: could not remove %s\n", running->folder);
    }
}

/* One load against a fresh server. */
static bool measure(enum server server, size_t pairs, size_t messages,
                    double rate, struct load_result *out)
{
    struct running running;
    if (!start(server, &running)) {
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
    bool ok = load_run(&config, out);
    stop(&running);
    return ok;
}

static bool throughput(size_t runs, size_t pairs, size_t messages)
{
    struct figure figures[SERVERS] = {0};
    for (size_t run = 0; run < runs; run++) {
        for (int server = 0; server < SERVERS; server++) {
            struct load_result result;
            if (!measure((enum server)server, pairs, messages, 0, &result)) {
                return false;
            }
            figure_add(&figures[server], result.per_second);
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
    return true;
}

static bool latency(size_t runs, double rate)
{
    struct figure delivery[SERVERS] = {0};
    struct figure accept[SERVERS] = {0};
    struct figure slower = {.count = 0};
    for (size_t run = 0; run < runs; run++) {
        for (int server = 0; server < SERVERS; server++) {
            struct load_result result;
            if (!measure((enum server)server, 1, (size_t)(2 * rate), rate,
                         &result)) {
                return false;
            }
            figure_add(&delivery[server], result.delivery_p50_us);
            figure_add(&accept[server], result.accept_p50_us);
        }
        figure_add(&slower, delivery[SERVER_REVERIE].values[run] -
                                delivery[SERVER_FORWARD].values[run]);
    }
    printf("\nlatency at %.0f msg/s, p50\n", rate);
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
    figure_print("delivery: reverie - bare forwarder", &slower,
                 "us (target <= 100)");
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

int main(int argc, char **argv)
{
    size_t runs = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 5;
    if (runs == 0 || runs > FIGURES_MAX) {
        fprintf(stderr, "usage: bus_bench [RUNS, 1 to %d]\n", FIGURES_MAX);
        return 2;
    }
    printf("medians of %zu runs (min .. max)\n", runs);
    bare_fsync(runs);
    bool ok = throughput(runs, 1, 200000) && throughput(runs, 16, 12500) &&
              latency(runs, 1000);
    return ok ? 0 : 1;
}
