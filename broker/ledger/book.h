/* SPDX-License-Identifier: MIT */
/* book.h: the memory of one swarm, bound to the store.
 *
 * Runs memory_step over an overlay of the stored rows and turns what it puts
 * out into a group: ledger events with the positions that were predicted for
 * them, memory.update events for the inboxes, and the rows they fold into.
 * Several inputs may go into one group; it is appended whole or not at all.
 * Not a thread: see ledger.h.
 * Threads: a book belongs to one thread. */
#ifndef REVERIE_BROKER_LEDGER_BOOK_H
#define REVERIE_BROKER_LEDGER_BOOK_H

#include "broker/handover/call.h"
#include "broker/handover/group.h"
#include "memory/memory.h"
#include "store/store.h"

struct book;

/* Keeps ${store}; copies the rest. Gives the book (book_free). */
struct book *book_new(struct store *store, uint32_t swarm, struct bytes name,
                      const struct memory_config *config) MUST_CHECK;
void book_free(struct book *book);

uint32_t book_swarm(const struct book *book);
enum memory_policy book_policy(const struct book *book);

/* Begins a group of ${time_us}. Nothing else appends to the ledger of the
 * swarm until it is finished: that is what makes the positions known. Keeps
 * ${done}. */
void book_open_group(struct book *book, int64_t time_us, struct bell *done);
bool book_has_group(const struct book *book);

/* Whether the group has reached the size at which it is better closed. */
bool book_is_heavy(const struct book *book);

/* Runs one input; asker, service, method and payload come from ${call}. Fills
 * in the reply of the call. An error means that the group is worthless: give
 * it up with book_drop_group. */
MUST_CHECK enum err book_step(struct book *book, enum memory_input_type type,
                              struct call *call);

/* Goes on counting the traffic log for tenure (memory/tenure.h), a bounded
 * number of events. Whether there are more. */
bool book_count_on(struct book *book);

/* Adds an event that no step asked for (broker.started in log 0). */
MUST_CHECK enum err book_note(struct book *book, uint16_t log, const char *kind,
                              struct bytes body);

/* Ends the group and gives it; NULL: there is nothing to append. ERR_TOO_BIG:
 * more rows than an overlay holds, or bytes than a group. */
MUST_CHECK enum err book_close_group(struct book *book,
                                     struct group **out_group);
void book_drop_group(struct book *book);

/* Where the stored rows are of another format than this program's: folds the
 * ledger from its first event and puts the result in their place, whole or not
 * at all. Before the first group only. *out_from is the format they had, or
 * MEMORY_ROWS_FORMAT. ERR_FULL: they are more than a rebuild holds. */
MUST_CHECK enum err book_refresh(struct book *book, uint32_t *out_from);

/* Folds the ledger from its first event and compares with the stored rows.
 * Between groups only. Appends a sentence about the first difference. Rows of
 * another format cannot differ: they are to be refreshed. */
MUST_CHECK enum err book_compare(struct book *book, bool *out_is_equal,
                                 struct buf *out_difference);

#endif
