/* SPDX-License-Identifier: MIT */
/* fake_broker.h: a broker that says what the test says, without sockets.
 *
 * Holds one client machine, takes what it sends, one message at a time, and
 * hands it what a broker would. Time is a number of the test. */
#ifndef REVERIE_TESTS_CLIENT_FAKE_BROKER_H
#define REVERIE_TESTS_CLIENT_FAKE_BROKER_H

#include "client/core/client.h"

struct fake {
    struct client *client;
    int64_t now_us;
    struct buf kind; /* of the message last taken */
    struct buf envelope;
    struct buf body;
    struct arena arena;
};

/* A client of ${config}; endpoint and agent are filled in where absent. */
void fake_init(struct fake *fake, struct reverie_config config);
void fake_fini(struct fake *fake);

/* One of defaults that is welcome already. */
void fake_open(struct fake *fake, uint64_t send_limit);

/* Takes the next message the client sends; "" if there is none. */
const char *fake_take(struct fake *fake);

/* Takes one and asserts its kind. */
void fake_expect(struct fake *fake, const char *kind);
void fake_expect_silence(struct fake *fake);

/* Unpacks the body last taken: FAKE_BODY(&fake, hello, &hello). */
#define FAKE_BODY(fake, type, out)                                             \
    assert_int_equal(                                                          \
        MESSAGE_UNPACK(type, buf_bytes(&(fake)->body), &(fake)->arena, (out)), \
        ERR_OK)

/* Sends a control message. */
void fake_send(struct fake *fake, const char *kind, const void *message);

/* Dials, takes the hello, welcomes with ${send_limit}. */
void fake_welcome(struct fake *fake, uint64_t send_limit);
/* The same after a loss, when the client dials next. */
void fake_welcome_again(struct fake *fake, uint64_t send_limit);
void fake_accept(struct fake *fake, struct bytes id, uint64_t seq);
void fake_refuse(struct fake *fake, struct bytes id, const char *code,
                 int retry_after_ms);

/* Messages by number: the client publishes one, it arrives, it is accepted. */
struct id fake_id(uint8_t number);
void fake_publish(struct fake *fake, uint8_t number, size_t body_bytes);
void fake_expect_message(struct fake *fake, uint8_t number);
void fake_accept_message(struct fake *fake, uint8_t number);

/* Delivers an event; ${stream} 0: to the inbox. Gives its size. */
size_t fake_event(struct fake *fake, uint32_t stream, uint64_t seq,
                  const char *kind, struct bytes body);

/* Lets time pass and ticks. */
void fake_pass(struct fake *fake, int64_t us);

#endif
