/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/id.h"
#include "broker/broker.h"
#include "client/reverie.h"
#include "plugin/worker.h"
#include "proto/messages.h"

enum {
    WAIT_MS = 30000,
    AGENTS = 4,
    SESSIONS = 3
};

static const struct redact_key redact_key = {{1, 2, 3}};

/* A broker and a worker in threads of their own, in a directory that goes. */
struct world {
    char folder[64];
    char endpoint[128];
    struct settings *settings;
    struct broker *broker;
    pthread_t broker_thread;
    pthread_t worker_thread;
    bool has_worker;
    atomic_bool stop;
    atomic_bool is_ready;
    enum err worker_err;
};

static void *run_broker(void *context)
{
    struct world *world = context;
    assert_int_equal(broker_run(world->broker), ERR_OK);
    return NULL;
}

static bool should_stop(void *context)
{
    return atomic_load(&((struct world *)context)->stop);
}

static void is_ready(void *context)
{
    atomic_store(&((struct world *)context)->is_ready, true);
}

static void *run_worker(void *context)
{
    struct world *world = context;
    const struct worker_config config = {.endpoint = world->endpoint,
                                         .principal = "dreamer",
                                         .key = redact_key,
                                         .should_stop = should_stop,
                                         .ready = is_ready,
                                         .context = world};
    struct buf why;
    buf_init(&why, 4096);
    world->worker_err = worker_run(&config, &why);
    if (world->worker_err != ERR_OK) {
        print_message("worker: %s\n", buf_text(&why));
    }
    buf_fini(&why);
    return NULL;
}

static void start_worker(struct world *world)
{
    atomic_store(&world->stop, false);
    assert_int_equal(
        pthread_create(&world->worker_thread, NULL, run_worker, world), 0);
    world->has_worker = true;
}

static void stop_worker(struct world *world)
{
    atomic_store(&world->stop, true);
    assert_int_equal(pthread_join(world->worker_thread, NULL), 0);
    assert_int_equal(world->worker_err, ERR_OK);
    world->has_worker = false;
}

static void world_open(struct world *world, const char *policy)
{
    *world = (struct world){.folder = "/tmp/reverie-worker-XXXXXX"};
    assert_non_null(mkdtemp(world->folder));
    char bus[128];
    snprintf(bus, sizeof(bus), "ipc://%s/bus", world->folder);
    struct settings *settings =
        settings_new(broker_settings, broker_setting_count);
    world->settings = settings; /* the broker keeps its texts */
    assert_int_equal(settings_set(settings, "bus", bus), ERR_OK);
    assert_int_equal(settings_set(settings, "data", world->folder), ERR_OK);
    assert_int_equal(settings_set(settings, "policy", policy), ERR_OK);
    struct broker_config config;
    struct buf why;
    buf_init(&why, 4096);
    assert_int_equal(broker_config_read(settings, &why, &config), ERR_OK);
    config.in_memory = true;
    config.memory.redact = redact_key;
    enum err err = broker_open(&config, &why, &world->broker);
    if (err != ERR_OK) {
        print_message("broker: %s\n", buf_text(&why));
    }
    assert_int_equal(err, ERR_OK);
    snprintf(world->endpoint, sizeof(world->endpoint), "%s",
             broker_endpoint(world->broker, 0));
    assert_int_equal(
        pthread_create(&world->broker_thread, NULL, run_broker, world), 0);
    buf_fini(&why);
}

static void world_close(struct world *world)
{
    if (world->has_worker) {
        stop_worker(world);
    }
    broker_stop(world->broker);
    assert_int_equal(pthread_join(world->broker_thread, NULL), 0);
    broker_close(world->broker);
    settings_free(world->settings);
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", world->folder);
    assert_int_equal(system(command), 0);
}

/* ---- traffic ------------------------------------------------------------- */

static void publish_error(struct reverie *bus, const char *session,
                          const char *text, int64_t occurred_us)
{
    Reverie__V1__ToolResult result = REVERIE__V1__TOOL_RESULT__INIT;
    struct buf body;
    buf_init(&body, 4096);
    result.tool = (char *)(uintptr_t) "mysql";
    result.call = (char *)(uintptr_t)session;
    result.has_is_error = true;
    result.is_error = true;
    result.text = (char *)(uintptr_t)text;
    message_pack(&result, &body);
    const struct reverie_message message = {.to = "topic:sql",
                                            .kind = "agent.tool_result",
                                            .session = session,
                                            .origin = REVERIE_ORIGIN_TOOL,
                                            .has_occurred = true,
                                            .occurred_us = occurred_us,
                                            .content_type =
                                                "application/x-protobuf",
                                            .body = body.data,
                                            .body_bytes = body.len};
    assert_int_equal(reverie_publish_wait(bus, &message, WAIT_MS, NULL),
                     REVERIE_OK);
    buf_fini(&body);
}

/* Four agents stumble over the same table in three sessions each, on three
 * days. */
static void publish_mistakes(const struct world *world)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    const int64_t start_us = INT64_C(1767225600) * 1000000;
    for (int agent = 0; agent < AGENTS; agent++) {
        char name[32];
        snprintf(name, sizeof(name), "agent-%d", agent);
        const struct reverie_config config = {.endpoint = world->endpoint,
                                              .agent = name,
                                              .team = "blue",
                                              .principal = name};
        struct reverie *bus = NULL;
        assert_int_equal(reverie_open(&config, &bus), REVERIE_OK);
        for (int session = 0; session < SESSIONS; session++) {
            char text[48];
            snprintf(text, sizeof(text), "s-%d-%d", agent, session);
            publish_error(bus, text, "Table 'shop.cars' doesn't exist",
                          start_us + session * day_us + agent * INT64_C(1000));
        }
        reverie_close(bus);
    }
}

