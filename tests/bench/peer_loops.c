/* SPDX-License-Identifier: MIT */
#include "tests/bench/peer_loops.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rocksdb/c.h>
#include <zmq.h>

enum {
    BATCH_MAX = 1024,
    ID_MAX = 32,
    PARTS = 3,
    SENDERS_MAX = 16,
    BATCHES_MAX = 65536
};

static void *open_router(void *context, int ready_fd)
{
    void *router = zmq_socket(context, ZMQ_ROUTER);
    int no_limit = 0;
    zmq_setsockopt(router, ZMQ_SNDHWM, &no_limit, sizeof(no_limit));
    zmq_setsockopt(router, ZMQ_RCVHWM, &no_limit, sizeof(no_limit));
    int rc = zmq_bind(router, "tcp://127.0.0.1:*");
    assert(rc == 0);
    (void)rc;
    char endpoint[128];
    size_t len = sizeof(endpoint);
    zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &len);
    dprintf(ready_fd, "%s\n", endpoint);
    return router;
}

static void pass_on(void *router, zmq_msg_t *to, zmq_msg_t *body)
{
    zmq_msg_send(to, router, ZMQ_SNDMORE);
    zmq_msg_send(body, router, 0);
}

void loop_forward(int ready_fd)
{
    void *router = open_router(zmq_ctx_new(), ready_fd);
    for (;;) {
        zmq_msg_t from;
        zmq_msg_t to;
        zmq_msg_t body;
        zmq_msg_init(&from);
        zmq_msg_init(&to);
        zmq_msg_init(&body);
        if (zmq_msg_recv(&from, router, 0) < 0) {
            return;
        }
        if (zmq_msg_more(&from)) {
            zmq_msg_recv(&to, router, 0);
        }
        if (zmq_msg_more(&to)) {
            zmq_msg_recv(&body, router, 0);
            pass_on(router, zmq_msg_size(&body) ? &to : &from, &body);
        }
        zmq_msg_close(&from);
        zmq_msg_close(&to);
        zmq_msg_close(&body);
    }
}

/* ---- the minimal durable loop ---- */

struct sender {
    char id[ID_MAX];
    size_t id_len;
    uint64_t written;
    uint64_t told;
};

/* How far every sender was when the batch that ends at ${end} was written. */
struct batch_end {
    uint64_t end;
    uint64_t written[SENDERS_MAX];
};

struct minimal {
    rocksdb_t *db;
    rocksdb_column_family_handle_t *families[3]; /* default, by to, by from */
    atomic_uint_fast64_t written;
    atomic_uint_fast64_t synced;
    int wake_syncer;
    int wake_router;
    struct sender senders[SENDERS_MAX];
    size_t sender_count;
    struct batch_end *batches; /* a ring of those not yet synced */
    size_t first_batch;
    size_t batch_count;
};

static void signal_fd(int fd)
{
    uint64_t one = 1;
    ssize_t rc = write(fd, &one, sizeof(one));
    (void)rc;
}

static void drain_fd(int fd)
{
    uint64_t count;
    ssize_t rc = read(fd, &count, sizeof(count));
    (void)rc;
}

static void *sync_for_ever(void *argument)
{
    struct minimal *minimal = argument;
    for (;;) {
        drain_fd(minimal->wake_syncer);
        uint64_t written = atomic_load(&minimal->written);
        if (written == atomic_load(&minimal->synced)) {
            continue;
        }
        char *error = NULL;
        rocksdb_flush_wal(minimal->db, 1, &error);
        assert(!error);
        atomic_store(&minimal->synced, written);
        signal_fd(minimal->wake_router);
    }
    return NULL;
}

static void open_database(struct minimal *minimal, const char *folder)
{
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_options_set_create_missing_column_families(options, 1);
    rocksdb_options_set_manual_wal_flush(options, 0);
    const char *const names[] = {"default", "to", "from"};
    const rocksdb_options_t *const family_options[] = {options, options,
                                                       options};
    char *error = NULL;
    minimal->db = rocksdb_open_column_families(
        options, folder, 3, names, family_options, minimal->families, &error);
    if (error) {
        fprintf(stderr, "bench: %s\n", error);
        abort();
    }
}

static struct sender *sender_of(struct minimal *minimal, zmq_msg_t *from)
{
    size_t len = zmq_msg_size(from);
    assert(len <= ID_MAX);
    for (size_t i = 0; i < minimal->sender_count; i++) {
        struct sender *sender = &minimal->senders[i];
        if (sender->id_len == len &&
            memcmp(sender->id, zmq_msg_data(from), len) == 0) {
            return sender;
        }
    }
    assert(minimal->sender_count < SENDERS_MAX);
    struct sender *sender = &minimal->senders[minimal->sender_count++];
    memcpy(sender->id, zmq_msg_data(from), len);
    sender->id_len = len;
    return sender;
}

