/* SPDX-License-Identifier: MIT */
/* A disk that is full, a reader that does not read, a peer that sends rubbish:
 * the broker lives, the others notice nothing, and nothing is lost.
 *
 * The disk is a small tmpfs in a mount namespace of this process; where that
 * is not permitted, the test of the full disk is skipped. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "client/reverie.h"
#include "proto/bus.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/messages.h"
#include "tests/e2e/process.h"

enum {
    WAIT_MS = 30000,
    MESSAGES = 4000,
    BODY_BYTES = 2048,
    LEFT_BYTES = 8 << 20,
    CRUMB_BYTES = 60 << 10,
    RUBBISH = 500,
    RUBBISH_MAX = 600,
    SOCKETS = 8,
    QUESTIONS = 10000,
    ANSWERED_MAX = 3, /* before 16 MiB are exceeded by at most 8 */
    LARGE_EVENTS = 7,
    LARGE_BYTES = 1000 * 1000,
    GROWN_MIB_MAX = 700 /* the sanitizer holds back 256 of what was freed */
};

static struct reverie *join(const struct site *site, const char *name)
{
    const struct reverie_config config = {
        .endpoint = site->endpoint, .agent = name, .team = "blue"};
    struct reverie *bus = NULL;

    if (reverie_open(&config, &bus) != REVERIE_OK) {
        fail_msg("%s: %s", name, reverie_why(bus));
    }
    return bus;
}

static struct reverie_message to_team(const char *text, size_t bytes)
{
    return (struct reverie_message){.to = "team:blue",
                                    .kind = "agent.message",
                                    .origin = REVERIE_ORIGIN_AGENT,
                                    .body = text,
                                    .body_bytes = bytes};
}

/* The next messages are numbered from ${from}. */
static void expect_numbers(struct reverie *bus, size_t from, size_t to)
{
    const struct reverie_message *message = NULL;

    for (size_t n = from; n < to; n++) {
        assert_int_equal(reverie_receive(bus, WAIT_MS, &message), REVERIE_OK);
        assert_int_equal(strtoul(message->body, NULL, 10), n);
        assert_int_equal(reverie_done(bus), REVERIE_OK);
    }
}

static void publish_numbers(struct reverie *bus, size_t from, size_t to)
{
    char body[BODY_BYTES] = "";
    struct reverie_message message = to_team(body, sizeof(body));

    for (size_t n = from; n < to; n++) {
        (void)snprintf(body, sizeof(body), "%zu ", n);
        enum reverie_result result = reverie_publish(bus, &message, NULL);
        while (result == REVERIE_FULL) {
            (void)reverie_poll(bus, WAIT_MS);
            result = reverie_publish(bus, &message, NULL);
        }
        assert_int_equal(result, REVERIE_OK);
    }
    assert_int_equal(reverie_flush(bus, WAIT_MS), REVERIE_OK);
    assert_int_equal(reverie_counts(bus).refused, 0);
}

/* ---- a reader that does not read ----------------------------------------- */

static void a_slow_reader_slows_nobody_and_misses_nothing(void **state)
{
    struct site *site = *state;

    (void)site_broker(site, NULL);
    struct reverie *slow = join(site, "slow");
    struct reverie *quick = join(site, "quick");
    struct reverie *speaker = join(site, "speaker");
    /* In steps, so that neither of the two that read is away too long; the
     * slow one is not touched. */
    for (size_t n = 0; n < MESSAGES; n += MESSAGES / 8) {
        publish_numbers(speaker, n, n + MESSAGES / 8);
        expect_numbers(quick, n, n + MESSAGES / 8);
    }
    expect_numbers(slow, 0, MESSAGES);
    reverie_close(speaker);
    reverie_close(quick);
    reverie_close(slow);
}

/* ---- a peer that sends rubbish ------------------------------------------- */

/* Of all counters whose names begin like this. */
static int64_t refusals(struct site *site, const char *prefix)
{
    int64_t count = 0;

    SITE_RUN(site, "status", "--json");
    site_expect_code(site, 0);
    struct json *status = site_json(site);
    struct json *counters = json_get(status, "counters");
    for (size_t i = 0; i < json_len(counters); i++) {
        struct json *one = json_at(counters, i);
        struct bytes name =
            json_as_string(json_get(one, "name"), bytes_of(NULL, 0));
        if (bytes_equal_text(bytes_slice(name, 0, strlen(prefix)), prefix)) {
            count += json_as_int(json_get(one, "value"), 0);
        }
    }
    json_free(status);
    return count;
}

