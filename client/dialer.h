/* SPDX-License-Identifier: MIT */
/* dialer.h: the edge of the client: its socket, its clocks, its token file.
 *
 * Carries frames between the pure machine (core/client.h) and the bus
 * (proto/bus.h), and dials anew when the machine says so.
 * Threads: belongs to one client; the bus may be shared. */
#ifndef REVERIE_CLIENT_DIALER_H
#define REVERIE_CLIENT_DIALER_H

#include "client/core/client.h"

struct reverie_bus {
    struct bus *bus;
};

struct dialer;

/* Keeps ${shared} (or NULL: makes a bus of its own) and ${client}. Gives the
 * dialer (dialer_free). ERR_IO: no bus. */
MUST_CHECK enum err dialer_new(struct reverie_bus *shared, const char *endpoint,
                               struct client *client,
                               struct dialer **out_dialer);
void dialer_free(struct dialer *dialer);

/* Dials where needed, receives what came, ticks, sends what may be sent. Does
 * not wait. */
void dialer_move(struct dialer *dialer);

/* As dialer_move, at most once a millisecond: for calls that have what they
 * need at hand. */
void dialer_move_now_and_then(struct dialer *dialer);

/* Only sends. */
void dialer_send(struct dialer *dialer);

/* Waits until something comes, the machine has something to do, or
 * ${until_us} (of clock_monotonic_us). */
void dialer_wait(struct dialer *dialer, int64_t until_us);

/* Readable when something may have come. -1: the system has no descriptors
 * left. */
int dialer_fd(struct dialer *dialer);

/* Reads a token without the white space around it into ${out}. ERR_NOT_FOUND,
 * ERR_TOO_BIG, ERR_IO. */
MUST_CHECK enum err dialer_read_token(const char *path, struct buf *out);

#endif
