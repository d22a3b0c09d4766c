/* SPDX-License-Identifier: MIT */
/* rules.h: the stated rules that memory holds, by what they say.
 *
 * One rule is put in many ways, and each way is a finding of its own: a dream
 * does not propose another way to put what memory says already.
 * Pure. Threads: belongs to one thread. */
#ifndef REVERIE_PLUGIN_PLAN_DIRECTIVE_RULES_H
#define REVERIE_PLUGIN_PLAN_DIRECTIVE_RULES_H

#include "plugin/plan/candidate.h"
#include "plugin/plan/known.h"

struct rule {
    struct bytes store;
    uint64_t sense; /* typed_sense */
    const struct known_head *head;
};

struct rules {
    struct rule *items;
    size_t count;
};

/* Those of ${known}, which lends them. rules_fini frees the list. */
struct rules rules_of(const struct known *known) MUST_CHECK;
void rules_fini(struct rules *rules);

/* Whether ${store} says what ${candidate} does, as another finding: in other
 * words, or in a wish that it is part of (wishes.h). */
bool rules_hold(const struct rules *rules, struct bytes store,
                const struct candidate *candidate);

/* Lends the memory of ${store} that says less of the same wish, whose place
 * ${candidate} takes: what is wanted before what is not; NULL if there is
 * none. */
const struct known_head *rules_part(const struct rules *rules,
                                    struct bytes store,
                                    const struct candidate *candidate);

#endif
