/* SPDX-License-Identifier: MIT */
/* The same log gives the same change sets, byte for byte, whatever happened
 * while it was read.
 *
 * A log is filled, then dreamt over (dry, so that it stays as it is) by: a
 * worker left alone; workers killed with -9 while they read and while they
 * dream; workers that take the log in small and large windows, and with 1, 4
 * and 16 shards; the worker of a `reverie up` that was told to have shards;
 * workers before and after a broker that drained or was killed. Ids are digests
 * of all that a change says, its witnesses included, so equal ids are equal
 * bytes. A restart of the broker is itself an event: across it the changes are
 * compared, else the whole answer. Real traces where there are some, and always
 * a simulated world. REVERIE_SEED repeats the moments. */
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "tests/e2e/process.h"

enum {
    ANSWER_MAX = 64 << 20,
    KILLS = 4,
    KILL_MS_MAX = 300,
    REFUSED = 1,
    WORKER_CUT_OFF = 6
};

struct scene {
    struct site site;
    struct rng rng;
    struct process *broker;
    struct process *worker;
    struct buf whole;   /* of the first dream: the answer */
    struct buf changes; /* and what is in its change sets */
};

/* ---- dreams -------------------------------------------------------------- */

static void start_worker(struct scene *scene)
{
    scene->worker = SITE_START(&scene->site, "dream", "worker");
}

/* A lost connection ends a worker; `reverie up` would start it again. */
static void keep_worker(struct scene *scene)
{
    if (process_is_running(scene->worker)) {
        return;
    }
    int code = process_wait(scene->worker);
    if (code != WORKER_CUT_OFF) {
        fail_msg("the worker ended with %d: %s", code,
                 buf_text(&scene->worker->err));
    }
    start_worker(scene);
}

/* Asks until a worker is there to answer; ${up}: it keeps the worker itself.
 */
static void ask(struct scene *scene, const struct process *up)
{
    int64_t until_us = clock_monotonic_us() + PROCESS_TIMEOUT_MS * US_PER_MS;

    do {
        if (up == NULL) {
            keep_worker(scene);
        }
        SITE_RUN(&scene->site, "dream", "run", "--dry", "--json");
    } while (scene->site.code == REFUSED && clock_monotonic_us() < until_us);
    site_expect_code(&scene->site, 0);
}

static void dream(struct scene *scene)
{
    ask(scene, NULL);
}

static void changes_of(struct site *site, struct buf *out)
{
    struct json *answer = site_json(site);
    struct json *sets = json_get(answer, "change_sets");

    for (size_t i = 0; i < json_len(sets); i++) {
        json_print_canonical(json_get(json_at(sets, i), "changes"), out);
    }
    json_free(answer);
}

static void remember(struct scene *scene)
{
    buf_reset(&scene->whole);
    buf_reset(&scene->changes);
    buf_add(&scene->whole, buf_bytes(&scene->site.out));
    changes_of(&scene->site, &scene->changes);
    assert_true(scene->changes.len > 64);
}

static void expect_same(struct scene *scene)
{
    assert_string_equal(buf_text(&scene->site.out), buf_text(&scene->whole));
}

/* Across a restart: the log is longer by events that are no evidence. */
static void expect_same_changes(struct scene *scene)
{
    struct buf changes;

    buf_init(&changes, ANSWER_MAX);
    changes_of(&scene->site, &changes);
    assert_string_equal(buf_text(&changes), buf_text(&scene->changes));
    buf_fini(&changes);
}

/* ---- what may happen ----------------------------------------------------- */

/* Stops listening to a process after a random time that has no other end. */
static void a_moment(struct scene *scene, struct process *process)
{
    (void)process_heard(process, "never said",
                        (int)rng_below(&scene->rng, KILL_MS_MAX));
}

static void workers_are_killed(struct scene *scene)
{
    for (int i = 0; i < KILLS; i++) {
        process_kill(scene->worker);
        start_worker(scene);
        a_moment(scene, scene->worker);
    }
    /* And while one dreams: who asked is told. */
    struct process *asker =
        SITE_START(&scene->site, "dream", "run", "--dry", "--json");
    a_moment(scene, asker);
    process_kill(scene->worker);
    (void)process_wait(asker);
    start_worker(scene);
    dream(scene);
    expect_same(scene);
}

