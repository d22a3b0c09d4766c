/* SPDX-License-Identifier: MIT */
/* Workflows: all kinds of sequences of a team that could be tested are one
 * family. A kind's e-value is the mean of those of its sequences; the sequence
 * that is proposed must carry the test by its own as well.
 * Without the third of its supporters that speaks for it most the rest must
 * still speak for it. There is no auto tier. */
#include <math.h>
#include <stdlib.h>

#include "plugin/plan/decide.h"

static double evidence_of(const struct candidate *candidate)
{
    return fmin(candidate->log_e, candidate->workflow->kind_log_e);
}

static int compare_evidence(const void *a, const void *b)
{
    double x = evidence_of(*(const struct candidate *const *)a);
    double y = evidence_of(*(const struct candidate *const *)b);
    return (x < y) - (x > y);
}

/* The step at ${*at} of "a! > b > c", without its mark; moves on. */
static struct bytes next_step(struct bytes steps, size_t *at)
{
    struct bytes between = BYTES_LITERAL(" > ");
    size_t end = bytes_find(steps, between, *at);
    end = end == SIZE_MAX ? steps.len : end;
    struct bytes step = bytes_slice(steps, *at, end - *at);
    *at = end + between.len;
    bool has_failed = step.len > 0 && step.data[step.len - 1] == '!';
    return bytes_slice(step, 0, step.len - has_failed);
}

/* Whether those who fail take the same steps in the same order, only that a
 * step fails: then all it says is that what works is better than what fails. */
static bool only_fails_less(const struct candidate *candidate)
{
    struct bytes steps = candidate->option;
    struct bytes failing = candidate->workflow->failing;
    struct bytes last = bytes_of(NULL, 0);
    size_t at = 0;
    size_t failing_at = 0;
    while (failing_at < failing.len) {
        struct bytes step = next_step(failing, &failing_at);
        bool is_retry = last.len > 0 && bytes_equal(step, last);
        if (!is_retry &&
            (at >= steps.len || !bytes_equal(step, next_step(steps, &at)))) {
            return false;
        }
        last = step;
    }
    return failing.len > 0 && at >= steps.len;
}

static void judge(struct candidate *candidate, uint32_t rank)
{
    const struct workflow_figures *figures = candidate->workflow;
    candidate->alpha = DECIDE_ALPHA_PROPOSAL;
    candidate->family = figures->tested;
    candidate->rank = rank > 0 ? rank : 1;
    struct stats_workflow seen = {
        .principals = candidate->counts.principals,
        .sessions = candidate->counts.sessions,
        .log_e = evidence_of(candidate),
        .uplift = figures->uplift,
        .alpha = candidate->alpha,
        .family = candidate->family,
        .rank = candidate->rank,
    };
    enum stats_lack lack = stats_workflow_lack(&seen);
    if (lack == STATS_LACK_NOTHING &&
        figures->robust_log_e < DECIDE_WORKFLOW_ROBUST_MIN) {
        lack = STATS_LACK_ROBUSTNESS;
    }
    if (lack == STATS_LACK_NOTHING && only_fails_less(candidate)) {
        lack = STATS_LACK_LIFT;
    }
    candidate->reason =
        lack == STATS_LACK_LIFT ? REASON_NO_UPLIFT : decide_reason(lack);
    if (lack == STATS_LACK_NOTHING) {
        candidate->tier = TIER_PROPOSAL;
    }
}

void decide_workflows(struct candidate *items, size_t count)
{
    struct candidate **tested = mem_new_array(count, sizeof(*tested));
    double *log_e = mem_new_array(count, sizeof(*log_e));
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i].kind == FINDING_KIND_WORKFLOW &&
            items[i].reason == REASON_UNDECIDED) {
            tested[found++] = &items[i];
        }
    }
    if (found > 0) {
        qsort(tested, found, sizeof(*tested), compare_evidence);
    }
    for (uint32_t i = 0; i < found; i++) {
        log_e[i] = evidence_of(tested[i]);
    }
    uint32_t rank =
        found > 0 ? decide_rejections(log_e, found, tested[0]->workflow->tested,
                                      DECIDE_ALPHA_PROPOSAL)
                  : 0;
    for (uint32_t i = 0; i < found; i++) {
        judge(tested[i], rank);
    }
    free(tested);
    free(log_e);
}
