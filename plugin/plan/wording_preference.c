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

/* Where something else is preferred. Without numbers: they are in the memory
 * of the part, and this one need not be revised whenever they change. */
static void add_exceptions(const struct preference_scope *scope,
                           struct buf *out)
{
    for (uint32_t i = 0; i < scope->exception_count; i++) {
        const struct preference_exception *it = &scope->exceptions[i];
        buf_add_format(out, "%s in %s ", i == 0 ? "except:" : ";",
                       part_kind_name(it->part));
        wording_escape(it->name, WORDING_NAME_SHOWN, out);
        buf_add_text(out, ": ");
        wording_quote(it->option, WORDING_OPTION_SHOWN / 2, out);
    }
    if (scope->exception_count > 0) {
        buf_add_text(out, ".\n");
    }
}

/* Where they were not looked at, because something else is chosen there. */
static void add_left_out(const struct preference_scope *scope, struct buf *out)
{
    if (scope->without != PART_NONE) {
        buf_add_format(out, ", elsewhere than in %s ",
                       part_kind_name(scope->without));
        wording_escape(scope->name, WORDING_NAME_SHOWN, out);
    }
}

static void add_scope(const struct preference_scope *scope, struct buf *out)
{
    if (scope->teams > 0) {
        buf_add_format(out, "scope: all %u teams of the swarm.\n",
                       scope->teams);
    }
    if (scope->part != PART_NONE) {
        buf_add_format(out, "elsewhere in the team: %u of %u.\n",
                       scope->rest_supporters, scope->rest_voters);
    }
    add_exceptions(scope, out);
}

/* One person's own: the words do not change with every further use. */
static void add_own(const struct candidate *candidate, struct buf *out)
{
    const struct preference_scope *scope =
        preference_scope(&candidate->preference);
    buf_add_text(out, "observed: the person that agent ");
    wording_escape(candidate->agent, WORDING_NAME_SHOWN, out);
    buf_add_text(out, " works for chooses ");
    wording_quote(candidate->option, WORDING_OPTION_SHOWN, out);
    add_slot(candidate, out);
    buf_add_text(out, ".\nteam ");
    wording_escape(candidate->team_name, WORDING_NAME_SHOWN, out);
    buf_add_text(out, ": ");
    wording_quote(scope->team_option, WORDING_OPTION_SHOWN, out);
    buf_add_text(out, ".\n");
}

void wording_preference(const struct candidate *candidate, struct buf *out)
{
    const struct preference_figures *figures = &candidate->preference;
    if (candidate->agent.len > 0) {
        add_own(candidate, out);
        return;
    }
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
    add_left_out(preference_scope(figures), out);
    buf_add_text(out, ".\n");
    add_move(figures, out);
    add_scope(preference_scope(figures), out);
    add_baseline(figures, out);
}
