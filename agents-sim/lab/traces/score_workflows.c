/* SPDX-License-Identifier: MIT */
/* Workflows of a recorded swarm: its sessions against databases taken as one
 * team, and how high by success contrast a workflow stands that looks at the
 * schema before it selects. That the miner is exact is a unit test. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agents-sim/lab/groups.h"
#include "agents-sim/lab/traces/retold.h"
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

static enum err add_figures(const struct recall *recall, struct figures *out)
{
    struct figure place =
        figure_of("workflows", "sqlteam: place of inspect-the-schema-first",
                  place_of_inspection(recall), FIGURE_AT_MOST, 3);
    struct figure count = figure_of("workflows", "sqlteam: workflows proposed",
                                    (double)recall->count, FIGURE_REPORTED, 0);
    enum err err = figures_add(out, &place);
    return err == ERR_OK ? figures_add(out, &count) : err;
}

enum err score_workflows(const struct score_setting *setting,
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
        err = err == ERR_OK ? add_figures(&recall, out) : err;
    }
    if (err != ERR_OK) {
        fprintf(stderr, "workflows: %s\n", buf_text(&why));
    }
    buf_fini(&path);
    buf_fini(&why);
    return err;
}
