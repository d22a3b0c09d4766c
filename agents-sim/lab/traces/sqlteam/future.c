/* SPDX-License-Identifier: MIT */
/* Failures over names that do not exist: what the past got wrong twice, and
 * what memories would have prevented in the future. */
#include <stdlib.h>
#include <string.h>

#include "agents-sim/lab/traces/sqlteam/sqlteam.h"
#include "base/edge/json.h"
#include "base/text/ascii.h"
#include "plugin/read/sql/refs.h"

static bool is_prevented(const struct sqlteam *run,
                         const struct failure *failure,
                         enum sqlteam_measure measure)
{
    for (size_t i = 0; i < run->count; i++) {
        if (sqlteam_says(&run->stated[i], failure, measure)) {
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
    if (failure->owner_count < SQLTEAM_OWNERS_MAX) {
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

/* Fills ${out_failure} with what the row failed over; false if it is no
 * failure over a name. */
static bool read_failure(struct sqlteam *run, const struct json *row,
                         struct failure *out_failure)
{
    struct bytes text = sqlteam_field(row, "text");
    struct bytes session = sqlteam_field(row, "session");
    bool is_column = ascii_holds(text, "unknown column '");
    bool is_table = ascii_holds(text, "doesn't exist");
    if (!json_as_bool(json_get(row, "error"), false) ||
        (!is_column && !is_table)) {
        return false;
    }
    struct bytes said =
        between(text, is_column ? "unknown column '" : "table '");
    size_t slash = bytes_find(session, BYTES_LITERAL("/"), 0);
    said =
        without_database(ascii_fold_copy(&run->arena, said), is_column ? 2 : 1);
    *out_failure = (struct failure){.team = bytes_slice(session, 0, slash),
                                    .is_column = is_column,
                                    .said = said,
                                    .name = said};
    return true;
}

/* The failure as a key, of one session or of whichever. */
static void add_key(const struct failure *failure, struct bytes session,
                    struct buf *out)
{
    buf_add(out, session);
    buf_add_u8(out, (uint8_t)failure->is_column);
    buf_add(out, failure->said);
}

void sqlteam_read_past(struct sqlteam *run, const struct json *row)
{
    struct failure failure;
    struct buf key;
    if (!read_failure(run, row, &failure)) {
        return;
    }
    buf_init(&key, 4096);
    add_key(&failure, failure.team, &key);
    struct bytes agent = sqlteam_field(row, "agent");
    const char *first = map_get(run->past, buf_bytes(&key));
    if (!first) {
        sqlteam_put(run, run->past, buf_bytes(&key), agent);
    } else if (!bytes_equal_text(agent, first)) {
        sqlteam_put(run, run->twice, buf_bytes(&key), agent);
    }
    buf_fini(&key);
}

/* Whether the session fails over this for the first time. */
static bool is_new(struct sqlteam *run, struct bytes session,
                   const struct failure *failure)
{
    struct buf key;
    buf_init(&key, 4096);
    add_key(failure, session, &key);
    bool is_known = map_get(run->pairs, buf_bytes(&key)) != NULL;
    sqlteam_put(run, run->pairs, buf_bytes(&key), BYTES_LITERAL("x"));
    buf_reset(&key);
    add_key(failure, failure->team, &key);
    run->recurring += !is_known && map_get(run->twice, buf_bytes(&key));
    buf_fini(&key);
    return !is_known;
}

void sqlteam_read_future(struct sqlteam *run, const struct json *row)
{
    struct bytes session = sqlteam_field(row, "session");
    struct failure failure;
    if (bytes_equal_text(sqlteam_field(row, "kind"), "tool_call")) {
        sqlteam_put(run, run->queries, session, sqlteam_field(row, "args"));
        return;
    }
    if (!read_failure(run, row, &failure) || !is_new(run, session, &failure)) {
        return;
    }
    const char *query = map_get(run->queries, session);
    if (failure.is_column && query) {
        find_owners(run, &failure, query);
    }
    run->pairs_total++;
    run->strict += is_prevented(run, &failure, TOLD_WRONG);
    run->complete += is_prevented(run, &failure, TOLD_COMPLETE);
    run->known += is_prevented(run, &failure, TOLD_KNOWN);
}
