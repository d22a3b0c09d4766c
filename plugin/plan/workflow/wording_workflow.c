/* SPDX-License-Identifier: MIT */
#include "plugin/plan/workflow/wording_workflow.h"

#include <string.h>

#include "plugin/plan/wording.h"

enum {
    STEP_SHOWN = 48,
    NAME_SHOWN = 100,
    TITLE_SHOWN = 140,
    FAILING_SHOWN = 160
};

void wording_workflow_title(const struct candidate *candidate, struct buf *out)
{
    buf_add_text(out, "in order: ");
    wording_escape(candidate->option, TITLE_SHOWN, out);
}

/* "a", then "b", then "c" */
static void add_steps(const struct workflow_figures *figures, struct buf *out)
{
    for (uint32_t i = 0; i < figures->step_count; i++) {
        buf_add_text(out, i > 0 ? ", then \"" : "\"");
        wording_escape(figures->steps[i], STEP_SHOWN, out);
        buf_add_text(out, "\"");
    }
}

static void add_share(uint32_t good, uint32_t count, struct buf *out)
{
    double low = 0;
    double high = 0;
    contrast_interval(good, count, &low, &high);
    buf_add_format(out, "%u of %u sessions succeeded (%.2f to %.2f)", good,
                   count, low, high);
}

static void add_contrast(const struct workflow_figures *figures,
                         struct buf *out)
{
    const struct contrast_row *total = &figures->total;
    buf_add_text(out, "with: ");
    add_share(total->with_good, total->with, out);
    buf_add_text(out, ".\n\"");
    wording_escape(figures->steps[figures->step_count - 1], STEP_SHOWN, out);
    buf_add_text(out, "\" without: ");
    add_share(total->without_good, total->without, out);
    buf_add_format(out,
                   ".\namong sessions of like length%s: %+.2f, odds ratio "
                   "%.1f.\n",
                   figures->classes > 1
                       ? ", of principals and times that do it about as "
                         "often"
                       : "",
                   figures->uplift, figures->odds);
}

static void add_failing(const struct workflow_figures *figures, struct buf *out)
{
    if (figures->failing.len == 0) {
        return;
    }
    buf_add_text(out, "most that failed without it did \"");
    wording_escape(figures->failing, FAILING_SHOWN, out);
    buf_add_format(out, "\": %u of %u succeeded.\n",
                   figures->failing_total.with_good,
                   figures->failing_total.with);
}

static void add_optional(const struct workflow_figures *figures,
                         struct buf *out)
{
    for (uint32_t i = 0; i < figures->optional_count; i++) {
        buf_add_text(out, "optional: \"");
        wording_escape(figures->optional[i].step, STEP_SHOWN, out);
        buf_add_format(out, "\" after step %u, in %.0f %% of them.\n",
                       figures->optional[i].after,
                       100 * figures->optional[i].share);
    }
}

void wording_workflow_content(const struct candidate *candidate,
                              struct buf *out)
{
    const struct workflow_figures *figures = candidate->workflow;
    buf_add_text(out, "observed: ");
    add_steps(figures, out);
    buf_add_format(out, "; in sessions of %u principals of team ",
                   candidate->counts.principals);
    wording_escape(candidate->team_name, NAME_SHOWN, out);
    buf_add_text(out, ".\n");
    add_contrast(figures, out);
    add_failing(figures, out);
    add_optional(figures, out);
    if (figures->adoption && strcmp(figures->adoption, "unknown") != 0) {
        buf_add_format(out, "adoption: %s, %.2f to %.2f of principals.\n",
                       figures->adoption, figures->adoption_first,
                       figures->adoption_last);
    }
    if (figures->lowers.len > 0) {
        buf_add_text(out, "sessions with it have fewer of \"");
        wording_escape(figures->lowers, STEP_SHOWN, out);
        buf_add_text(out, "\".\n");
    }
}
