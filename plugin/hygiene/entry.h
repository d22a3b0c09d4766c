/* SPDX-License-Identifier: MIT */
/* entry.h: a memory as hygiene looks at it, and what hygiene says of it.
 *
 * Entries are values made of what memory holds (plan/known.h) and of what the
 * log shows; findings name entries. Nothing here reads or changes memory.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_HYGIENE_ENTRY_H
#define REVERIE_PLUGIN_HYGIENE_ENTRY_H

#include "base/base.h"
#include "base/bytes.h"
#include "plugin/hygiene/text/note.h"

enum {
    HYGIENE_TOKEN_BYTES = 4, /* bytes of text that count as one token */
    HYGIENE_OTHERS_MAX = 15  /* other memories that a finding names */
};

/* Values of FindingKind in proto/memory.proto. */
enum {
    ENTRY_AUTHORED = 1,
    ENTRY_PREFERENCE = 2,
    ENTRY_DIRECTIVE = 3
};

struct hygiene_entry {
    struct bytes store; /* "team/NAME", "agent/NAME" */
    struct bytes path;
    struct bytes content;
    struct bytes subject; /* of what was counted; else empty */
    struct bytes option;
    int kind;
    uint64_t version;
    bool is_team;
    bool is_pinned;
    bool is_protected;
    bool is_suspect;
    bool by_owner;   /* an owner stated it */
    bool has_moved;  /* newer evidence, with a passed change test */
    uint32_t people; /* that support it */
    uint32_t sessions;
    double log_e;    /* 0: unknown */
    int64_t time_us; /* when it was written */
    int64_t last_us; /* of its newest support; 0: unknown */
    bool has_uplift;
    double uplift; /* measured, of sessions that had it */
    struct note note;
};

/* Whether hygiene may only speak of it: somebody wants it as it is. */
bool hygiene_is_fixed(const struct hygiene_entry *entry);

enum hygiene_label {
    HYGIENE_DUPLICATE,     /* others of ${others} say it */
    HYGIENE_CONTRADICTION, /* so do they the opposite */
    HYGIENE_STALE,         /* what it is about is gone */
    HYGIENE_BUDGET         /* others help more for their size */
};

/* "duplicate", "contradiction", "stale", "budget": as in detail_json. */
const char *hygiene_label_name(enum hygiene_label label);

/* What is to become of the entry that a finding is about. */
enum hygiene_action {
    HYGIENE_MERGE, /* it stays, and stands for ${others} */
    HYGIENE_RETIRE,
    HYGIENE_FLAG, /* a human is asked; it is marked suspect */
    HYGIENE_TELL  /* said in the report only */
};

struct hygiene_finding {
    enum hygiene_label label;
    enum hygiene_action action;
    const struct hygiene_entry *entry;
    const struct hygiene_entry *others[HYGIENE_OTHERS_MAX];
    size_t other_count;
    const char *rule;  /* by which it goes: "older", "vanished", ... */
    bool is_typed;     /* by key and value rather than by words */
    bool is_exact;     /* and the value is the same: no human is needed */
    struct bytes gone; /* of a stale one: the name that vanished */
    double jaccard;    /* of a pair of free texts */
    double ratio;
};

/* Order of places: store, then path. */
int hygiene_place_compare(const struct hygiene_entry *a,
                          const struct hygiene_entry *b);

/* Tokens of the content, at least 1. */
uint64_t hygiene_tokens(const struct hygiene_entry *entry);

#endif
