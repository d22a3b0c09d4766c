/* SPDX-License-Identifier: MIT */
#include "plugin/plan/draft/detail.h"

#include "base/edge/json.h"
#include "plugin/plan/hygiene/change_hygiene.h"
#include "plugin/plan/mistake/detail.h"
#include "plugin/plan/workflow/workflow_detail.h"

static void set_scope_detail(struct json *json,
                             const struct preference_scope *scope)
{
    if (scope->part != PART_NONE) {
        json_set_text(json, "part", part_kind_name(scope->part));
        json_set_string(json, "part_name", scope->name);
        json_set_string(json, "slot", scope->slot);
        json_set_int(json, "elsewhere_principals", scope->rest_voters);
        json_set_int(json, "elsewhere_principals_for", scope->rest_supporters);
    }
    if (scope->teams > 0) {
        json_set_int(json, "teams", scope->teams);
    }
    if (scope->team_option.len > 0) {
        json_set_string(json, "team_option", scope->team_option);
        json_set_int(json, "own_uses", (int64_t)scope->own_uses);
        json_set_int(json, "own_uses_all", (int64_t)scope->own_all);
    }
    if (scope->without != PART_NONE) {
        json_set_text(json, "without", part_kind_name(scope->without));
        json_set_string(json, "without_name", scope->name);
    }
    if (scope->exception_count > 0) {
        json_set_int(json, "exceptions", scope->exception_count);
    }
}

static void set_preference_detail(struct json *json,
                                  const struct preference_figures *figures)
{
    set_scope_detail(json, preference_scope(figures));
    json_set_int(json, "now_principals", figures->now_voters);
    json_set_int(json, "now_principals_for", figures->now_supporters);
    json_set_int(json, "options", figures->options);
    json_set_int(json, "uses", (int64_t)figures->uses);
    if (figures->source == BASELINE_NONE && !figures->is_stale) {
        json_set_real(json, "indicative_baseline", figures->baseline);
    }
    if (figures->clones > 0) {
        json_set_int(json, "clones_left_out", figures->clones);
    }
    if (figures->echoes > 0) {
        json_set_int(json, "echoes_left_out", figures->echoes);
    }
    if (figures->has_moved) {
        json_set_int(json, "since_day", figures->since_day);
    }
    if (figures->before.len > 0) {
        json_set_string(json, "before", figures->before);
        json_set_int(json, "before_principals", figures->before_voters);
        json_set_int(json, "before_principals_for", figures->before_supporters);
    }
}

bool detail_print(const struct candidate *candidate, struct buf *out)
{
    struct json *json = json_new_object();
    switch (candidate->kind) {
    case FINDING_KIND_PREFERENCE:
        set_preference_detail(json, &candidate->preference);
        break;
    case FINDING_KIND_DIRECTIVE:
        json_set_bool(json, "by_owner", candidate->directive.by_owner);
        json_set_bool(json, "request",
                      candidate->directive.said.strength == DIRECTIVE_REQUEST);
        break;
    case FINDING_KIND_MISTAKE:
        detail_mistake(json, &candidate->mistake);
        break;
    case FINDING_KIND_WORKFLOW:
        workflow_detail(candidate, json);
        break;
    case FINDING_KIND_HYGIENE:
        detail_hygiene(json, candidate->hygiene);
        break;
    }
    if (candidate->left_out > 0) {
        json_set_int(json, "witnesses_left_out", (int64_t)candidate->left_out);
    }
    buf_reset(out);
    json_print_canonical(json, out);
    json_free(json);
    return buf_error(out) == ERR_OK;
}
