/* SPDX-License-Identifier: MIT */
/* delta.h: in what an attempt differs from the one that failed.
 *
 * A call is a set of items: (slot, option), (program, word), (kind of name,
 * name). The difference of two sets is what was added and removed; what they
 * share is the context; what was done between them are deeds. Items are
 * numbers; features remember their words once.
 * Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_DELTA_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_DELTA_H

#include "plugin/detect/mistakes/attempts.h"

enum {
    DELTA_FEATURES_MAX = 24, /* of one trial */
    DELTA_SIDE_MAX = 8,      /* of those added, removed or done */
    FEATURES_MAX = 65536
};

/* The lowest two bits of a feature. */
enum delta_sign {
    DELTA_ADDED,
    DELTA_REMOVED,
    DELTA_DEED, /* done between the two attempts, and it worked */
    DELTA_SAME, /* in both */
    DELTA_SIGN_MASK = 3
};

static inline enum delta_sign delta_sign_of(uint64_t feature)
{
    return (enum delta_sign)(feature & DELTA_SIGN_MASK);
}

/* The words of a feature: "git", "--amend"; "table", "singer"; "", "make". */
struct feature {
    struct bytes name;
    struct bytes value;
};

struct features;

struct features *features_new(void) MUST_CHECK;
void features_free(struct features *features);

/* Lends the words of a feature of any sign; NULL if they are not known. */
const struct feature *features_get(const struct features *features,
                                   uint64_t feature);
uint64_t features_refused(const struct features *features);

struct delta {
    uint64_t features[DELTA_FEATURES_MAX]; /* by sign, then by number */
    uint32_t count;
    bool is_retry; /* nothing added, removed or done */
};

/* Whether ${later} tries to do what ${failed} did not. */
bool delta_same_intent(const struct call_copy *failed,
                       const struct call_copy *later);

/* Whether ${later}, which differs in nothing that is remembered, is the same
 * again: another value of the same shape ("<PATH:.md>") is another call of a
 * tool that is given nothing but values, and says nothing of this one. */
bool delta_is_again(const struct call_copy *failed,
                    const struct call_copy *later);

/* What ${later} differs in from ${failed}, without deeds. */
void delta_of(struct features *features, const struct call_copy *failed,
              const struct call_copy *later, struct delta *out);

/* Adds the deeds of ${attempt}, where there is room. */
void delta_add_deeds(struct delta *delta, const struct attempt *attempt);

/* Sorts: equal deltas are equal arrays afterwards. */
void delta_close(struct delta *delta);

/* Sets what ${attempt} did, from its call. */
void delta_set_deeds(struct features *features, struct attempt *attempt);

#endif
