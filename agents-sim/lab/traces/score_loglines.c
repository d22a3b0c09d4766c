/* SPDX-License-Identifier: MIT */
/* Lines of logs of open systems (loghub, 2,000 lines each) against the groups
 * and templates that people gave them, as the literature measures it: GA and
 * FGA by group, PA and FTA by the text of the template. The published figure to
 * beat is Drain's, which has settings for each system; here there are none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/groups.h"
#include "agents-sim/lab/traces/labels.h"
#include "agents-sim/lab/traces/partition.h"
#include "base/clock.h"
#include "base/edge/hash.h"
#include "base/edge/json.h"
#include "plugin/template/line_miner.h"

enum {
    LINES_MAX = 100000,
    FILE_BYTES_MAX = 64 << 20
};

#define DRAIN_LEAD .02

/* One system: what was said of each of its lines. */
struct lines {
    size_t count;
    uint64_t *groups;    /* ours */
    uint64_t *texts;     /* hashes of our templates, in the truth's notation */
    uint64_t *events;    /* true groups, original labels */
    uint64_t *templates; /* hashes of the true templates, corrected labels */
    double seconds;
};

/* Means over systems. */
struct means {
    double ga;
    double ga_original;
    double fga;
    double pa;
    double fta;
    double drain;
    double drain_corrected;
    size_t systems;
    size_t published; /* of these have Drain's figures */
    double lines;
    double seconds;
};

static struct lines lines_new(void)
{
    return (struct lines){.groups = mem_new_array(LINES_MAX, sizeof(uint64_t)),
                          .texts = mem_new_array(LINES_MAX, sizeof(uint64_t)),
                          .events = mem_new_array(LINES_MAX, sizeof(uint64_t)),
                          .templates =
                              mem_new_array(LINES_MAX, sizeof(uint64_t))};
}

static void lines_free(struct lines *lines)
{
    free(lines->groups);
    free(lines->texts);
    free(lines->events);
    free(lines->templates);
}

static bool next_line(struct bytes *rest, struct bytes *out_line)
{
    if (rest->len == 0) {
        return false;
    }
    size_t end = bytes_find(*rest, BYTES_LITERAL("\n"), 0);
    end = end == SIZE_MAX ? rest->len : end;
    *out_line = bytes_slice(*rest, 0, end);
    while (out_line->len && out_line->data[out_line->len - 1] == '\r') {
        out_line->len--;
    }
    *rest = bytes_slice(*rest, end + 1, rest->len);
    return true;
}

/* Our "<IP>:<NUM>" in the notation of the truth: "<*>:<*>". */
static uint64_t starred(struct bytes text)
{
    uint8_t out[2 * TEMPLATE_TEXT_MAX];
    size_t len = 0;
    size_t at = 0;
    while (at < text.len && len + 3 < sizeof(out)) {
        size_t mask = piece_mask_len(text, at);
        if (mask > 0) {
            out[len++] = '<';
            out[len++] = '*';
            out[len++] = '>';
            at += mask;
        } else {
            out[len++] = text.data[at++];
        }
    }
    return hash_bytes(bytes_of(out, len));
}

/* Mines the lines of ${text}: fills groups and texts. */
static void mine(struct bytes text, struct lines *lines)
{
    struct line_miner *miner = line_miner_new(TEMPLATE_LOGS);
    struct bytes line;
    int64_t begin_us = clock_monotonic_us();
    lines->count = 0;
    while (lines->count < LINES_MAX && next_line(&text, &line)) {
        lines->groups[lines->count++] = line_miner_add(miner, line);
    }
    struct line_miner_result *result = line_miner_groups(miner);
    lines->seconds = (double)(clock_monotonic_us() - begin_us) / 1e6;
    for (size_t i = 0; i < lines->count; i++) {
        const struct template_group *group =
            line_miner_result_of(result, lines->groups[i]);
        lines->groups[i] = group->id;
        lines->texts[i] = starred(group->text);
    }
    line_miner_result_free(result);
    line_miner_free(miner);
}

