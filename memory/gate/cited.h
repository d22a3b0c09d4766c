/* SPDX-License-Identifier: MIT */
/* cited.h: an event that a witness cites, as the log has it.
 *
 * What evidence.c and quotes.c share; private to gate/.
 * Threads: that of the memory; no state. */
#ifndef REVERIE_MEMORY_GATE_CITED_H
#define REVERIE_MEMORY_GATE_CITED_H

#include "memory/gate/evidence.h"

/* Read and taken apart; lent by the arena it was read into. */
struct cited {
    struct stamp stamp;
    struct envelope envelope;
    struct bytes body;
};

/* ERR_NOT_FOUND also for a position that does not fit the log. */
MUST_CHECK enum err cited_read(const struct evidence_source *source,
                               uint32_t log, uint64_t seq, struct arena *arena,
                               struct cited *out);

/* Its redacted text, which quotes are parts of. Initialises ${out}
 * (buf_fini). */
void cited_text(const struct evidence_source *source, const struct cited *cited,
                struct arena *arena, struct buf *out);

struct Reverie__V1__Witness;

/* Whether ${call}, which ${witness} cites as what helped, is a call of an agent
 * whose result says that it worked, or what a person said: else
 * EVIDENCE_NO_REMEDY, or EVIDENCE_ERASED if its result is. */
MUST_CHECK enum err remedy_check(const struct evidence_source *source,
                                 const struct Reverie__V1__Witness *witness,
                                 const struct cited *call, struct arena *arena,
                                 enum evidence_fault *out_fault);

#endif
