/* SPDX-License-Identifier: MIT */
/* change.h: what a change is, and whether it is well formed.
 *
 * Ids of changes, change sets and findings, and the rules for stores, paths and
 * contents. The dream worker makes changes with it, the gate checks them with
 * it. Counts nothing (witnesses.h), decides nothing (gate/gate.h) and reads no
 * log (gate/evidence.h).
 * Pure. Threads: any. */
#ifndef REVERIE_MEMORY_CHANGE_H
#define REVERIE_MEMORY_CHANGE_H

#include "base/bytes.h"
#include "base/edge/crypto.h"

struct Reverie__V1__Change;
struct Reverie__V1__ChangeSet;

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

#endif
