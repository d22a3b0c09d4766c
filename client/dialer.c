/* SPDX-License-Identifier: MIT */
#include "client/dialer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text/ascii.h"
#include "client/core/compose.h"
#include "proto/limits.h"

enum {
    RECEIVE_BATCH_MAX = 1024, /* then others get their turn */
    BLOCKED_WAIT_MS = 2,      /* the socket is full: look again */
    WAIT_MAX_MS = 60000,
    OWN_SOCKETS_MAX = 16,
    LINGER_MS = 500
};

struct dialer {
    struct client *client;
    char *endpoint;
    struct bus *bus;
    bool owns_bus;
    struct socket *socket; /* NULL: not dialled */
    int epoll_fd;          /* -1: nobody asked */
    bool is_blocked;
    int64_t moved_us;
};

enum err dialer_new(struct reverie_bus *shared, const char *endpoint,
                    struct client *client, struct dialer **out_dialer)
{
    struct dialer *dialer = mem_new(sizeof(*dialer));
    dialer->client = client;
    dialer->endpoint = mem_string(endpoint);
    dialer->epoll_fd = -1;
    dialer->owns_bus = shared == NULL;
    dialer->bus = shared ? shared->bus : bus_new(1, OWN_SOCKETS_MAX);
    if (!dialer->bus) {
        dialer_free(dialer);
        return ERR_IO;
    }
    *out_dialer = dialer;
    return ERR_OK;
}

static void hang_up(struct dialer *dialer, int linger_ms)
{
    if (!dialer->socket) {
        return;
    }
    if (dialer->epoll_fd >= 0) {
        (void)epoll_ctl(dialer->epoll_fd, EPOLL_CTL_DEL,
                        socket_fd(dialer->socket), NULL);
    }
    socket_close(dialer->socket, linger_ms);
    dialer->socket = NULL;
}

void dialer_free(struct dialer *dialer)
{
    if (!dialer) {
        return;
    }
    hang_up(dialer, LINGER_MS);
    if (dialer->owns_bus && dialer->bus) {
        bus_close(dialer->bus);
    }
    if (dialer->epoll_fd >= 0) {
        close(dialer->epoll_fd);
    }
    free(dialer->endpoint);
    free(dialer);
}

static void follow(struct dialer *dialer)
{
    if (dialer->epoll_fd >= 0 && dialer->socket) {
        struct epoll_event event = {.events = EPOLLIN};
        (void)epoll_ctl(dialer->epoll_fd, EPOLL_CTL_ADD,
                        socket_fd(dialer->socket), &event);
    }
}

static void dial(struct dialer *dialer, int64_t now_us)
{
    hang_up(dialer, 0);
    enum err err = bus_dial(dialer->bus, dialer->endpoint, &dialer->socket);
    if (err == ERR_INVALID) {
        client_end(dialer->client, "invalid_endpoint",
                   "an endpoint is ipc://PATH or tcp://ADDRESS:PORT");
        return;
    }
    client_dialled(dialer->client, now_us, clock_wall_us());
    if (err != ERR_OK) {
        client_blame(dialer->client, err_name(err), err_text(err));
        client_lost(dialer->client, now_us);
    }
    follow(dialer);
}

void dialer_send(struct dialer *dialer)
{
    struct frame frames[COMPOSE_FRAMES] = {{.is_open = false}};
    dialer->is_blocked = false;
    int64_t now_us = clock_monotonic_us();
    while (dialer->socket && client_output(dialer->client, frames)) {
        enum err err = socket_send(dialer->socket, frames, COMPOSE_FRAMES);
        if (err != ERR_OK) {
            compose_close(frames, COMPOSE_FRAMES);
            dialer->is_blocked = true;
            return;
        }
        client_sent(dialer->client, now_us);
    }
}

static bool is_attached(const struct dialer *dialer)
{
    enum client_state state = client_state(dialer->client);
    return dialer->socket &&
           (state == CLIENT_GREETING || state == CLIENT_WELCOME);
}

static void receive(struct dialer *dialer, int64_t now_us)
{
    for (size_t i = 0; i < RECEIVE_BATCH_MAX && is_attached(dialer); i++) {
        struct frame frames[FRAMES_MAX] = {{.is_open = false}};
        size_t count = 0;
        if (socket_receive(dialer->socket, frames, FRAMES_MAX, &count) !=
            ERR_OK) {
            return;
        }
        client_receive(dialer->client, frames, count, now_us);
    }
}

void dialer_move(struct dialer *dialer)
{
    int64_t now_us = clock_monotonic_us();
    dialer->moved_us = now_us;
    if (client_wants_dial(dialer->client, now_us)) {
        dial(dialer, now_us);
    }
    receive(dialer, now_us);
    client_tick(dialer->client, now_us);
    client_settle(dialer->client);
    dialer_send(dialer);
}

void dialer_move_now_and_then(struct dialer *dialer)
{
    if (clock_monotonic_us() - dialer->moved_us >= US_PER_MS) {
        dialer_move(dialer);
    }
}

/* Rounded up, so that a wait never ends just before what it waits for. */
static int wait_ms(const struct dialer *dialer, int64_t until_us)
{
    int64_t next_us = client_deadline(dialer->client);
    next_us = next_us < until_us ? next_us : until_us;
    int64_t left_us = next_us - clock_monotonic_us();
    int64_t left_ms = left_us <= 0 ? 0 : (left_us + US_PER_MS - 1) / US_PER_MS;
    if (dialer->is_blocked && left_ms > BLOCKED_WAIT_MS) {
        left_ms = BLOCKED_WAIT_MS;
    }
    return left_ms > WAIT_MAX_MS ? WAIT_MAX_MS : (int)left_ms;
}

void dialer_wait(struct dialer *dialer, int64_t until_us)
{
    int timeout_ms = wait_ms(dialer, until_us);
    if (!is_attached(dialer)) {
        (void)poll(NULL, 0, timeout_ms);
        return;
    }
    struct bus_wait item = {.socket = dialer->socket, .fd = -1};
    err_ignore(bus_wait(&item, 1, timeout_ms), "the next receive tells");
}

int dialer_fd(struct dialer *dialer)
{
    if (dialer->epoll_fd < 0) {
        dialer->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        follow(dialer);
    }
    return dialer->epoll_fd;
}

enum err dialer_read_token(const char *path, struct buf *out)
{
    char text[4096];
    FILE *file = fopen(path, "re");
    if (!file) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    size_t len = fread(text, 1, sizeof(text), file);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed) {
        return ERR_IO;
    }
    if (len == sizeof(text)) {
        return ERR_TOO_BIG;
    }
    buf_add(out, ascii_trim(bytes_of(text, len)));
    return buf_error(out);
}
