/* SPDX-License-Identifier: MIT */
/* gate.h: the one decision on a change.
 *
 * A pure function from facts to a verdict: the same for a proposal, for an
 * approval, for a direct write, for re-checking after an erasure, and for
 * showing a reviewer what would happen. The rules and reason codes are the
 * table in README.md. It gathers no fact itself (evidence.h, screen.h).
 * Threads: any. */
#ifndef REVERIE_MEMORY_GATE_GATE_H
#define REVERIE_MEMORY_GATE_GATE_H

#include "memory/gate/evidence.h"
#include "memory/stats/stats.h"

enum gate_answer {
    GATE_APPLY,
    GATE_ASK,
    GATE_REFUSE,
    GATE_UNCHANGED /* the memory says this already: nothing to do */
};

/* "apply", "ask", "refuse", "unchanged". */
const char *gate_answer_name(enum gate_answer answer);

/* Values of FindingKind, ChangeOp and RiskClass of memory.proto. */
struct gate_facts {
    int kind;
    int op;
    int risk;
    bool team_scope;
    bool has_secret;    /* the redactor finds something in the texts */
    bool sensitive;     /* text_is_sensitive */
    const char *screen; /* screen_text, or NULL */
    bool unsourced;     /* code-like words that are in no cited text */
    bool foreign;       /* words that are neither plain nor anybody's own */
    bool unshown;       /* a vote's event does not name the option */

    enum evidence_fault fault;
    struct stats_votes votes;
    struct stats_mistake mistake;
    struct stats_workflow workflow;
    /* The same of principals with tenure alone, for auto. */
    struct stats_votes tenured_votes;
    struct stats_mistake tenured_mistake;
    uint32_t owners;    /* of those with tenure that are for it */
    bool is_new_remedy; /* too few with tenure did what it says helped */
    bool asserted;
    bool owner_stated;

    bool exact_duplicate; /* hygiene: one finding in two places */
    bool is_protected;    /* hygiene would remove what is pinned or protected */
    bool is_pinned;       /* a dream would change what is pinned or protected */
    bool mass_removal;    /* more than dreams may remove in a day, by itself */

    bool unchanged;       /* live, same finding, content and base */
    bool was_rejected;    /* or reverted, this finding or one so worded */
    bool rejected_before; /* and no witness is new since */
    bool base_moved;
    bool path_taken;  /* another finding's, or above or below another path */
    bool store_full;  /* memories, or stores */
    bool review_full; /* no more can wait for review */

    bool human; /* a reviewer approved these bytes */
    enum memory_policy policy;
    bool auto_on_asserted;
};

struct gate_verdict {
    enum gate_answer answer;
    const char *reason;   /* code of README.md */
    const char *sentence; /* for people */
    enum stats_tier tier; /* reached by the evidence */
};

struct gate_verdict gate_decide(const struct gate_facts *facts);

/* Whether the evidence alone still carries a memory that is active: the
 * proposal tier of its kind. The reason code of what it lacks, else NULL. */
const char *gate_evidence_lack(const struct gate_facts *facts);

#endif
