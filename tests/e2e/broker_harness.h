/* SPDX-License-Identifier: MIT */
/* broker_harness.h: a broker in a thread, and agents that speak bare frames.
 *
 * For end-to-end tests without the client library: what goes over the socket
 * is written and read here field by field. Everything waits for something to
 * happen, nothing sleeps; what does not happen within HARNESS_TIMEOUT_MS fails
 * the test.
 * Threads: a harness and its agents belong to the thread of the test. */
#ifndef REVERIE_TESTS_E2E_BROKER_HARNESS_H
#define REVERIE_TESTS_E2E_BROKER_HARNESS_H

#include <pthread.h>
#include <semaphore.h>

#include "base/arena.h"
#include "base/id.h"
#include "broker/broker.h"
#include "proto/bus.h"
#include "proto/envelope.h"

enum {
    HARNESS_TIMEOUT_MS = 20000,
    HARNESS_PATH_MAX = 256,
    HARNESS_AGENTS_MAX = 16
};

struct harness {
    char directory[HARNESS_PATH_MAX]; /* made anew; the store lies in it */
    char endpoint[HARNESS_PATH_MAX];  /* of the running broker */
    struct settings *settings;
    struct bus *bus; /* of the agents */
    struct broker *broker;
    struct socket *sockets[HARNESS_AGENTS_MAX]; /* of agents, open ones */
    pthread_t thread;
    sem_t ready;
    sem_t stopped; /* broker_stop has returned: it may be closed */
    enum err result;
};

/* cmocka fixtures: *state is a struct harness with default settings, its data
 * in a new directory, listening on ipc:// in there; not started. */
int harness_set_up(void **state);
int harness_tear_down(void **state);

/* Starts the broker and waits until it listens; stops it by draining. May be
 * done again on the same data. */
void harness_start(struct harness *harness);
void harness_stop(struct harness *harness);

/* Waits for a broker that was asked to end in another way. */
void harness_await_end(struct harness *harness);

struct agent {
    struct harness *harness;
    struct socket *socket;
    struct frame frames[4];
    size_t count;
    struct arena arena;
    uint64_t request; /* the last one */
    bool is_event;
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
};

void agent_connect(struct harness *harness, struct agent *agent);
void agent_close(struct agent *agent);

/* Says hello and expects to be welcome. ${team} and ${name} may be NULL. */
void agent_hello(struct agent *agent, const char *name, const char *team);

/* connect, then hello. */
void agent_join(struct harness *harness, struct agent *agent, const char *name,
                const char *team);

void agent_send(struct agent *agent, const struct envelope *envelope,
                struct bytes body);

/* A control message; ${message} is a generated struct. */
void agent_control(struct agent *agent, const char *kind, const void *message);

/* A message of kind agent.message; gives its id. */
struct id agent_publish(struct agent *agent, const char *to, const char *text);

/* Waits for the next message of ${kind}; credit, marks and pings in between
 * are passed over, anything else fails the test. */
void agent_expect(struct agent *agent, const char *kind);

/* Unpacks the body just received into the agent's arena. */
#define AGENT_UNPACK(agent, type, out_message)                                 \
    assert_int_equal(                                                          \
        MESSAGE_UNPACK(type, (agent)->body, &(agent)->arena, (out_message)),   \
        ERR_OK)

/* Expects a refusal with ${code}. */
void agent_expect_refused(struct agent *agent, const char *code);

/* Expects ${count} acceptances, in however many messages; gives the position
 * of the last one. */
uint64_t agent_expect_accepted(struct agent *agent, size_t count);

/* A message of the agent to itself: its delivery and its acceptance, in either
 * order, as an inbox that is being read is behind for a moment. Its seq. */
uint64_t agent_expect_own(struct agent *agent, const char *text);

/* Expects an event with body ${text}; gives its position. */
uint64_t agent_expect_event(struct agent *agent, const char *text);

/* Says done to the event at ${seq} of log 0. */
void agent_done(struct agent *agent, uint64_t seq);

/* Sends a request; ${request} is a generated struct. */
void agent_request(struct agent *agent, const char *service, const char *method,
                   const void *request);

/* Waits for the last reply to it, with ${code}; its payload becomes the
 * agent's body. */
void agent_expect_reply(struct agent *agent, const char *code);

/* Both. */
void agent_ask(struct agent *agent, const char *service, const char *method,
               const void *request, const char *code);

#endif
