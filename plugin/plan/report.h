/* SPDX-License-Identifier: MIT */
/* report.h: what a dream says about itself: the funnel and every candidate.
 *
 * The funnel counts from events read down to changes proposed, and every
 * reason why a candidate did not get there. Messages are packed.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_PLAN_REPORT_H
#define REVERIE_PLUGIN_PLAN_REPORT_H

#include "plugin/plan/candidate.h"

enum {
    FUNNEL_MAX = 64,
    REPORT_CANDIDATES_MAX = 10000,
    REPORT_CHUNK_BYTES = 512 << 10,
    REPORT_SENTENCE_MAX = 512
};

struct funnel_step {
    const char *step; /* a constant, or lent by reason_name */
    uint64_t count;
};

struct funnel {
    struct funnel_step steps[FUNNEL_MAX];
    size_t count;
};

void funnel_add(struct funnel *funnel, const char *step, uint64_t count);

/* The count of ${step}, 0 if it is absent. */
uint64_t funnel_count(const struct funnel *funnel, const char *step);

/* Appends what the candidates say: slots, tested, passed, proposed, and one
 * step per reason that occurs. */
void funnel_of_candidates(const struct candidates *list, struct funnel *funnel);

/* One sentence for people: what was proposed, or why nothing was. */
void report_sentence(const struct funnel *funnel, struct buf *out);

/* Packs the next part of the candidates as DreamReportRequest: at most
 * REPORT_CHUNK_BYTES, starting at *at and moving it on; false at the end. The
 * first are those that became changes, then those that came nearest. */
struct report *report_new(const struct candidates *list) MUST_CHECK;
void report_free(struct report *report);
bool report_next(struct report *report, struct bytes dream, struct buf *out);

/* Candidates that are not reported: beyond REPORT_CANDIDATES_MAX. */
uint64_t report_left_out(const struct report *report);

/* Packs a DreamReportRequest with the end of the dream. */
void report_finished(const struct report *report, const struct funnel *funnel,
                     struct bytes dream, struct buf *out);

#endif
