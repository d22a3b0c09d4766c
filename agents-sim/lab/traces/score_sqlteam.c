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
 * past. A claim is one name that a memory says works, or does not exist. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/groups.h"
#include "agents-sim/lab/traces/retold.h"
#include "base/edge/json.h"
#include "base/map.h"
#include "plugin/read/sql/refs.h"
#include "plugin/read/text/ascii.h"
#include "proto/messages.h"

enum {
    MEMORIES_PER_TEAM = 20,
    OWNERS_MAX = 16,
    MAP_MAX = 1 << 20,
    LINE_BYTES_MAX = 4 << 20
};

/* What one memory says of the names of a place. */
struct stated {
    char *team;
    bool is_column;
    char *owner; /* the table, for columns; NULL: of no one table */
    char *good;  /* ", a, b, " or NULL */
    char *once;  /* worked for one person */
    char *bad;
    int64_t rank; /* failures of the past that it is about */
    bool counts;  /* within the budget */
    bool has_good;
    bool is_complete; /* it lists all that the schema has */
};

/* One error of the future. */
struct failure {
    struct bytes team;
    bool is_column;
    struct bytes said;
    struct bytes owners[OWNERS_MAX];
    struct bytes name;
    size_t owner_count;
};

struct sqlteam {
    const char *folder;
    struct arena arena;
    struct map *halves;  /* session -> "past" or "future" */
    struct map *queries; /* session -> its last statement */
    struct map *pairs;   /* seen already */
    struct json *schemas;
    struct stated *stated;
    size_t count;
    size_t capacity;
    size_t pairs_total;
    size_t strict;
    size_t complete;
    size_t known;
    size_t claims;
    size_t claims_true;
    size_t columns_true; /* of tables that have a memory */
    size_t columns_stated;
    struct buf *why;
};

static char *text_in(struct sqlteam *run, struct bytes text)
{
    struct bytes copy = arena_copy(&run->arena, text);
    return (char *)(uintptr_t)copy.data;
}

/* ---- files --------------------------------------------------------------- */

typedef void (*row_reader)(struct sqlteam *run, const struct json *row);

static enum err each_row(struct sqlteam *run, const char *name, row_reader read)
{
    char path[1024];
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    snprintf(path, sizeof(path), "%s/sqlteam/%s", run->folder, name);
    FILE *file = fopen(path, "r");
    if (!file) {
        buf_add_format(run->why, "%s: cannot be read", path);
        return ERR_NOT_FOUND;
    }
    enum err err = ERR_OK;
    while (err == ERR_OK && (len = getline(&line, &capacity, file)) > 0) {
        struct json *row = NULL;
        err = json_parse(ascii_trim(bytes_of(line, (size_t)len)), &row);
        if (err == ERR_OK) {
            read(run, row);
        }
        json_free(row);
    }
    free(line);
    fclose(file);
    return err;
}

static enum err read_whole(struct sqlteam *run, const char *name,
                           struct json **out)
{
    char path[1024];
    struct buf text;
    snprintf(path, sizeof(path), "%s/sqlteam/%s", run->folder, name);
    FILE *file = fopen(path, "r");
    if (!file) {
        buf_add_format(run->why, "%s: cannot be read", path);
        return ERR_NOT_FOUND;
    }
    buf_init(&text, LINE_BYTES_MAX);
    size_t got = 1;
    while (got > 0) {
        uint8_t *room = buf_reserve(&text, 65536);
        got = room ? fread(room, 1, 65536, file) : 0;
        buf_commit(&text, got);
    }
    fclose(file);
    enum err err = json_parse(buf_bytes(&text), out);
    buf_fini(&text);
    return err;
}

static struct bytes field(const struct json *row, const char *name)
{
    return json_as_string(json_get(row, name), bytes_of("", 0));
}

static void put(struct sqlteam *run, struct map *map, struct bytes key,
                struct bytes value)
{
    char *copy = text_in(run, value);
    err_ignore(map_put(map, key, copy), "what does not fit is not counted");
}

static void read_outcome(struct sqlteam *run, const struct json *row)
{
    put(run, run->halves, field(row, "session"), field(row, "half"));
}

static bool is_of(const struct sqlteam *run, struct bytes session,
                  const char *half)
{
    const char *found = map_get(run->halves, session);
    return found && strcmp(found, half) == 0;
}

/* ---- memories ------------------------------------------------------------ */

static bool is_past(void *context, struct trace_row *row)
{
    return is_of(context, row->session, "past");
}

