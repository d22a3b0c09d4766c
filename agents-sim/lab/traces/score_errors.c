/* SPDX-License-Identifier: MIT */
/* Failed tool calls of a recorded team against coarse classes that fixed
 * expressions gave them by the harness's wording. Reported at each level from
 * fine to coarse; what counts as recurring (two people, three sessions) is
 * judged by the class that most errors of a group have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/groups.h"
#include "agents-sim/lab/traces/errors.h"
#include "agents-sim/lab/traces/labels.h"
#include "agents-sim/lab/traces/partition.h"
#include "agents-sim/trace.h"
#include "base/edge/hash.h"
#include "base/edge/json.h"
#include "plugin/read/normaliser.h"
#include "plugin/template/template_family.h"
#include "plugin/template/template_groups.h"

enum {
    ERRORS_MAX = 65536,
    LINE_BYTES_MAX = 1 << 20
};

#define TARGET .9

static void sample_free(void *value)
{
    struct sample *sample = value;
    free(sample->class);
    free(sample);
}

/* ---- labels ---------------------------------------------------------------
 */

static char *text_of(const struct json *row, const char *name)
{
    return bytes_to_text(json_as_string(json_get(row, name), bytes_of("", 0)));
}

static enum err add_label(void *context, const struct json *row)
{
    struct errors *errors = context;
    char key[512];
    char *session = text_of(row, "session");
    snprintf(key, sizeof(key), "%s#%lld", session,
             (long long)json_as_int(json_get(row, "seq"), 0));
    free(session);
    struct sample *sample = mem_new(sizeof(*sample));
    sample->class = text_of(row, "class");
    enum err err = map_put(errors->samples, bytes_of_text(key), sample);
    if (err != ERR_OK) {
        sample_free(sample);
    }
    return err;
}

static enum err add_class(void *context, const struct json *row)
{
    struct errors *errors = context;
    static const char *const words[] = {"0", "1"};
    char *class = text_of(row, "class");
    bool recurs = json_as_bool(json_get(row, "recurring"), false);
    enum err err = map_put(errors->classes, bytes_of_text(class),
                           (void *)(uintptr_t)words[recurs]);
    free(class);
    return err;
}

/* ---- the trace ------------------------------------------------------------
 */

static void keep(void *context, const struct tuple *tuple)
{
    struct errors *errors = context;
    struct sample *sample = errors->now;
    char text[64];
    if (tuple->kind == TUPLE_ERROR) {
        sample->tool = arena_copy(&errors->texts, tuple->error.tool);
        sample->template_text =
            arena_copy(&errors->texts, tuple->error.template_text);
    } else if (tuple->kind == TUPLE_REJECTED) {
        snprintf(text, sizeof(text), ERRORS_REJECTED "REASON%d",
                 (int)tuple->rejected.by);
        sample->template_text = arena_copy(&errors->texts, bytes_of_text(text));
    } else if (tuple->kind == TUPLE_TOOL_RESULT) {
        sample->tool = arena_copy(&errors->texts, tuple->result.tool);
    }
}

static void read_row(struct normaliser *normaliser, const struct trace_row *row,
                     struct errors *errors)
{
    errors->now = map_get(errors->samples, row->source_id);
    if (!errors->now) {
        return;
    }
    struct stamp stamp = {.origin = row->origin};
    struct envelope envelope = {.kind = row->kind, .session = row->session};
    errors->now->is_read = true;
    errors->now->person = hash_bytes(row->principal);
    errors->now->team = hash_bytes(row->team);
    errors->now->session = hash_bytes(row->session);
    normaliser_read(normaliser, &stamp, &envelope, row->body, keep, errors);
}

static enum err read_trace(const char *path, struct errors *errors)
{
    struct trace *trace = NULL;
    struct buf why;
    buf_init(&why, 4096);
    struct redact_key key = {{1}};
    struct normaliser *normaliser = normaliser_new(&key);
    enum err err = trace_open(path, &why, &trace);
    for (size_t i = 0; err == ERR_OK && i < trace_len(trace); i++) {
        struct trace_row row;
        err = trace_at(trace, i, &why, &row);
        if (err == ERR_OK) {
            read_row(normaliser, &row, errors);
        }
    }
    trace_close(trace);
    normaliser_free(normaliser);
    buf_fini(&why);
    return err;
}

