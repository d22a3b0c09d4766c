/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "broker/loop/shell.h"

enum {
    WAIT_SOCKET,
    WAIT_BELL,
    WAIT_SIGNAL,
    WAIT_COUNT
};

void shell_refresh(struct broker *broker)
{
    broker->now_us = clock_wall_us();
    broker->monotonic_us = clock_monotonic_us();
}

bool shell_has_failed(const struct broker *broker)
{
    return writer_has_failed(broker->writer) ||
           syncer_has_failed(broker->syncer);
}

static void step_once(struct broker *broker, struct route_event *event)
{
    struct route_effects effects = {0};

    event->now_us = broker->now_us;
    event->monotonic_us = broker->monotonic_us;
    event->random[0] = rng_next(&broker->rng);
    event->random[1] = rng_next(&broker->rng);
    route_step(broker->route, event, &effects);
    effects_carry_out(broker, &effects);
    broker->is_unfinished |= effects.is_unfinished;
}

void shell_step(struct broker *broker, struct route_event *event)
{
    step_once(broker, event);
    /* A step for one lost peer may lose another. */
    while (broker->lost_count > 0) {
        struct buf lost = broker->lost[--broker->lost_count];
        struct route_event failed = {.type = ROUTE_SEND_FAILED,
                                     .send_failed = {.peer = buf_bytes(&lost)}};
        step_once(broker, &failed);
        buf_fini(&lost);
    }
}

/* ---- draining ------------------------------------------------------------ */

static void begin_drain(struct broker *broker, const char *cause)
{
    struct route_event event = {.type = ROUTE_DRAIN};

    if (broker->is_draining) {
        return;
    }
    log_line(LOG_INFO, "BROKER-DRAINING", "cause=%s", cause);
    broker->is_draining = true;
    broker->drain_until_us = broker->monotonic_us + broker->config.drain_us;
    shell_step(broker, &event);
}

static bool is_drained(struct broker *broker)
{
    return route_is_drained(broker->route) && effects_are_flushed(broker) &&
           broker->local_first == NULL && ledger_is_idle(broker->ledger) &&
           ring_count(broker->from_ledger) == 0 &&
           ring_count(broker->from_writer) == 0;
}

static bool may_end(struct broker *broker)
{
    if (!broker->is_draining) {
        return false;
    }
    if (is_drained(broker)) {
        return true;
    }
    if (broker->monotonic_us < broker->drain_until_us) {
        return false;
    }
    log_line(LOG_WARN, "BROKER-DRAIN-CUT", "after_us=%lld",
             (long long)broker->config.drain_us);
    return true;
}