/* Waits for what the broker answers: it has read up to there. */
static void expect_answers(struct socket *socket, size_t count)
{
    struct bus_wait item = {.socket = socket};

    for (size_t i = 0; i < count; i++) {
        struct frame frames[4] = {{.is_open = false}};
        size_t got = 0;
        while (socket_receive(socket, frames, 4, &got) != ERR_OK) {
            assert_int_equal(bus_wait(&item, 1, WAIT_MS), ERR_OK);
            assert_true(item.can_read);
        }
        for (size_t f = 0; f < 4; f++) {
            frame_close(&frames[f]);
        }
    }
}

static void send_rubbish(struct socket *socket, struct rng *rng)
{
    uint8_t bytes[RUBBISH_MAX];

    for (size_t i = 0; i < RUBBISH; i++) {
        struct frame frames[2] = {{.is_open = false}};
        for (size_t b = 0; b < sizeof(bytes); b++) {
            bytes[b] = (uint8_t)rng_next(rng);
        }
        frame_copy(&frames[0], bytes_of(bytes, rng_below(rng, sizeof(bytes))));
        frame_copy(&frames[1], bytes_of(bytes, rng_below(rng, 64)));
        assert_int_equal(socket_send(socket, frames, 2), ERR_OK);
        expect_answers(socket, 1);
    }
}

static void rubbish_is_refused_and_counted_and_hurts_nobody(void **state)
{
    struct site *site = *state;
    struct rng rng = rng_seeded(test_seed(), 0);
    struct socket *socket = NULL;

    (void)site_broker(site, NULL);
    struct reverie *ear = join(site, "ear");
    struct reverie *mouth = join(site, "mouth");
    struct bus *bus = bus_new(1, SOCKETS);
    assert_int_equal(bus_dial(bus, site->endpoint, &socket), ERR_OK);
    publish_numbers(mouth, 0, 100);
    send_rubbish(socket, &rng);
    publish_numbers(mouth, 100, 200);
    expect_numbers(ear, 0, 200);
    assert_true(refusals(site, "refused.") >= RUBBISH);
    SITE_RUN(site, "log", "verify");
    site_expect_code(site, 0);
    socket_close(socket, 0);
    bus_close(bus);
    reverie_close(mouth);
    reverie_close(ear);
}

/* ---- a peer that asks and never reads ------------------------------------ */

static void send_control(struct socket *socket, const char *kind,
                         const void *message)
{
    struct envelope envelope = {.version = 1, .kind = bytes_of_text(kind)};
    struct frame frames[2] = {{.is_open = false}};
    struct buf head;
    struct buf body;

    buf_init(&head, BODY_BYTES);
    buf_init(&body, BODY_BYTES);
    envelope_write(&envelope, &head);
    message_pack(message, &body);
    frame_copy(&frames[0], buf_bytes(&head));
    frame_copy(&frames[1], buf_bytes(&body));
    while (socket_send(socket, frames, 2) == ERR_FULL) {
        /* The broker takes what is on its way; nothing signals room. */
        struct bus_wait item = {.socket = socket};
        assert_int_equal(bus_wait(&item, 1, 1), ERR_OK);
    }
    buf_fini(&head);
    buf_fini(&body);
}

static void introduce(struct socket *socket)
{
    Reverie__V1__Hello hello = REVERIE__V1__HELLO__INIT;
    char name[] = "greedy";

    hello.has_wire_min = hello.has_wire_max = true;
    hello.wire_min = hello.wire_max = 1;
    hello.agent = name;
    send_control(socket, "control.hello", &hello);
    expect_answers(socket, 1);
}

/* Every one for all of the large events. */
static void ask_for_much(struct socket *socket, uint64_t first)
{
    Reverie__V1__LogReadRequest read = REVERIE__V1__LOG_READ_REQUEST__INIT;
    Reverie__V1__Request request = REVERIE__V1__REQUEST__INIT;
    uint64_t seqs[LARGE_EVENTS];
    char service[] = "log";
    char method[] = "read";
    struct buf payload;

    for (size_t i = 0; i < LARGE_EVENTS; i++) {
        seqs[i] = first + i;
    }
    read.n_seqs = LARGE_EVENTS;
    read.seqs = seqs;
    buf_init(&payload, BODY_BYTES);
    message_pack(&read, &payload);
    request.has_request = request.has_payload = true;
    request.service = service;
    request.method = method;
    request.payload = message_binary(buf_bytes(&payload));
    for (size_t i = 0; i < QUESTIONS; i++) {
        request.request = i;
        send_control(socket, "control.request", &request);
    }
    buf_fini(&payload);
}

