/* SPDX-License-Identifier: MIT */
#include "proto/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "base/clock.h"
#include "base/edge/crypto.h"
#include "base/log.h"
#include "proto/limits.h"

enum {
    /* Bytes of credit are what holds senders back; these stop a peer that
     * ignores credit. In messages, per peer. */
    SEND_QUEUE_MAX = 100 * 1000,
    RECEIVE_QUEUE_MAX = 1000,
    PIPE_QUEUE_MAX = 64 * 1024,
    BACKLOG = 1024,
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_EVERY_S = 10,
    KEEPALIVE_PROBES = 3,
    RECONNECT_MS = 100,
    RECONNECT_MAX_MS = 5 * 1000,
    ROUTING_ID_BYTES = 5,
    ENDPOINT_MAX = 1024,
    PORT_MAX = 65535,
    PORT_DIGITS_MAX = 5,
    WAIT_ON_STACK = 16,
    CONTEXT_ZERO_COPY_RECEIVE = 10 /* ZMQ_ZERO_COPY_RECV */
};

struct bus {
    void *context;
    atomic_uint pipes;
};

struct socket {
    void *handle;
    bool is_router;
};

static_assert(sizeof(zmq_msg_t) <= sizeof(((struct frame *)0)->opaque),
              "a frame holds a zmq_msg_t");
static_assert(_Alignof(struct frame) >= _Alignof(zmq_msg_t),
              "a frame is aligned for a zmq_msg_t");

static zmq_msg_t *message_of(struct frame *frame)
{
    return (zmq_msg_t *)(void *)frame->opaque;
}

/* libzmq's calls on messages fail on lack of memory only. */
static void check_memory(int rc)
{
    if (rc != 0) {
        log_line(LOG_ERROR, "BUS-OUT-OF-MEMORY", "errno=%d", errno);
        abort();
    }
}

static void frame_open(struct frame *frame)
{
    if (!frame->is_open) {
        check_memory(zmq_msg_init(message_of(frame)));
        frame->is_open = true;
    }
}

uint8_t *frame_new(struct frame *frame, size_t len)
{
    assert(!frame->is_open);
    check_memory(zmq_msg_init_size(message_of(frame), len));
    frame->is_open = true;
    return zmq_msg_data(message_of(frame));
}

void frame_copy(struct frame *frame, struct bytes bytes)
{
    uint8_t *place = frame_new(frame, bytes.len);
    if (bytes.len) {
        memcpy(place, bytes.data, bytes.len);
    }
}

void frame_share(struct frame *to, struct frame *from)
{
    assert(!to->is_open);
    frame_open(from);
    frame_open(to);
    check_memory(zmq_msg_copy(message_of(to), message_of(from)));
}

void frame_move(struct frame *to, struct frame *from)
{
    assert(!to->is_open);
    if (!from->is_open) {
        return;
    }
    frame_open(to);
    check_memory(zmq_msg_move(message_of(to), message_of(from)));
    frame_close(from);
}

struct bytes frame_bytes(struct frame *frame)
{
    if (!frame->is_open) {
        return bytes_of(NULL, 0);
    }
    return bytes_of(zmq_msg_data(message_of(frame)),
                    zmq_msg_size(message_of(frame)));
}

void frame_close(struct frame *frame)
{
    if (frame && frame->is_open) {
        zmq_msg_close(message_of(frame));
        frame->is_open = false;
    }
}

static void close_frames(struct frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        frame_close(&frames[i]);
    }
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* No address counts as remote: libzmq leaves it out where the peer was gone
 * before it was asked, which a remote sender can arrange. ipc gives
 * "localhost" and the credentials. */
bool frame_is_local(struct frame *frame)
{
    if (!frame->is_open) {
        return false;
    }
    const char *peer = zmq_msg_gets(message_of(frame), "Peer-Address");
    if (!peer) {
        return false;
    }
    if (starts_with(peer, "::ffff:")) {
        peer += strlen("::ffff:");
    }
    return starts_with(peer, "127.") || strcmp(peer, "::1") == 0 ||
           starts_with(peer, "localhost:");
}

