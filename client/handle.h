/* SPDX-License-Identifier: MIT */
/* handle.h: the inside of struct reverie, shared by the files that implement
 * reverie.h and by nobody else. */
#ifndef REVERIE_CLIENT_HANDLE_H
#define REVERIE_CLIENT_HANDLE_H

#include "client/dialer.h"
#include "client/inbound/letter.h"

struct reverie {
    struct client *core;   /* NULL: the configuration was refused */
    struct dialer *dialer; /* NULL: likewise */
    const char *early_code;
    const char *early_sentence;
    char token_why[512]; /* early_sentence, where it names a file */
    struct rng *rng;
    struct letter letter; /* the message last received */
    bool holds_message;   /* and not done */
    struct reverie_call call;
};

/* Whether what a call waits for has come. */
typedef bool (*handle_ready)(const struct reverie *handle, const void *context);

/* Moves traffic until ${ready}, the end of the client (REVERIE_CLOSED) or
 * ${timeout_ms} (REVERIE_TIMEOUT). */
enum reverie_result handle_wait(struct reverie *handle, int timeout_ms,
                                handle_ready ready, const void *context);

/* When a wait of ${timeout_ms} that begins now ends, and what is left of it:
 * for calls that wait more than once. */
int64_t handle_end_us(int timeout_ms);
int handle_left_ms(int64_t end_us);

/* Sets code and sentence; gives ${result}. */
enum reverie_result handle_fail(struct reverie *handle,
                                enum reverie_result result, const char *code,
                                const char *sentence);

#endif
