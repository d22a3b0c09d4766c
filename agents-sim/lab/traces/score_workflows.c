/* SPDX-License-Identifier: MIT */
/* Workflows of recorded swarms: whether the miner finds every frequent sequence
 * that others counted exactly, and no other; and, with all sessions against
 * databases taken as one team, how high by success contrast a workflow stands
 * that looks at the schema before it selects. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agents-sim/lab/groups.h"
#include "agents-sim/lab/traces/labels.h"
#include "agents-sim/lab/traces/reference.h"
#include "agents-sim/lab/traces/retold.h"
#include "base/log.h"
#include "proto/messages.h"

enum {
    PROPOSED_MAX = 64
};

struct proposed {
    double log_e;
    bool inspects;
};

struct recall {
    struct proposed items[PROPOSED_MAX];
    size_t count;
};

static bool one_team(void *context, struct trace_row *row)
{
    (void)context;
    row->team = row->set;
    return true;
}

/* "sql.describe > sql.select" and the like. */
static bool inspects_first(const char *option)
{
    static const char *const ways[] = {"sql.describe", "sql.show"};
    const char *select = strstr(option, "sql.select");
    for (size_t i = 0; select && i < ARRAY_LEN(ways); i++) {
        const char *way = strstr(option, ways[i]);
        if (way && way < select) {
            return true;
        }
    }
    return false;
}

static void on_change(void *context, const struct retold_change *change)
{
    struct recall *recall = context;
    const struct Reverie__V1__Change *it = change->change;
    if (it->kind == REVERIE__V1__FINDING_KIND__FINDING_WORKFLOW &&
        it->numbers && recall->count < PROPOSED_MAX) {
        recall->items[recall->count++] = (struct proposed){
            it->numbers->log_e, it->option && inspects_first(it->option)};
    }
}

/* 1 is the best; NAN where there is none. */
static double place_of_inspection(const struct recall *recall)
{
    double best = NAN;
    for (size_t i = 0; i < recall->count; i++) {
        double place = 1;
        for (size_t k = 0; k < recall->count; k++) {
            place += recall->items[k].log_e > recall->items[i].log_e;
        }
        if (recall->items[i].inspects && !(best <= place)) {
            best = place;
        }
    }
    return best;
}

static enum err add_places(const struct recall *recall, struct figures *out)
{
    struct figure place =
        figure_of("workflows", "sqlteam: place of inspect-the-schema-first",
                  place_of_inspection(recall), FIGURE_AT_MOST, 3);
    struct figure count = figure_of("workflows", "sqlteam: workflows proposed",
                                    (double)recall->count, FIGURE_REPORTED, 0);
    enum err err = figures_add(out, &place);
    return err == ERR_OK ? figures_add(out, &count) : err;
}

static enum err score_order(const struct score_setting *setting,
                            struct figures *out)
{
    struct recall recall = {.count = 0};
    struct buf path;
    struct buf why;
    buf_init(&path, 4096);
    buf_init(&why, 4096);
    enum err err = ERR_OK;
    if (score_trace(setting, "workflows", "sqlteam/messages.jsonl", &path,
                    out)) {
        const struct retold_config config = {
            .path = buf_text(&path),
            .policy = POLICY_APPROVE_ALL_PROPOSALS,
            .on_row = one_team,
            .on_change = on_change,
            .context = &recall,
        };
        err = retold_run(&config, &why);
        err = err == ERR_OK ? add_places(&recall, out) : err;
    }
    if (err != ERR_OK) {
        log_line(LOG_ERROR, "LAB-FAILED", "in=workflows why=\"%s\"",
                 buf_text(&why));
    }
    buf_fini(&path);
    buf_fini(&why);
    return err;
}

/* ---- the miner against references ---------------------------------------- */

/* One set of a trace whose references are looked for. */
struct mined_set {
    const struct score_setting *setting;
    struct figures *out;
    const char *name;
    size_t references;
};

static enum err add_reference(const struct mined_set *set,
                              const struct reference_result *result)
{
    char name[FIGURE_NAME_BYTES];
    size_t all = result->expected + result->wrong;
    double share = all > 0 ? (double)result->equal / (double)all : NAN;
    snprintf(name, sizeof(name), "%s: frequent sequences equal to exact counts",
             set->name);
    struct figure figure = figure_of("workflows", name, share, FIGURE_EQUAL, 1);
    snprintf(figure.note, sizeof(figure.note),
             "%zu of %zu, %zu others, in %zu sequences", result->equal,
             result->expected, result->wrong, result->sequences);
    return figures_add(set->out, &figure);
}

/* ${rule}: what stands between the fixed parts of the name. */
static enum err take_reference(void *context, const char *rule)
{
    struct mined_set *set = context;
    struct buf paths[3];
    char name[FIGURE_NOTE_BYTES];
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        buf_init(&paths[i], 4096);
    }
    snprintf(name, sizeof(name), "%s/labels/workflow_tokens.jsonl", set->name);
    set->references++;
    enum err err = ERR_OK;
    if (score_trace(set->setting, "workflows", name, &paths[0], set->out)) {
        struct reference_result result;
        const char *folder = score_folder(set->setting);
        buf_add_format(&paths[1], "%s/%s/labels/frequent_workflows.%s.tsv",
                       folder, set->name, rule);
        buf_add_format(&paths[2], "%s/%s/labels/outcomes.jsonl", folder,
                       set->name);
        bool has_outcomes = access(buf_text(&paths[2]), R_OK) == 0;
        const struct reference_files files = {
            .tokens = buf_text(&paths[0]),
            .patterns = buf_text(&paths[1]),
            .outcomes = has_outcomes ? buf_text(&paths[2]) : NULL};
        err = reference_compare(&files, &result);
        err = err == ERR_OK ? add_reference(set, &result) : err;
    }
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        buf_fini(&paths[i]);
    }
    return err;
}

static enum err score_miner(const struct score_setting *setting,
                            const char *name, struct figures *out)
{
    struct mined_set set = {.setting = setting, .out = out, .name = name};
    char folder[4096];
    snprintf(folder, sizeof(folder), "%s/%s/labels", score_folder(setting),
             name);
    enum err err = labels_files(folder, "frequent_workflows.", ".tsv",
                                take_reference, &set);
    if (err == ERR_OK && set.references == 0) {
        score_skip("workflows", folder,
                   "no frequent_workflows.*.tsv to compare with", out);
    }
    return err;
}

enum err score_workflows(const struct score_setting *setting,
                         struct figures *out)
{
    static const char *const names[] = {"codeteam", "sqlteam"};
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < ARRAY_LEN(names); i++) {
        err = score_miner(setting, names[i], out);
    }
    return err == ERR_OK ? score_order(setting, out) : err;
}