/* libzmq numbers the peers of a router from rand() on, which nobody seeds. A
 * peer that guesses a number can claim it: one that was given out, to take the
 * place of a peer that left; one that was not, to end the process. */
static void seed_routing_ids(void)
{
    unsigned seed;
    crypto_random(&seed, sizeof(seed));
    srand(seed);
}

/* libzmq receives into buffers of 8 KiB, and what a frame of more than 33 bytes
 * holds would be all of it: every receive began with fresh, cold memory, and a
 * small body that stays for a while would pin eight times its size. 4.3 takes
 * the option but names it among its drafts only; a version that does not take
 * it goes on as it does. */
static void copy_received(void *context)
{
    (void)zmq_ctx_set(context, CONTEXT_ZERO_COPY_RECEIVE, 0);
}

struct bus *bus_new(int io_threads, int max_sockets)
{
    seed_routing_ids();
    struct bus *bus = mem_new(sizeof(*bus));
    bus->context = zmq_ctx_new();
    check_memory(bus->context ? 0 : -1);
    int rc = zmq_ctx_set(bus->context, ZMQ_IO_THREADS, io_threads);
    rc |= zmq_ctx_set(bus->context, ZMQ_MAX_SOCKETS, max_sockets);
    rc |= zmq_ctx_set(bus->context, ZMQ_BLOCKY, 0);
    assert(rc == 0);
    copy_received(bus->context);
    return bus;
}

void bus_close(struct bus *bus)
{
    if (!bus) {
        return;
    }
    while (zmq_ctx_term(bus->context) != 0 && errno == EINTR) {
    }
    free(bus);
}

static enum err io_failed(const char *event, const char *endpoint)
{
    int number = errno;
    log_line(LOG_WARN, event, "endpoint=%s errno=%d reason=\"%s\"", endpoint,
             number, zmq_strerror(number));
    switch (number) {
    case EINVAL:
    case EPROTONOSUPPORT:
    case ENODEV:
    case EADDRNOTAVAIL:
    case ENAMETOOLONG:
        return ERR_INVALID;
    case EADDRINUSE:
        return ERR_LOCKED;
    case EACCES:
        return ERR_DENIED;
    case EMFILE:
    case ENFILE:
        return ERR_FULL;
    default:
        return ERR_IO;
    }
}

struct option {
    int name;
    int value;
};

static void set_options(void *handle, const struct option *options,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int rc = zmq_setsockopt(handle, options[i].name, &options[i].value,
                                sizeof(options[i].value));
        assert(rc == 0);
    }
}

/* Peers that are gone are noticed by the leases of the protocol, and their
 * connections by TCP. libzmq's own heartbeats stay off: their timer ends the
 * process (`!_io_error`, 4.3.4) when it fires on a connection that broke while
 * its receive queue was full, and their timeout cuts a slow reader off. */
static void set_common_options(void *handle)
{
    static const struct option options[] = {
        {ZMQ_LINGER, 0},
        {ZMQ_SNDHWM, SEND_QUEUE_MAX},
        {ZMQ_RCVHWM, RECEIVE_QUEUE_MAX},
        {ZMQ_BACKLOG, BACKLOG},
        {ZMQ_TCP_KEEPALIVE, 1},
        {ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S},
        {ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_EVERY_S},
        {ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_PROBES},
        {ZMQ_RECONNECT_IVL, RECONNECT_MS},
        {ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS},
    };
    set_options(handle, options, ARRAY_LEN(options));
}

/* libzmq sets a frame's memory aside before its first byte has come. */
static void set_frame_max(void *handle, size_t frame_bytes_max)
{
    int64_t largest = (int64_t)frame_bytes_max;
    int rc = zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &largest, sizeof(largest));
    assert(rc == 0);
}

static enum err open_socket(struct bus *bus, int type, size_t frame_bytes_max,
                            struct socket **out_socket)
{
    void *handle = zmq_socket(bus->context, type);
    if (!handle) {
        return io_failed("BUS-SOCKET-FAILED", "");
    }
    set_common_options(handle);
    set_frame_max(handle, frame_bytes_max);
    struct socket *socket = mem_new(sizeof(*socket));
    socket->handle = handle;
    socket->is_router = type == ZMQ_ROUTER;
    *out_socket = socket;
    return ERR_OK;
}

