/* SPDX-License-Identifier: MIT */
/* kill -9 at random moments under load, again and again on the same data.
 *
 * Publishers, receivers, a reader of the log and somebody who writes, dreams
 * and reviews stay while the broker dies and comes back; load.h and scribe.h
 * say what must hold. The moment of a kill is a random amount of progress, in
 * some rounds one during the start; REVERIE_SEED repeats the choices (not how
 * the machine schedules them), REVERIE_ROUNDS asks for more than 50. */
#include <inttypes.h>
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
#include "tests/e2e/load.h"
#include "tests/e2e/process.h"
#include "tests/e2e/scribe.h"

enum {
    ROUNDS = 50,
    VERIFY_EVERY = 10,
    PROGRESS_MAX = 2500,
    ROUND_MESSAGES = 600,
    A_LITTLE = 60,
    START_MS_MAX = 250,
    STUCK_MS = 30000,
    WORKER_CUT_OFF = 6
};

struct scene {
    struct site site;
    struct rng rng;
    struct process *broker;
    struct process *worker;
    struct load *load;
    struct scribe *scribe;
};

static size_t rounds(void)
{
    const char *given = getenv("REVERIE_ROUNDS");

    return given != NULL ? strtoul(given, NULL, 10) : ROUNDS;
}

static void start_worker(struct scene *scene)
{
    scene->worker = SITE_START(&scene->site, "dream", "worker");
}

static void stuck(const char *who)
{
    fail_msg("%s has not moved for %d s", who, STUCK_MS / 1000);
}

/* A dream that is cut off ends the worker; `reverie up` would start it again.
 */
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

/* Works until so much has happened. Standing still is a failure. */
static void progress(struct scene *scene, uint64_t amount)
{
    int64_t moved_us = clock_monotonic_us();

    for (uint64_t moved = 0; moved < amount;) {
        uint64_t now = load_step(scene->load);
        moved += now;
        if (now > 0) {
            moved_us = clock_monotonic_us();
        }
        if (clock_monotonic_us() - moved_us > STUCK_MS * US_PER_MS) {
            stuck("the load");
        }
    }
}

/* Works until the scribe has come to that moment once more. */
static void await(struct scene *scene, enum scribe_moment moment)
{
    int64_t until_us = clock_monotonic_us() + STUCK_MS * US_PER_MS;
    uint64_t before = scribe_moments(scene->scribe, moment);

    while (scribe_moments(scene->scribe, moment) == before) {
        keep_worker(scene);
        (void)load_step(scene->load);
        if (clock_monotonic_us() > until_us) {
            stuck("the scribe");
        }
    }
}

/* Some rounds end at random, some while a dream or a decision is under way. */
static void work(struct scene *scene)
{
    uint64_t choice = rng_below(&scene->rng, 5);

    load_allow(scene->load, ROUND_MESSAGES);
    if (choice == 0) {
        /* Once, so that the worker is there; then one that is cut off. */
        await(scene, SCRIBE_DREAMT);
        await(scene, SCRIBE_DREAMS);
        progress(scene, rng_below(&scene->rng, A_LITTLE));
    } else if (choice == 1) {
        await(scene, SCRIBE_DECIDES);
        progress(scene, rng_below(&scene->rng, A_LITTLE));
    } else {
        progress(scene, rng_below(&scene->rng, PROGRESS_MAX));
    }
}

/* A broker that dies while it starts; when, says the clock and not what it
 * did, so that recovery is hit as well. */
static void kill_starting(struct scene *scene)
{
    struct process *broker =
        SITE_START(&scene->site, "broker", "--data", scene->site.data, "--bus",
                   scene->site.endpoint);

    (void)process_heard(broker, "listening on",
                        (int)rng_below(&scene->rng, START_MS_MAX));
    process_kill(broker);
}

static void verify(struct scene *scene)
{
    SITE_RUN(&scene->site, "log", "verify", "--memory");
    site_expect_code(&scene->site, 0);
    SITE_RUN(&scene->site, "memory", "verify", "--json");
    site_expect_code(&scene->site, 0);
    site_expect_said(&scene->site, "\"fold_equal\":true");
}

static void kill_round(struct scene *scene, size_t round)
{
    work(scene);
    if (round % VERIFY_EVERY == VERIFY_EVERY - 1) {
        verify(scene);
    }
    process_kill(scene->broker);
    if (rng_chance(&scene->rng, 0.2)) {
        process_kill(scene->worker);
        start_worker(scene);
    }
    if (rng_chance(&scene->rng, 0.15)) {
        kill_starting(scene);
    }
    scene->broker = site_broker(&scene->site, NULL);
}

static void report(const struct scene *scene)
{
    struct load_counts load = load_counts(scene->load);
    struct scribe_counts scribe = scribe_counts(scene->scribe);

    print_message("%" PRIu64 " published, %" PRIu64 " accepted, %" PRIu64
                  " resent, %" PRIu64 " given, %" PRIu64 " events, %" PRIu64
                  " updates acknowledged\n",
                  load.published, load.accepted, load.resent, load.given,
                  load.logged, load.updates);
    print_message("%" PRIu64 " writes, %" PRIu64 " dreams, %" PRIu64
                  " decisions, %" PRIu64 " requests cut off\n",
                  scribe.writes, scribe.dreams, scribe.decisions,
                  scribe.cut_off);
}

static void nothing_is_lost_doubled_or_changed(void **state)
{
    struct scene *scene = *state;

    scene->broker = site_broker(&scene->site, NULL);
    start_worker(scene);
    scene->load = load_open(scene->site.endpoint, rng_next(&scene->rng));
    scene->scribe = scribe_start(scene->site.endpoint);
    for (size_t round = 0; round < rounds(); round++) {
        kill_round(scene, round);
    }
    await(scene, SCRIBE_DECIDES);
    await(scene, SCRIBE_DREAMT);
    scribe_stop(scene->scribe);
    load_settle(scene->load);
    report(scene);
    load_reread(scene->load);
    scribe_check(scene->scribe);
    verify(scene);
    assert_true(load_counts(scene->load).resent > 0);
    assert_true(scribe_counts(scene->scribe).writes > 0);
    assert_true(scribe_counts(scene->scribe).dreams > 0);
    assert_true(scribe_counts(scene->scribe).decisions > 0);
    process_signal(scene->broker, SIGTERM);
    assert_int_equal(process_wait(scene->broker), 0);
}

static int set_up(void **state)
{
    struct scene *scene = mem_new(sizeof(*scene));

    site_open(&scene->site);
    scene->rng = rng_seeded(test_seed(), 0);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    load_close(scene->load);
    scribe_free(scene->scribe);
    site_close(&scene->site);
    free(scene);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_lost_doubled_or_changed,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
