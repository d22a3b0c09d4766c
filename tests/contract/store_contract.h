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
int store_contract_run(store_contract_open open);

#endif