/* ROUTER_HANDOVER stays off: with it, whoever learnt a peer's routing id
 * could put itself in that peer's place. */
enum err bus_listen(struct bus *bus, size_t frame_bytes_max,
                    struct socket **out_socket)
{
    static const struct option options[] = {
        {ZMQ_ROUTER_MANDATORY, 1},
        {ZMQ_ROUTER_HANDOVER, 0},
    };
    enum err err = open_socket(bus, ZMQ_ROUTER, frame_bytes_max, out_socket);
    if (err == ERR_OK) {
        set_options((*out_socket)->handle, options, ARRAY_LEN(options));
    }
    return err;
}

/* libzmq resolves names to IPv6 first once it is on, so it is on only where
 * an address asks for it. */
static void allow_ipv6(struct socket *socket, const char *endpoint)
{
    struct option option = {ZMQ_IPV6, strchr(endpoint, '[') != NULL};
    set_options(socket->handle, &option, 1);
}

/* libzmq reads as many digits as there are: "80x" is 80 to it. */
static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return strcmp(text, "*") == 0 ||
           (digits > 0 && text[digits] == '\0' && digits <= PORT_DIGITS_MAX &&
            strtol(text, NULL, 10) <= PORT_MAX);
}

bool bus_is_endpoint(const char *text)
{
    const char *colon = strrchr(text, ':');
    if (starts_with(text, "ipc://")) {
        return text[strlen("ipc://")] != '\0';
    }
    const char *address = text + strlen("tcp://");
    return starts_with(text, "tcp://") && colon > address && is_port(colon + 1);
}

static enum err check_endpoint(const char *event, const char *endpoint)
{
    if (bus_is_endpoint(endpoint)) {
        return ERR_OK;
    }
    errno = EINVAL;
    return io_failed(event, endpoint);
}

enum err socket_bind(struct socket *socket, const char *endpoint,
                     struct buf *out_endpoint)
{
    enum err err = check_endpoint("BUS-BIND-FAILED", endpoint);
    if (err != ERR_OK) {
        return err;
    }
    allow_ipv6(socket, endpoint);
    if (zmq_bind(socket->handle, endpoint) != 0) {
        return io_failed("BUS-BIND-FAILED", endpoint);
    }
    char bound[ENDPOINT_MAX];
    size_t len = sizeof(bound);
    if (zmq_getsockopt(socket->handle, ZMQ_LAST_ENDPOINT, bound, &len) != 0) {
        return io_failed("BUS-BIND-FAILED", endpoint);
    }
    buf_add_text(out_endpoint, bound);
    return buf_error(out_endpoint);
}

enum err bus_dial(struct bus *bus, const char *endpoint,
                  struct socket **out_socket)
{
    struct socket *socket = NULL;
    enum err err = check_endpoint("BUS-DIAL-FAILED", endpoint);
    if (err == ERR_OK) {
        err = open_socket(bus, ZMQ_DEALER, BODY_MAX_LIMIT, &socket);
    }
    if (err != ERR_OK) {
        return err;
    }
    allow_ipv6(socket, endpoint);
    if (zmq_connect(socket->handle, endpoint) != 0) {
        err = io_failed("BUS-DIAL-FAILED", endpoint);
        socket_close(socket, 0);
        return err;
    }
    *out_socket = socket;
    return ERR_OK;
}

static enum err open_pipe_end(struct bus *bus, struct socket **out_socket)
{
    static const struct option options[] = {
        {ZMQ_SNDHWM, PIPE_QUEUE_MAX},
        {ZMQ_RCVHWM, PIPE_QUEUE_MAX},
    };
    enum err err = open_socket(bus, ZMQ_PAIR, BODY_MAX_LIMIT, out_socket);
    if (err == ERR_OK) {
        set_options((*out_socket)->handle, options, ARRAY_LEN(options));
    }
    return err;
}

