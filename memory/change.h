/* SPDX-License-Identifier: MIT */
/* change.h: what a change is, and whether it is well formed.
 *
 * Ids of changes, change sets and findings, the rules for stores, paths and
 * contents, and the counting of witnesses. The dream worker makes changes
 * with it, the gate checks them with it. Decides nothing (gate/gate.h) and
 * reads no log (gate/evidence.h).
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_CHANGE_H
#define REVERIE_MEMORY_CHANGE_H

#include "base/bytes.h"
#include "base/edge/crypto.h"

struct Reverie__V1__Change;
struct Reverie__V1__ChangeSet;
struct Reverie__V1__Witness;
struct Reverie__V1__Numbers;

enum {
    FINDING_BYTES = 16,
    PATH_MAX_BYTES = 1024,
    CONTENT_MAX_BYTES = 102400,
    TITLE_MAX_BYTES = 200,
    SUBJECT_MAX_BYTES = 1024,
    OPTION_MAX_BYTES = 1024,
    REASON_MAX_BYTES = 1024,
    QUOTE_MAX_BYTES = 280,
    DETAIL_MAX_BYTES = 16384,
    REPLACES_MAX = 64,
    WITNESSES_MAX = 2048,     /* of one change */
    CHANGES_MAX = 1024,       /* of one change set */
    SET_WITNESSES_MAX = 32768 /* of all changes of a set */
};

/* BLAKE2b-256 of the encoding with `id` absent and every other field as it
 * is: the digest a reviewer approves. ${change} is unchanged on return. */
struct digest change_digest(struct Reverie__V1__Change *change);
struct digest change_set_digest(struct Reverie__V1__ChangeSet *set);

/* The first 16 bytes of BLAKE2b-256 over kind (u32), then length (u32) and
 * bytes of team, subject and option, big-endian. ${team} is NAME of the store
 * "team/NAME" or "agent/NAME". */
void finding_id(uint32_t kind, struct bytes team, struct bytes subject,
                struct bytes option, uint8_t out_id[FINDING_BYTES]);

/* "team/NAME" or "agent/NAME"; out_name (may be NULL) borrows from
 * ${store}. */
bool store_name_is_valid(struct bytes store, struct bytes *out_name);
bool store_is_team(struct bytes store);

/* Starts with '/', at most PATH_MAX_BYTES of UTF-8, no empty, "." or ".."
 * segment, no control and no invisible format characters. */
bool path_is_valid(struct bytes path);

/* Whether it lies below "/pinned/" or "/protected/": no dream removes it. */
bool path_is_protected(struct bytes path);

/* At most CONTENT_MAX_BYTES of UTF-8 without NUL. */
bool content_is_valid(struct bytes content);

/* NULL if ${change} is well formed, else one sentence that says what is not.
 * Checks form, limits, `id` and `finding`; not the evidence. */
const char *change_fault(struct Reverie__V1__Change *change);

/* Whether ${change} names ${finding} as one it replaces. */
bool change_replaces(const struct Reverie__V1__Change *change,
                     struct bytes finding);

/* How many more memories ${change} takes away than it leaves: what the breaker
 * counts. */
uint64_t change_removals(const struct Reverie__V1__Change *change);

/* Whether every constant part of ${option} occurs in ${quote}, ASCII letters
 * of either case. Parts are separated by placeholders in angle brackets
 * ("<NUM>", "<SECRET:k3f9>"), by '|' and by the unit separator 0x1f. An
 * option without any constant part occurs everywhere. */
bool option_occurs(struct bytes option, struct bytes quote);

/* The same, but every part stands by itself: "npm" is not in "pnpm". */
bool option_is_named(struct bytes option, struct bytes text);

/* At most so many parts does that look for. */
size_t option_parts_max(struct bytes option);

/* What witnesses add up to. A witness whose causal root an earlier witness
 * of another principal has is an echo and counts for nothing; so is one that
 * only shows what helped. */
struct witness_count {
    uint32_t principals;
    uint32_t principals_for;
    uint32_t sessions; /* of witnesses for; likewise days, events, no_time */
    uint32_t days;
    uint32_t events;
    uint32_t owners;          /* distinct, of the principals for */
    uint32_t robust_sessions; /* left without the stats_margin(principals_for,
                                 auto) principals for with most sessions */
    int64_t first_us;         /* of the witnesses for that have a time */
    int64_t last_us;
    bool no_time;
    bool contradictory; /* a principal is for and against */
};

/* Who answers for a principal: "acme" for "acme/ada" and "acme/bo", the
 * principal itself where its name has no '/'. Borrows from ${principal}. */
struct bytes principal_owner(struct bytes principal);

/* Counts ${witnesses}; those with skip[i] are left out (${skip} may be
 * NULL). */
struct witness_count
witnesses_count(struct Reverie__V1__Witness *const *witnesses, size_t count,
                const bool *skip);

/* Fills the fields of ${numbers} that follow from its baseline and from
 * ${count}: principals, principals_for, sessions, days, events, share, log_e
 * (where there is a baseline), posterior, no_time. Leaves the others. */
void numbers_derive(const struct witness_count *count,
                    struct Reverie__V1__Numbers *numbers);

#endif
