/* SPDX-License-Identifier: MIT */
/* Rules that a team of people wrote down for its agents, and whether memory
 * had them first: codeteam in the order of its time, a dream every hour, held
 * against the rules, their commit times and the patterns that a memory must
 * satisfy. Of the rules that were written during the trace those for which the
 * labels count two people or more in one kind of evidence (what was said, done
 * or answered) are to be found; those that rest on one person must not be told
 * the team. What was there before the trace began is reported. */
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/groups.h"
#include "agents-sim/lab/traces/labels.h"
#include "agents-sim/lab/traces/retold.h"
#include "base/clock.h"
#include "base/edge/json.h"
#include "base/log.h"
#include "proto/messages.h"

enum {
    RULES_MAX = 32,
    PATTERNS_MAX = 4,
    RULE_ID_BYTES = 16,
    MEMORY_MAX = 64 << 10,
    NOTE_SHOWN = 200
};

struct rule {
    char id[RULE_ID_BYTES];
    int64_t added_us;
    int64_t people; /* behind it before it was written; -1: not said */
    regex_t patterns[PATTERNS_MAX];
    size_t pattern_count;
    bool is_published;
    int64_t published_us;
    char by[FIGURE_NOTE_BYTES]; /* title of the memory */
};

struct rules {
    struct rule items[RULES_MAX];
    size_t count;
    uint64_t applied;
    int64_t begin_us; /* of the trace */
};

/* ---- the rules -------------------------------------------------------------
 */

static void free_rules(struct rules *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        for (size_t k = 0; k < rules->items[i].pattern_count; k++) {
            regfree(&rules->items[i].patterns[k]);
        }
    }
    rules->count = 0;
}

static enum err add_patterns(struct rule *rule, const struct json *list)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < json_len(list); i++) {
        struct bytes none = {NULL, 0};
        char *pattern = bytes_to_text(json_as_string(json_at(list, i), none));
        bool is_added = rule->pattern_count < PATTERNS_MAX &&
                        regcomp(&rule->patterns[rule->pattern_count], pattern,
                                REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0;
        rule->pattern_count += is_added;
        err = is_added ? ERR_OK : ERR_INVALID;
        free(pattern);
    }
    return err;
}

/* The most people of any kind of evidence. */
static int64_t people_of(const struct json *evidence)
{
    void *cursor = NULL;
    const char *kind = NULL;
    struct json *counts = NULL;
    int64_t most = -1;
    while (json_next(evidence, &cursor, &kind, &counts)) {
        int64_t people = json_as_int(json_get(counts, "people"), 0);
        most = people > most ? people : most;
    }
    return most;
}

static enum err add_rule(void *context, const struct json *row)
{
    struct rules *rules = context;
    struct bytes none = {NULL, 0};
    struct bytes id = json_as_string(json_get(row, "id"), none);
    if (rules->count == RULES_MAX) {
        return ERR_FULL;
    }
    struct rule *rule = &rules->items[rules->count++];
    *rule =
        (struct rule){.people = people_of(json_get(row, "evidence_before"))};
    snprintf(rule->id, sizeof(rule->id), "%.*s", (int)id.len,
             (const char *)id.data);
    enum err err = clock_parse(json_as_string(json_get(row, "added"), none),
                               &rule->added_us);
    return err == ERR_OK ? add_patterns(rule, json_get(row, "match_all")) : err;
}

/* ---- memories --------------------------------------------------------------
 */

static bool matches(const struct rule *rule, const char *text)
{
    for (size_t i = 0; i < rule->pattern_count; i++) {
        if (regexec(&rule->patterns[i], text, 0, NULL, 0) != 0) {
            return false;
        }
    }
    return rule->pattern_count > 0;
}

static void on_change(void *context, const struct retold_change *told)
{
    struct rules *rules = context;
    if (!told->is_applied) {
        return;
    }
    struct buf text;
    buf_init(&text, MEMORY_MAX);
    buf_add(&text, message_text(told->change->title));
    buf_add_text(&text, "\n");
    buf_add(&text, message_text(told->change->content));
    rules->applied++;
    for (size_t i = 0; i < rules->count; i++) {
        struct rule *rule = &rules->items[i];
        if (!rule->is_published && matches(rule, buf_text(&text))) {
            rule->is_published = true;
            rule->published_us = told->now_us;
            snprintf(rule->by, sizeof(rule->by), "%s",
                     told->change->title ? told->change->title : "");
        }
    }
    buf_fini(&text);
}