static void list_samples(struct errors *errors)
{
    size_t cursor = 0;
    void *value;
    while (map_next(errors->samples, &cursor, NULL, &value)) {
        const struct sample *sample = value;
        if (sample->is_read) {
            errors->labels[errors->count] =
                hash_bytes(bytes_of_text(sample->class));
            errors->list[errors->count++] = sample;
        }
    }
}

/* ---- levels ---------------------------------------------------------------
 */

enum level {
    LEVEL_TEMPLATE,
    LEVEL_GROUP,
    LEVEL_FAMILY,
    LEVEL_COUNT
};

static const char *const level_names[LEVEL_COUNT] = {"templates", "groups",
                                                     "families"};

/* Fills errors->keys for one level; ${by_tool}: as mistakes are keyed. Where
 * nothing was said, the tool that said nothing is all there is. */
static void key_samples(struct errors *errors, enum level level, bool by_tool)
{
    struct template_seen *seen = mem_new_array(errors->count, sizeof(*seen));
    for (size_t i = 0; i < errors->count; i++) {
        const struct sample *sample = errors->list[i];
        seen[i].text = sample->template_text;
        if (by_tool || seen[i].text.len == 0) {
            seen[i].scope = sample->tool;
        }
        seen[i].count = 1;
    }
    struct template_groups *groups =
        template_groups_build(seen, errors->count, TEMPLATE_ERRORS);
    for (size_t i = 0; i < errors->count; i++) {
        char name[TEMPLATE_FAMILY_BYTES];
        struct bytes family = template_family(seen[i].text, name);
        uint64_t key = template_id(seen[i].scope, seen[i].text);
        if (level == LEVEL_FAMILY && family.len) {
            key = template_id(seen[i].scope, family);
        } else if (level != LEVEL_TEMPLATE) {
            key = template_groups_of(groups, i)->id;
        }
        errors->keys[i] = key;
    }
    template_groups_free(groups);
    free(seen);
}

static enum err add_row(struct figures *out, enum level level, const char *name,
                        double value, const char *note)
{
    char text[FIGURE_NAME_BYTES];
    snprintf(text, sizeof(text), "%s: %s", level_names[level], name);
    struct figure figure = figure_of("errors", text, value, FIGURE_REPORTED, 0);
    snprintf(figure.note, sizeof(figure.note), "%s", note);
    return figures_add(out, &figure);
}

static enum err add_agreement(struct errors *errors, enum level level,
                              struct figures *out)
{
    struct partition same =
        partition_compare(errors->keys, errors->labels, errors->count);
    char note[FIGURE_NOTE_BYTES];
    snprintf(note, sizeof(note), "%zu errors, %zu groups, %zu classes",
             same.things, same.groups, same.classes);
    enum err err = add_row(out, level, "GA", same.grouping_accuracy, note);
    if (err == ERR_OK) {
        err = add_row(out, level, "adjusted Rand index", same.rand_index, "");
    }
    return err == ERR_OK ? add_row(out, level, "purity", same.purity, "") : err;
}

/* ---- what recurs ----------------------------------------------------------
 */

enum err errors_add_share(struct figures *out, const char *what, bool is_target,
                          const char *name, size_t part, size_t whole,
                          const char *note)
{
    char text[FIGURE_NAME_BYTES];
    snprintf(text, sizeof(text), "recurring %s: %s", what, name);
    struct figure figure = figure_of(
        "errors", text, 0, is_target ? FIGURE_AT_LEAST : FIGURE_REPORTED,
        is_target ? TARGET : 0);
    figure_proportion(&figure, part, whole);
    snprintf(figure.note, sizeof(figure.note), "%s", note);
    return figures_add(out, &figure);
}

