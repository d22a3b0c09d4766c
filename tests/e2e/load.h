/* SPDX-License-Identifier: MIT */
/* load.h: publishers, receivers and a reader of the log, who remember what
 * they were told, so that it can be held against the log.
 *
 * Publishers send without waiting; receivers say done to everything; the
 * reader follows the log by a stream. All of them are clients that stay while
 * the broker comes and goes. A violation fails the test at once:
 *
 *  1. positions of the log are dense, and what is at one of them stays;
 *  2. every message is in the log once, as it was sent, in the order of its
 *     session;
 *  3. what was accepted or delivered is in the log at the position named;
 *  4. a receiver is given a message once, in order for each address.
 *
 * Threads: that of the test. */
#ifndef REVERIE_TESTS_E2E_LOAD_H
#define REVERIE_TESTS_E2E_LOAD_H

#include "base/base.h"

struct load;

struct load_counts {
    uint64_t published;
    uint64_t accepted;
    uint64_t given;
    uint64_t logged;  /* read back, all events */
    uint64_t resent;  /* by the clients, after reconnects */
    uint64_t updates; /* of memory, acknowledged */
};

/* Connects everybody to a running broker. */
struct load *load_open(const char *endpoint, uint64_t seed);
void load_close(struct load *load);

/* How many messages may be sent from now on; beyond that only a trickle. */
void load_allow(struct load *load, size_t messages);

/* Everybody does a little; waits a moment if there is nothing to do. Gives how
 * much happened. */
uint64_t load_step(struct load *load);

/* Sends no more, and works until everything is accepted, logged and given, or
 * fails the test after a minute. Then checks that nothing is missing. */
void load_settle(struct load *load);

/* Reads the whole log again from its first event, and compares. */
void load_reread(struct load *load);

struct load_counts load_counts(const struct load *load);

#endif