/* The most that ${pid} has held in memory so far. */
static int64_t peak_mib(pid_t pid)
{
    char path[64];
    char line[256];
    int64_t kib = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kib = strtoll(line + 6, NULL, 10);
        }
    }
    (void)fclose(file);
    assert_true(kib > 0);
    return kib / 1024;
}

/* Meanwhile the peer keeps its lease: what it has asked for ends with it. */
static void await_refusals(struct site *site, struct socket *socket,
                           int64_t count)
{
    int64_t until_us = clock_monotonic_us() + 4 * WAIT_MS * US_PER_MS;
    Reverie__V1__Ping ping = REVERIE__V1__PING__INIT;

    while (refusals(site, "refused.too_many_requests") < count) {
        assert_true(clock_monotonic_us() < until_us);
        send_control(socket, "control.ping", &ping);
    }
}

static uint64_t publish_large(struct reverie *bus)
{
    char *body = mem_new(LARGE_BYTES);
    struct reverie_message message = to_team(body, LARGE_BYTES);
    struct reverie_place place = {.seq = 0};

    for (size_t i = 0; i < LARGE_EVENTS; i++) {
        assert_int_equal(reverie_publish_wait(bus, &message, WAIT_MS, &place),
                         REVERIE_OK);
    }
    free(body);
    return place.seq + 1 - LARGE_EVENTS;
}

/* 10,000 replies of 7 MiB would be 70 GB. */
static void replies_that_nobody_reads_are_bounded(void **state)
{
    struct site *site = *state;
    struct socket *socket = NULL;

    const struct process *broker = site_broker(site, NULL);
    struct reverie *mouth = join(site, "mouth");
    uint64_t first = publish_large(mouth);
    struct bus *bus = bus_new(1, SOCKETS);
    assert_int_equal(bus_dial(bus, site->endpoint, &socket), ERR_OK);
    introduce(socket);
    int64_t before_mib = peak_mib(broker->pid);
    ask_for_much(socket, first);
    struct reverie *ear = join(site, "ear");
    publish_numbers(mouth, 0, 200);
    expect_numbers(ear, 0, 200);
    /* Those under way may be answered, withheld, or late. */
    await_refusals(site, socket,
                   QUESTIONS - REQUESTS_PER_PEER_MAX - ANSWERED_MAX);
    int64_t grown_mib = peak_mib(broker->pid) - before_mib;
    print_message("the broker has grown by %lld MiB\n", (long long)grown_mib);
    assert_true(grown_mib < GROWN_MIB_MAX);
    socket_close(socket, 0);
    bus_close(bus);
    reverie_close(mouth);
    reverie_close(ear);
}

/* ---- a full disk --------------------------------------------------------- */

static bool write_text(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool is_written =
        file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);

    if (file >= 0) {
        close(file);
    }
    return is_written;
}

/* Before any thread: a mount namespace of our own; where that needs one, in a
 * user namespace of our own. */
