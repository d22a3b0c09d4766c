/* SPDX-License-Identifier: MIT */
#include "tests/bench/load.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <zmq.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/rng.h"
#include "proto/envelope.h"
#include "proto/messages.h"
#include "tests/bench/figures.h"

enum {
    WAIT_MS = 30000,
    DONE_EVERY = 256,
    NAME_BYTES = 32,
    FRAME_MAX = 4096,
    BURST = 64,         /* messages between two looks at the answers */
    PAUSE_NS = 1000000, /* of a producer that is far enough ahead */
};

/* Enough credit never to be what is measured: totals, so never exhausted. */
#define CREDIT_BYTES (UINT64_C(1) << 50)

struct pair {
    const struct load_config *config;
    void *context;
    size_t index;
    atomic_size_t consumed;
    atomic_bool failed;
    uint64_t *sent_ns;   /* by message */
    double *delivery_us; /* by message */
    double *accept_us;   /* by message */
    size_t accepted;
    uint64_t first_ns;
    uint64_t last_ns;
};

static void fail(struct pair *pair, const char *what)
{
    fprintf(stderr, "bench: pair %zu: %s\n", pair->index, what);
    atomic_store(&pair->failed, true);
}

/* ---- one message on the wire ---- */

static void *dial(struct pair *pair, const char *name)
{
    void *socket = zmq_socket(pair->context, ZMQ_DEALER);
    int no_limit = 0;
    int linger_ms = 5000;
    int timeout_ms = WAIT_MS;
    zmq_setsockopt(socket, ZMQ_SNDHWM, &no_limit, sizeof(no_limit));
    zmq_setsockopt(socket, ZMQ_RCVHWM, &no_limit, sizeof(no_limit));
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof(linger_ms));
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &timeout_ms, sizeof(timeout_ms));
    if (!pair->config->is_reverie) {
        zmq_setsockopt(socket, ZMQ_ROUTING_ID, name, strlen(name));
    }
    zmq_connect(socket, pair->config->endpoint);
    return socket;
}

static void send_control(void *socket, const char *kind, const void *message)
{
    struct envelope envelope = {.version = 1, .kind = bytes_of_text(kind)};
    struct buf head;
    struct buf body;
    buf_init(&head, FRAME_MAX);
    buf_init(&body, 1 << 20);
    envelope_write(&envelope, &head);
    message_pack(message, &body);
    zmq_send(socket, head.data, head.len, ZMQ_SNDMORE);
    zmq_send(socket, body.len ? (const void *)body.data : "", body.len, 0);
    buf_fini(&head);
    buf_fini(&body);
}

/* Receives one message of up to three parts; false on a timeout. */
static bool receive(void *socket, zmq_msg_t parts[3], size_t *out_count,
                    int flags)
{
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        zmq_msg_init(&parts[i]);
    }
    do {
        if (zmq_msg_recv(&parts[count], socket, count ? 0 : flags) < 0) {
            return false;
        }
        count++;
    } while (count < 3 && zmq_msg_more(&parts[count - 1]));
    *out_count = count;
    return true;
}

static void close_parts(zmq_msg_t parts[3])
{
    for (size_t i = 0; i < 3; i++) {
        zmq_msg_close(&parts[i]);
    }
}

static struct bytes part_bytes(zmq_msg_t *part)
{
    return bytes_of(zmq_msg_data(part), zmq_msg_size(part));
}

static bool kind_is(zmq_msg_t *part, const char *kind)
{
    struct envelope envelope;
    return envelope_read(part_bytes(part), &envelope) == ERR_OK &&
           bytes_equal_text(envelope.kind, kind);
}

/* A bare router drops what is for somebody whom it does not know yet. What is
 * empty comes back; nobody is called "-". */
static bool join_bare(void *socket)
{
    zmq_msg_t parts[3];
    size_t count = 0;
    zmq_send(socket, "-", 1, ZMQ_SNDMORE);
    zmq_send(socket, "", 0, 0);
    bool is_known = receive(socket, parts, &count, 0);
    close_parts(parts);
    return is_known;
}

