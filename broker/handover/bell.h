/* SPDX-License-Identifier: MIT */
/* bell.h: how one thread wakes another that sleeps in poll.
 *
 * An eventfd with a flag before it: ringing costs a system call only when the
 * sleeper has said that it is about to sleep. The order that loses no wake-up:
 *
 *     sleeper                          ringer
 *     bell_arm                         make work visible (ring_push)
 *     look for work once more          bell_ring
 *     none: wait for bell_fd
 *     bell_disarm, take all work
 *
 * Not a counter and not a queue: one ring stands for any amount of work.
 * Threads: any number ring; one sleeps. */
#ifndef REVERIE_BROKER_HANDOVER_BELL_H
#define REVERIE_BROKER_HANDOVER_BELL_H

#include "base/base.h"

struct bell;

/* Gives a bell (bell_free). ERR_IO: no descriptor left. */
MUST_CHECK enum err bell_open(struct bell **out_bell);
void bell_free(struct bell *bell);

/* Readable while the bell has been rung and not yet disarmed. */
int bell_fd(const struct bell *bell);

void bell_ring(struct bell *bell);
void bell_arm(struct bell *bell);
void bell_disarm(struct bell *bell);

/* For a sleeper with nothing else to wait for: waits at most ${timeout_ms}
 * (-1: for ever), between bell_arm and bell_disarm. */
void bell_wait(struct bell *bell, int timeout_ms);

#endif
