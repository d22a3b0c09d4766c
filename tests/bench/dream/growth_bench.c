/* SPDX-License-Identifier: MIT */
/* Whether a dream grows with its log: the time of a dream after every 10,000
 * new events, resident memory over the events fed, of a simulated population
 * and of a log made to fill every table, and what shards take. Blocks are made
 * before they are measured.
 *
 *     growth_bench dreams [DREAMS [BEFORE [STEP]]]
 *                                             30 dreams after STEP events
 *                                             each, the first after BEFORE;
 *                                             10,000 and 10,000
 *     growth_bench memory [EVENTS]            1,000,000; try 100,000,000
 *     growth_bench hostile [EVENTS]           1,000,000
 *     growth_bench shards [EVENTS]            1,000,000 with 0, 1, 2, 4, 16  */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/edge/hash.h"
#include "plugin/dream.h"
#include "plugin/shards.h"
#include "tests/bench/dream/hostile.h"
#include "tests/bench/dream/logged.h"
#include "tests/bench/figures.h"

enum {
    DREAMS_DEFAULT = 30,
    BEFORE_DEFAULT = 10000,
    STEP_DEFAULT = 10000,
    MEMORY_EVENTS_DEFAULT = 1000000,
    SEED = 1
};

static const struct redact_key key = {{1, 2, 3}};

struct growth {
    struct logged *logged;
    struct dream *dream;
    uint64_t events;
    double feed_s;
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What is resident now, rather than what was at the most. */
static double resident_mib(void)
{
    unsigned long long total = 0;
    unsigned long long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%llu %llu", &total, &resident) != 2) {
            resident = 0;
        }
        (void)fclose(file);
    }
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

/* What was resident at the most. */
static double peak_mib(void)
{
    struct rusage usage = {.ru_maxrss = 0};
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static void check(enum err err, const char *what)
{
    if (err != ERR_OK) {
        fprintf(stderr, "%s: %s\n", what, err_text(err));
        exit(1);
    }
}

static void feed_block(struct growth *growth, const struct logged_event *events,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct stamp stamp;
        struct envelope envelope;
        check(stamp_read(events[i].stamp, &stamp), "stamp");
        check(envelope_read(events[i].envelope, &envelope), "envelope");
        dream_feed(growth->dream, &stamp, &envelope, events[i].body);
    }
    growth->events += count;
}

static void feed(struct growth *growth, uint64_t count)
{
    while (count > 0) {
        const struct logged_event *events = NULL;
        size_t most =
            count < LOGGED_BLOCK_EVENTS ? (size_t)count : LOGGED_BLOCK_EVENTS;
        size_t got = logged_next(growth->logged, most, &events);
        double start = cpu_seconds();
        feed_block(growth, events, got);
        growth->feed_s += cpu_seconds() - start;
        count = got > 0 ? count - got : 0;
    }
}

/* Equal where the change sets are, and where every candidate is. */
static void print_result(const struct dream_result *result)
{
    uint64_t sets = 0;
    uint64_t candidates = 0;
    size_t kinds[FINDING_KIND_HYGIENE + 1] = {0};
    for (size_t i = 0; i < result->plan.count; i++) {
        struct bytes packed = buf_bytes(&result->plan.sets[i].packed);
        sets = hash_bytes_seeded(packed, sets);
    }
    for (size_t i = 0; i < result->candidates.count; i++) {
        const struct candidate *it = &result->candidates.items[i];
        const uint64_t numbers[] = {(uint64_t)it->reason, (uint64_t)it->tier,
                                    it->witness_count, it->principals,
                                    it->left_out};
        kinds[it->kind]++;
        candidates = hash_bytes_seeded(
            bytes_of(it->finding, sizeof(it->finding)), candidates);
        candidates =
            hash_bytes_seeded(bytes_of(numbers, sizeof(numbers)), candidates);
    }
    printf("%" PRIu32 " changes %016" PRIx64 ", %zu candidates %016" PRIx64
           " (%zu preferences, %zu directives, %zu mistakes)\n",
           result->plan.changes, sets, result->candidates.count, candidates,
           kinds[FINDING_KIND_PREFERENCE], kinds[FINDING_KIND_DIRECTIVE],
           kinds[FINDING_KIND_MISTAKE]);
}

static double dream_once(struct growth *growth)
{
    struct known *known = known_new();
    struct dream_question question = {.known = known};
    struct dream_result result;
    double start = cpu_seconds();
    dream_finish(growth->dream, &question, &result);
    double seconds = cpu_seconds() - start;
    print_result(&result);
    dream_result_fini(&result);
    known_free(known);
    return seconds;
}

