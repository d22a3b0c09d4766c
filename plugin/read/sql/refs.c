/* SPDX-License-Identifier: MIT */
#include "plugin/read/sql/refs.h"

#include <string.h>

#include "base/text/ascii.h"
#include "plugin/read/sql/statement.h"

/* Databases tell no case apart. */
static struct bytes folded(struct slot_set *set, struct bytes text)
{
    return ascii_fold_copy(set->arena, text);
}

/* ---- tables -------------------------------------------------------------- */

static bool is_subquery(const struct sql_statement *sql, struct bytes name)
{
    for (size_t i = 0; i < sql->alias_count; i++) {
        if (sql->aliases[i].scope == SQL_NO_SCOPE &&
            ascii_same(sql->aliases[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Whether anything can be said about ${table} at all. */
static bool is_real(const struct sql_statement *sql,
                    const struct sql_table *table)
{
    return !table->is_opaque && !table->is_qualified &&
           !is_subquery(sql, table->name);
}

static void add_tables(struct slot_set *set, const struct sql_statement *sql)
{
    for (size_t i = 0; i < sql->table_count; i++) {
        const struct sql_table *table = &sql->tables[i];
        if (is_real(sql, table)) {
            struct bytes name = folded(set, table->name);
            slot_set_add_ref(set, (struct tuple_ref){.kind = REF_TABLE,
                                                     .name = name,
                                                     .said = name,
                                                     .is_certain = true,
                                                     .is_blamed = true});
        }
    }
}

/* ---- columns ------------------------------------------------------------- */

/* "t.name", as a message would say it. */
static struct bytes said_of(struct slot_set *set,
                            const struct sql_mention *mention)
{
    if (mention->qualifier.len == 0) {
        return folded(set, mention->name);
    }
    uint8_t text[2 * TUPLE_REF_MAX + 1];
    struct bytes qualifier = bytes_clip(mention->qualifier, TUPLE_REF_MAX);
    struct bytes name = bytes_clip(mention->name, TUPLE_REF_MAX);
    size_t len = qualifier.len;
    memcpy(text, qualifier.data, qualifier.len);
    text[len++] = '.';
    if (name.len > 0) {
        memcpy(text + len, name.data, name.len);
    }
    return folded(set, bytes_of(text, len + name.len));
}

static void add_column(struct slot_set *set, const struct sql_mention *mention,
                       const struct sql_table *table, bool is_certain,
                       bool is_blamed)
{
    slot_set_add_ref(set, (struct tuple_ref){.kind = REF_COLUMN,
                                             .owner = folded(set, table->name),
                                             .name = folded(set, mention->name),
                                             .said = said_of(set, mention),
                                             .place = mention->scope,
                                             .is_certain = is_certain,
                                             .is_blamed = is_blamed});
}

/* HAVING sees the result and not the tables, ORDER BY behind a UNION too, and
 * an ON only the tables before it. */
static bool may_blame(const struct sql_statement *sql,
                      const struct sql_mention *mention, size_t table)
{
    bool is_result =
        mention->clause == SQL_HAVING ||
        (mention->clause == SQL_ORDER && sql->scopes[mention->scope].is_united);
    bool is_seen = mention->clause != SQL_ON ||
                   (table >= mention->from && table < mention->to);
    return !is_result && is_seen;
}

static bool answers_to(const struct sql_table *table, struct bytes qualifier)
{
    return ascii_same(table->alias.len > 0 ? table->alias : table->name,
                      qualifier);
}

/* The table of ${scope} that ${qualifier} names; table_count if none. */
static size_t find_table(const struct sql_statement *sql, uint8_t scope,
                         struct bytes qualifier)
{
    size_t at = 0;
    while (at < sql->table_count &&
           (sql->tables[at].scope != scope ||
            !answers_to(&sql->tables[at], qualifier))) {
        at++;
    }
    return at;
}

/* "t.name": the table is known, here or in a statement around this one. */
static void add_qualified(struct slot_set *set, const struct sql_statement *sql,
                          const struct sql_mention *mention)
{
    uint8_t scope = mention->scope;
    size_t table = find_table(sql, scope, mention->qualifier);
    while (table == sql->table_count && scope != SQL_NO_SCOPE) {
        scope = sql->scopes[scope].parent;
        table = find_table(sql, scope, mention->qualifier);
    }
    if (table < sql->table_count && is_real(sql, &sql->tables[table])) {
        bool is_near = scope == mention->scope;
        add_column(set, mention, &sql->tables[table], true,
                   is_near && may_blame(sql, mention, table));
    }
}

struct surroundings {
    size_t real;   /* tables of the scope that are known by name */
    size_t others; /* and those that are not */
};

static struct surroundings look_around(const struct sql_statement *sql,
                                       uint8_t scope)
{
    struct surroundings found = {.real = 0};
    for (size_t i = 0; i < sql->table_count; i++) {
        if (sql->tables[i].scope == scope) {
            bool real = is_real(sql, &sql->tables[i]);
            found.real += real;
            found.others += !real;
        }
    }
    return found;
}

/* Whether a table of a statement around ${scope} might own a name, too. */
static bool has_outer(const struct sql_statement *sql, uint8_t scope)
{
    while (!sql->scopes[scope].is_derived) {
        scope = sql->scopes[scope].parent;
        if (scope == SQL_NO_SCOPE) {
            return false;
        }
        struct surroundings outer = look_around(sql, scope);
        if (outer.real + outer.others > 0) {
            return true;
        }
    }
    return false;
}

static bool is_alias(const struct sql_statement *sql,
                     const struct sql_mention *mention)
{
    for (size_t i = 0; i < sql->alias_count; i++) {
        if (sql->aliases[i].scope == mention->scope &&
            ascii_same(sql->aliases[i].name, mention->name)) {
            return true;
        }
    }
    return false;
}

/* A name alone belongs to the only table there is; to which of several only
 * the database knows, but if it knows none, none of them has it. */
static void add_unqualified(struct slot_set *set,
                            const struct sql_statement *sql,
                            const struct sql_mention *mention)
{
    struct surroundings around = look_around(sql, mention->scope);
    bool is_certain = around.real == 1 && around.others == 0 &&
                      !has_outer(sql, mention->scope) &&
                      !sql->scopes[mention->scope].is_united &&
                      !is_alias(sql, mention);
    for (size_t i = 0; i < sql->table_count; i++) {
        const struct sql_table *table = &sql->tables[i];
        if (table->scope == mention->scope && is_real(sql, table)) {
            add_column(set, mention, table, is_certain,
                       may_blame(sql, mention, i));
        }
    }
}

void sql_refs_add(struct slot_set *set, struct bytes text)
{
    struct sql_statement sql;
    sql_statement_read(text, &sql);
    if (sql.is_cut) {
        set->is_cut = true;
        return;
    }
    add_tables(set, &sql);
    for (size_t i = 0; i < sql.mention_count; i++) {
        const struct sql_mention *mention = &sql.mentions[i];
        if (mention->qualifier.len > 0) {
            add_qualified(set, &sql, mention);
        } else {
            add_unqualified(set, &sql, mention);
        }
    }
}