/* ", a, b, " of the list that follows ${label} in a memory's own words. */
static char *list_after(struct sqlteam *run, struct bytes content,
                        const char *label)
{
    size_t at = ascii_find(content, label);
    if (at == SIZE_MAX) {
        return NULL;
    }
    size_t from = bytes_find(content, BYTES_LITERAL("\""), at);
    size_t to = bytes_find(content, BYTES_LITERAL("\""), from + 1);
    if (from == SIZE_MAX || to == SIZE_MAX) {
        return NULL;
    }
    struct buf list;
    buf_init(&list, 4096);
    buf_add_text(&list, ", ");
    buf_add(&list, bytes_slice(content, from + 1, to - from - 1));
    buf_add_text(&list, ", ");
    char *text = text_in(run, buf_bytes(&list));
    buf_fini(&list);
    return text;
}

static struct stated *stated_add(struct sqlteam *run)
{
    if (run->count == run->capacity) {
        run->capacity = run->capacity ? 2 * run->capacity : 64;
        run->stated =
            mem_grow(run->stated, run->capacity * sizeof(*run->stated));
    }
    run->stated[run->count] = (struct stated){.team = NULL};
    return &run->stated[run->count++];
}

/* A memory about the names of a place. */
static void read_names(struct sqlteam *run, struct stated *stated,
                       const struct Reverie__V1__Change *change,
                       const struct json *detail)
{
    struct bytes content = message_text(change->content);
    stated->is_column = bytes_equal_text(field(detail, "names_of"), "columns");
    stated->owner = text_in(run, field(detail, "owner"));
    stated->good = list_after(run, content, "known to work:");
    stated->once = list_after(run, content, "worked for one person:");
    stated->bad = list_after(run, content, "no such ");
    stated->rank = json_as_int(json_get(detail, "failures"), 0);
}

/* A memory about one error: "Table '<IDENT>' doesn't exist" for one name. */
static void read_error(struct sqlteam *run, struct stated *stated,
                       const struct Reverie__V1__Change *change)
{
    struct bytes subject = message_text(change->subject);
    struct buf list;
    stated->is_column = ascii_find(subject, "unknown column") != SIZE_MAX;
    if (!stated->is_column && ascii_find(subject, "exist") == SIZE_MAX) {
        return;
    }
    buf_init(&list, 4096);
    buf_add_text(&list, ", ");
    buf_add(&list, message_text(change->option));
    buf_add_text(&list, ", ");
    stated->bad = text_in(run, buf_bytes(&list));
    buf_fini(&list);
    stated->rank = change->numbers ? change->numbers->sessions : 0;
}

static void take_change(void *context, const struct retold_change *told)
{
    const struct Reverie__V1__Change *change = told->change;
    struct sqlteam *run = context;
    struct json *detail = NULL;
    if (!told->is_applied) {
        return;
    }
    if (change->kind != REVERIE__V1__FINDING_KIND__FINDING_MISTAKE ||
        json_parse(message_text(change->detail_json), &detail) != ERR_OK) {
        return;
    }
    struct stated *stated = stated_add(run);
    stated->team = text_in(run, bytes_of_text(change->store + strlen("team/")));
    if (json_get(detail, "names_of")) {
        read_names(run, stated, change, detail);
    } else {
        read_error(run, stated, change);
    }
    json_free(detail);
}

static int compare_stated(const void *a, const void *b)
{
    const struct stated *x = a;
    const struct stated *y = b;
    int order = strcmp(x->team, y->team);
    return order ? order : (x->rank < y->rank) - (x->rank > y->rank);
}

static void choose(struct sqlteam *run)
{
    size_t taken = 0;
    if (run->count > 0) {
        qsort(run->stated, run->count, sizeof(*run->stated), compare_stated);
    }
    for (size_t i = 0; i < run->count; i++) {
        bool is_next =
            i > 0 && strcmp(run->stated[i].team, run->stated[i - 1].team) == 0;
        taken = is_next ? taken + 1 : 1;
        run->stated[i].counts = taken <= MEMORIES_PER_TEAM;
    }
}

/* ---- claims against the schemas ------------------------------------------ */

static bool folds_to(const char *name, struct bytes text)
{
    return ascii_equal(text, name);
}

/* Whether ${table} of ${team} has ${column}; any table where it is NULL, any
 * column where that is empty. */
static bool schema_has(const struct sqlteam *run, const char *team,
                       const char *table, struct bytes column)
{
    void *cursor = NULL;
    const char *name = NULL;
    struct json *columns = NULL;
    const struct json *tables = json_get(run->schemas, team);
    while (json_next(tables, &cursor, &name, &columns)) {
        if (table && !folds_to(name, bytes_of_text(table))) {
            continue;
        }
        bool has = column.len == 0;
        for (size_t i = 0; i < json_len(columns) && !has; i++) {
            struct bytes text =
                json_as_string(json_at(columns, i), bytes_of("", 0));
            char *known = bytes_to_text(text);
            has = folds_to(known, column);
            free(known);
        }
        if (has) {
            return true;
        }
    }
    return false;
}