/* Column ${index} of a row of tab-separated values. */
static struct bytes column(struct bytes row, size_t index)
{
    size_t at = 0;
    for (; index > 0; index--) {
        size_t tab = bytes_find(row, BYTES_LITERAL("\t"), at);
        if (tab == SIZE_MAX) {
            return bytes_of(NULL, 0);
        }
        at = tab + 1;
    }
    size_t end = bytes_find(row, BYTES_LITERAL("\t"), at);
    return bytes_slice(row, at, end == SIZE_MAX ? row.len : end - at);
}

/* line, event_id, template, template_corrected; the first row names them. */
static bool read_truth(struct bytes text, struct lines *lines)
{
    struct bytes row;
    size_t count = 0;
    if (!next_line(&text, &row)) {
        return false;
    }
    while (count < lines->count && next_line(&text, &row)) {
        lines->events[count] = hash_bytes(column(row, 1));
        lines->templates[count] = hash_bytes(column(row, 3));
        count++;
    }
    return count == lines->count && text.len == 0;
}

static enum err add(struct figures *out, const char *system, const char *name,
                    double value)
{
    char text[FIGURE_NAME_BYTES];
    snprintf(text, sizeof(text), "%s: %s", system, name);
    struct figure figure =
        figure_of("loglines", text, value, FIGURE_REPORTED, 0);
    return figures_add(out, &figure);
}

static enum err score_lines(const char *system, const struct lines *lines,
                            struct means *means, struct figures *out)
{
    struct partition fixed =
        partition_compare(lines->groups, lines->templates, lines->count);
    struct partition original =
        partition_compare(lines->groups, lines->events, lines->count);
    size_t equal = 0;
    for (size_t i = 0; i < lines->count; i++) {
        equal += lines->texts[i] == lines->templates[i];
    }
    double pa = (double)equal / (double)lines->count;
    double fta =
        partition_named_f1(lines->texts, lines->templates, lines->count);
    means->ga += fixed.grouping_accuracy;
    means->ga_original += original.grouping_accuracy;
    means->fga += fixed.group_f1;
    means->pa += pa;
    means->fta += fta;
    means->lines += (double)lines->count;
    means->seconds += lines->seconds;
    means->systems++;
    enum err err = add(out, system, "GA", fixed.grouping_accuracy);
    err = err == ERR_OK ? add(out, system, "FGA", fixed.group_f1) : err;
    err = err == ERR_OK ? add(out, system, "PA", pa) : err;
    return err == ERR_OK ? add(out, system, "FTA", fta) : err;
}

/* One run over all systems there are. */
struct run {
    const struct score_setting *setting;
    struct figures *out;
    const struct json *published; /* of other parsers; NULL: not known */
    struct lines *lines;
    struct means means;
};

static void add_published(const struct json *system, struct means *means)
{
    const struct json *drain =
        json_get(json_get(system, "loghub2_table_2k"), "Drain");
    double original =
        json_as_real(json_get(system, "drain_ga_published_2k"), 0);
    double corrected = json_as_real(json_get(drain, "GA"), 0);
    means->drain += original;
    means->drain_corrected += corrected;
    means->published += original > 0 && corrected > 0;
}

static enum err score_truth(const char *path, const char *system,
                            struct run *run)
{
    struct buf truth;
    buf_init(&truth, FILE_BYTES_MAX);
    enum err err = labels_text(path, &truth);
    if (err == ERR_OK && read_truth(buf_bytes(&truth), run->lines)) {
        err = score_lines(system, run->lines, &run->means, run->out);
        add_published(json_get(run->published, system), &run->means);
    } else if (err == ERR_OK) {
        score_skip("loglines", path, "not one row for each line", run->out);
    }
    buf_fini(&truth);
    return err;
}

/* One system: the file "labels/SYSTEM.truth.tsv" and its log. */
static enum err score_system(void *context, const char *system)
{
    struct run *run = context;
    char name[FIGURE_NOTE_BYTES];
    struct buf path;
    struct buf content;
    struct lines lines = lines_new();
    enum err err = ERR_OK;
    buf_init(&path, 4096);
    buf_init(&content, FILE_BYTES_MAX);
    run->lines = &lines;
    snprintf(name, sizeof(name), "loglines/%s.content.log", system);
    if (score_trace(run->setting, "loglines", name, &path, run->out)) {
        err = labels_text(buf_text(&path), &content);
        if (err == ERR_OK && content.len == 0) {
            score_skip("loglines", name, "no line in it", run->out);
        }
    }
    if (err == ERR_OK && content.len > 0) {
        mine(buf_bytes(&content), &lines);
        buf_reset(&path);
        buf_add_format(&path, "%s/loglines/labels/%s.truth.tsv",
                       score_folder(run->setting), system);
        err = score_truth(buf_text(&path), system, run);
    }
    lines_free(&lines);
    buf_fini(&path);
    buf_fini(&content);
    return err;
}

