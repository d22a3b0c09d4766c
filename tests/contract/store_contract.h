/* SPDX-License-Identifier: MIT */
/* store_contract.h: what every implementation of store.h must do.
 *
 * One list of tests, written against store.h alone, run by a small program per
 * implementation. What only files can do (reopening, crashes, damage) is
 * tested beside it.
 * Threads: one. */
#ifndef REVERIE_TESTS_CONTRACT_STORE_CONTRACT_H
#define REVERIE_TESTS_CONTRACT_STORE_CONTRACT_H

#include "store/store.h"

/* Opens an empty store; ${directory} is empty and belongs to the test. */
typedef enum err (*store_contract_open)(const char *directory,
                                        const struct store_config *config,
                                        struct store **out_store);

/* Runs the tests; gives the number of those that failed. */
int store_contract_run(const char *name, store_contract_open open);

/* ---- for the other tests of the store ---------------------------------------
 */

enum {
    CONTRACT_TIME_S = 1700000000
};

/* Seconds into the virtual day that the tests play in. */
int64_t contract_time_us(int64_t seconds);

/* An event with everything filled in, all of it derived from ${number}: owns
 * its bytes until contract_event_fini. */
struct contract_event {
    struct store_append append;
    struct buf claims;
    struct buf envelope;
    struct buf body;
    uint8_t id[16];
    char session[32];
    char address[32];
};

void contract_event_init(struct contract_event *event, uint32_t swarm,
                         uint64_t number);
void contract_event_fini(struct contract_event *event);

/* Appends one such event per number from ${from}, in one batch; fails the test
 * unless all are new. */
void contract_fill(struct store *store, uint32_t swarm, uint64_t from,
                   size_t count);

/* Fails the test unless the log holds events ${from}.. as contract_fill makes
 * them, at positions 1.. . */
void contract_check(struct store *store, uint32_t swarm, uint64_t from,
                    size_t count);

/* A fresh directory below the system's temporary one, and its end. */
void contract_directory(char path[64]);
void contract_remove(const char *path);

#endif