static void check_stop(struct broker *broker, bool has_signal)
{
    struct signalfd_siginfo info;

    if (has_signal &&
        read(broker->signal_fd, &info, sizeof(info)) == sizeof(info)) {
        begin_drain(broker, info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
    }
    if (atomic_load(&broker->is_stopped)) {
        begin_drain(broker, "stop");
    }
    if (broker->wants_drain) {
        begin_drain(broker, "request");
    }
}

/* ---- waiting ------------------------------------------------------------- */

static bool has_handed_over(struct broker *broker)
{
    return ring_count(broker->from_writer) > 0 ||
           ring_count(broker->from_fetcher) > 0 ||
           ring_count(broker->from_ledger) > 0 ||
           ring_count(broker->from_auditor) > 0 ||
           broker->local_first != NULL || broker->has_new_logged ||
           broker->writes_untold > 0 || effects_can_flush(broker) ||
           syncer_durable(broker->syncer) != broker->durable_batch ||
           atomic_load(&broker->is_stopped) || shell_has_failed(broker);
}

/* How long may it sleep? While peers are connected, until the next TICK; with
 * nobody there, until something comes. */
static int patience_ms(struct broker *broker, bool has_more)
{
    if (has_more || broker->is_unfinished || has_handed_over(broker)) {
        return 0;
    }
    int64_t left_us = broker->ticked_us + ROUTE_TICK_US - clock_monotonic_us();
    if (left_us <= 0) {
        return 0;
    }
    if (!broker->is_draining && effects_are_flushed(broker) &&
        route_is_idle(broker->route)) {
        return -1;
    }
    return (int)(left_us / US_PER_MS) + 1;
}

/* What a wait ended with. Asking a socket that has nothing costs a system call,
 * and two of three turns at light load are for the threads alone. */
struct woken {
    bool by_signal;
    bool by_socket;
};

/* While anything waits for a ring, nothing is received: senders run out of
 * credit, then of buffers, and wait. Nothing is dropped. */
static enum err wait(struct broker *broker, bool has_more,
                     struct woken *out_woken)
{
    struct bus_wait items[WAIT_COUNT] = {
        [WAIT_SOCKET] = {.socket = broker->socket},
        [WAIT_BELL] = {.fd = bell_fd(broker->bell)},
        [WAIT_SIGNAL] = {.fd = broker->signal_fd}};
    bool is_paused = !effects_are_flushed(broker);
    size_t first = is_paused ? WAIT_BELL : WAIT_SOCKET;
    size_t last = broker->signal_fd >= 0 ? WAIT_SIGNAL : WAIT_BELL;

    broker->counts.paused += is_paused ? 1 : 0;
    bell_arm(broker->bell);
    enum err err = bus_wait(&items[first], last - first + 1,
                            patience_ms(broker, has_more && !is_paused));
    bell_disarm(broker->bell);
    out_woken->by_signal = items[WAIT_SIGNAL].can_read;
    out_woken->by_socket = items[WAIT_SOCKET].can_read;
    return err;
}

static void tick(struct broker *broker)
{
    struct route_event event = {.type = ROUTE_TICK};

    if (!broker->is_unfinished &&
        broker->monotonic_us - broker->ticked_us < ROUTE_TICK_US) {
        return;
    }
    broker->ticked_us = broker->monotonic_us;
    broker->is_unfinished = false;
    shell_step(broker, &event);
}

/* What the router appended itself is delivered before the syncer is told, which
 * then has a processor to itself. */
static void write_out(struct broker *broker)
{
    uint64_t batch = 0;

    while (effects_tell_writer(broker, &batch)) {
        inbound_threads(broker);
        if (batch > 0) {
            syncer_announce(broker->syncer, batch);
        }
        batch = 0;
    }
}

/* Receives what is there. Where messages came alone, the next is delivered
 * before anybody looks whether another has come: that look is two system calls.
 * Whether there may be more. */
static bool receive(struct broker *broker)
{
    size_t count = 0;

    if (broker->came_alone) {
        count = inbound_messages(broker, 1);
        write_out(broker);
    }
    if (count == 1 || !broker->came_alone) {
        count += inbound_messages(broker, SHELL_RECEIVE_MAX - count);
    }
    broker->came_alone = count <= 1;
    return count == SHELL_RECEIVE_MAX;
}

/* One turn: first what the other threads have done, then what came in, so that
 * deliveries and acceptances do not wait behind new messages. */
static bool turn(struct broker *broker, const struct woken *woken)
{
    bool has_more = false;

    broker->counts.turns++;
    shell_refresh(broker);
    check_stop(broker, woken->by_signal);
    inbound_threads(broker);
    if (effects_flush(broker) && woken->by_socket) {
        has_more = receive(broker);
    }
    tick(broker);
    write_out(broker);
    return has_more;
}

static enum err end(struct broker *broker)
{
    struct route_event event = {.type = ROUTE_END};

    shell_step(broker, &event);
    log_line(LOG_INFO, "BROKER-ENDED", "received=%llu sent=%llu",
             (unsigned long long)broker->counts.received,
             (unsigned long long)broker->counts.sent);
    return ERR_OK;
}

enum err broker_run(struct broker *broker)
{
    bool has_more = false;
    struct woken woken = {.by_signal = false};

    for (;;) {
        enum err err = wait(broker, has_more, &woken);
        if (err != ERR_OK) {
            return err;
        }
        has_more = turn(broker, &woken);
        if (shell_has_failed(broker)) {
            return ERR_IO;
        }
        if (may_end(broker)) {
            return end(broker);
        }
    }
}

void broker_stop(struct broker *broker)
{
    atomic_store(&broker->is_stopped, true);
    bell_ring(broker->bell);
}