static bool is_true(const struct sqlteam *run, const struct stated *stated,
                    struct bytes name, bool is_good)
{
    bool exists;
    if (stated->is_column) {
        exists = schema_has(run, stated->team, stated->owner, name);
    } else {
        char *table = bytes_to_text(name);
        exists = schema_has(run, stated->team, table, bytes_of("", 0));
        free(table);
    }
    return exists == is_good;
}

static size_t list_count(const char *list)
{
    size_t commas = 0;
    for (const char *at = list; at && *at; at++) {
        commas += *at == ',';
    }
    bool is_empty = !list || list[2] == ',';
    return is_empty ? 0 : commas - 1;
}

static void check_list(struct sqlteam *run, const struct stated *stated,
                       const char *list, bool is_good)
{
    struct bytes rest = bytes_of_text(list);
    size_t at = 2;
    while (list_count(list) > 0 && at < rest.len) {
        size_t end = bytes_find(rest, BYTES_LITERAL(", "), at);
        struct bytes name = bytes_slice(rest, at, end - at);
        bool is_right = is_true(run, stated, name, is_good);
        run->claims++;
        run->claims_true += is_right;
        run->columns_stated += is_good && stated->is_column;
        at = end + 2;
    }
}

/* How many names the schema has where the memory is about. */
static size_t schema_count(const struct sqlteam *run,
                           const struct stated *stated)
{
    const struct json *tables = json_get(run->schemas, stated->team);
    void *cursor = NULL;
    const char *name = NULL;
    struct json *columns = NULL;
    size_t count = 0;
    while (json_next(tables, &cursor, &name, &columns)) {
        bool is_owner = folds_to(name, bytes_of_text(stated->owner));
        count += stated->is_column ? (is_owner ? json_len(columns) : 0) : 1;
    }
    return count;
}

static void check_claims(struct sqlteam *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct stated *stated = &run->stated[i];
        if (!stated->counts) {
            continue;
        }
        check_list(run, stated, stated->good, true);
        check_list(run, stated, stated->once, true);
        check_list(run, stated, stated->bad, false);
        if (stated->owner) {
            size_t total = schema_count(run, stated);
            size_t listed = list_count(stated->good) + list_count(stated->once);
            run->stated[i].has_good = listed > 0;
            run->stated[i].is_complete = listed >= total;
            run->columns_true += stated->is_column ? total : 0;
        }
    }
}

/* ---- errors of the future ------------------------------------------------ */

static bool lists(const char *list, struct bytes name)
{
    struct buf item;
    buf_init(&item, 1024);
    buf_add_text(&item, ", ");
    buf_add(&item, name);
    buf_add_text(&item, ", ");
    bool has = list &&
               bytes_find(bytes_of_text(list), buf_bytes(&item), 0) != SIZE_MAX;
    buf_fini(&item);
    return has;
}

enum measure {
    TOLD_WRONG,    /* the memory says that the name does not exist */
    TOLD_COMPLETE, /* or it lists all names there are */
    TOLD_KNOWN     /* or it lists names known to work */
};

/* Whether one memory says that the failure would happen. */
static bool says(const struct stated *stated, const struct failure *failure,
                 enum measure measure)
{
    if (!stated->counts || stated->is_column != failure->is_column ||
        !bytes_equal_text(failure->team, stated->team)) {
        return false;
    }
    if (!stated->owner) {
        return lists(stated->bad, failure->said);
    }
    if (failure->is_column &&
        (failure->owner_count != 1 ||
         !bytes_equal_text(failure->owners[0], stated->owner))) {
        return false;
    }
    return lists(stated->bad, failure->name) ||
           (measure >= (stated->is_complete ? TOLD_COMPLETE : TOLD_KNOWN) &&
            stated->has_good && !lists(stated->good, failure->name) &&
            !lists(stated->once, failure->name));
}

static bool is_prevented(const struct sqlteam *run,
                         const struct failure *failure, enum measure measure)
{
    for (size_t i = 0; i < run->count; i++) {
        if (says(&run->stated[i], failure, measure)) {
            return true;
        }
    }
    return false;
}

/* The text between ${before} and the next apostrophe. */
static struct bytes between(struct bytes text, const char *before)
{
    size_t at = ascii_find(text, before);
    if (at == SIZE_MAX) {
        return bytes_of(NULL, 0);
    }
    size_t from = at + strlen(before);
    size_t to = bytes_find(text, BYTES_LITERAL("'"), from);
    return bytes_slice(text, from, to == SIZE_MAX ? 0 : to - from);
}