/* Says hello and waits for the welcome, which says how much may be sent. */
static bool join(struct pair *pair, void *socket, char *name,
                 uint64_t *out_credit)
{
    if (!pair->config->is_reverie) {
        return join_bare(socket);
    }
    Reverie__V1__Hello hello = REVERIE__V1__HELLO__INIT;
    hello.has_wire_min = hello.has_wire_max = true;
    hello.wire_min = hello.wire_max = 1;
    hello.agent = name;
    hello.has_inbox_limit_bytes = true;
    hello.inbox_limit_bytes = CREDIT_BYTES;
    send_control(socket, "control.hello", &hello);
    zmq_msg_t parts[3];
    size_t count = 0;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    Reverie__V1__Welcome *welcome;
    bool is_welcome = receive(socket, parts, &count, 0) && count == 2 &&
                      kind_is(&parts[0], "control.welcome") &&
                      MESSAGE_UNPACK(welcome, part_bytes(&parts[1]), &arena,
                                     &welcome) == ERR_OK;
    if (is_welcome) {
        *out_credit = welcome->send_limit_bytes;
    } else if (count == 2) {
        Reverie__V1__Refused *refused;
        if (MESSAGE_UNPACK(refused, part_bytes(&parts[1]), &arena, &refused) ==
            ERR_OK) {
            fail(pair, refused->sentence ? refused->sentence : "refused");
        }
    }
    arena_fini(&arena);
    close_parts(parts);
    return is_welcome;
}

/* ---- the producer ---- */

struct producer {
    struct pair *pair;
    void *socket;
    int timer_fd;
    struct rng rng;
    char to[NAME_BYTES + 8];
    uint64_t credit;
    uint64_t used;
    uint8_t *body;
};

static void note_accepted(struct pair *pair, size_t upto)
{
    uint64_t now = clock_monotonic_ns();
    for (; pair->accepted < upto && pair->accepted < pair->config->messages;
         pair->accepted++) {
        pair->accept_us[pair->accepted] =
            (double)(now - pair->sent_ns[pair->accepted]) / 1000;
    }
}

static void take_control(struct producer *producer, zmq_msg_t parts[3],
                         struct arena *arena)
{
    arena_reset(arena);
    if (kind_is(&parts[0], "control.accepted")) {
        Reverie__V1__Accepted *accepted;
        if (MESSAGE_UNPACK(accepted, part_bytes(&parts[1]), arena, &accepted) ==
            ERR_OK) {
            note_accepted(producer->pair,
                          producer->pair->accepted + accepted->n_messages);
        }
    } else if (kind_is(&parts[0], "control.credit")) {
        Reverie__V1__Credit *credit;
        if (MESSAGE_UNPACK(credit, part_bytes(&parts[1]), arena, &credit) ==
            ERR_OK) {
            producer->credit = credit->limit_bytes;
        }
    } else if (kind_is(&parts[0], "control.refused")) {
        Reverie__V1__Refused *refused;
        if (MESSAGE_UNPACK(refused, part_bytes(&parts[1]), arena, &refused) ==
            ERR_OK) {
            fail(producer->pair, refused->sentence);
        }
    }
}

static bool take_answer(struct producer *producer, struct arena *arena,
                        int flags)
{
    zmq_msg_t parts[3];
    size_t count = 0;
    bool came = receive(producer->socket, parts, &count, flags);
    if (came && producer->pair->config->is_reverie) {
        take_control(producer, parts, arena);
    } else if (came) {
        uint64_t total;
        memcpy(&total, zmq_msg_data(&parts[0]), sizeof(total));
        note_accepted(producer->pair, total);
    }
    close_parts(parts);
    return came;
}

static void send_one(struct producer *producer, size_t index)
{
    struct pair *pair = producer->pair;
    size_t bytes = pair->config->body_bytes;
    uint64_t now = clock_monotonic_ns();
    pair->sent_ns[index] = now;
    memcpy(producer->body, &index, sizeof(index));
    if (!pair->config->is_reverie) {
        zmq_send(producer->socket, producer->to, strlen(producer->to),
                 ZMQ_SNDMORE);
        zmq_send(producer->socket, producer->body, bytes, 0);
        return;
    }
    struct id id = id_make(clock_wall_us(), rng_next(&producer->rng),
                           rng_next(&producer->rng));
    struct envelope envelope = {.version = 1,
                                .id = id_bytes(&id),
                                .to = bytes_of_text(producer->to),
                                .kind = BYTES_LITERAL("agent.message"),
                                .origin = ORIGIN_AGENT,
                                .content_type = BYTES_LITERAL("text/plain")};
    struct buf head;
    buf_init(&head, FRAME_MAX);
    envelope_write(&envelope, &head);
    producer->used += head.len + bytes;
    zmq_send(producer->socket, head.data, head.len, ZMQ_SNDMORE);
    zmq_send(producer->socket, producer->body, bytes, 0);
    buf_fini(&head);
}

