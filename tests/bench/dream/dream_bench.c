/* SPDX-License-Identifier: MIT */
/* How fast a dream reads, on one core, and whether its memory stays flat: a
 * simulated population, or a recorded trace, goes straight into the pure core,
 * and one dream is dreamt at the end. The frames are read as the worker reads
 * them. Prints CPU time by stage; the stages that a dream holds together are
 * told apart by a normaliser that reads the same block once more, with a sink
 * that does nothing. Every run is a process of its own, for its peak memory;
 * the first prints everything, then come medians with their spread. Asserts
 * nothing about time.
 *
 *     dream_bench [RUNS [EVENTS]]        default 5 runs of 1,000,000 events
 *     dream_bench trace FILE [RUNS]      default 1 run  */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/edge/hash.h"
#include "plugin/dream.h"
#include "plugin/read/normaliser.h"
#include "tests/bench/dream/logged.h"
#include "tests/bench/figures.h"

enum {
    RUNS_DEFAULT = 5,
    EVENTS_DEFAULT = 1000000,
    SEED = 1
};

static const struct redact_key key = {{1, 2, 3}};

struct bench {
    struct logged *logged;
    struct dream *dream;
    struct normaliser *normaliser;
    uint64_t events;
    uint64_t bytes;     /* of bodies */
    uint64_t all_bytes; /* with stamps and envelopes */
    double frames_s;    /* reading stamps and envelopes */
    double feed_s;      /* dream_feed: normaliser and detectors */
    double normaliser_s;
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double peak_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static void check(enum err err, const char *what)
{
    if (err != ERR_OK) {
        fprintf(stderr, "%s: %s\n", what, err_text(err));
        exit(1);
    }
}

static void ignore_tuple(void *context, const struct tuple *tuple)
{
    uint64_t *tuples = context;
    *tuples += tuple != NULL;
}

/* The frames of a block, read. */
struct frames {
    struct stamp stamps[LOGGED_BLOCK_EVENTS];
    struct envelope envelopes[LOGGED_BLOCK_EVENTS];
};

static void feed_block(struct bench *bench, struct frames *frames,
                       const struct logged_event *events, size_t count)
{
    uint64_t tuples = 0;
    double start = cpu_seconds();
    for (size_t i = 0; i < count; i++) {
        check(stamp_read(events[i].stamp, &frames->stamps[i]), "stamp");
        check(envelope_read(events[i].envelope, &frames->envelopes[i]),
              "envelope");
    }
    double read = cpu_seconds();
    for (size_t i = 0; i < count; i++) {
        dream_feed(bench->dream, &frames->stamps[i], &frames->envelopes[i],
                   events[i].body);
    }
    double fed = cpu_seconds();
    for (size_t i = 0; i < count; i++) {
        normaliser_read(bench->normaliser, &frames->stamps[i],
                        &frames->envelopes[i], events[i].body, ignore_tuple,
                        &tuples);
    }
    bench->normaliser_s += cpu_seconds() - fed;
    bench->feed_s += fed - read;
    bench->frames_s += read - start;
    for (size_t i = 0; i < count; i++) {
        bench->bytes += events[i].body.len;
        bench->all_bytes +=
            events[i].stamp.len + events[i].envelope.len + events[i].body.len;
    }
    bench->events += count;
}

/* Feeds up to ${until} events in all. */
static void feed_until(struct bench *bench, uint64_t until)
{
    struct frames *frames = mem_new(sizeof(*frames));
    const struct logged_event *events = NULL;
    size_t count = 1;
    while (count > 0 && bench->events < until) {
        uint64_t rest = until - bench->events;
        count = logged_next(bench->logged,
                            rest < LOGGED_BLOCK_EVENTS ? (size_t)rest
                                                       : LOGGED_BLOCK_EVENTS,
                            &events);
        feed_block(bench, frames, events, count);
    }
    free(frames);
}

/* Equal if the change sets are: for comparing two versions of the code. */
static uint64_t fingerprint_of(const struct plan *plan)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < plan->count; i++) {
        hash = hash_bytes_seeded(buf_bytes(&plan->sets[i].packed), hash);
    }
    return hash;
}

/* Gives the processor time of the dream. */
static double dream_once(struct bench *bench)
{
    struct known *known = known_new();
    struct dream_question question = {.known = known};
    struct dream_result result;
    double start = cpu_seconds();
    dream_finish(bench->dream, &question, &result);
    double seconds = cpu_seconds() - start;
    printf("%-28s %10.3f s   %zu candidates, %" PRIu32
           " changes, fingerprint %016" PRIx64 "\n",
           "one dream", seconds, result.candidates.count, result.plan.changes,
           fingerprint_of(&result.plan));
    dream_result_fini(&result);
    known_free(known);
    return seconds;
}

static void print_stage(const struct bench *bench, const char *name,
                        double seconds)
{
    printf("%-28s %10.3f s   %10.0f events/s  %7.1f MB/s of bodies\n", name,
           seconds, (double)bench->events / seconds,
           (double)bench->bytes / 1e6 / seconds);
}

