/* SPDX-License-Identifier: MIT */
/* Errors over names that memories would have prevented: the tasks of the past
 * half of sqlteam are dreamed over, one team per database, and what was
 * published is held against the errors of the future half and the schemas.
 *
 * A future (session, error) pair is one failure of a session over one table or
 * column that does not exist. It counts as prevented
 *   told as wrong       if one memory that was applied for that database says
 *                       that this name does not exist there;
 *   complete list       or if one memory lists the names that work there, it is
 *                       not among them, and the schema has no other names;
 *   known to work       or if one memory lists names that work there and it is
 *                       not among them, whether or not there are others.
 * "There" is the database for a table, and for a column the table that it would
 * have belonged to in the statement that failed; a name that could have
 * belonged to several tables is never prevented by a memory about one of them.
 * Of each database at most 20 memories count, those about most failures of the
 * past. A claim is one name that a memory says works, or does not exist; of a
 * database without a schema nothing is claimed. The bar is what remembering the
 * names would prevent that two agents got wrong in the past, literally. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/groups.h"
#include "agents-sim/lab/traces/labels.h"
#include "agents-sim/lab/traces/sqlteam/sqlteam.h"
#include "base/edge/json.h"
#include "base/log.h"

enum {
    MAP_MAX = 1 << 20,
    SCHEMAS_BYTES_MAX = 4 << 20
};

char *sqlteam_text(struct sqlteam *run, struct bytes text)
{
    struct bytes copy = arena_copy(&run->arena, text);
    return (char *)(uintptr_t)copy.data;
}

struct bytes sqlteam_field(const struct json *row, const char *name)
{
    return json_as_string(json_get(row, name), bytes_of("", 0));
}

void sqlteam_put(struct sqlteam *run, struct map *map, struct bytes key,
                 struct bytes value)
{
    char *copy = sqlteam_text(run, value);
    err_ignore(map_put(map, key, copy), "what does not fit is not counted");
}

/* ---- files --------------------------------------------------------------- */

static enum err read_schemas(struct sqlteam *run)
{
    struct buf path;
    struct buf text;
    buf_init(&path, 4096);
    buf_init(&text, SCHEMAS_BYTES_MAX);
    buf_add_format(&path, "%s/sqlteam/labels/schemas.json", run->folder);
    enum err err = labels_text(buf_text(&path), &text);
    if (err == ERR_OK) {
        err = json_parse(buf_bytes(&text), &run->schemas);
    }
    buf_fini(&path);
    buf_fini(&text);
    return err;
}

static enum err each_row(struct sqlteam *run, const char *name, labels_row take)
{
    struct buf path;
    buf_init(&path, 4096);
    buf_add_format(&path, "%s/sqlteam/%s", run->folder, name);
    enum err err = labels_each(buf_text(&path), take, run);
    buf_fini(&path);
    return err;
}

static enum err read_outcome(void *context, const struct json *row)
{
    struct sqlteam *run = context;
    sqlteam_put(run, run->halves, sqlteam_field(row, "session"),
                sqlteam_field(row, "half"));
    return ERR_OK;
}

static bool is_of(const struct sqlteam *run, struct bytes session,
                  const char *half)
{
    const char *found = map_get(run->halves, session);
    return found && strcmp(found, half) == 0;
}

static bool is_past(void *context, struct trace_row *row)
{
    return is_of(context, row->session, "past");
}

static enum err read_past(void *context, const struct json *row)
{
    struct sqlteam *run = context;
    if (is_of(run, sqlteam_field(row, "session"), "past")) {
        sqlteam_read_past(run, row);
    }
    return ERR_OK;
}

static enum err read_future(void *context, const struct json *row)
{
    struct sqlteam *run = context;
    if (is_of(run, sqlteam_field(row, "session"), "future")) {
        sqlteam_read_future(run, row);
    }
    return ERR_OK;
}

/* ---- rows ---------------------------------------------------------------- */

