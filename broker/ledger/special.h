/* SPDX-License-Identifier: MIT */
/* special.h: requests to the ledger that are more than one memory_step.
 *
 *     log.erase              tombstone first, then log.erased and re-gating
 *     log.verify (memory)    the fold is rebuilt and compared
 *     memory.verify          likewise, in the field fold_equal
 *     memory.view            says which view the asker has now been told
 *
 * Threads: the ledger's. */
#ifndef REVERIE_BROKER_LEDGER_SPECIAL_H
#define REVERIE_BROKER_LEDGER_SPECIAL_H

#include "broker/ledger/book.h"

struct special {
    struct book *book; /* with an open, empty group */
    /* Has the writer erase one event, and waits for it. */
    enum err (*erase)(void *context, uint32_t swarm, uint16_t log,
                      uint64_t seq);
    void *context;
};

/* Whether ${call} needs special_step; it then needs a group of its own. */
bool special_knows(const struct call *call);

/* Carries it out and fills in the reply. As book_step. */
MUST_CHECK enum err special_step(struct special *special, struct call *call);

/* After a memory.view: notes the view id in the call if it is the asker's. */
void special_view(struct call *call);

#endif
