/* SPDX-License-Identifier: MIT */
/* dreamer.h: a dream and what it was told of memory, for tests that have a
 * memory, too. */
#ifndef REVERIE_TESTS_UNIT_PLUGIN_DREAMER_H
#define REVERIE_TESTS_UNIT_PLUGIN_DREAMER_H

#include "base/bytes.h"

struct dreamer;

struct dreamer *dreamer_new(uint64_t budget_tokens);
void dreamer_free(struct dreamer *dreamer);

/* ${agent}, of team blue, reads a file on ${day}. */
void dreamer_works(struct dreamer *dreamer, const char *agent, const char *file,
                   int day);

/* Replies of memory.list and review.list; they count for the next dream. */
void dreamer_reads_memory(struct dreamer *dreamer, struct bytes reply);
void dreamer_reads_waiting(struct dreamer *dreamer, struct bytes reply);

/* Dreams; gives every packed change set to ${propose}. */
void dreamer_dreams(struct dreamer *dreamer, uint64_t ledger_seq,
                    void (*propose)(void *context, struct bytes packed),
                    void *context);

#endif