static enum err add_share(struct figures *out, const char *name, size_t part,
                          size_t whole, double target)
{
    struct figure figure =
        figure_of("sqlteam", name, 0,
                  target > 0 ? FIGURE_AT_LEAST : FIGURE_REPORTED, target);
    figure_proportion(&figure, part, whole);
    return figures_add(out, &figure);
}

static enum err add_rows(const struct sqlteam *run, struct figures *out)
{
    char note[FIGURE_NOTE_BYTES];
    double bar = run->pairs_total > 0
                     ? (double)run->recurring / (double)run->pairs_total
                     : 1;
    enum err err = add_share(out, "the same name, wrong for two agents before",
                             run->recurring, run->pairs_total, 0);
    if (err == ERR_OK) {
        err = add_share(out, "prevented, names told as wrong", run->strict,
                        run->pairs_total, bar);
    }
    if (err == ERR_OK) {
        err = add_share(out, "prevented, or not in a complete list",
                        run->complete, run->pairs_total, .8);
    }
    if (err == ERR_OK) {
        err = add_share(out, "prevented, or not among those known to work",
                        run->known, run->pairs_total, .8);
    }
    if (err == ERR_OK) {
        err = add_share(out, "claims that are true", run->claims_true,
                        run->claims, .98);
    }
    if (err == ERR_OK) {
        err = add_share(out, "columns told, of tables with a memory",
                        run->columns_stated, run->columns_true, 0);
    }
    if (err == ERR_OK && run->unknown > 0) {
        snprintf(note, sizeof(note), "%zu memories about databases without one",
                 run->unknown);
        score_skip("sqlteam", "sqlteam/labels/schemas.json", note, out);
    }
    return err;
}

static enum err measure(struct sqlteam *run, const char *trace,
                        struct figures *out)
{
    const struct retold_config config = {
        .path = trace,
        .policy = POLICY_APPROVE_ALL_PROPOSALS,
        .on_row = is_past,
        .on_change = sqlteam_take_change,
        .context = run,
    };
    enum err err = each_row(run, "labels/outcomes.jsonl", read_outcome);
    if (err == ERR_OK) {
        err = read_schemas(run);
    }
    if (err == ERR_OK) {
        err = retold_run(&config, run->why);
    }
    if (err == ERR_OK) {
        sqlteam_check_claims(run);
        err = each_row(run, "messages.jsonl", read_past);
    }
    if (err == ERR_OK) {
        err = each_row(run, "messages.jsonl", read_future);
    }
    return err == ERR_OK ? add_rows(run, out) : err;
}

enum err score_sqlteam(const struct score_setting *setting, struct figures *out)
{
    struct buf path;
    struct buf why;
    buf_init(&path, 4096);
    buf_init(&why, 1 << 16);
    enum err err = ERR_OK;
    if (score_trace(setting, "sqlteam", "sqlteam/labels/outcomes.jsonl", &path,
                    out) &&
        score_trace(setting, "sqlteam", "sqlteam/labels/schemas.json", &path,
                    out) &&
        score_trace(setting, "sqlteam", "sqlteam/messages.jsonl", &path, out)) {
        struct sqlteam run = {.folder = score_folder(setting), .why = &why};
        arena_init(&run.arena, SIZE_MAX / 2);
        run.halves = map_new(MAP_MAX, NULL);
        run.queries = map_new(MAP_MAX, NULL);
        run.pairs = map_new(MAP_MAX, NULL);
        run.past = map_new(MAP_MAX, NULL);
        run.twice = map_new(MAP_MAX, NULL);
        err = measure(&run, buf_text(&path), out);
        map_free(run.halves);
        map_free(run.queries);
        map_free(run.pairs);
        map_free(run.past);
        map_free(run.twice);
        json_free(run.schemas);
        arena_fini(&run.arena);
        free(run.stated);
    }
    if (err != ERR_OK && why.len > 0) {
        log_line(LOG_ERROR, "LAB-FAILED", "in=sqlteam why=\"%s\"",
                 buf_text(&why));
    }
    buf_fini(&path);
    buf_fini(&why);
    return err;
}
