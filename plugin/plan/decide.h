/* SPDX-License-Identifier: MIT */
/* decide.h: here a candidate becomes a finding, or does not.
 *
 * Preferences: e-values of all choices of a team are tested together (e-BH,
 * a budget per team), then the effect gates; both must survive the loss of f
 * supporters. Directives: one owner, or two people; requests: two people in
 * three sessions. Mistakes: principals,
 * sessions, days. The numbers come from memory/stats/stats.h, which the gate
 * uses to check them. Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_DECIDE_H
#define REVERIE_PLUGIN_PLAN_DECIDE_H

#include "memory/stats/stats.h"
#include "plugin/plan/candidate.h"

/* Thresholds that are not in memory/stats/stats.h. */
#define DECIDE_ALPHA_AUTO            0.05
#define DECIDE_ALPHA_PROPOSAL        0.20
#define DECIDE_NOW_SHARE_MIN         0.6
#define DECIDE_PROBABILITY_MIN       0.97 /* P(share >= 0.6), with a baseline */
#define DECIDE_PROBABILITY_MOVED_MIN 0.8  /* of a preference that has moved */
#define DECIDE_TESTED_MIN            5 /* voters of a slot that is tested at all */
#define DECIDE_DIRECTIVE_USERS       2
#define DECIDE_REQUEST_SESSIONS      3 /* of a practice that was asked for */
/* Logarithm of the e-value of a workflow without its strongest supporters. */
#define DECIDE_WORKFLOW_ROBUST_MIN 0.0

/* Gives every candidate that is still undecided a tier or a reason, and its
 * numbers. Expects the list sorted (candidates_sort). */
void decide(struct candidates *list);

/* The preferences of one team: items[0..count), of any kind. */
void decide_preferences(struct candidate *items, size_t count,
                        struct arena *arena);

/* The directives of one team: items[0..count), of any kind. */
void decide_directives(struct candidate *items, size_t count);

/* REASON_PROPOSED: enough people, or an owner, said so; else what is lacking.
 */
enum reason directive_reason(const struct candidate *candidate);

/* The reason that a lack of evidence is; REASON_PROPOSED for none. */
enum reason decide_reason(enum stats_lack lack);

/* Whether a human is to look at it whatever the evidence: what silences a
 * check, what helps but not surely, what too few have tried
 * anything against to tell whether it goes away by itself, and what nothing
 * that was tried helps against, since whoever had been told of it teaches no
 * remedy any more. */
bool mistake_is_for_people(const struct mistake_figures *figures);

/* One mistake. */
void decide_mistake(struct candidate *candidate);

/* The workflows of one team: items[0..count). */
void decide_workflows(struct candidate *items, size_t count);

/* e-BH: of ${count} e-values among ${family} hypotheses, how many the test at
 * level ${alpha} rejects, given their logarithms in descending order. */
uint32_t decide_rejections(const double *log_e, uint32_t count, uint32_t family,
                           double alpha);

#endif
