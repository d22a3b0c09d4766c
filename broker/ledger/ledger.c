/* SPDX-License-Identifier: MIT */
#include "broker/ledger/ledger.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "broker/ledger/special.h"
#include "broker/threads/writer.h"

enum {
    TICK_MS = 60000
};

struct ledger {
    struct ledger_config config;
    pthread_t thread;
    atomic_bool is_stopping;
    atomic_bool is_aborted;
    atomic_size_t waiting; /* calls taken over and not yet answered */
    uint64_t batch;        /* last one that a group of ours was in */
    int64_t ticked_us;     /* monotonic */
    struct call *held;     /* taken off the ring, not yet handled */
    struct call *taken[LEDGER_BATCH_MAX]; /* in the group under way */
    size_t taken_count;
    struct call *first; /* replies that wait for the disk, oldest first */
    struct call *last;
};

/* ---- replies ------------------------------------------------------------- */

static void answer(struct ledger *ledger, struct call *call)
{
    if (call->type == CALL_JOINED || call->tag == 0) {
        call_free(call);
    } else {
        ring_push_wait(ledger->config.to_router, call);
    }
    atomic_fetch_sub(&ledger->waiting, 1);
}

/* Everything a reply may show has been logged in ${ledger->batch} or before. */
static void await_disk(struct ledger *ledger, struct call *call)
{
    call->batch = ledger->batch;
    call->next = NULL;
    if (ledger->last != NULL) {
        ledger->last->next = call;
    } else {
        ledger->first = call;
    }
    ledger->last = call;
}

static void release(struct ledger *ledger)
{
    uint64_t durable = syncer_durable(ledger->config.syncer);

    while (ledger->first != NULL && ledger->first->batch <= durable) {
        struct call *call = ledger->first;
        ledger->first = call->next;
        if (ledger->first == NULL) {
            ledger->last = NULL;
        }
        answer(ledger, call);
    }
}

/* ---- the writer ---------------------------------------------------------- */

/* Sleeps until ${is_done} says so; false once the ledger is aborted. */
static bool await(struct ledger *ledger, bool (*is_done)(const void *what),
                  const void *what)
{
    struct bell *bell = ledger->config.bell;

    for (;;) {
        bell_arm(bell);
        bool is_over = is_done(what);
        bool is_aborted = atomic_load(&ledger->is_aborted);
        if (!is_over && !is_aborted) {
            bell_wait(bell, -1);
        }
        bell_disarm(bell);
        if (is_over || is_aborted) {
            return is_over;
        }
    }
}

static bool group_done(const void *what)
{
    return group_is_finished(what);
}

static enum err append(struct ledger *ledger, struct group *group)
{
    struct write *write = write_new(WRITE_GROUP);
    enum err err = ERR_CLOSED;

    write->group = group;
    group_hold(group);
    ring_push_wait(ledger->config.to_writer, write);
    if (await(ledger, group_done, group)) {
        err = group_error(group);
    }
    if (err == ERR_OK) {
        ledger->batch = group_batch(group);
    }
    group_drop(group);
    return err;
}

static bool erasure_done(const void *what)
{
    const struct erasure *erasure = what;

    return atomic_load(&erasure->is_finished);
}

/* The erasure is on the heap: after an abort the writer may still hold it, and
 * then it is given up with the process. */
static enum err erase(void *context, uint32_t swarm, uint16_t log, uint64_t seq)
{
    struct ledger *ledger = context;
    struct erasure *erasure = mem_new(sizeof(*erasure));
    struct write *write = write_new(WRITE_ERASE);

    erasure->swarm = swarm;
    erasure->log = log;
    erasure->seq = seq;
    erasure->done = ledger->config.bell;
    write->erasure = erasure;
    ring_push_wait(ledger->config.to_writer, write);
    if (!await(ledger, erasure_done, erasure)) {
        return ERR_CLOSED;
    }
    enum err err = erasure->error;
    free(erasure);
    return err;
}

/* ---- groups -------------------------------------------------------------- */

static void refuse_taken(struct ledger *ledger, enum err err)
{
    log_line(LOG_WARN, "LEDGER-REFUSED", "code=%s inputs=%zu", err_name(err),
             ledger->taken_count);
    for (size_t i = 0; i < ledger->taken_count; i++) {
        call_refuse_err(ledger->taken[i], err);
    }
}