enum err bus_pipe(struct bus *bus, struct socket **out_a, struct socket **out_b)
{
    struct socket *a = NULL;
    struct socket *b = NULL;
    char endpoint[32];
    unsigned number = atomic_fetch_add(&bus->pipes, 1);
    snprintf(endpoint, sizeof(endpoint), "inproc://pipe-%u", number);
    enum err err = open_pipe_end(bus, &a);
    if (err == ERR_OK) {
        err = open_pipe_end(bus, &b);
    }
    if (err != ERR_OK) {
        goto fail;
    }
    if (zmq_bind(a->handle, endpoint) != 0 ||
        zmq_connect(b->handle, endpoint) != 0) {
        err = io_failed("BUS-PIPE-FAILED", endpoint);
        goto fail;
    }
    *out_a = a;
    *out_b = b;
    return ERR_OK;
fail:
    socket_close(a, 0);
    socket_close(b, 0);
    return err;
}

void socket_close(struct socket *socket, int linger_ms)
{
    if (!socket) {
        return;
    }
    struct option linger = {ZMQ_LINGER, linger_ms};
    set_options(socket->handle, &linger, 1);
    zmq_close(socket->handle);
    free(socket);
}

/* An interrupted call has done nothing yet. */
static int send_part(struct socket *socket, struct frame *frame, bool is_last)
{
    int flags = ZMQ_DONTWAIT | (is_last ? 0 : ZMQ_SNDMORE);
    int rc;
    do {
        rc = zmq_msg_send(message_of(frame), socket->handle, flags);
    } while (rc < 0 && errno == EINTR);
    return rc;
}

static enum err send_failed(void)
{
    switch (errno) {
    case EAGAIN:
        return ERR_FULL;
    case EHOSTUNREACH:
    case ETERM:
        return ERR_CLOSED;
    default:
        return io_failed("BUS-SEND-FAILED", "");
    }
}

/* Only the first part can be refused; when the connection breaks behind it,
 * the rest goes the way of everything that was on that connection. */
enum err socket_send(struct socket *socket, struct frame *frames, size_t count)
{
    assert(count > 0);
    for (size_t i = 0; i < count; i++) {
        frame_open(&frames[i]);
        if (send_part(socket, &frames[i], i + 1 == count) < 0 && i == 0) {
            return send_failed();
        }
        frame_close(&frames[i]);
    }
    return ERR_OK;
}

static enum err receive_part(struct socket *socket, struct frame *frame,
                             bool *out_more)
{
    int rc;
    frame_open(frame);
    do {
        rc = zmq_msg_recv(message_of(frame), socket->handle, ZMQ_DONTWAIT);
    } while (rc < 0 && errno == EINTR);
    if (rc < 0) {
        int number = errno;
        frame_close(frame);
        errno = number;
        return number == EAGAIN  ? ERR_TIMEOUT
               : number == ETERM ? ERR_CLOSED
                                 : io_failed("BUS-RECEIVE-FAILED", "");
    }
    *out_more = zmq_msg_more(message_of(frame)) != 0;
    return ERR_OK;
}

static enum err receive_message(struct socket *socket, struct frame *frames,
                                size_t max, size_t *out_count)
{
    size_t count = 0;
    bool more = true;
    while (more) {
        struct frame surplus = {0};
        struct frame *frame = count < max ? &frames[count] : &surplus;
        assert(!frame->is_open);
        enum err err = receive_part(socket, frame, &more);
        if (err != ERR_OK) {
            close_frames(frames, count < max ? count : max);
            return err;
        }
        frame_close(&surplus);
        count++;
    }
    *out_count = count;
    return ERR_OK;
}

/* The router names a peer with a zero byte and a counter. A peer that chose
 * its own routing id could take the place of one that has just left; it can
 * still guess a number, see seed_routing_ids. */
static bool is_named_by_itself(struct frame *routing_id)
{
    struct bytes id = frame_bytes(routing_id);
    return id.len != ROUTING_ID_BYTES || id.data[0] != 0;
}

