/* SPDX-License-Identifier: MIT */
#include "plugin/plan/mistake/detail.h"

enum {
    NAMES_TOLD = 48 /* of either list */
};

static void set_names(struct json *json, const char *member,
                      const struct place_name *names, uint32_t count)
{
    struct json *list = json_new_array();
    for (uint32_t i = 0; i < count && i < NAMES_TOLD; i++) {
        json_set_string(list, NULL, names[i].text);
    }
    json_set(json, member, list);
}

static void set_place(struct json *json, const struct place_figures *place)
{
    json_set_text(json, "names_of",
                  place->kind == REF_TABLE ? "tables" : "columns");
    json_set_string(json, "owner", place->owner);
    json_set_int(json, "failed_people", place->people);
    json_set_int(json, "failed_sessions", place->sessions);
    json_set_int(json, "failures", place->failures);
    json_set_int(json, "good_count", place->good_count);
    json_set_int(json, "bad_count", place->bad_count);
    set_names(json, "good", place->good, place->good_count);
    set_names(json, "bad", place->bad, place->bad_count);
    set_names(json, "once", place->once, place->once_count);
    set_names(json, "bad_once", place->bad_once, place->bad_once_count);
}

static void set_fix(struct json *parent, const struct fix_figures *fix)
{
    struct json *json = json_new_object();
    json_set_string(json, "text", fix->text);
    json_set_string(json, "condition", fix->condition);
    json_set_bool(json, "is_suppressor", fix->is_suppressor);
    json_set_int(json, "people", fix->principals);
    json_set_int(json, "people_worked", fix->principals_worked);
    json_set_int(json, "attempts", fix->attempts);
    json_set_int(json, "attempts_worked", fix->attempts_worked);
    json_set_int(json, "retry_people", fix->retry_principals);
    json_set_int(json, "retry_worked", fix->retry_worked);
    json_set_int(json, "other_people", fix->other_principals);
    json_set_int(json, "other_worked", fix->other_worked);
    json_set_int(json, "compared", fix->compared);
    json_set_real(json, "ochiai", fix->ochiai);
    json_set_real(json, "log_odds", fix->log_odds);
    json_set_real(json, "fisher_mid_p", fix->fisher);
    json_set_real(json, "log_e", fix->log_e);
    json_set(parent, "fix", json);
}

void detail_mistake(struct json *json, const struct mistake_figures *figures)
{
    json_set_text(json, "label", mistake_label_name(figures->label));
    json_set_int(json, "occurrences", (int64_t)figures->occurrences);
    if (figures->label == MISTAKE_NAMES) {
        set_place(json, mistake_place(figures));
        return;
    }
    json_set_int(json, "agents", figures->agents);
    json_set_int(json, "tool_users", figures->tool_users);
    json_set_string(json, "template", figures->template_text);
    if (mistake_fix(figures)->text.len > 0) {
        set_fix(json, mistake_fix(figures));
    }
}