static void settle(struct ledger *ledger, enum err err)
{
    if (err != ERR_OK) {
        refuse_taken(ledger, err);
    }
    for (size_t i = 0; i < ledger->taken_count; i++) {
        await_disk(ledger, ledger->taken[i]);
    }
    ledger->taken_count = 0;
}

/* Ends the group under way and lets its replies wait for the disk. An error of
 * the first kind means that nothing was handed to the writer. */
static enum err close_group(struct ledger *ledger, struct book *book)
{
    struct group *group = NULL;
    enum err err = book_close_group(book, &group);

    if (err == ERR_OK) {
        settle(ledger, group != NULL ? append(ledger, group) : ERR_OK);
    }
    return err;
}

static void give_up(struct ledger *ledger, struct book *book, enum err err)
{
    book_drop_group(book);
    settle(ledger, err);
}

static enum memory_input_type input_type(const struct call *call)
{
    if (call->type == CALL_JOINED) {
        return MEMORY_JOINED;
    }
    return call_is(call, "memory", "ack") ? MEMORY_ACK : MEMORY_REQUEST;
}

/* Adds ${call} to the group under way, or to a new one. */
static enum err add(struct ledger *ledger, struct book *book, struct call *call)
{
    if (!book_has_group(book)) {
        book_open_group(book, clock_wall_us(), ledger->config.bell);
    }
    ledger->taken[ledger->taken_count++] = call;
    return book_step(book, input_type(call), call);
}

/* The rows of a failed step cannot be told from those of the group, so the
 * group is given up; but its other inputs must not suffer for one: each is
 * done again, alone. */
static void do_alone(struct ledger *ledger, struct book *book)
{
    struct call *calls[LEDGER_BATCH_MAX];
    size_t count = ledger->taken_count;

    memcpy(calls, ledger->taken, count * sizeof(struct call *));
    ledger->taken_count = 0;
    book_drop_group(book);
    for (size_t i = 0; i < count; i++) {
        call_reset(calls[i]);
        enum err err = add(ledger, book, calls[i]);
        if (err == ERR_OK) {
            special_view(calls[i]);
            err = close_group(ledger, book);
        }
        if (err != ERR_OK) {
            give_up(ledger, book, err);
        }
    }
}

static void fail(struct ledger *ledger, struct book *book, enum err err)
{
    if (ledger->taken_count > 1) {
        do_alone(ledger, book);
    } else {
        give_up(ledger, book, err);
    }
}

static void commit(struct ledger *ledger, struct book *book)
{
    if (!book_has_group(book)) {
        return;
    }
    enum err err = close_group(ledger, book);
    if (err != ERR_OK) {
        fail(ledger, book, err);
    }
}

static void step(struct ledger *ledger, struct book *book, struct call *call)
{
    enum err err = add(ledger, book, call);

    if (err == ERR_OK) {
        special_view(call);
    } else {
        fail(ledger, book, err);
    }
}

/* What needs the store to itself: it stands between two groups. */
static void step_special(struct ledger *ledger, struct book *book,
                         struct call *call)
{
    struct special special = {.book = book, .erase = erase, .context = ledger};

    commit(ledger, book);
    book_open_group(book, clock_wall_us(), ledger->config.bell);
    ledger->taken[ledger->taken_count++] = call;
    enum err err = special_step(&special, call);
    if (err != ERR_OK) {
        give_up(ledger, book, err);
    } else {
        commit(ledger, book);
    }
}

static struct book *book_of(struct ledger *ledger, const struct call *call)
{
    for (size_t i = 0; i < ledger->config.book_count; i++) {
        if (book_swarm(ledger->config.books[i]) == call->asker.swarm) {
            return ledger->config.books[i];
        }
    }
    return NULL;
}

static struct call *next_call(struct ledger *ledger)
{
    struct call *call = ledger->held;

    if (call != NULL) {
        ledger->held = NULL;
        return call;
    }
    call = ring_pop(ledger->config.from_router);
    if (call != NULL) {
        atomic_fetch_add(&ledger->waiting, 1);
    }
    return call;
}

