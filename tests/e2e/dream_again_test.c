/* SPDX-License-Identifier: MIT */
/* Memory depends on what is in the log: not on how often it was dreamt over,
 * nor on what was killed meanwhile.
 *
 * A simulated world is logged once and its data copied for every run. Dreams
 * that may change memory are repeated until one changes nothing; that is the
 * undisturbed run. Then:
 *   - thirty more dreams, and thirty between which somebody says what is no
 *     evidence, propose nothing and leave every view and every byte as it is;
 *   - worker, broker or both die by -9 at random moments of a dream, round for
 *     round, and what is there in the end is the same: versions, views and
 *     change ids, which are digests of all that a change says, witnesses
 *     included. So are the proposals that wait where a human decides.
 * REVERIE_SEED repeats the moments, REVERIE_ROUNDS asks for more of them. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "tests/e2e/process.h"

enum {
    STATE_MAX = 64 << 20,
    SETTLED_MAX = 4, /* dreams until one changes nothing */
    AGAIN = 30,
    ROUNDS = 6,
    CHANGES_MIN = 4,
    REFUSED = 1
};

struct scene {
    struct site source; /* where the world was logged */
    struct rng rng;
};

/* One run over a copy of the data. */
struct run {
    struct site site;
    const char *policy;
    struct process *broker;
    struct process *worker;
    int64_t dream_us;  /* from the start of a worker to its first answer */
    uint32_t proposed; /* changes, over all of its dreams */
    struct buf state;
};

/* ---- one run ------------------------------------------------------------- */

static void start(struct run *run)
{
    run->broker = site_broker(&run->site, WORDS("--policy", run->policy));
    run->worker = SITE_START(&run->site, "dream", "worker");
}

static void stop(struct process *process)
{
    if (process_is_running(process)) {
        process_kill(process);
    } else {
        (void)process_wait(process);
    }
}

static void open_run(struct run *run, struct scene *scene, const char *policy)
{
    char command[3 * SITE_PATH_MAX];

    *run = (struct run){.policy = policy};
    site_open(&run->site);
    buf_init(&run->state, STATE_MAX);
    (void)snprintf(command, sizeof(command), "cp -r '%s/.' '%s'",
                   scene->source.data, run->site.data);
    assert_int_equal(system(command), 0);
    start(run);
}

static void close_run(struct run *run)
{
    buf_fini(&run->state);
    site_close(&run->site);
}

/* Dreams once a worker answers; gives how many changes it proposed. */
static uint32_t dream(struct run *run)
{
    int64_t until_us = clock_monotonic_us() + PROCESS_TIMEOUT_MS * US_PER_MS;
    uint32_t changes = 0;

    do {
        SITE_RUN(&run->site, "dream", "run", "--json");
    } while (run->site.code == REFUSED && clock_monotonic_us() < until_us);
    if (run->site.code != 0) {
        stop(run->worker);
        print_message("the worker said: %s\n", buf_text(&run->worker->err));
    }
    site_expect_code(&run->site, 0);
    struct json *answer = site_json(&run->site);
    struct json *sets = json_get(answer, "change_sets");
    for (size_t i = 0; i < json_len(sets); i++) {
        changes += (uint32_t)json_len(json_get(json_at(sets, i), "changes"));
    }
    json_free(answer);
    run->proposed += changes;
    return changes;
}

static void dream_until_settled(struct run *run)
{
    for (int i = 0; i < SETTLED_MAX; i++) {
        if (dream(run) == 0) {
            return;
        }
    }
    fail_msg("%d dreams and no end of changes", SETTLED_MAX);
}

/* ---- what is there ------------------------------------------------------- */

/* Adds ${names} of ${json}, which is not all that differs by the clock. */
static void add_members(const struct json *json, const char *const *names,
                        struct buf *out)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        buf_add_format(out, " %s=", names[i]);
        json_print_canonical(json_get(json, names[i]), out);
    }
}

/* Calls ${add} with every line of JSON that the last command wrote. */
static void each_line(struct site *site,
                      void (*add)(const struct json *item, struct buf *out),
                      struct buf *out)
{
    struct bytes said = buf_bytes(&site->out);
    size_t from = 0;

    for (size_t to = 0; to < said.len; to++) {
        struct json *item = NULL;
        if (said.data[to] != '\n') {
            continue;
        }
        assert_int_equal(json_parse(bytes_slice(said, from, to - from), &item),
                         ERR_OK);
        add(item, out);
        buf_add_u8(out, '\n');
        json_free(item);
        from = to + 1;
    }
}

static void add_memory(const struct json *memory, struct buf *out)
{
    add_members(memory, WORDS("store", "path"), out);
    add_members(json_get(memory, "head"),
                WORDS("number", "state", "content", "title", "kind", "finding",
                      "change", "reason", "numbers", "store_version", "subject",
                      "option"),
                out);
}

static void add_item(const struct json *item, struct buf *out)
{
    add_members(item, WORDS("change", "state", "reason", "sentence"), out);
}

static void add_store(const struct json *store, struct buf *out)
{
    json_print_canonical(store, out);
}

