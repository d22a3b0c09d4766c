/* SPDX-License-Identifier: MIT */
/* statement.h: which tables and columns an SQL text names, and where.
 *
 * Reads clauses, parentheses, aliases and sub-queries, not expressions: enough
 * to say which table a name can belong to (refs.h does). What it does not
 * know it leaves out; it never fails.
 * Pure. Threads: any. */
#ifndef REVERIE_PLUGIN_READ_SQL_STATEMENT_H
#define REVERIE_PLUGIN_READ_SQL_STATEMENT_H

#include "base/bytes.h"

enum {
    SQL_TABLES_MAX = 24,
    SQL_MENTIONS_MAX = 96,
    SQL_SCOPES_MAX = 24,
    SQL_ALIASES_MAX = 32,
    SQL_FRAMES_MAX = 48,
    SQL_NO_SCOPE = 255
};

enum sql_clause {
    SQL_NONE,   /* nothing here is a name of a table or a column */
    SQL_SELECT, /* the list of columns; also SET and WHERE */
    SQL_FROM,
    SQL_ON,
    SQL_WHERE,
    SQL_GROUP,
    SQL_HAVING,
    SQL_ORDER
};

/* One SELECT, or what stands around it. */
struct sql_scope {
    uint8_t parent;  /* SQL_NO_SCOPE for none */
    bool is_derived; /* in FROM or WITH: sees nothing of its parent */
    bool is_united;  /* after UNION: ORDER BY names columns of the result */
};

struct sql_table {
    struct bytes name; /* the last part */
    struct bytes alias;
    uint8_t scope;
    bool is_opaque;    /* a sub-query or one of the system's own */
    bool is_qualified; /* by a database */
};

struct sql_mention {
    struct bytes qualifier; /* or empty */
    struct bytes name;
    uint8_t scope;
    enum sql_clause clause;
    uint8_t from; /* tables[from..to) can be seen in an ON */
    uint8_t to;
};

/* A name that a select list gives to a result, or, without a scope, WITH to a
 * sub-query. */
struct sql_alias {
    struct bytes name;
    uint8_t scope;
};

struct sql_statement {
    struct sql_scope scopes[SQL_SCOPES_MAX];
    struct sql_table tables[SQL_TABLES_MAX];
    struct sql_mention mentions[SQL_MENTIONS_MAX];
    struct sql_alias aliases[SQL_ALIASES_MAX];
    uint8_t scope_count;
    uint8_t table_count;
    uint8_t mention_count;
    uint8_t alias_count;
    bool is_cut; /* not to be relied on: beyond the maxima above, or no SQL */
};

/* Reads ${text}; *out lends from it. */
void sql_statement_read(struct bytes text, struct sql_statement *out);

#endif
