/* SPDX-License-Identifier: MIT */
/* What memories state of the names of a database, and whether it is true. */
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/traces/sqlteam/sqlteam.h"
#include "base/edge/json.h"
#include "base/text/ascii.h"
#include "proto/messages.h"

enum {
    MEMORIES_PER_TEAM = 20
};

/* ---- memories ------------------------------------------------------------ */

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
    char *text = sqlteam_text(run, buf_bytes(&list));
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
    stated->is_column =
        bytes_equal_text(sqlteam_field(detail, "names_of"), "columns");
    stated->owner = sqlteam_text(run, sqlteam_field(detail, "owner"));
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
    stated->is_column = ascii_holds(subject, "unknown column");
    if (!stated->is_column && !ascii_holds(subject, "exist")) {
        return;
    }
    buf_init(&list, 4096);
    buf_add_text(&list, ", ");
    buf_add(&list, message_text(change->option));
    buf_add_text(&list, ", ");
    stated->bad = sqlteam_text(run, buf_bytes(&list));
    buf_fini(&list);
    stated->rank = change->numbers ? change->numbers->sessions : 0;
}

void sqlteam_take_change(void *context, const struct retold_change *told)
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
    stated->team =
        sqlteam_text(run, bytes_of_text(change->store + strlen("team/")));
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
        if (table && !ascii_equal(bytes_of_text(table), name)) {
            continue;
        }
        bool has = column.len == 0;
        for (size_t i = 0; i < json_len(columns) && !has; i++) {
            struct bytes text =
                json_as_string(json_at(columns, i), bytes_of("", 0));
            char *known = bytes_to_text(text);
            has = ascii_equal(column, known);
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
        bool is_owner = ascii_equal(bytes_of_text(stated->owner), name);
        count += stated->is_column ? (is_owner ? json_len(columns) : 0) : 1;
    }
    return count;
}

void sqlteam_check_claims(struct sqlteam *run)
{
    choose(run);
    for (size_t i = 0; i < run->count; i++) {
        const struct stated *stated = &run->stated[i];
        if (!stated->counts) {
            continue;
        }
        if (!json_get(run->schemas, stated->team)) {
            run->unknown++;
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

/* ---- what would have been prevented --------------------------------------
 */

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

bool sqlteam_says(const struct stated *stated, const struct failure *failure,
                  enum sqlteam_measure measure)
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