static bool may_send(const struct producer *producer, size_t index)
{
    const struct pair *pair = producer->pair;
    return index - atomic_load(&pair->consumed) < LOAD_AHEAD &&
           (!pair->config->is_reverie ||
            producer->used + pair->config->body_bytes + 512 < producer->credit);
}

/* When message ${index} is to be sent; 0: as soon as it may be. */
static uint64_t due_ns(const struct producer *producer, size_t index)
{
    const struct load_config *config = producer->pair->config;
    return config->rate <= 0
               ? 0
               : producer->pair->first_ns +
                     (uint64_t)((double)index / config->rate * 1e9);
}

/* Sleeps until an answer comes or until ${until_ns}. A producer that went round
 * instead would take the processor from the server it measures. */
static void sleep_until(struct producer *producer, uint64_t until_ns)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(until_ns / 1000000000),
                     .tv_nsec = (long)(until_ns % 1000000000)}};
    zmq_pollitem_t items[] = {
        {.socket = producer->socket, .events = ZMQ_POLLIN},
        {.fd = producer->timer_fd, .events = ZMQ_POLLIN}};
    timerfd_settime(producer->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
    zmq_poll(items, 2, -1);
}

static void send_burst(struct producer *producer, size_t *index)
{
    const struct load_config *config = producer->pair->config;
    size_t burst = config->rate > 0 ? 1 : BURST;
    while (burst-- && *index < config->messages && may_send(producer, *index)) {
        send_one(producer, (*index)++);
    }
}

static void produce_all(struct producer *producer, struct arena *arena)
{
    struct pair *pair = producer->pair;
    size_t index = 0;
    while (index < pair->config->messages && !atomic_load(&pair->failed)) {
        while (take_answer(producer, arena, ZMQ_DONTWAIT)) {
        }
        uint64_t now = clock_monotonic_ns();
        uint64_t due = due_ns(producer, index);
        if (now < due) {
            sleep_until(producer, due);
        } else if (!may_send(producer, index)) {
            sleep_until(producer, now + PAUSE_NS);
        } else {
            send_burst(producer, &index);
        }
    }
    while (pair->config->accepts && pair->accepted < pair->config->messages &&
           !atomic_load(&pair->failed)) {
        if (!take_answer(producer, arena, 0)) {
            fail(pair, "no acceptance within 30 s");
        }
    }
}

static void *produce(void *argument)
{
    struct pair *pair = argument;
    char name[NAME_BYTES];
    struct producer producer = {
        .pair = pair, .rng = rng_seeded(clock_monotonic_ns(), pair->index)};
    struct arena arena;
    arena_init(&arena, 8 << 20);
    snprintf(name, sizeof(name), "p%zu-%zu", pair->index, pair->config->turn);
    snprintf(producer.to, sizeof(producer.to), "%sc%zu-%zu",
             pair->config->is_reverie ? "agent:" : "", pair->index,
             pair->config->turn);
    producer.body = calloc(1, pair->config->body_bytes);
    producer.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    producer.socket = dial(pair, name);
    if (!join(pair, producer.socket, name, &producer.credit)) {
        fail(pair, "the producer was not welcomed");
    }
    pair->first_ns = clock_monotonic_ns();
    produce_all(&producer, &arena);
    uint64_t now = clock_monotonic_ns();
    pair->last_ns = now > pair->last_ns ? now : pair->last_ns;
    zmq_close(producer.socket);
    close(producer.timer_fd);
    free(producer.body);
    arena_fini(&arena);
    return NULL;
}

/* ---- the consumer ---- */

struct consumer {
    struct pair *pair;
    void *socket;
    uint64_t seqs[DONE_EVERY];
    size_t seq_count;
};

static void say_done(struct consumer *consumer)
{
    Reverie__V1__Done done = REVERIE__V1__DONE__INIT;
    done.n_seqs = consumer->seq_count;
    done.seqs = consumer->seqs;
    send_control(consumer->socket, "control.done", &done);
    consumer->seq_count = 0;
}

