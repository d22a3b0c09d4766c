/* SPDX-License-Identifier: MIT */
#include "cli/bench/bench_load.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum {
    NS_PER_US = 1000,
    WAIT_MS = 100,
    ADDRESS_BYTES = BENCH_NAME_BYTES + 8
};

/* A message on its way, as the sender remembers it; acceptances come in the
 * order of sending. */
struct sender {
    struct bench_load *load;
    struct reverie *bus;
    size_t index;
    uint64_t messages;
    uint64_t sent;
    uint64_t answered;
    uint64_t *sent_ns;
};

struct receiver {
    struct bench_load *load;
    struct reverie *bus;
};

/* ---- times --------------------------------------------------------------- */

static void times_init(struct bench_times *times, size_t max)
{
    times->us = mem_new_array(max, sizeof(*times->us));
    times->max = max;
    atomic_init(&times->count, 0);
}

static void take_time(struct bench_times *times, uint64_t from_ns,
                      uint64_t to_ns)
{
    size_t at = atomic_fetch_add(&times->count, 1);
    if (at < times->max) {
        times->us[at] = (float)(to_ns - from_ns) / NS_PER_US;
    }
}

static int compare(const void *a, const void *b)
{
    float left = *(const float *)a;
    float right = *(const float *)b;
    return (left > right) - (left < right);
}

double bench_percentile(struct bench_times *times, double percent)
{
    size_t count = atomic_load(&times->count);
    count = count < times->max ? count : times->max;
    if (count == 0) {
        return 0;
    }
    qsort(times->us, count, sizeof(*times->us), compare);
    return (double)times->us[(size_t)(percent / 100 * (double)(count - 1))];
}

/* ---- sending --------------------------------------------------------------
 */

static void on_accepted(void *context, const uint8_t id[16],
                        const struct reverie_place *place, const char *code,
                        const char *sentence)
{
    struct sender *sender = context;
    struct bench_load *load = sender->load;
    uint64_t now_ns = clock_monotonic_ns();
    (void)id;
    (void)code;
    (void)sentence;
    if (sender->answered == sender->sent) {
        return;
    }
    uint64_t sent_ns = sender->sent_ns[sender->answered++];
    if (place == NULL) {
        atomic_fetch_add(&load->refused, 1);
        return;
    }
    take_time(&load->acceptance, sent_ns, now_ns);
    atomic_store(&load->accepted_ns, now_ns);
}

static void note_failure(struct bench_load *load, enum reverie_result result)
{
    int none = REVERIE_OK;
    atomic_compare_exchange_strong(&load->failure, &none, (int)result);
}

static bool has_failed(const struct bench_load *load)
{
    return atomic_load(&load->failure) != REVERIE_OK;
}

/* The answer may come from within the call, so the time is noted before. */
static enum reverie_result send_one(struct sender *sender, uint8_t *body)
{
    struct bench_load *load = sender->load;
    char to[ADDRESS_BYTES];
    uint64_t at = sender->index + sender->sent;
    uint64_t now_ns = clock_monotonic_ns();
    snprintf(to, sizeof(to), "agent:%s",
             load->names[at % load->receiver_count]);
    memcpy(body, &load->run, sizeof(load->run));
    memcpy(body + sizeof(load->run), &now_ns, sizeof(now_ns));
    struct reverie_message message = {.to = to,
                                      .kind = "bench.message",
                                      .content_type =
                                          "application/octet-stream",
                                      .body = body,
                                      .body_bytes = load->body_bytes};
    sender->sent_ns[sender->sent++] = now_ns;
    enum reverie_result result = reverie_publish(sender->bus, &message, NULL);
    if (result != REVERIE_OK) {
        sender->sent--;
    }
    return result;
}

static uint64_t due_ns(const struct sender *sender)
{
    const struct bench_load *load = sender->load;
    if (load->rate <= 0) {
        return 0;
    }
    double each_ns = 1e9 * (double)load->sender_count / load->rate;
    return load->begun_ns + (uint64_t)(each_ns * (double)sender->sent);
}

/* Sleeps until something comes or until ${until_ns}. */
static enum reverie_result sleep_until(struct sender *sender, uint64_t until_ns)
{
    uint64_t now_ns = clock_monotonic_ns();
    struct pollfd item = {.fd = reverie_fd(sender->bus), .events = POLLIN};
    uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec left = {.tv_sec = (time_t)(left_ns / 1000000000),
                            .tv_nsec = (long)(left_ns % 1000000000)};
    enum reverie_result result = reverie_poll(sender->bus, 0);
    if (result == REVERIE_TIMEOUT) {
        (void)ppoll(&item, 1, &left, NULL);
        result = reverie_poll(sender->bus, 0);
    }
    return result == REVERIE_TIMEOUT ? REVERIE_OK : result;
}

static enum reverie_result send_next(struct sender *sender, uint8_t *body)
{
    uint64_t due = due_ns(sender);
    if (clock_monotonic_ns() < due) {
        return sleep_until(sender, due);
    }
    enum reverie_result result = send_one(sender, body);
    if (result == REVERIE_FULL) {
        result = reverie_poll(sender->bus, 1);
    }
    return result == REVERIE_TIMEOUT ? REVERIE_OK : result;
}

