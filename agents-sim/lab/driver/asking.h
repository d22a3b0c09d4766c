/* SPDX-License-Identifier: MIT */
/* asking.h: what a dream asks memory, whoever drives it: what is held, what
 * waits, and what becomes of its change sets.
 * Threads: the driver's one. */
#ifndef REVERIE_AGENTS_SIM_LAB_DRIVER_ASKING_H
#define REVERIE_AGENTS_SIM_LAB_DRIVER_ASKING_H

#include "plugin/dream.h"

struct Reverie__V1__Change;
struct Reverie__V1__ReviewProposeReply__Result;

/* How a driver asks and is told; all lent. */
struct asking {
    /* One request, whose reply is in ${reply} afterwards; a refusal is an
     * error. */
    enum err (*ask)(void *context, const char *service, const char *method,
                    const void *message);
    /* One change, and what the gate said of it; lent for the call. */
    void (*tell)(void *context, struct Reverie__V1__Change *change,
                 const struct Reverie__V1__ReviewProposeReply__Result *result);
    void *context;
    const struct buf *reply;
    struct buf *why; /* says what is wrong with a reply */
};

/* Adds every memory, and every change that waits for a review. */
MUST_CHECK enum err asking_known(const struct asking *asking,
                                 struct known *known);

/* Proposes one change set. ERR_CORRUPT: not every change was answered. */
MUST_CHECK enum err asking_propose(const struct asking *asking,
                                   const struct plan_set *planned);

#endif
