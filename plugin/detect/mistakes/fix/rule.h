/* SPDX-License-Identifier: MIT */
/* rule.h: a way of doing it, and how it stands against the others.
 *
 * A rule is a few features; a trial is of a rule if it has all of them. All
 * attempts of a principal count, in proportion, up to RULE_ATTEMPTS_MAX with
 * the rule and as many without: whoever tries a hundred times has no more to
 * say than who tries eight times.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_DETECT_MISTAKES_FIX_RULE_H
#define REVERIE_PLUGIN_DETECT_MISTAKES_FIX_RULE_H

#include "memory/stats/two_by_two.h"
#include "plugin/detect/mistakes/fix/trials.h"

enum {
    RULE_FEATURES_MAX = 3,
    RULE_ATTEMPTS_MAX = 8 /* of one principal and side */
};

struct rule {
    uint64_t features[RULE_FEATURES_MAX];
    uint32_t count;
};

/* People are principals; of those it worked for at least half of what each of
 * them tried worked. */
struct rule_count {
    struct two_by_two table; /* attempts, as said above */
    uint32_t people;         /* that tried it */
    uint32_t people_worked;
    uint32_t other_people; /* that tried something else */
    uint32_t other_worked;
    uint32_t attempts; /* with it, all */
    uint32_t attempts_worked;
};

/* The trials that count; sorted by principal. */
struct rule_trials {
    const struct trials *trials;
    bool silent[TRIALS_MAX]; /* silences a check: says nothing of the rest */
};

bool rule_follows(const struct trial *trial, const struct rule *rule);

/* Counts ${rule} against the trials without it, of those that follow
 * ${within}. Trials that silence a check count with the rule alone, and only
 * if ${is_silencing}. */
struct rule_count rule_count(const struct rule_trials *trials,
                             const struct rule *rule, const struct rule *within,
                             bool is_silencing);

/* Principals that tried just the same again, and for how many it worked. */
struct rule_count rule_count_retries(const struct rule_trials *trials);

/* Of attempts with the rule, how many worked; 0 if there are none. */
double rule_precision(const struct rule_count *count);

/* The same of those without it. */
double rule_rest(const struct rule_count *count);

#endif
