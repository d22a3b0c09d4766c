/* SPDX-License-Identifier: MIT */
/* evidence.h: is every witness of a change in the log, as it says?
 *
 * Reads each cited event through the log's vtable, holds every field of the
 * witness and every number of the change against it, and reports the first
 * thing that does not check out together with the facts the gate needs.
 * Judges no sufficiency (gate.h).
 * Threads: that of the memory; no state. */
#ifndef REVERIE_MEMORY_GATE_EVIDENCE_H
#define REVERIE_MEMORY_GATE_EVIDENCE_H

#include "memory/change.h"
#include "memory/gate/exposure.h"
#include "memory/gate/text/words.h"
#include "memory/memory.h"
#include "memory/witnesses.h"

struct Reverie__V1__Candidate;

/* X(name, "reason_code", "sentence") */
#define EVIDENCE_FAULTS(X)                                                     \
    X(NONE, "ok", "every witness and number was checked against the log")      \
    X(NO_WITNESSES, "no_witnesses", "it cites no event that speaks for it")    \
    X(NO_EVENT, "no_such_event", "a witness cites a position without event")   \
    X(ERASED, "erased", "a cited event was erased")                            \
    X(WRONG_ID, "wrong_id", "a witness has another id than its event")         \
    X(WRONG_PRINCIPAL, "wrong_principal",                                      \
      "a witness names another principal than its event has")                  \
    X(WRONG_AGENT, "wrong_agent",                                              \
      "a witness names another agent than its event has")                      \
    X(WRONG_SESSION, "wrong_session",                                          \
      "a witness names another session than its event has")                    \
    X(WRONG_ORIGIN, "wrong_origin",                                            \
      "a witness claims another origin than its event has")                    \
    X(WRONG_TIME, "wrong_time",                                                \
      "a witness claims another time than its event has")                      \
    X(WRONG_ROOT, "wrong_root",                                                \
      "a witness claims another causal root than its event has")               \
    X(WRONG_TEAM, "wrong_team",                                                \
      "a cited event is not from the team, or agent, of the store")            \
    X(WRONG_KIND, "wrong_kind",                                                \
      "a cited event is of a kind that is never evidence")                     \
    X(WRONG_REDACTOR, "wrong_redactor",                                        \
      "a quote was redacted by another version of the redactor")               \
    X(WRONG_QUOTE, "wrong_quote",                                              \
      "a quote is missing, too long, or not in the redacted event")            \
    X(WRONG_OPTION, "wrong_option",                                            \
      "a witness chose another option, or its quote does not hold it")         \
    X(DUPLICATE, "duplicate_witness", "two witnesses cite one event")          \
    X(CONTRADICTORY, "contradictory_votes",                                    \
      "a principal is cited for and against")                                  \
    X(TAINTED, "tainted",                                                      \
      "a witness for it has an origin that cannot support this kind")          \
    X(TAINTED_WORD, "tainted_word",                                            \
      "it tells something to run that only a tool or an outsider wrote")       \
    X(NO_REMEDY, "no_remedy",                                                  \
      "what it says helped is no call that worked, nor what a person said")    \
    X(EXPOSED, "exposed",                                                      \
      "a witness for it had been told the finding already")                    \
    X(WRONG_NUMBERS, "wrong_numbers",                                          \
      "a number is not what the witnesses give")                               \
    X(WRONG_DETAIL, "wrong_detail",                                            \
      "the memories it is about are not named, or not as its operation asks")  \
    X(NO_MEMORY, "no_such_memory", "a memory it cites is not there any more")  \
    X(MEMORY_MOVED, "memory_moved", "a memory it cites has changed since")

enum evidence_fault {
#define EVIDENCE_ENUM(name, code, text) EVIDENCE_##name,
    EVIDENCE_FAULTS(EVIDENCE_ENUM)
#undef EVIDENCE_ENUM
};

const char *evidence_fault_name(enum evidence_fault fault);
const char *evidence_fault_text(enum evidence_fault fault);

struct evidence_source {
    const struct memory_log *log;
    const struct redact_key *redact;
    struct exposure exposure;
    bool skip_erased; /* count without erased witnesses: after the fact */
};

struct evidence {
    enum evidence_fault fault;
    size_t fault_at;            /* witness it is about */
    struct witness_count count; /* of the witnesses that are intact */
    uint32_t erased;
    bool asserted;     /* a witness for it is of no proven identity */
    bool unshown;      /* the event of a vote for it does not name the option */
    bool owner_stated; /* one is of origin owner */
    bool has_contrast; /* the strata of a workflow were read */
    double log_e;      /* of them */
    double uplift;
    uint32_t remedy;        /* phrases that say what helps, as bits */
    const uint32_t *shown;  /* those that each witness shows; lent likewise */
    enum words_fault words; /* of what agents could copy */
    struct bytes word;      /* the first such word; lent by the arena */
    const bool *skip;       /* witnesses that are erased; lent likewise */
    bool has_place;         /* quote places were found: places[i] */
    const struct quote_place {
        uint32_t offset;
        uint32_t bytes;
    } * places; /* of each witness, lent by the arena */
};

/* Checks ${change} (quotes as text). ${arena} holds events and places.
 * ERR_IO, ERR_CORRUPT: the log failed. ERR_TOO_BIG: the arena is full. */
MUST_CHECK enum err evidence_check(const struct evidence_source *source,
                                   const struct Reverie__V1__Change *change,
                                   struct arena *arena, struct evidence *out);

/* Replaces quotes by their places, as the ledger keeps them. */
void quotes_detach(struct Reverie__V1__Change *change,
                   const struct evidence *evidence);

/* Puts the quotes of ${witnesses} back from the log, into ${arena}; a quote
 * whose event is gone or erased stays away. Errors as evidence_check. */
MUST_CHECK enum err
quotes_restore(const struct evidence_source *source,
               struct Reverie__V1__Witness *const *witnesses, size_t count,
               struct arena *arena);

/* The same for the example of a candidate; a quote that is not in its event
 * is dropped. */
MUST_CHECK enum err
candidate_quote_detach(const struct evidence_source *source,
                       struct Reverie__V1__Candidate *candidate,
                       struct arena *arena);
MUST_CHECK enum err
candidate_quote_restore(const struct evidence_source *source,
                        struct Reverie__V1__Candidate *candidate,
                        struct arena *arena);

#endif