static struct reverie *open_observer(const struct world *world)
{
    const struct reverie_config config = {.endpoint = world->endpoint,
                                          .principal = "watcher"};
    struct reverie *bus = NULL;
    assert_int_equal(reverie_open(&config, &bus), REVERIE_OK);
    return bus;
}

/* Asks until a worker serves; lends the reply through ${arena}. */
static Reverie__V1__DreamRunReply *dream(struct reverie *bus, bool dry,
                                         struct arena *arena)
{
    Reverie__V1__DreamRunRequest request = REVERIE__V1__DREAM_RUN_REQUEST__INIT;
    Reverie__V1__DreamRunReply *reply = NULL;
    struct buf payload;
    const void *data = NULL;
    size_t bytes = 0;
    buf_init(&payload, 1024);
    request.has_dry = true;
    request.dry = dry;
    message_pack(&request, &payload);
    enum reverie_result result;
    do {
        result = reverie_request(bus, "dream", "run", payload.data, payload.len,
                                 WAIT_MS, NULL, NULL, &data, &bytes);
    } while (result == REVERIE_REFUSED &&
             strcmp(reverie_why_code(bus), "no_worker") == 0);
    if (result != REVERIE_OK) {
        print_message("dream.run: %s: %s\n", reverie_why_code(bus),
                      reverie_why(bus));
    }
    assert_int_equal(result, REVERIE_OK);
    assert_int_equal(
        MESSAGE_UNPACK(dream_run_reply, bytes_of(data, bytes), arena, &reply),
        ERR_OK);
    buf_fini(&payload);
    return reply;
}

static uint64_t step(const Reverie__V1__DreamRunReply *reply, const char *name)
{
    for (size_t i = 0; i < reply->n_funnel; i++) {
        if (strcmp(reply->funnel[i]->step, name) == 0) {
            return reply->funnel[i]->count;
        }
    }
    return 0;
}

static void a_dream_is_proposed_applied_and_then_unchanged(void **state)
{
    (void)state;
    struct world world;
    struct arena arena;
    arena_init(&arena, 16 << 20);
    world_open(&world, "approve-all-proposals");
    start_worker(&world);
    publish_mistakes(&world);
    struct reverie *bus = open_observer(&world);
    Reverie__V1__DreamRunReply *reply = dream(bus, false, &arena);
    assert_int_equal(step(reply, "errors"), AGENTS * SESSIONS);
    assert_int_equal(reply->n_change_sets, 1);
    assert_int_equal(reply->n_results, 1);
    if (strcmp(reply->results[0]->verdict, "apply") != 0) {
        print_message("%s: %s\n", reply->results[0]->reason,
                      reply->results[0]->sentence);
    }
    assert_string_equal(reply->results[0]->verdict, "apply");
    assert_string_equal(reply->policy, "approve-all-proposals");
    reply = dream(bus, false, &arena);
    assert_int_equal(reply->n_change_sets, 0);
    assert_int_equal(step(reply, "unchanged"), 1);
    /* A worker that starts anew reads the log again and finds the same. */
    stop_worker(&world);
    start_worker(&world);
    reply = dream(bus, false, &arena);
    assert_int_equal(step(reply, "unchanged"), 1);
    assert_int_equal(step(reply, "proposed"), 0);
    reverie_close(bus);
    world_close(&world);
    arena_fini(&arena);
}

static void what_waits_for_a_review_is_not_proposed_twice(void **state)
{
    (void)state;
    struct world world;
    struct arena arena;
    arena_init(&arena, 16 << 20);
    world_open(&world, "review");
    start_worker(&world);
    publish_mistakes(&world);
    struct reverie *bus = open_observer(&world);
    Reverie__V1__DreamRunReply *reply = dream(bus, false, &arena);
    assert_int_equal(reply->n_results, 1);
    assert_string_equal(reply->results[0]->verdict, "ask");
    reply = dream(bus, false, &arena);
    assert_int_equal(reply->n_results, 0);
    assert_int_equal(step(reply, "waiting"), 1);
    reverie_close(bus);
    world_close(&world);
    arena_fini(&arena);
}

static void a_dry_run_proposes_nothing(void **state)
{
    (void)state;
    struct world world;
    struct arena arena;
    arena_init(&arena, 16 << 20);
    world_open(&world, "approve-all-proposals");
    start_worker(&world);
    publish_mistakes(&world);
    struct reverie *bus = open_observer(&world);
    Reverie__V1__DreamRunReply *reply = dream(bus, true, &arena);
    assert_int_equal(reply->n_change_sets, 1);
    assert_int_equal(reply->n_results, 0);
    reply = dream(bus, true, &arena);
    assert_int_equal(reply->n_change_sets, 1);
    reverie_close(bus);
    world_close(&world);
    arena_fini(&arena);
}

static void a_wrong_table_ends_the_worker_with_a_reason(void **state)
{
    (void)state;
    struct world world;
    struct buf why;
    world_open(&world, "review");
    const struct worker_config config = {.endpoint = world.endpoint,
                                         .principal = "dreamer",
                                         .defaults = BYTES_LITERAL("[]")};
    buf_init(&why, 4096);
    assert_int_equal(worker_run(&config, &why), ERR_INVALID);
    assert_true(why.len > 0);
    buf_fini(&why);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dream_is_proposed_applied_and_then_unchanged),
        cmocka_unit_test(what_waits_for_a_review_is_not_proposed_twice),
        cmocka_unit_test(a_dry_run_proposes_nothing),
        cmocka_unit_test(a_wrong_table_ends_the_worker_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