static void add_owner(struct failure *failure, struct bytes owner)
{
    for (size_t i = 0; i < failure->owner_count; i++) {
        if (bytes_equal(failure->owners[i], owner)) {
            return;
        }
    }
    if (failure->owner_count < OWNERS_MAX) {
        failure->owners[failure->owner_count++] = owner;
    }
}

/* Which tables the column can belong to in the statement that failed. */
static void find_owners(struct sqlteam *run, struct failure *failure,
                        const char *query)
{
    struct slot_set *set = mem_new(sizeof(*set));
    slot_set_init(set, &run->arena);
    sql_refs_add(set, bytes_of_text(query));
    for (size_t i = 0; i < set->ref_count; i++) {
        const struct tuple_ref *ref = &set->refs[i];
        if (ref->kind == REF_COLUMN && bytes_equal(ref->said, failure->said)) {
            failure->name = ref->name;
            add_owner(failure, ref->owner);
        }
    }
    free(set);
}

/* "db.table" and "db.table.column": the database is not the error. */
static struct bytes without_database(struct bytes said, size_t parts)
{
    size_t dots = 0;
    size_t at = said.len;
    while (at > 0 && dots < parts) {
        dots += said.data[at - 1] == '.';
        at -= dots < parts;
    }
    return bytes_slice(said, at, said.len);
}

static void judge(struct sqlteam *run, struct bytes session, bool is_column,
                  struct bytes said)
{
    size_t slash = bytes_find(session, BYTES_LITERAL("/"), 0);
    struct failure failure = {.team = bytes_slice(session, 0, slash),
                              .is_column = is_column};
    struct buf key;
    said = ascii_fold_copy(&run->arena, said);
    failure.said = without_database(said, is_column ? 2 : 1);
    failure.name = failure.said;
    buf_init(&key, 4096);
    buf_add(&key, session);
    buf_add_u8(&key, (uint8_t)is_column);
    buf_add(&key, failure.said);
    bool is_new = !map_get(run->pairs, buf_bytes(&key));
    put(run, run->pairs, buf_bytes(&key), BYTES_LITERAL("x"));
    buf_fini(&key);
    if (!is_new) {
        return;
    }
    const char *query = map_get(run->queries, session);
    if (is_column && query) {
        find_owners(run, &failure, query);
    }
    run->pairs_total++;
    run->strict += is_prevented(run, &failure, TOLD_WRONG);
    run->complete += is_prevented(run, &failure, TOLD_COMPLETE);
    run->known += is_prevented(run, &failure, TOLD_KNOWN);
}

static void read_row(struct sqlteam *run, const struct json *row)
{
    struct bytes session = field(row, "session");
    struct bytes kind = field(row, "kind");
    if (!is_of(run, session, "future")) {
        return;
    }
    if (bytes_equal_text(kind, "tool_call")) {
        put(run, run->queries, session, field(row, "args"));
    } else if (json_as_bool(json_get(row, "error"), false)) {
        struct bytes text = field(row, "text");
        bool is_column = ascii_find(text, "unknown column '") != SIZE_MAX;
        bool is_table = ascii_find(text, "doesn't exist") != SIZE_MAX;
        if (is_column || is_table) {
            judge(run, session, is_column,
                  between(text, is_column ? "unknown column '" : "table '"));
        }
    }
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

static enum err add_rows(struct sqlteam *run, struct figures *out)
{
    enum err err = add_share(out, "prevented, names told as wrong", run->strict,
                             run->pairs_total, .57);
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
    return err;
}

static enum err measure(struct sqlteam *run, const char *trace,
                        struct figures *out)
{
    const struct retold_config config = {
        .path = trace,
        .policy = POLICY_APPROVE_ALL_PROPOSALS,
        .on_row = is_past,
        .on_change = take_change,
        .context = run,
    };
    enum err err = each_row(run, "labels/outcomes.jsonl", read_outcome);
    if (err == ERR_OK) {
        err = read_whole(run, "labels/schemas.json", &run->schemas);
    }
    if (err == ERR_OK) {
        err = retold_run(&config, run->why);
    }
    if (err == ERR_OK) {
        choose(run);
        check_claims(run);
        err = each_row(run, "messages.jsonl", read_row);
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
        err = measure(&run, buf_text(&path), out);
        map_free(run.halves);
        map_free(run.queries);
        map_free(run.pairs);
        json_free(run.schemas);
        arena_fini(&run.arena);
        free(run.stated);
    }
    buf_fini(&path);
    buf_fini(&why);
    return err;
}
