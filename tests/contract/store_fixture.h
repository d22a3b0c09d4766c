/* SPDX-License-Identifier: MIT */
/* store_fixture.h: a store with one swarm for each test, and events to put
 * there, all derived from a number.
 *
 * Shared by the contract suite and the tests of what only files can do. */
#ifndef REVERIE_TESTS_CONTRACT_STORE_FIXTURE_H
#define REVERIE_TESTS_CONTRACT_STORE_FIXTURE_H

#include "tests/contract/store_contract.h"

/* The groups of the suite. */
int store_contract_append(store_contract_open *open);
int store_contract_read(store_contract_open *open);
int store_contract_state(store_contract_open *open);
int store_contract_upkeep(store_contract_open *open);

/* An empty store in which an epoch of one swarm began. */
struct fixture {
    store_contract_open open;
    char directory[64];
    struct store *store;
    uint32_t swarm;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);
void fixture_open(struct fixture *fixture, const struct store_config *config);

/* One test with a fixture of its own; ${where} points to a function that opens
 * the implementation. */
#define FIXTURE_TEST(test, where)                                              \
    {                                                                          \
        .name = #test, .test_func = (test), .setup_func = fixture_setup,       \
        .teardown_func = fixture_teardown, .initial_state = (where)            \
    }

void append_one(struct fixture *fixture, struct store_append *append);

/* The positions ${reader} gives, as text ("1 4 7"); closes it. Lends
 * ${out}. */
const char *positions(struct store_reader *reader, char out[256]);

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
