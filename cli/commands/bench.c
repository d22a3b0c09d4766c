/* SPDX-License-Identifier: MIT */
/* bench: load a running broker and say how fast it was. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/bench/bench_load.h"
#include "cli/commands/commands.h"
#include "cli/link.h"
#include "cli/progress.h"

enum {
    MESSAGES_DEFAULT = 10000,
    BYTES_DEFAULT = 1024,
    BYTES_MAX = 1 << 20
};

static const struct option bench_options[] = {
    {"messages", 'n', "N", "how many; default: 10000"},
    {"bytes", 'b', "N", "of a body, 16 to 1048576; default: 1024"},
    {"senders", 's', "N", "agents that send, 1 to 64; default: 1"},
    {"receivers", 'r', "N", "agents they are sent to, 1 to 64; default: 1"},
    {"rate", 0, "N", "messages a second of all senders; default: no limit"},
};

struct bench {
    struct context *context;
    struct bench_load load;
    struct link links[2 * BENCH_AGENTS_MAX];
    size_t link_count;
    struct progress progress;
};

static enum err read_options(struct bench *bench)
{
    struct arguments *arguments = &bench->context->arguments;
    struct bench_load *load = &bench->load;
    uint64_t senders = 1;
    uint64_t receivers = 1;
    load->messages = MESSAGES_DEFAULT;
    load->body_bytes = BYTES_DEFAULT;
    if (argument_number(arguments, "messages", 1, BENCH_MESSAGES_MAX,
                        &load->messages) != ERR_OK ||
        argument_number(arguments, "bytes", BENCH_BODY_MIN, BYTES_MAX,
                        &load->body_bytes) != ERR_OK ||
        argument_number(arguments, "senders", 1, BENCH_AGENTS_MAX, &senders) !=
            ERR_OK ||
        argument_number(arguments, "receivers", 1, BENCH_AGENTS_MAX,
                        &receivers) != ERR_OK) {
        return ERR_INVALID;
    }
    load->sender_count = senders;
    load->receiver_count = receivers;
    uint64_t rate = 0;
    enum err err =
        argument_number(arguments, "rate", 1, BENCH_MESSAGES_MAX, &rate);
    load->rate = (double)rate;
    return err;
}

/* ---- connections ----------------------------------------------------------
 */

static enum exit_code join(struct bench *bench, const char *name,
                           struct reverie **out)
{
    struct link *link = &bench->links[bench->link_count++];
    enum exit_code code = link_open(link, bench->context, name, NULL);
    *out = link->bus;
    return code;
}

/* Receivers first: an address is known once its agent was there. */
static enum exit_code join_all(struct bench *bench)
{
    struct bench_load *load = &bench->load;
    enum exit_code code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < load->receiver_count; i++) {
        snprintf(load->names[i], sizeof(load->names[i]), "bench-%d-r%zu",
                 (int)getpid(), i);
        code = join(bench, load->names[i], &load->receivers[i]);
    }
    for (size_t i = 0; code == EXIT_OK && i < load->sender_count; i++) {
        char name[BENCH_NAME_BYTES];
        snprintf(name, sizeof(name), "bench-%d-s%zu", (int)getpid(), i);
        code = join(bench, name, &load->senders[i]);
    }
    if (code == EXIT_OK) {
        load->timeout_us = (int64_t)bench->links[0].timeout_ms * US_PER_MS;
    }
    return code;
}

/* ---- what came of it -------------------------------------------------------
 */

static void show_progress(void *context)
{
    struct bench *bench = context;
    progress_count(&bench->progress, "messages delivered",
                   atomic_load(&bench->load.delivery.count),
                   bench->load.messages);
}

static double per_second(const struct bench_load *load, uint64_t count,
                         uint64_t until_ns)
{
    return until_ns > load->begun_ns
               ? (double)count * 1e9 / (double)(until_ns - load->begun_ns)
               : 0;
}

/* Percentiles in the order they are printed. */
static const double percents[] = {50, 90, 99, 99.9, 100};
static const char *const percent_names[] = {"p50", "p90", "p99", "p999", "max"};

static void print_times(const struct bench *bench, const char *name,
                        struct bench_times *times)
{
    FILE *out = bench->context->out;
    bool json = bench->context->json;
    if (json) {
        fprintf(out, ",\"%s_us\":{", name);
    } else {
        fprintf(out, "%-12s", name);
    }
    for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
        double us = bench_percentile(times, percents[i]);
        if (json) {
            fprintf(out, "%s\"%s\":%.0f", i ? "," : "", percent_names[i], us);
        } else {
            fprintf(out, "%s %s %.0f us", i ? "," : "", percent_names[i], us);
        }
    }
    fputs(json ? "}" : "\n", out);
}