enum err socket_receive(struct socket *socket, struct frame *frames, size_t max,
                        size_t *out_count)
{
    size_t count = 0;
    enum err err = receive_message(socket, frames, max, &count);
    if (err != ERR_OK) {
        return err;
    }
    if (socket->is_router && max > 0 && is_named_by_itself(frames)) {
        close_frames(frames, count < max ? count : max);
        return ERR_DENIED;
    }
    *out_count = count;
    return ERR_OK;
}

int socket_fd(const struct socket *socket)
{
    int fd = -1;
    size_t len = sizeof(fd);
    int rc = zmq_getsockopt(socket->handle, ZMQ_FD, &fd, &len);
    assert(rc == 0);
    return fd;
}

/* ---- waiting ------------------------------------------------------------
 * zmq_poll asks everything once without waiting before it waits, and every
 * socket again afterwards: at light load that is most of what a router's
 * thread does. This asks a socket before sleeping, as its descriptor signals
 * changes and not levels, and again only if the descriptor has signalled. */

static enum err ask_socket(struct bus_wait *item)
{
    int events = 0;
    size_t len = sizeof(events);
    while (zmq_getsockopt(item->socket->handle, ZMQ_EVENTS, &events, &len) !=
           0) {
        if (errno != EINTR) {
            return io_failed("BUS-WAIT-FAILED", "");
        }
    }
    item->can_read = (events & ZMQ_POLLIN) != 0;
    return ERR_OK;
}

/* Fills in what to poll and which sockets have something already. */
static enum err prepare_wait(struct bus_wait *items, struct pollfd *polled,
                             size_t count, bool *out_ready)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        struct bus_wait *item = &items[i];
        item->can_read = false;
        polled[i] = (struct pollfd){.fd = item->fd, .events = POLLIN};
        if (item->socket) {
            polled[i].fd = socket_fd(item->socket);
            err = ask_socket(item);
        }
        *out_ready |= item->can_read;
    }
    return err;
}

static enum err settle_wait(struct bus_wait *items, const struct pollfd *polled,
                            size_t count, bool *out_ready)
{
    for (size_t i = 0; i < count; i++) {
        enum err err = ERR_OK;
        if (polled[i].revents && !items[i].socket) {
            items[i].can_read = true;
        } else if (polled[i].revents && !items[i].can_read) {
            err = ask_socket(&items[i]);
        }
        if (err != ERR_OK) {
            return err;
        }
        *out_ready |= items[i].can_read;
    }
    return ERR_OK;
}

/* One poll. *out_again: a descriptor signalled, but there is nothing to read,
 * as when a connection came up. */
static enum err wait_once(struct bus_wait *items, struct pollfd *polled,
                          size_t count, int timeout_ms, bool *out_again)
{
    bool is_ready = false;
    enum err err = prepare_wait(items, polled, count, &is_ready);
    if (err != ERR_OK) {
        return err;
    }
    int rc = poll(polled, count, is_ready ? 0 : timeout_ms);
    if (rc < 0) {
        return errno == EINTR ? ERR_OK : io_failed("BUS-WAIT-FAILED", "");
    }
    err = settle_wait(items, polled, count, &is_ready);
    *out_again = rc > 0 && !is_ready;
    return err;
}

enum err bus_wait(struct bus_wait *items, size_t count, int timeout_ms)
{
    struct pollfd on_stack[WAIT_ON_STACK];
    struct pollfd *polled = on_stack;
    int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
    int64_t left_us = timeout_ms * US_PER_MS;
    bool is_again = true;
    enum err err = ERR_OK;
    if (count > WAIT_ON_STACK) {
        polled = mem_new_array(count, sizeof(*polled));
    }
    while (err == ERR_OK && is_again && (timeout_ms < 0 || left_us >= 0)) {
        is_again = false;
        err = wait_once(
            items, polled, count,
            timeout_ms < 0 ? -1 : (int)((left_us + US_PER_MS - 1) / US_PER_MS),
            &is_again);
        left_us = until_us - clock_monotonic_us();
    }
    if (polled != on_stack) {
        free(polled);
    }
    return err == ERR_OK ? ERR_OK : ERR_IO;
}