/* One group, or one special call; true if there was anything to do. */
static bool run_group(struct ledger *ledger)
{
    struct call *call = next_call(ledger);

    if (call == NULL) {
        return false;
    }
    struct book *book = book_of(ledger, call);
    assert(book != NULL);
    while (call != NULL) {
        if (book_of(ledger, call) != book ||
            ledger->taken_count == LEDGER_BATCH_MAX || book_is_heavy(book)) {
            ledger->held = call;
            break;
        }
        if (special_knows(call)) {
            step_special(ledger, book, call);
        } else {
            step(ledger, book, call);
        }
        call = next_call(ledger);
    }
    commit(ledger, book);
    return true;
}

/* Proposals expire in time, not in traffic. */
static void tick(struct ledger *ledger)
{
    int64_t now_us = clock_monotonic_us();

    if (now_us - ledger->ticked_us < TICK_MS * US_PER_MS) {
        return;
    }
    ledger->ticked_us = now_us;
    for (size_t i = 0; i < ledger->config.book_count; i++) {
        struct book *book = ledger->config.books[i];
        struct route_request request = {.asker = {.swarm = book_swarm(book)}};
        struct call *call = call_new(&request);
        atomic_fetch_add(&ledger->waiting, 1);
        book_open_group(book, clock_wall_us(), ledger->config.bell);
        ledger->taken[ledger->taken_count++] = call;
        enum err err = book_step(book, MEMORY_TICK, call);
        if (err != ERR_OK) {
            give_up(ledger, book, err);
        }
        commit(ledger, book);
    }
}

/* Where nobody asks for anything there is time to count. */
static bool count_on(struct ledger *ledger)
{
    bool is_behind = false;

    for (size_t i = 0; i < ledger->config.book_count; i++) {
        is_behind |= book_count_on(ledger->config.books[i]);
    }
    return is_behind;
}

/* ---- the thread ---------------------------------------------------------- */

static bool has_something(struct ledger *ledger)
{
    bool can_release =
        ledger->first != NULL &&
        ledger->first->batch <= syncer_durable(ledger->config.syncer);

    return can_release || ledger->held != NULL ||
           ring_count(ledger->config.from_router) > 0;
}

static void *run(void *context)
{
    struct ledger *ledger = context;
    struct bell *bell = ledger->config.bell;

    (void)pthread_setname_np(pthread_self(), "ledger");
    while (!atomic_load(&ledger->is_aborted)) {
        bell_arm(bell);
        if (ledger->first != NULL) {
            syncer_await(ledger->config.syncer);
        }
        bool is_stopping = atomic_load(&ledger->is_stopping);
        bool has_work = has_something(ledger);
        if (!has_work && is_stopping) {
            break;
        }
        if (!has_work && !count_on(ledger)) {
            bell_wait(bell, TICK_MS);
        }
        bell_disarm(bell);
        release(ledger);
        if (!run_group(ledger)) {
            tick(ledger);
        }
        release(ledger);
    }
    return NULL;
}

enum err ledger_start(const struct ledger_config *config,
                      struct ledger **out_ledger)
{
    struct ledger *ledger = mem_new(sizeof(*ledger));

    ledger->config = *config;
    ledger->ticked_us = clock_monotonic_us();
    if (pthread_create(&ledger->thread, NULL, run, ledger) != 0) {
        free(ledger);
        return ERR_IO;
    }
    *out_ledger = ledger;
    return ERR_OK;
}

void ledger_abort(struct ledger *ledger)
{
    atomic_store(&ledger->is_aborted, true);
    bell_ring(ledger->config.bell);
}

void ledger_stop(struct ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    atomic_store(&ledger->is_stopping, true);
    bell_ring(ledger->config.bell);
    pthread_join(ledger->thread, NULL);
    while (ledger->first != NULL) {
        struct call *next = ledger->first->next;
        call_free(ledger->first);
        ledger->first = next;
    }
    call_free(ledger->held);
    for (size_t i = 0; i < ledger->config.book_count; i++) {
        book_free(ledger->config.books[i]);
    }
    free(ledger->config.books);
    free(ledger);
}

bool ledger_is_idle(const struct ledger *ledger)
{
    return atomic_load(&ledger->waiting) == 0 &&
           ring_count(ledger->config.from_router) == 0;
}
