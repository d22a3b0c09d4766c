/* SPDX-License-Identifier: MIT */
#include "plugin/plan/workflow/workflow_detail.h"

#include "proto/messages.h"

static struct json *row_of(const struct contrast_row *row)
{
    struct json *json = json_new_array();
    json_set_int(json, NULL, row->with);
    json_set_int(json, NULL, row->with_good);
    json_set_int(json, NULL, row->without);
    json_set_int(json, NULL, row->without_good);
    return json;
}

static struct json *strata_of(const struct workflow_figures *figures)
{
    struct json *json = json_new_array();
    for (uint32_t i = 0; i < figures->stratum_count; i++) {
        json_set(json, NULL, row_of(&figures->strata[i]));
    }
    return json;
}

static struct json *steps_of(const struct workflow_figures *figures)
{
    struct json *json = json_new_array();
    for (uint32_t i = 0; i < figures->step_count; i++) {
        json_set_string(json, NULL, figures->steps[i]);
    }
    return json;
}

static struct json *adoption_of(const struct workflow_figures *figures)
{
    struct json *json = json_new_object();
    json_set_text(json, "label", figures->adoption);
    json_set_real(json, "first", figures->adoption_first);
    json_set_real(json, "last", figures->adoption_last);
    json_set_real(json, "p", figures->adoption_p);
    json_set_real(json, "log_e", figures->adoption_log_e);
    return json;
}

void workflow_detail(const struct candidate *candidate, struct json *json)
{
    const struct workflow_figures *figures = candidate->workflow;
    json_set(json, "steps", steps_of(figures));
    json_set(json, "strata", strata_of(figures));
    json_set(json, "total", row_of(&figures->total));
    json_set(json, "adoption", adoption_of(figures));
    json_set_real(json, "odds", figures->odds);
    json_set_real(json, "uplift", figures->uplift);
    json_set_real(json, "kind_log_e", figures->kind_log_e);
    json_set_real(json, "robust_log_e", figures->robust_log_e);
    json_set_int(json, "robust_without", figures->left);
    json_set_int(json, "propensity_classes", figures->classes);
    json_set_int(json, "time_parts", figures->times);
    json_set_int(json, "length_classes", figures->lengths);
    json_set_int(json, "exposed", figures->exposed);
    if (figures->failing.len > 0) {
        struct json *failing = json_new_object();
        json_set_string(failing, "steps", figures->failing);
        json_set_int(failing, "sessions", figures->failing_total.with);
        json_set_int(failing, "good", figures->failing_total.with_good);
        json_set(json, "failing", failing);
    }
    if (figures->lowers.len > 0) {
        json_set_string(json, "lowers", figures->lowers);
    }
}

void workflow_numbers(const struct candidate *candidate,
                      struct Reverie__V1__Numbers *numbers)
{
    numbers->has_log_e = true;
    numbers->log_e = candidate->log_e;
    numbers->has_alpha = true;
    numbers->alpha = candidate->alpha;
    numbers->has_family = true;
    numbers->family = candidate->family;
    numbers->has_rank = true;
    numbers->rank = candidate->rank;
}