struct result {
    unsigned long long messages;
    unsigned long long bytes;
    unsigned long long refused;
    double accepted; /* a second */
    double delivered;
};

static void print_json(const struct bench *bench, const struct result *result)
{
    fprintf(bench->context->out,
            "{\"messages\":%llu,\"bytes\":%llu,\"senders\":%zu,"
            "\"receivers\":%zu,\"refused\":%llu,"
            "\"accepted_per_second\":%.0f,\"delivered_per_second\":%.0f",
            result->messages, result->bytes, bench->load.sender_count,
            bench->load.receiver_count, result->refused, result->accepted,
            result->delivered);
}

static void print_text(const struct bench *bench, const struct result *result)
{
    fprintf(bench->context->out,
            "%llu messages of %llu bytes, %zu senders, %zu receivers, %llu "
            "refused\naccepted     %.0f a second, on disk\n"
            "delivered    %.0f a second\n",
            result->messages, result->bytes, bench->load.sender_count,
            bench->load.receiver_count, result->refused, result->accepted,
            result->delivered);
}

static void print_result(struct bench *bench)
{
    struct bench_load *load = &bench->load;
    struct result result = {
        .messages = load->messages,
        .bytes = load->body_bytes,
        .refused = atomic_load(&load->refused),
        .accepted = per_second(load, atomic_load(&load->acceptance.count),
                               atomic_load(&load->accepted_ns)),
        .delivered = per_second(load, atomic_load(&load->delivery.count),
                                atomic_load(&load->delivered_ns))};
    if (bench->context->json) {
        print_json(bench, &result);
    } else {
        print_text(bench, &result);
    }
    print_times(bench, "acceptance", &load->acceptance);
    print_times(bench, "delivery", &load->delivery);
    fputs(bench->context->json ? "}\n" : "", bench->context->out);
}

/* A connection that failed is the one to ask why. */
static enum exit_code report_failure(struct bench *bench,
                                     enum reverie_result result)
{
    struct link *link = &bench->links[0];
    for (size_t i = 0; i < bench->link_count; i++) {
        if (bench->links[i].bus && *reverie_why_code(bench->links[i].bus)) {
            link = &bench->links[i];
        }
    }
    return link_failed(link, result, "the load");
}

static enum exit_code load_and_print(struct bench *bench)
{
    bench->progress = progress_begin(bench->context->err);
    bench->load.run = (uint64_t)clock_wall_us();
    bench_init(&bench->load);
    enum reverie_result result = bench_run(&bench->load, show_progress, bench);
    progress_end(&bench->progress);
    enum exit_code code = EXIT_OK;
    if (result != REVERIE_OK) {
        code = report_failure(bench, result);
    } else {
        print_result(bench);
        code = atomic_load(&bench->load.refused) ? EXIT_REFUSED : EXIT_OK;
    }
    bench_fini(&bench->load);
    return code;
}

static enum exit_code run(struct context *context)
{
    struct bench *bench = mem_new(sizeof(*bench));
    bench->context = context;
    enum exit_code code = EXIT_OK;
    if (read_options(bench) != ERR_OK) {
        code = command_misused(context);
    } else {
        code = join_all(bench);
    }
    if (code == EXIT_OK) {
        code = load_and_print(bench);
    }
    for (size_t i = 0; i < bench->link_count; i++) {
        link_close(&bench->links[i]);
    }
    free(bench);
    return code;
}

const struct command bench_command = {
    .name = "bench",
    .synopsis = "[--messages N] [--rate N]",
    .summary = "load a broker with messages and print how fast it was",
    .text =
        "Connects senders and receivers, sends messages of kind "
        "bench.message, and takes the\ntime of each: delivery is from sending "
        "until the receiver has it, acceptance until the\nsender knows that "
        "it is on disk. Without --rate every sender sends as fast as it may;\n"
        "then messages wait in queues, and the times are those of the queues. "
        "For times at\nlight load give a rate.\n\n"
        "What is sent stays in the log, as everything does: use a broker of "
        "its own.\n\n"
        "  reverie up --data /tmp/bench-data &\n"
        "  reverie bench --messages 200000\n"
        "  reverie bench --messages 200000 --senders 16 --receivers 16\n"
        "  reverie bench --messages 5000 --rate 1000 --json\n",
    .options = bench_options,
    .option_count = ARRAY_LEN(bench_options),
    .connects = true,
    .run = run,
};