/* A log of a system that has no truth is said, not scored. */
static enum err say_unlabelled(void *context, const char *system)
{
    struct run *run = context;
    char name[FIGURE_NOTE_BYTES];
    struct buf path;
    buf_init(&path, 4096);
    snprintf(name, sizeof(name), "loglines/labels/%s.truth.tsv", system);
    score_trace(run->setting, "loglines", name, &path, run->out);
    buf_fini(&path);
    return ERR_OK;
}

static enum err add_mean(struct figures *out, const char *name, double sum,
                         const struct means *means, double drain)
{
    double count = (double)means->systems;
    bool has_target = drain > 0 && means->published == means->systems;
    struct figure figure =
        figure_of("loglines", name, sum / count,
                  has_target ? FIGURE_AT_LEAST : FIGURE_REPORTED,
                  has_target ? drain / count + DRAIN_LEAD : 0);
    if (has_target) {
        snprintf(figure.note, sizeof(figure.note),
                 "Drain as published: %.4f on these systems", drain / count);
    }
    return figures_add(out, &figure);
}

static enum err add_means(const struct means *means, struct figures *out)
{
    if (means->systems == 0) {
        return ERR_OK;
    }
    enum err err = add_mean(out, "mean GA, corrected labels", means->ga, means,
                            means->drain_corrected);
    if (err == ERR_OK) {
        err = add_mean(out, "mean GA, original labels", means->ga_original,
                       means, means->drain);
    }
    err = err == ERR_OK ? add_mean(out, "mean FGA", means->fga, means, 0) : err;
    err = err == ERR_OK ? add_mean(out, "mean PA", means->pa, means, 0) : err;
    err = err == ERR_OK ? add_mean(out, "mean FTA", means->fta, means, 0) : err;
    if (err == ERR_OK) {
        struct figure speed =
            figure_of("loglines", "lines/s, with grouping",
                      means->lines / means->seconds, FIGURE_REPORTED, 0);
        err = figures_add(out, &speed);
    }
    return err;
}

static enum err read_published(const struct score_setting *setting,
                               struct figures *out, struct json **out_json)
{
    struct buf path;
    struct buf text;
    enum err err = ERR_OK;
    buf_init(&path, 4096);
    buf_init(&text, FILE_BYTES_MAX);
    if (score_trace(setting, "loglines",
                    "loglines/labels/published_parsers.json", &path, out)) {
        err = labels_text(buf_text(&path), &text);
        err = err == ERR_OK ? json_parse(buf_bytes(&text), out_json) : err;
    }
    buf_fini(&path);
    buf_fini(&text);
    return err;
}

enum err score_loglines(const struct score_setting *setting,
                        struct figures *out)
{
    struct run run = {.setting = setting, .out = out};
    struct json *published = NULL;
    struct buf folder;
    buf_init(&folder, 4096);
    buf_add_format(&folder, "%s/loglines", score_folder(setting));
    enum err err = read_published(setting, out, &published);
    run.published = published;
    if (err == ERR_OK) {
        err = labels_files(buf_text(&folder), "", ".content.log",
                           say_unlabelled, &run);
    }
    buf_add_text(&folder, "/labels");
    if (err == ERR_OK) {
        err = labels_files(buf_text(&folder), "", ".truth.tsv", score_system,
                           &run);
    }
    if (err == ERR_OK && run.means.systems == 0) {
        score_skip("loglines", buf_text(&folder),
                   "no SYSTEM.content.log with its truth", out);
    }
    if (err == ERR_OK) {
        err = add_means(&run.means, out);
    }
    json_free(published);
    buf_fini(&folder);
    return err;
}
