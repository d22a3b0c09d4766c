/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "plugin/plan/wording.h"

enum {
    DATE_BYTES = 10 /* of RFC 3339: "2026-01-05" */
};

static void add_date(int64_t day, struct buf *out)
{
    char text[CLOCK_TEXT_BYTES];
    clock_text(day * US_PER_DAY, text);
    buf_add(out, bytes_of(text, DATE_BYTES));
}

static void add_slot(const struct candidate *candidate, struct buf *out)
{
    buf_add_text(out, " for ");
    wording_escape(candidate->subject, WORDING_NAME_SHOWN, out);
}

/* What was chosen before, and from which day the votes count. */
static void add_move(const struct preference_figures *figures, struct buf *out)
{
    if (!figures->has_moved || figures->before.len == 0) {
        return;
    }
    buf_add_text(out, "since: ");
    add_date(figures->since_day, out);
    buf_add_text(out, "; before: ");
    wording_quote(figures->before, WORDING_OPTION_SHOWN, out);
    buf_add_format(out, " (%u of %u).\n", figures->before_supporters,
                   figures->before_voters);
}

static void add_baseline(const struct preference_figures *figures,
                         struct buf *out)
{
    static const char *const sources[] = {
        [BASELINE_NONE] = "no baseline is known",
        [BASELINE_TABLE] = "of the world by the configured table",
        [BASELINE_TEAMS] = "of other teams at most",
    };
    buf_add_text(out, "baseline: ");
    if (figures->source != BASELINE_NONE) {
        buf_add_format(out, "%.2f ", figures->baseline);
    }
    buf_add_format(out, "%s.\n", sources[figures->source]);
}

/* What is retired: who still does so. */
static void add_stale(const struct candidate *candidate, struct buf *out)
{
    const struct preference_figures *figures = &candidate->preference;
    buf_add_format(out, "observed: by now %u of %u principals of team ",
                   figures->voters - figures->supporters, figures->voters);
    wording_escape(candidate->team_name, WORDING_NAME_SHOWN, out);
    buf_add_text(out, " choose something else than ");
    wording_quote(candidate->option, WORDING_OPTION_SHOWN, out);
    add_slot(candidate, out);
    buf_add_text(out, ".\n");
}

void wording_preference(const struct candidate *candidate, struct buf *out)
{
    const struct preference_figures *figures = &candidate->preference;
    if (figures->is_stale) {
        add_stale(candidate, out);
        return;
    }
    buf_add_format(out, "observed: %u of %u principals of team ",
                   figures->supporters, figures->voters);
    wording_escape(candidate->team_name, WORDING_NAME_SHOWN, out);
    buf_add_text(out, " choose ");
    wording_quote(candidate->option, WORDING_OPTION_SHOWN, out);
    add_slot(candidate, out);
    buf_add_text(out, ".\n");
    add_move(figures, out);
    add_baseline(figures, out);
}