static void take_delivery(struct consumer *consumer, zmq_msg_t parts[3],
                          size_t count)
{
    struct pair *pair = consumer->pair;
    uint64_t now = clock_monotonic_ns();
    if (pair->config->is_reverie) {
        struct stamp stamp;
        if (count < 3 || stamp_read(part_bytes(&parts[0]), &stamp) != ERR_OK) {
            return;
        }
        consumer->seqs[consumer->seq_count++] = stamp.seq;
        if (consumer->seq_count == DONE_EVERY) {
            say_done(consumer);
        }
    }
    size_t index;
    memcpy(&index, zmq_msg_data(&parts[count - 1]), sizeof(index));
    if (index < pair->config->messages) {
        pair->delivery_us[index] = (double)(now - pair->sent_ns[index]) / 1000;
    }
    atomic_fetch_add(&pair->consumed, 1);
}

struct consumer_start {
    struct pair *pair;
    void *socket;
};

static void *consume(void *argument)
{
    struct consumer_start *start = argument;
    struct consumer consumer = {.pair = start->pair, .socket = start->socket};
    struct pair *pair = start->pair;
    while (atomic_load(&pair->consumed) < pair->config->messages &&
           !atomic_load(&pair->failed)) {
        zmq_msg_t parts[3];
        size_t count = 0;
        if (receive(consumer.socket, parts, &count, 0)) {
            take_delivery(&consumer, parts, count);
        } else if (errno == EAGAIN) {
            fail(pair, "no delivery within 30 s");
        }
        close_parts(parts);
    }
    pair->last_ns = clock_monotonic_ns();
    if (pair->config->is_reverie && consumer.seq_count) {
        say_done(&consumer);
    }
    return NULL;
}

/* ---- the whole ---- */

static void collect(struct pair *pairs, const struct load_config *config,
                    struct load_result *out)
{
    size_t total = config->pairs * config->messages;
    double *delivery = malloc(total * sizeof(*delivery));
    double *accept = malloc(total * sizeof(*accept));
    uint64_t first = UINT64_MAX;
    uint64_t last = 0;
    for (size_t i = 0; i < config->pairs; i++) {
        size_t bytes = config->messages * sizeof(*delivery);
        memcpy(delivery + i * config->messages, pairs[i].delivery_us, bytes);
        memcpy(accept + i * config->messages, pairs[i].accept_us, bytes);
        first = pairs[i].first_ns < first ? pairs[i].first_ns : first;
        last = pairs[i].last_ns > last ? pairs[i].last_ns : last;
    }
    out->per_second = (double)total / ((double)(last - first) / 1e9);
    out->delivery_p50_us = percentile(delivery, total, 50);
    out->delivery_p99_us = percentile(delivery, total, 99);
    out->accept_p50_us = config->accepts ? percentile(accept, total, 50) : 0;
    out->accept_p99_us = config->accepts ? percentile(accept, total, 99) : 0;
    free(delivery);
    free(accept);
}

bool load_run(const struct load_config *config, struct load_result *out)
{
    struct pair *pairs = calloc(config->pairs, sizeof(*pairs));
    struct consumer_start starts[LOAD_PAIRS_MAX];
    pthread_t threads[2 * LOAD_PAIRS_MAX];
    void *context = zmq_ctx_new();
    bool ok = true;
    for (size_t i = 0; i < config->pairs; i++) {
        struct pair *pair = &pairs[i];
        char name[NAME_BYTES];
        pair->config = config;
        pair->context = context;
        pair->index = i;
        pair->sent_ns = calloc(config->messages, sizeof(*pair->sent_ns));
        pair->delivery_us =
            calloc(config->messages, sizeof(*pair->delivery_us));
        pair->accept_us = calloc(config->messages, sizeof(*pair->accept_us));
        snprintf(name, sizeof(name), "c%zu-%zu", i, config->turn);
        starts[i] = (struct consumer_start){pair, dial(pair, name)};
        uint64_t credit;
        if (!join(pair, starts[i].socket, name, &credit)) {
            fail(pair, "the consumer was not welcomed");
        }
    }
    for (size_t i = 0; i < config->pairs; i++) {
        pthread_create(&threads[2 * i], NULL, consume, &starts[i]);
        pthread_create(&threads[2 * i + 1], NULL, produce, &pairs[i]);
    }
    for (size_t i = 0; i < 2 * config->pairs; i++) {
        pthread_join(threads[i], NULL);
    }
    collect(pairs, config, out);
    for (size_t i = 0; i < config->pairs; i++) {
        ok = ok && !atomic_load(&pairs[i].failed);
        zmq_close(starts[i].socket);
        free(pairs[i].sent_ns);
        free(pairs[i].delivery_us);
        free(pairs[i].accept_us);
    }
    free(pairs);
    zmq_ctx_term(context);
    return ok;
}