static void *send_all(void *context)
{
    struct sender *sender = context;
    struct bench_load *load = sender->load;
    uint8_t *body = mem_new(load->body_bytes);
    enum reverie_result result = REVERIE_OK;
    reverie_on_accepted(sender->bus, on_accepted, sender);
    while (result == REVERIE_OK && sender->sent < sender->messages &&
           !has_failed(load)) {
        result = send_next(sender, body);
    }
    while (result == REVERIE_OK && sender->answered < sender->sent &&
           !has_failed(load)) {
        result = reverie_poll(sender->bus, WAIT_MS);
        result = result == REVERIE_TIMEOUT ? REVERIE_OK : result;
    }
    if (result != REVERIE_OK) {
        note_failure(load, result);
    }
    reverie_on_accepted(sender->bus, NULL, NULL);
    atomic_fetch_sub(&load->sending, 1);
    free(body);
    return NULL;
}

/* ---- receiving -------------------------------------------------------------
 */

static bool is_complete(const struct bench_load *load)
{
    return atomic_load(&load->sending) == 0 &&
           atomic_load(&load->delivery.count) >=
               load->messages - atomic_load(&load->refused);
}

/* Messages of another run are done with, too, and not counted. */
static void take_message(struct bench_load *load,
                         const struct reverie_message *message)
{
    uint64_t run = 0;
    uint64_t sent_ns = 0;
    uint64_t now_ns = clock_monotonic_ns();
    if (message->body_bytes < BENCH_BODY_MIN) {
        return;
    }
    memcpy(&run, message->body, sizeof(run));
    memcpy(&sent_ns, (const uint8_t *)message->body + sizeof(run),
           sizeof(sent_ns));
    if (run == load->run) {
        take_time(&load->delivery, sent_ns, now_ns);
        atomic_store(&load->delivered_ns, now_ns);
    }
}

static void *receive_all(void *context)
{
    struct receiver *receiver = context;
    struct bench_load *load = receiver->load;
    while (!is_complete(load) && !has_failed(load)) {
        const struct reverie_message *message = NULL;
        enum reverie_result result =
            reverie_receive(receiver->bus, WAIT_MS, &message);
        if (result == REVERIE_OK) {
            take_message(load, message);
            result = reverie_done(receiver->bus);
        }
        if (result != REVERIE_OK && result != REVERIE_TIMEOUT) {
            note_failure(load, result);
        }
    }
    return NULL;
}

/* ---- the whole ------------------------------------------------------------
 */

void bench_init(struct bench_load *load)
{
    times_init(&load->acceptance, load->messages);
    times_init(&load->delivery, load->messages);
    atomic_init(&load->refused, 0);
    atomic_init(&load->failure, REVERIE_OK);
    atomic_init(&load->sending, load->sender_count);
}

void bench_fini(struct bench_load *load)
{
    free(load->acceptance.us);
    free(load->delivery.us);
}

static uint64_t steps(const struct bench_load *load)
{
    return atomic_load(&load->acceptance.count) +
           atomic_load(&load->delivery.count) + atomic_load(&load->refused);
}

static void watch(struct bench_load *load, void (*meanwhile)(void *context),
                  void *context)
{
    const struct timespec pause = {.tv_nsec =
                                       (long)WAIT_MS * NS_PER_US * US_PER_MS};
    int64_t moved_us = clock_monotonic_us();
    uint64_t seen = 0;
    while (!is_complete(load) && !has_failed(load)) {
        nanosleep(&pause, NULL);
        meanwhile(context);
        uint64_t now = steps(load);
        if (now != seen) {
            seen = now;
            moved_us = clock_monotonic_us();
        } else if (clock_monotonic_us() - moved_us > load->timeout_us) {
            note_failure(load, REVERIE_TIMEOUT);
        }
    }
}

/* What a thread that did not start leaves behind is a failure of the run; the
 * others see it and end. */
static size_t start_threads(struct bench_load *load, struct sender *senders,
                            struct receiver *receivers, pthread_t *threads)
{
    size_t count = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < load->receiver_count; i++) {
        receivers[i] = (struct receiver){load, load->receivers[i]};
        ok = pthread_create(&threads[count], NULL, receive_all,
                            &receivers[i]) == 0;
        count += ok;
    }
    for (size_t i = 0; ok && i < load->sender_count; i++) {
        uint64_t share = load->messages / load->sender_count +
                         (i < load->messages % load->sender_count);
        senders[i] = (struct sender){
            .load = load,
            .bus = load->senders[i],
            .index = i,
            .messages = share,
            .sent_ns = mem_new_array(share + 1, sizeof(uint64_t))};
        ok = pthread_create(&threads[count], NULL, send_all, &senders[i]) == 0;
        count += ok;
    }
    if (!ok) {
        note_failure(load, REVERIE_SYSTEM);
    }
    return count;
}

enum reverie_result bench_run(struct bench_load *load,
                              void (*meanwhile)(void *context), void *context)
{
    struct sender senders[BENCH_AGENTS_MAX] = {0};
    struct receiver receivers[BENCH_AGENTS_MAX] = {0};
    pthread_t threads[2 * BENCH_AGENTS_MAX];
    load->begun_ns = clock_monotonic_ns();
    size_t count = start_threads(load, senders, receivers, threads);
    watch(load, meanwhile, context);
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    for (size_t i = 0; i < load->sender_count; i++) {
        free(senders[i].sent_ns);
    }
    return (enum reverie_result)atomic_load(&load->failure);
}