static bool may_mount(void)
{
    char users[64];
    char groups[64];

    (void)snprintf(users, sizeof(users), "0 %u 1", (unsigned)getuid());
    (void)snprintf(groups, sizeof(groups), "0 %u 1", (unsigned)getgid());
    bool is_apart = unshare(CLONE_NEWNS) == 0;
    if (!is_apart && unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
        (void)write_text("/proc/self/setgroups", "deny");
        is_apart = write_text("/proc/self/uid_map", users) &&
                   write_text("/proc/self/gid_map", groups);
    }
    return is_apart && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool can_mount; /* set by main, before the tests */

/* All of the disk but ${left_bytes}. */
static void fill(const char *folder, const char *path, off_t left_bytes)
{
    struct statvfs disk;
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(file >= 0);
    assert_int_equal(statvfs(folder, &disk), 0);
    off_t free_bytes = (off_t)(disk.f_bavail * disk.f_bsize);
    assert_true(free_bytes > left_bytes);
    assert_int_equal(posix_fallocate(file, 0, free_bytes - left_bytes), 0);
    close(file);
}

/* The broker looks at the disk now and then, and the client sends again what
 * was refused for the time being: publishes until a refusal is counted. Gives
 * how many are published by then. */
static size_t publish_until_full(struct site *site, struct reverie *bus,
                                 size_t from)
{
    int64_t until_us = clock_monotonic_us() + WAIT_MS * US_PER_MS;
    char body[BODY_BYTES] = "";
    struct reverie_message message = to_team(body, sizeof(body));

    while (refusals(site, "refused.disk_full") == 0) {
        assert_true(clock_monotonic_us() < until_us);
        (void)snprintf(body, sizeof(body), "%zu ", from++);
        assert_int_equal(reverie_publish(bus, &message, NULL), REVERIE_OK);
        (void)reverie_poll(bus, 20);
    }
    return from;
}

static void a_full_disk_refuses_and_recovers(void **state)
{
    struct site *site = *state;
    char ballast[SITE_PATH_MAX];

    if (!can_mount ||
        mount("tmpfs", site->data, "tmpfs", 0, "size=192m") != 0) {
        print_message("skipped: no file system may be mounted here\n");
        skip();
    }
    (void)snprintf(ballast, sizeof(ballast), "%.80s/ballast", site->data);
    struct process *broker =
        site_broker(site, WORDS("--free-reserve", "16MiB"));
    struct reverie *ear = join(site, "ear");
    struct reverie *mouth = join(site, "mouth");
    publish_numbers(mouth, 0, 100);
    fill(site->data, ballast, LEFT_BYTES);
    size_t count = publish_until_full(site, mouth, 100);
    assert_true(reverie_counts(mouth).unaccepted > 0);
    /* What is there is still given, taken and read. */
    expect_numbers(ear, 0, 100);
    SITE_RUN(site, "log", "verify");
    site_expect_code(site, 0);
    /* Who gives up waiting is told what it waited for. */
    SITE_RUN(site, "pub", "--timeout", "1", "--agent", "late", "--team", "blue",
             "--to", "team:blue", "hello");
    site_expect_code(site, 4);
    site_expect_said(site, "disk_full");
    assert_true(process_is_running(broker));
    assert_int_equal(unlink(ballast), 0);
    assert_int_equal(reverie_flush(mouth, WAIT_MS), REVERIE_OK);
    assert_int_equal(reverie_counts(mouth).refused, 0);
    expect_numbers(ear, 100, count);
    reverie_close(mouth);
    reverie_close(ear);
    site_drain(broker);
    assert_int_equal(umount2(site->data, MNT_DETACH), 0);
}

static void a_start_on_a_full_disk_says_so_and_loses_nothing(void **state)
{
    static const off_t left[] = {0, CRUMB_BYTES, LEFT_BYTES};
    struct site *site = *state;
    char ballast[SITE_PATH_MAX];

    if (!can_mount ||
        mount("tmpfs", site->data, "tmpfs", 0, "size=192m") != 0) {
        print_message("skipped: no file system may be mounted here\n");
        skip();
    }
    (void)snprintf(ballast, sizeof(ballast), "%.80s/ballast", site->data);
    struct process *broker = site_broker(site, NULL);
    struct reverie *ear = join(site, "ear");
    struct reverie *mouth = join(site, "mouth");
    publish_numbers(mouth, 0, 100);
    reverie_close(mouth);
    reverie_close(ear);
    process_kill(broker);
    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        fill(site->data, ballast, left[i]);
        SITE_RUN(site, "broker", "--data", site->data, "--bus", site->endpoint);
        site_expect_code(site, 1);
        site_expect_said(site, site->data);
        site_expect_said(site, "what to do: free some space");
        /* Whoever only reads needs no room. */
        SITE_RUN(site, "log", "verify", "--data", site->data);
        site_expect_code(site, 0);
        assert_int_equal(unlink(ballast), 0);
    }
    broker = site_broker(site, NULL);
    SITE_RUN(site, "log", "verify");
    site_expect_code(site, 0);
    ear = join(site, "ear");
    expect_numbers(ear, 0, 100);
    reverie_close(ear);
    site_drain(broker);
    assert_int_equal(umount2(site->data, MNT_DETACH), 0);
}

static int set_up(void **state)
{
    struct site *site = mem_new(sizeof(*site));

    site_open(site);
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    struct site *site = *state;

    (void)umount2(site->data, MNT_DETACH);
    site_close(site);
    free(site);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_slow_reader_slows_nobody_and_misses_nothing),
        TEST(rubbish_is_refused_and_counted_and_hurts_nobody),
        TEST(replies_that_nobody_reads_are_bounded),
        TEST(a_full_disk_refuses_and_recovers),
        TEST(a_start_on_a_full_disk_says_so_and_loses_nothing),
    };
#undef TEST

    can_mount = may_mount();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