static void expect_serves_with(struct process *process, const char *shards)
{
    char said[64];

    (void)snprintf(said, sizeof(said), "DREAM-SERVES shards=%s\n", shards);
    if (strstr(buf_text(&process->err), said) == NULL) {
        fail_msg("not said: %s in: %s", said, buf_text(&process->err));
    }
}

/* Leaves no worker. They are told to end here: one that is killed keeps its
 * streams until its lease runs out, and that was waited for above. */
static void windows_and_shards_differ(struct scene *scene)
{
    static const struct {
        const char *window;
        const char *shards;
    } pairs[] = {{"1024", "16"}, {"65536", "1"}, {"67108864", "4"}};

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        site_drain(scene->worker);
        scene->worker =
            SITE_START(&scene->site, "dream", "worker", "--window",
                       pairs[i].window, "--shards", pairs[i].shards);
        dream(scene);
        expect_same(scene);
    }
    site_drain(scene->worker);
    expect_serves_with(scene->worker, pairs[ARRAY_LEN(pairs) - 1].shards);
}

/* The same out of the settings of `reverie up`. Leaves the broker and worker
 * of the scene running again. */
static void up_is_told_shards(struct scene *scene)
{
    site_drain(scene->broker);
    struct process *up = site_up(&scene->site, WORDS("--dream-shards", "16"));
    ask(scene, up);
    expect_same_changes(scene);
    site_drain(up);
    expect_serves_with(up, "16");
    scene->broker = site_broker(&scene->site, NULL);
    start_worker(scene);
    dream(scene);
    expect_same_changes(scene);
    remember(scene);
}

/* The worker that saw it, and a new one. */
static void broker_restarts(struct scene *scene, int signal)
{
    process_signal(scene->broker, signal);
    (void)process_wait(scene->broker);
    scene->broker = site_broker(&scene->site, NULL);
    dream(scene);
    expect_same_changes(scene);
    remember(scene);
    site_drain(scene->worker);
    start_worker(scene);
    dream(scene);
    expect_same(scene);
}

static void expect_deterministic(struct scene *scene)
{
    start_worker(scene);
    dream(scene);
    remember(scene);
    workers_are_killed(scene);
    windows_and_shards_differ(scene);
    up_is_told_shards(scene);
    broker_restarts(scene, SIGTERM);
    broker_restarts(scene, SIGKILL);
}

/* ---- logs ---------------------------------------------------------------- */

static void a_simulated_world_dreams_the_same(void **state)
{
    struct scene *scene = *state;

    SITE_RUN(&scene->site, "sim", "--seed", "5", "--teams", "2", "--agents",
             "12", "--days", "14", "--dream-every", "0");
    site_expect_code(&scene->site, 0);
    expect_deterministic(scene);
}

static void replay(struct scene *scene, const char *file, const char *rows)
{
    char path[PATH_MAX];

    if (!test_has_trace(file, path, sizeof(path))) {
        skip();
    }
    SITE_RUN(&scene->site, "replay", path, "-n", rows, "--no-check");
    site_expect_code(&scene->site, 0);
    expect_deterministic(scene);
}

static void recorded_code_work_dreams_the_same(void **state)
{
    replay(*state, "codeteam/messages.jsonl", "20000");
}

static void recorded_queries_dream_the_same(void **state)
{
    replay(*state, "sqlteam/messages.jsonl", "6000");
}

static int set_up(void **state)
{
    struct scene *scene = mem_new(sizeof(*scene));

    site_open(&scene->site);
    scene->rng = rng_seeded(test_seed(), 0);
    buf_init(&scene->whole, ANSWER_MAX);
    buf_init(&scene->changes, ANSWER_MAX);
    scene->broker = site_broker(&scene->site, NULL);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    buf_fini(&scene->whole);
    buf_fini(&scene->changes);
    site_close(&scene->site);
    free(scene);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_simulated_world_dreams_the_same),
        TEST(recorded_code_work_dreams_the_same),
        TEST(recorded_queries_dream_the_same),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