static void read_state(struct run *run, struct buf *out)
{
    buf_reset(out);
    SITE_RUN(&run->site, "memory", "stores", "--json");
    site_expect_code(&run->site, 0);
    each_line(&run->site, add_store, out);
    SITE_RUN(&run->site, "memory", "list", "--json");
    site_expect_code(&run->site, 0);
    each_line(&run->site, add_memory, out);
    SITE_RUN(&run->site, "review", "list", "--json");
    site_expect_code(&run->site, 0);
    each_line(&run->site, add_item, out);
}

static void expect_state(struct run *run, struct buf *state)
{
    struct buf now;

    buf_init(&now, STATE_MAX);
    read_state(run, &now);
    assert_string_equal(buf_text(&now), buf_text(state));
    buf_fini(&now);
}

/* Dreams until nothing changes any more and keeps what is there then. */
static void run_undisturbed(struct run *run)
{
    int64_t began_us = clock_monotonic_us();

    (void)dream(run);
    run->dream_us = clock_monotonic_us() - began_us;
    dream_until_settled(run);
    assert_true(run->proposed >= CHANGES_MIN);
    read_state(run, &run->state);
}

/* ---- again --------------------------------------------------------------- */

static void say_something(struct run *run, int number)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "nothing much happened, part %d",
                   number);
    SITE_RUN(&run->site, "pub", "--agent", "zoe", "--team", "elsewhere", "--to",
             "team:elsewhere", text);
    site_expect_code(&run->site, 0);
}

static void dreaming_again_changes_nothing(void **state)
{
    struct run run;

    open_run(&run, *state, "approve-all-proposals");
    run_undisturbed(&run);
    for (int i = 0; i < AGAIN; i++) {
        assert_int_equal(dream(&run), 0);
    }
    expect_state(&run, &run.state);
    for (int i = 0; i < AGAIN; i++) {
        say_something(&run, i);
        assert_int_equal(dream(&run), 0);
    }
    expect_state(&run, &run.state);
    close_run(&run);
}

/* What waits for a human is not proposed a second time. */
static void proposals_that_wait_stay_as_they_are(void **state)
{
    struct run run;

    open_run(&run, *state, "review");
    run_undisturbed(&run);
    for (int i = 0; i < AGAIN / 2; i++) {
        assert_int_equal(dream(&run), 0);
    }
    expect_state(&run, &run.state);
    close_run(&run);
}

/* ---- kills --------------------------------------------------------------- */

static int rounds(void)
{
    const char *given = getenv("REVERIE_ROUNDS");

    return given != NULL ? (int)strtoul(given, NULL, 10) : ROUNDS;
}

/* Somebody asks for a dream; at a random moment of it the worker, the broker
 * or both are gone. */
static void kill_round(struct run *run, struct rng *rng, int64_t dream_us)
{
    enum {
        KILL_WORKER,
        KILL_BROKER,
        KILL_BOTH,
        KILL_KINDS
    };
    uint64_t kind = rng_below(rng, KILL_KINDS);
    uint64_t moment_ms = rng_below(rng, (uint64_t)(dream_us / US_PER_MS) + 1);
    struct process *asker = SITE_START(&run->site, "dream", "run", "--json");

    (void)process_heard(asker, "never said", (int)moment_ms);
    if (kind != KILL_BROKER) {
        stop(run->worker);
    }
    if (kind == KILL_WORKER) {
        run->worker = SITE_START(&run->site, "dream", "worker");
    } else {
        stop(run->broker);
        stop(kind == KILL_BROKER ? run->worker : asker);
        start(run);
    }
    if (kind != KILL_BOTH) {
        stop(asker);
    }
}

static void expect_same_after_kills(struct scene *scene, const char *policy)
{
    struct run calm;
    struct run killed;

    open_run(&calm, scene, policy);
    run_undisturbed(&calm);
    open_run(&killed, scene, policy);
    for (int i = 0; i < rounds(); i++) {
        kill_round(&killed, &scene->rng, calm.dream_us);
    }
    dream_until_settled(&killed);
    expect_state(&killed, &calm.state);
    close_run(&killed);
    close_run(&calm);
}

static void memory_is_the_same_after_kills(void **state)
{
    expect_same_after_kills(*state, "approve-all-proposals");
}

static void proposals_are_the_same_after_kills(void **state)
{
    expect_same_after_kills(*state, "review");
}

/* ---- the log ------------------------------------------------------------- */

static int set_up(void **state)
{
    struct scene *scene = mem_new(sizeof(*scene));

    scene->rng = rng_seeded(test_seed(), 0);
    site_open(&scene->source);
    struct process *broker = site_broker(&scene->source, NULL);
    SITE_RUN(&scene->source, "sim", "--seed", "5", "--teams", "2", "--agents",
             "12", "--days", "12", "--dream-every", "0");
    site_expect_code(&scene->source, 0);
    site_drain(broker);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    site_close(&scene->source);
    free(scene);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dreaming_again_changes_nothing),
        cmocka_unit_test(proposals_that_wait_stay_as_they_are),
        cmocka_unit_test(memory_is_the_same_after_kills),
        cmocka_unit_test(proposals_are_the_same_after_kills),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