/* The trace begins with its first row that has a time. */
static bool on_row(void *context, struct trace_row *row)
{
    struct rules *rules = context;
    if (rules->begin_us == 0 && row->has_occurred) {
        rules->begin_us = row->occurred_us;
    }
    return true;
}

static enum err run(const char *path, enum memory_policy policy,
                    struct rules *rules)
{
    const struct retold_config config = {
        .path = path,
        .policy = policy,
        .dream_every_us = INT64_C(3600) * US_PER_SECOND,
        .on_row = on_row,
        .on_change = on_change,
        .context = rules,
    };
    struct buf why;
    buf_init(&why, 4096);
    enum err err = retold_run(&config, &why);
    if (err != ERR_OK) {
        log_line(LOG_ERROR, "LAB-FAILED", "in=rules why=\"%s\"",
                 buf_text(&why));
    }
    buf_fini(&why);
    return err;
}

/* ---- figures ---------------------------------------------------------------
 */

static double days_before(const struct rule *rule)
{
    return rule->is_published ? (double)(rule->added_us - rule->published_us) /
                                    (double)US_PER_DAY
                              : NAN;
}

static enum err add_row(const struct rules *rules, const struct rule *rule,
                        struct figures *out)
{
    char name[FIGURE_NAME_BYTES];
    struct figure figure;
    if (rule->added_us <= rules->begin_us || rule->people < 0) {
        snprintf(name, sizeof(name), "%s: there from the start, published",
                 rule->id);
        figure =
            figure_of("rules", name, rule->is_published, FIGURE_REPORTED, 0);
    } else if (rule->people > 1) {
        snprintf(name, sizeof(name), "%s: days before people wrote it",
                 rule->id);
        figure =
            figure_of("rules", name, days_before(rule), FIGURE_AT_LEAST, 0);
    } else {
        snprintf(name, sizeof(name), "%s: one person's, published", rule->id);
        figure = figure_of("rules", name, rule->is_published, FIGURE_EQUAL, 0);
    }
    snprintf(figure.note, sizeof(figure.note), "%s",
             rule->is_published ? rule->by : "not published");
    return figures_add(out, &figure);
}

static enum err add_count(const char *name, uint64_t value, struct figures *out)
{
    struct figure figure =
        figure_of("rules", name, (double)value, FIGURE_REPORTED, 0);
    return figures_add(out, &figure);
}

static enum err score_both(const char *path, struct rules *rules,
                           struct figures *out)
{
    enum err err = run(path, POLICY_APPROVE_ALL_PROPOSALS, rules);
    for (size_t i = 0; err == ERR_OK && i < rules->count; i++) {
        err = add_row(rules, &rules->items[i], out);
    }
    if (err == ERR_OK) {
        err = add_count("memories applied, approve-all-proposals",
                        rules->applied, out);
    }
    rules->applied = 0;
    if (err == ERR_OK) {
        err = run(path, POLICY_DEFAULT, rules);
    }
    return err == ERR_OK
               ? add_count("memories applied, default", rules->applied, out)
               : err;
}

enum err score_rules(const struct score_setting *setting, struct figures *out)
{
    struct buf labels;
    struct buf path;
    buf_init(&labels, 4096);
    buf_init(&path, 4096);
    struct rules *rules = mem_new(sizeof(*rules));
    enum err err = ERR_OK;
    if (score_trace(setting, "rules", "codeteam/labels/team_rules.jsonl",
                    &labels, out) &&
        score_trace(setting, "rules", "codeteam/messages.jsonl", &path, out)) {
        err = labels_each(buf_text(&labels), add_rule, rules);
        if (err == ERR_OK && rules->count == 0) {
            score_skip("rules", buf_text(&labels), "no rule in it", out);
        } else if (err == ERR_OK) {
            err = score_both(buf_text(&path), rules, out);
        }
    }
    free_rules(rules);
    free(rules);
    buf_fini(&labels);
    buf_fini(&path);
    return err;
}