static void print_figures(const struct bench *bench)
{
    printf("%-28s %10" PRIu64 "     %.1f MB of bodies, %.1f MB in all\n",
           "events", bench->events, (double)bench->bytes / 1e6,
           (double)bench->all_bytes / 1e6);
    print_stage(bench, "stamps and envelopes", bench->frames_s);
    print_stage(bench, "normaliser", bench->normaliser_s);
    print_stage(bench, "detectors (feed - normaliser)",
                bench->feed_s - bench->normaliser_s);
    print_stage(bench, "frames and feed, in all",
                bench->frames_s + bench->feed_s);
}

static void simulate(struct bench *bench, uint64_t events)
{
    bench->logged = logged_simulated(SEED);
    for (uint64_t percent = 10; percent <= 100;
         percent += percent < 50 ? 40 : 50) {
        feed_until(bench, events / 100 * percent);
        printf("peak memory after %" PRIu64 " events: %.1f MiB\n",
               bench->events, peak_mib());
    }
}

struct wanted {
    const char *trace; /* NULL: simulated */
    uint64_t events;
    size_t runs;
};

/* What the process of one run tells the one that started it. */
struct run_figures {
    double events_per_second;
    double read_per_second;    /* events, through reading and detection */
    double read_mb_per_second; /* of bodies */
    double dream_s;
    double peak_mib;
};

static struct run_figures run(const struct wanted *wanted)
{
    struct bench bench = {0};
    struct dream_config config = {.key = key};
    struct buf why;
    buf_init(&why, 4096);
    check(dream_new(&config, &why, &bench.dream), "dream");
    bench.normaliser = normaliser_new(&key);
    if (wanted->trace) {
        bench.logged = logged_trace(wanted->trace);
        feed_until(&bench, UINT64_MAX);
    } else {
        simulate(&bench, wanted->events);
    }
    print_figures(&bench);
    double dream_s = dream_once(&bench);
    printf("peak memory at the end: %.1f MiB\n", peak_mib());
    double read_s = bench.frames_s + bench.feed_s;
    struct run_figures outcome = {
        .events_per_second = (double)bench.events / (read_s + dream_s),
        .read_per_second = (double)bench.events / read_s,
        .read_mb_per_second = (double)bench.bytes / 1e6 / read_s,
        .dream_s = dream_s,
        .peak_mib = peak_mib()};
    normaliser_free(bench.normaliser);
    dream_free(bench.dream);
    logged_free(bench.logged);
    buf_fini(&why);
    return outcome;
}

/* The rest of a run in its own process. */
static int run_apart(const struct wanted *wanted, bool is_quiet, int to)
{
    if (is_quiet && !freopen("/dev/null", "w", stdout)) {
        return 1;
    }
    struct run_figures outcome = run(wanted);
    (void)fflush(stdout);
    return write(to, &outcome, sizeof(outcome)) == sizeof(outcome) ? 0 : 1;
}

static bool start(const struct wanted *wanted, bool is_quiet,
                  struct run_figures *out)
{
    int ends[2];
    (void)fflush(stdout);
    if (pipe(ends) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        _exit(run_apart(wanted, is_quiet, ends[1]));
    }
    close(ends[1]);
    bool ok = pid > 0 && read(ends[0], out, sizeof(*out)) == sizeof(*out);
    close(ends[0]);
    int status = 1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 && ok;
}

static bool run_all(const struct wanted *wanted)
{
    struct figure speed = {.count = 0};
    struct figure reading = {.count = 0};
    struct figure bytes = {.count = 0};
    struct figure dream = {.count = 0};
    struct figure peak = {.count = 0};
    for (size_t i = 0; i < wanted->runs; i++) {
        struct run_figures outcome;
        if (!start(wanted, i > 0, &outcome)) {
            fprintf(stderr, "bench: run %zu failed\n", i + 1);
            return false;
        }
        figure_add(&speed, outcome.events_per_second);
        figure_add(&reading, outcome.read_per_second);
        figure_add(&bytes, outcome.read_mb_per_second);
        figure_add(&dream, outcome.dream_s);
        figure_add(&peak, outcome.peak_mib);
    }
    printf("medians of %zu runs (min .. max)\n", wanted->runs);
    figure_print("reading and detection", &reading,
                 wanted->trace ? "events/s" : "events/s (target >= 300,000)");
    figure_print("the same, by bodies", &bytes,
                 wanted->trace ? "MB/s (codeteam: target >= 60)" : "MB/s");
    figure_print("with one dream", &speed, "events/s (target >= 100,000)");
    figure_print("of that, the dream", &dream, "s");
    figure_print("peak memory", &peak, "MiB");
    return true;
}

int main(int argc, char **argv)
{
    bool is_trace = argc >= 3 && strcmp(argv[1], "trace") == 0;
    struct wanted wanted = {.runs = RUNS_DEFAULT, .events = EVENTS_DEFAULT};
    if (is_trace) {
        wanted.trace = argv[2];
        wanted.runs = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 1;
    } else {
        wanted.runs =
            argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : RUNS_DEFAULT;
        wanted.events = argc > 2 ? strtoull(argv[2], NULL, 10) : EVENTS_DEFAULT;
    }
    if (wanted.runs == 0 || wanted.runs > FIGURES_MAX) {
        fprintf(stderr,
                "usage: dream_bench [RUNS, 1 to %d [EVENTS]]\n"
                "       dream_bench trace FILE [RUNS]\n",
                FIGURES_MAX);
        return 2;
    }
    return run_all(&wanted) ? 0 : 1;
}