enum err errors_add_recurring(const struct recurring *recurring,
                              const char *what, bool is_target,
                              struct figures *out)
{
    struct buf missed;
    size_t real = 0;
    size_t found = 0;
    buf_init(&missed, FIGURE_NOTE_BYTES - 1);
    recurring_count(recurring, &real, &found, &missed);
    enum err err = errors_add_share(out, what, is_target, "precision",
                                    recurring->right, recurring->groups, "");
    if (err == ERR_OK) {
        err = errors_add_share(out, what, is_target, "recall", found, real,
                               buf_text(&missed));
    }
    buf_fini(&missed);
    return err;
}

static enum err add_level(struct errors *errors, enum level level,
                          struct figures *out)
{
    static const char *const names[LEVEL_COUNT] = {
        "templates by tool", "groups by tool", "families"};
    struct recurring recurring;
    struct recurring_member *members =
        mem_new_array(errors->count + 1, sizeof(*members));
    for (size_t i = 0; i < errors->count; i++) {
        const struct sample *sample = errors->list[i];
        members[i] = (struct recurring_member){errors->keys[i], sample->class,
                                               sample->person, sample->session};
    }
    recurring_init(&recurring, errors->classes);
    recurring_add(&recurring, members, errors->count);
    enum err err = errors_add_recurring(&recurring, names[level],
                                        level == LEVEL_FAMILY, out);
    recurring_fini(&recurring);
    free(members);
    return err;
}

/* ---- the whole ------------------------------------------------------------
 */

static enum err score_levels(struct errors *errors, struct figures *out)
{
    enum err err = ERR_OK;
    list_samples(errors);
    for (int level = 0; err == ERR_OK && level < LEVEL_COUNT; level++) {
        key_samples(errors, (enum level)level, false);
        err = add_agreement(errors, (enum level)level, out);
        if (err == ERR_OK) {
            key_samples(errors, (enum level)level, level != LEVEL_FAMILY);
            err = add_level(errors, (enum level)level, out);
        }
    }
    return err;
}

static struct errors *errors_new(void)
{
    struct errors *errors = mem_new(sizeof(*errors));
    errors->samples = map_new(ERRORS_MAX, sample_free);
    errors->classes = map_new(ERRORS_CLASSES_MAX, NULL);
    errors->list = mem_new_array(ERRORS_MAX, sizeof(*errors->list));
    errors->keys = mem_new_array(ERRORS_MAX, sizeof(*errors->keys));
    errors->labels = mem_new_array(ERRORS_MAX, sizeof(*errors->labels));
    arena_init(&errors->texts, LINE_BYTES_MAX * (size_t)64);
    return errors;
}

static void errors_free(struct errors *errors)
{
    map_free(errors->samples);
    map_free(errors->classes);
    arena_fini(&errors->texts);
    free(errors->list);
    free(errors->keys);
    free(errors->labels);
    free(errors);
}

enum err score_errors(const struct score_setting *setting, struct figures *out)
{
    struct errors *errors = errors_new();
    struct buf path;
    buf_init(&path, 4096);
    enum err err = ERR_OK;
    if (!score_trace(setting, "errors", "codeteam/labels/error_class.jsonl",
                     &path, out)) {
        goto done;
    }
    err = labels_each(buf_text(&path), add_label, errors);
    if (err != ERR_OK ||
        !score_trace(setting, "errors", "codeteam/labels/error_support.jsonl",
                     &path, out)) {
        goto done;
    }
    err = labels_each(buf_text(&path), add_class, errors);
    if (err != ERR_OK || !score_trace(setting, "errors",
                                      "codeteam/messages.jsonl", &path, out)) {
        goto done;
    }
    err = read_trace(buf_text(&path), errors);
    err = err == ERR_OK ? score_levels(errors, out) : err;
    err = err == ERR_OK ? errors_told(errors, buf_text(&path), out) : err;
done:
    errors_free(errors);
    buf_fini(&path);
    return err;
}