static void big_endian(uint8_t *out, uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

static void put_message(struct minimal *minimal, rocksdb_writebatch_t *batch,
                        zmq_msg_t parts[PARTS], uint64_t seq)
{
    uint8_t key[ID_MAX + 8];
    big_endian(key, seq);
    rocksdb_writebatch_put_cf(batch, minimal->families[0], (char *)key, 8,
                              zmq_msg_data(&parts[2]), zmq_msg_size(&parts[2]));
    for (size_t i = 0; i < 2; i++) {
        size_t len = zmq_msg_size(&parts[1 - i]);
        memcpy(key, zmq_msg_data(&parts[1 - i]), len);
        big_endian(key + len, seq);
        rocksdb_writebatch_put_cf(batch, minimal->families[1 + i], (char *)key,
                                  len + 8, "", 0);
    }
}

static bool receive(void *router, zmq_msg_t parts[PARTS])
{
    for (size_t i = 0; i < PARTS; i++) {
        zmq_msg_init(&parts[i]);
    }
    if (zmq_msg_recv(&parts[0], router, ZMQ_DONTWAIT) < 0) {
        return false;
    }
    for (size_t i = 1; i < PARTS && zmq_msg_more(&parts[i - 1]); i++) {
        zmq_msg_recv(&parts[i], router, 0);
    }
    return true;
}

static void close_parts(zmq_msg_t parts[PARTS])
{
    for (size_t i = 0; i < PARTS; i++) {
        zmq_msg_close(&parts[i]);
    }
}

static void accept_up_to(struct minimal *minimal, void *router, uint64_t synced)
{
    const struct batch_end *last = NULL;
    while (minimal->batch_count &&
           minimal->batches[minimal->first_batch].end <= synced) {
        last = &minimal->batches[minimal->first_batch];
        minimal->first_batch = (minimal->first_batch + 1) % BATCHES_MAX;
        minimal->batch_count--;
    }
    for (size_t i = 0; last && i < minimal->sender_count; i++) {
        struct sender *sender = &minimal->senders[i];
        if (sender->told < last->written[i]) {
            sender->told = last->written[i];
            zmq_send(router, sender->id, sender->id_len, ZMQ_SNDMORE);
            zmq_send(router, &sender->told, sizeof(sender->told), 0);
        }
    }
}

static void remember_batch(struct minimal *minimal, uint64_t end)
{
    assert(minimal->batch_count < BATCHES_MAX);
    struct batch_end *batch =
        &minimal->batches[(minimal->first_batch + minimal->batch_count++) %
                          BATCHES_MAX];
    batch->end = end;
    for (size_t i = 0; i < minimal->sender_count; i++) {
        batch->written[i] = minimal->senders[i].written;
    }
}

/* One batch: takes what is there, writes it, forwards it. */
static size_t take_batch(struct minimal *minimal, void *router,
                         zmq_msg_t (*held)[PARTS], rocksdb_writebatch_t *batch,
                         const rocksdb_writeoptions_t *options)
{
    size_t count = 0;
    uint64_t seq = atomic_load(&minimal->written);
    rocksdb_writebatch_clear(batch);
    while (count < BATCH_MAX && receive(router, held[count])) {
        if (zmq_msg_size(&held[count][2]) == 0) {
            pass_on(router, &held[count][0], &held[count][2]);
            close_parts(held[count]);
            continue;
        }
        put_message(minimal, batch, held[count], seq + 1 + count);
        count++;
    }
    if (count == 0) {
        return 0;
    }
    char *error = NULL;
    rocksdb_write(minimal->db, options, batch, &error);
    assert(!error);
    for (size_t i = 0; i < count; i++) {
        sender_of(minimal, &held[i][0])->written++;
        pass_on(router, &held[i][1], &held[i][2]);
        close_parts(held[i]);
    }
    remember_batch(minimal, seq + count);
    atomic_store(&minimal->written, seq + count);
    signal_fd(minimal->wake_syncer);
    return count;
}

void loop_minimal(int ready_fd, const char *folder)
{
    static struct minimal minimal;
    static zmq_msg_t held[BATCH_MAX][PARTS];
    open_database(&minimal, folder);
    minimal.batches = calloc(BATCHES_MAX, sizeof(*minimal.batches));
    assert(minimal.batches);
    minimal.wake_syncer = eventfd(0, EFD_CLOEXEC);
    minimal.wake_router = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rocksdb_writeoptions_t *options = rocksdb_writeoptions_create();
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    void *router = open_router(zmq_ctx_new(), ready_fd);
    pthread_t syncer;
    pthread_create(&syncer, NULL, sync_for_ever, &minimal);
    uint64_t accepted = 0;
    for (;;) {
        size_t taken = take_batch(&minimal, router, held, batch, options);
        uint64_t synced = atomic_load(&minimal.synced);
        if (synced != accepted) {
            accept_up_to(&minimal, router, synced);
            accepted = synced;
        }
        if (taken == 0) {
            zmq_pollitem_t items[] = {
                {.socket = router, .events = ZMQ_POLLIN},
                {.fd = minimal.wake_router, .events = ZMQ_POLLIN}};
            zmq_poll(items, 2, -1);
            drain_fd(minimal.wake_router);
        }
    }
}
