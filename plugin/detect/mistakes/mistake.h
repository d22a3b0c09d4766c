/* SPDX-License-Identifier: MIT */
/* mistake.h: one error that may come back, and what was tried against it.
 *
 * A value of the mistakes detector: mistakes.c fills it, gather.c makes
 * candidates of it.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_MISTAKE_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_MISTAKE_H

#include "plugin/detect/mistakes/fix/corrections.h"
#include "plugin/detect/mistakes/truth.h"
#include "plugin/plan/candidate.h"
#include "plugin/template/template_family.h"

enum {
    MISTAKE_SCOPES = 64,     /* mistakes of one team and tool are in one */
    MISTAKE_DENIALS_MAX = 64 /* names that one mistake says do not exist */
};

/* What was computed of a mistake, and of other wordings of it, when it was
 * collected last. Holds as long as none of them changed: a dream computes again
 * what is new and hands on the rest. */
struct mistake_memo {
    uint64_t version; /* of all that went into it; 0: nothing is kept */
    bool is_burst;
    uint32_t agents;
    struct sighting **seen; /* own and others' witnesses; NULL: its own. Owned
                               as an array */
    uint32_t seen_count;
    struct sighting_counts counts;
    enum mistake_label label;
    struct fix_figures *fix; /* owned, with its texts; NULL: all zero */
};

/* Where a mistake comes among all of them. A function of which there are:
 * computed again only when one of its scope is new, or went. */
struct mistake_order {
    uint64_t group;  /* of its template, or of its own where it has none */
    uint64_t values; /* hash of the identifying ones; 0: none */
    size_t rank;     /* wordings of one mistake have neighbouring ones */
};

/* The family of its template, and whether it may count for it. */
struct mistake_kin {
    bool is_named;                    /* the next three are set */
    bool is_any;                      /* it is kin to others by what it says */
    char name[TEMPLATE_FAMILY_BYTES]; /* empty: of none */
    struct bytes phrase;              /* lent by the template, or constant */
    uint64_t version;                 /* for which the last one is set */
    bool is_relative;
};

struct mistake {
    uint64_t version; /* another one, of all mistakes, after every change */
    uint64_t born;    /* its first version: of no other mistake */
    uint32_t scope;   /* below MISTAKE_SCOPES; one of team and tool */
    struct mistake_memo memo;
    struct mistake_order order;
    struct mistake_kin kin;
    /* Of the wordings that stand behind it, with it: which one is told, and
     * the versions for which that was found. */
    uint64_t told_version;
    size_t told;
    uint32_t team;
    struct bytes tool; /* these five are owned */
    struct bytes template_text;
    struct bytes values;  /* "a, b": for people */
    struct bytes option;  /* "a|b", or the template: occurs in every quote */
    struct bytes subject; /* "tool: template" */
    uint8_t finding[FINDING_BYTES];
    struct sightings seen;
    uint64_t last_seq;
    uint64_t occurrences;
    uint64_t exposed;
    uint64_t unquotable;
    struct truth_denial *denials; /* what it says does not exist */
    uint32_t denial_count;
    uint32_t denial_capacity;
    bool has_more_denials; /* than the maximum */
    uint64_t unplaced;     /* occurrences that say so of no known place */
    struct trials trials;
    struct corrections corrections;
};

/* The mistake that ${error} is, of a team of ${setting}; tool: where the error
 * names none. */
struct mistake *mistake_new(const struct detector_setting *setting,
                            uint32_t team, const struct tuple_error *error,
                            struct bytes tool) MUST_CHECK;
void mistake_free(void *value);

/* Forgets what the memo holds. */
void mistake_forget(struct mistake *mistake);

/* Sets the order of every one of ${items}, all mistakes of a scope. */
void mistakes_order(struct mistake *const *items, size_t count);

/* Adds a candidate for every one of ${items}, all mistakes of a scope, which
 * have their order; those that say the same in other words become one. */
void mistakes_gather(const struct detector_setting *setting,
                     const struct features *features,
                     struct mistake *const *items, size_t count,
                     struct candidates *out);

/* Adds a candidate for every family of errors (template_family.h) of which no
 * wording comes back by itself. */
void mistakes_relate(const struct detector_setting *setting,
                     const struct features *features,
                     struct mistake *const *items, size_t count,
                     struct candidates *out);

#endif
