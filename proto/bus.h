/* SPDX-License-Identifier: MIT */
/* bus.h: frames and sockets; the one place that knows libzmq.
 *
 * A broker listens on a router socket, clients dial with dealer sockets, and
 * threads of one process hand each other small notes over a pair. Everything
 * is non-blocking except bus_wait.
 * Threads: a bus may be shared; a socket belongs to one thread for life. */
#ifndef REVERIE_PROTO_BUS_H
#define REVERIE_PROTO_BUS_H

#include "base/bytes.h"

/* One part of a message. Content beyond a few bytes is reference counted, so
 * sharing copies nothing and may cross threads. Zeroed is empty; functions
 * that fill a frame need an empty one. */
struct frame {
    _Alignas(8) unsigned char opaque[64];
    bool is_open;
};

/* A frame that copies ${bytes}. */
void frame_copy(struct frame *frame, struct bytes bytes);

/* A frame of ${len} bytes to fill in: lends the place. */
uint8_t *frame_new(struct frame *frame, size_t len);

/* Makes ${to} another reference to the content of ${from}. */
void frame_share(struct frame *to, struct frame *from);

/* Moves; ${from} becomes empty. */
void frame_move(struct frame *to, struct frame *from);
struct bytes frame_bytes(struct frame *frame);
void frame_close(struct frame *frame);

/* Whether the frame, as received by a router, came over loopback or ipc.
 * Where libzmq cannot say (inproc, too), it did not. */
bool frame_is_local(struct frame *frame);

struct bus;
struct socket;

/* ${io_threads} for the sockets, usually 1. bus_close waits for sockets to be
 * closed; pending messages are given ${linger_ms} of socket_close. */
struct bus *bus_new(int io_threads, int max_sockets);
void bus_close(struct bus *bus);

/* A router. A frame of more than ${frame_bytes_max} ends the connection that it
 * comes from, whoever sends it: choose it as small as what is legal allows.
 * ROUTER_MANDATORY is set: sending to a peer that is gone says so.
 * Messages of peers that chose their own routing id are dropped and logged:
 * such an id could be taken over. */
MUST_CHECK enum err bus_listen(struct bus *bus, size_t frame_bytes_max,
                               struct socket **out_socket);

/* Whether ${text} has the form of an endpoint: ipc://PATH, or
 * tcp://ADDRESS:PORT with a port of digits alone, or * for any. */
bool bus_is_endpoint(const char *text);

/* Adds an endpoint ("tcp://127.0.0.1:*" and "ipc://PATH" too) and appends
 * where it really listens to ${out_endpoint}. ERR_INVALID, ERR_LOCKED (in
 * use), ERR_DENIED, ERR_IO; the reason is logged. */
MUST_CHECK enum err socket_bind(struct socket *socket, const char *endpoint,
                                struct buf *out_endpoint);

/* A dealer connected to ${endpoint}; it reconnects by itself. */
MUST_CHECK enum err bus_dial(struct bus *bus, const char *endpoint,
                             struct socket **out_socket);

/* The two ends of a pipe between threads of this process. */
MUST_CHECK enum err bus_pipe(struct bus *bus, struct socket **out_a,
                             struct socket **out_b);

void socket_close(struct socket *socket, int linger_ms);

/* Takes ${frames} on success. ERR_FULL: would block; ERR_CLOSED: the router
 * does not know that peer (frames[0]). */
MUST_CHECK enum err socket_send(struct socket *socket, struct frame *frames,
                                size_t count);

/* Gives up to ${max} frames; more parts than that are dropped and counted in
 * *out_count, so *out_count > max says the message was too long.
 * ERR_TIMEOUT: there is none. ERR_DENIED: there was one, of a peer that chose
 * its own routing id, and it was dropped; one a call, so that whoever sends
 * many of them does not keep the caller. */
MUST_CHECK enum err socket_receive(struct socket *socket, struct frame *frames,
                                   size_t max, size_t *out_count);

/* A descriptor that becomes readable when the socket may have input, for
 * foreign event loops. It signals changes, not levels: read until
 * ERR_TIMEOUT. Valid until the socket is closed. */
int socket_fd(const struct socket *socket);

/* What to wait for: a socket, or a file descriptor. */
struct bus_wait {
    struct socket *socket; /* or NULL */
    int fd;
    bool can_read; /* out */
};

/* Waits at most ${timeout_ms} (-1: for ever). ERR_OK even if nothing came;
 * ERR_IO otherwise. An interrupted wait returns early. */
MUST_CHECK enum err bus_wait(struct bus_wait *items, size_t count,
                             int timeout_ms);

#endif