static void run_dreams(struct growth *growth, uint64_t dreams, uint64_t before,
                       uint64_t step)
{
    struct figure all = {.count = 0};
    double first = 0;
    double last = 0;
    feed(growth, before);
    for (uint64_t i = 0; i < dreams && i < FIGURES_MAX; i++) {
        double fed = growth->feed_s;
        feed(growth, step);
        double pass = growth->feed_s - fed;
        last = dream_once(growth);
        first = i == 0 ? last : first;
        figure_add(&all, last);
        printf("dream %2" PRIu64 ", %8" PRIu64
               " events: reading %.4f s, dreaming %.4f s, %.1f MiB\n",
               i + 1, growth->events, pass, last, resident_mib());
    }
    printf("first %.4f s, last %.4f s, last over first %.2f\n", first, last,
           last / first);
    figure_print("a dream", &all, "s");
}

static void run_memory(struct growth *growth, uint64_t events)
{
    for (uint64_t percent = 1; percent <= 100;
         percent += percent < 10 ? 9 : 10) {
        feed(growth, events / 100 * percent - growth->events);
        printf("%3" PRIu64 " %%, %10" PRIu64
               " events: %.1f MiB resident, %.0f events/s\n",
               percent, growth->events, resident_mib(),
               (double)growth->events / growth->feed_s);
        (void)fflush(stdout);
    }
    printf("one dream: %.3f s\n", dream_once(growth));
    printf("after it: %.1f MiB resident, %.1f MiB at the most\n",
           resident_mib(), peak_mib());
}

static void run_hostile(struct growth *growth, uint64_t events)
{
    struct hostile *hostile = hostile_new();
    for (uint64_t i = 1; i <= events; i++) {
        struct stamp stamp;
        struct envelope envelope;
        struct bytes body;
        hostile_next(hostile, &stamp, &envelope, &body);
        dream_feed(growth->dream, &stamp, &envelope, body);
        if (i % (events / 10 + 1) == 0 || i == events) {
            printf("%10" PRIu64 " events: %.1f MiB resident\n", i,
                   resident_mib());
            (void)fflush(stdout);
        }
    }
    printf("one dream: %.3f s\n", dream_once(growth));
    printf("after it: %.1f MiB resident, %.1f MiB at the most\n",
           resident_mib(), peak_mib());
    hostile_free(hostile);
}

static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run_with(size_t count, uint64_t events)
{
    struct shards *shards = count > 0 ? shards_new(count) : NULL;
    struct growth growth = {.logged = logged_simulated(SEED)};
    struct dream_config config = {.key = key};
    struct buf why;
    double wall_s = 0;
    if (shards) {
        config.jobs = shards_jobs(shards);
    }
    buf_init(&why, 4096);
    check(dream_new(&config, &why, &growth.dream), "dream");
    while (growth.events < events) {
        const struct logged_event *block = NULL;
        size_t got = logged_next(growth.logged, LOGGED_BLOCK_EVENTS, &block);
        double cpu = cpu_seconds();
        double wall = wall_seconds();
        feed_block(&growth, block, got);
        growth.feed_s += cpu_seconds() - cpu;
        wall_s += wall_seconds() - wall;
    }
    printf("%2zu shards: %.0f events/s of time, %.0f events/s of processor\n",
           count, (double)growth.events / wall_s,
           (double)growth.events / growth.feed_s);
    dream_free(growth.dream);
    logged_free(growth.logged);
    shards_free(shards);
    buf_fini(&why);
}

static void run_shards(uint64_t events)
{
    static const size_t counts[] = {0, 1, 2, 4, 16};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        run_with(counts[i], events);
        (void)fflush(stdout);
    }
}

static uint64_t number_at(int argc, char **argv, int at, uint64_t otherwise)
{
    return argc > at ? strtoull(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    struct growth growth = {.logged = logged_simulated(SEED)};
    struct dream_config config = {.key = key};
    struct buf why;
    buf_init(&why, 4096);
    check(dream_new(&config, &why, &growth.dream), "dream");
    const char *what = argc > 1 ? argv[1] : "dreams";
    uint64_t events = number_at(argc, argv, 2, MEMORY_EVENTS_DEFAULT);
    if (strcmp(what, "memory") == 0) {
        run_memory(&growth, events);
    } else if (strcmp(what, "hostile") == 0) {
        run_hostile(&growth, events);
    } else if (strcmp(what, "shards") == 0) {
        run_shards(events);
    } else {
        run_dreams(&growth, number_at(argc, argv, 2, DREAMS_DEFAULT),
                   number_at(argc, argv, 3, BEFORE_DEFAULT),
                   number_at(argc, argv, 4, STEP_DEFAULT));
    }
    dream_free(growth.dream);
    logged_free(growth.logged);
    buf_fini(&why);
    return 0;
}
