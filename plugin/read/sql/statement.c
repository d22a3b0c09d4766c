/* SPDX-License-Identifier: MIT */
#include "plugin/read/sql/statement.h"

#include "base/text/ascii.h"
#include "plugin/read/sql/lexer.h"

enum {
    NO_TABLE = 255
};

/* What is open at one depth of parentheses. */
struct frame {
    uint8_t scope;
    enum sql_clause clause;
    bool is_root;      /* of its scope: not a parenthesis within it */
    bool has_selected; /* a second SELECT is another scope */
    bool wants_table;  /* a table comes next */
    bool has_operand; /* what came last was a value: a name would be an alias */
    bool takes_unit;  /* EXTRACT(YEAR FROM x): the first word is a unit */
    bool takes_type;  /* CONVERT(x, CHAR): what follows a comma is a type */
    uint8_t last_table; /* may get an alias now */
    uint8_t group_from; /* tables that an ON of this FROM item can see */
};

struct parser {
    struct sql_lexer lexer;
    struct sql_statement *out;
    struct frame frames[SQL_FRAMES_MAX];
    size_t depth;          /* the frame that is open */
    bool is_with;          /* WITH name AS (...): names that are no tables */
    struct bytes previous; /* the token before this one */
};

static struct frame *top(struct parser *parser)
{
    return &parser->frames[parser->depth];
}

/* ---- what is noted ------------------------------------------------------- */

static uint8_t scope_new(struct parser *parser, uint8_t parent, bool is_derived)
{
    struct sql_statement *out = parser->out;
    if (out->scope_count == SQL_SCOPES_MAX) {
        out->is_cut = true;
        return SQL_SCOPES_MAX - 1;
    }
    out->scopes[out->scope_count] =
        (struct sql_scope){.parent = parent, .is_derived = is_derived};
    return out->scope_count++;
}

static void table_add(struct parser *parser, struct sql_table table)
{
    struct sql_statement *out = parser->out;
    struct frame *frame = top(parser);
    if (out->table_count == SQL_TABLES_MAX) {
        out->is_cut = true;
        return;
    }
    table.scope = frame->scope;
    frame->last_table = out->table_count;
    frame->wants_table = false;
    out->tables[out->table_count++] = table;
}

static bool is_system(struct bytes schema)
{
    static const char *const names[] = {"information_schema",
                                        "performance_schema",
                                        "mysql",
                                        "sys",
                                        "pg_catalog",
                                        NULL};
    return ascii_among(schema, names);
}

static void table_named(struct parser *parser, const struct sql_name *name)
{
    struct sql_table table = {.is_opaque = true};
    if (name->count > 0) {
        table.name = name->parts[name->count - 1];
        table.is_qualified = name->count > 1;
        table.is_opaque = table.is_qualified && is_system(name->parts[0]);
    }
    table_add(parser, table);
}

static void alias_add(struct parser *parser, struct bytes name, uint8_t scope)
{
    struct sql_statement *out = parser->out;
    if (out->alias_count == SQL_ALIASES_MAX) {
        out->is_cut = true;
        return;
    }
    out->aliases[out->alias_count++] =
        (struct sql_alias){.name = name, .scope = scope};
}

static void mention_add(struct parser *parser, const struct sql_name *name)
{
    struct sql_statement *out = parser->out;
    const struct frame *frame = top(parser);
    if (name->count == 0 || frame->clause == SQL_NONE) {
        return;
    }
    if (out->mention_count == SQL_MENTIONS_MAX) {
        out->is_cut = true;
        return;
    }
    struct bytes qualifier =
        name->count > 1 ? name->parts[name->count - 2] : bytes_of(NULL, 0);
    out->mentions[out->mention_count++] = (struct sql_mention){
        .qualifier = qualifier,
        .name = name->parts[name->count - 1],
        .scope = frame->scope,
        .clause = frame->clause,
        .from = frame->group_from,
        .to = out->table_count,
    };
}

/* ---- parentheses --------------------------------------------------------- */

/* A SELECT begins: in a parenthesis of its own, after UNION, or first. */
static void open_select(struct parser *parser)
{
    struct frame *frame = top(parser);
    bool is_derived = frame->wants_table || frame->clause == SQL_NONE;
    bool is_insert = frame->clause == SQL_FROM;
    if (!frame->is_root) {
        frame->scope = scope_new(parser, frame->scope, is_derived);
        frame->is_root = true;
    } else if (frame->has_selected || is_insert) {
        const struct sql_scope *old = &parser->out->scopes[frame->scope];
        frame->scope = scope_new(parser, old->parent, old->is_derived);
        parser->out->scopes[frame->scope].is_united = frame->has_selected;
    }
    frame->has_selected = true;
    frame->clause = SQL_SELECT;
    frame->wants_table = false;
    frame->has_operand = false;
    frame->last_table = NO_TABLE;
    frame->group_from = parser->out->table_count;
}

static void open_parenthesis(struct parser *parser)
{
    static const char *const units[] = {"extract", "timestampdiff",
                                        "timestampadd", "date_trunc", NULL};
    static const char *const types[] = {"convert", NULL};
    if (parser->depth + 1 == SQL_FRAMES_MAX) {
        parser->out->is_cut = true;
        return;
    }
    struct frame inner = *top(parser);
    inner.is_root = false;
    inner.has_selected = false;
    inner.has_operand = false;
    inner.last_table = NO_TABLE;
    inner.takes_unit = ascii_among(parser->previous, units);
    inner.takes_type = ascii_among(parser->previous, types);
    parser->frames[++parser->depth] = inner;
}

static void close_parenthesis(struct parser *parser)
{
    if (parser->depth == 0) {
        return;
    }
    struct frame closed = *top(parser);
    parser->depth--;
    struct frame *frame = top(parser);
    frame->has_operand = true;
    if (closed.is_root && frame->wants_table) {
        table_add(parser, (struct sql_table){.is_opaque = true});
    } else if (!closed.is_root && frame->clause == SQL_FROM) {
        frame->wants_table = false;
    }
}

/* ---- words --------------------------------------------------------------- */

static void enter(struct parser *parser, enum sql_clause clause)
{
    struct frame *frame = top(parser);
    frame->clause = clause;
    frame->has_operand = false;
    frame->last_table = NO_TABLE;
    frame->wants_table = false;
}

static void want_table(struct parser *parser)
{
    enter(parser, SQL_FROM);
    top(parser)->wants_table = true;
}

static void enter_from(struct parser *parser)
{
    struct frame *frame = top(parser);
    if (!frame->is_root) { /* EXTRACT(YEAR FROM x) */
        frame->has_operand = false;
        return;
    }
    want_table(parser);
    frame->group_from = parser->out->table_count;
}

/* UPDATE t, INSERT INTO t; not FOR UPDATE, not SELECT x INTO y. */
static bool begins_change(struct parser *parser, struct bytes word)
{
    const struct frame *frame = top(parser);
    return frame->clause == SQL_NONE && !frame->has_selected &&
           (ascii_equal(word, "update") || ascii_equal(word, "into"));
}

/* Words that begin a clause; true if ${word} was one. */
static bool read_clause(struct parser *parser, struct bytes word)
{
    static const struct {
        const char *word;
        enum sql_clause clause;
    } clauses[] = {
        {"where", SQL_WHERE}, {"group", SQL_GROUP}, {"having", SQL_HAVING},
        {"order", SQL_ORDER}, {"limit", SQL_NONE},  {"on", SQL_ON},
        {"set", SQL_SELECT},  {"values", SQL_NONE}, {"using", SQL_NONE},
        {"union", SQL_NONE},  {"except", SQL_NONE}, {"intersect", SQL_NONE},
        {"window", SQL_NONE}, {"offset", SQL_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(clauses); i++) {
        if (ascii_equal(word, clauses[i].word)) {
            enter(parser, clauses[i].clause);
            return true;
        }
    }
    if (ascii_equal(word, "select")) {
        open_select(parser);
    } else if (ascii_equal(word, "from")) {
        enter_from(parser);
    } else if (ascii_equal(word, "join") || begins_change(parser, word)) {
        want_table(parser);
    } else {
        return false;
    }
    return true;
}

static bool is_operator_word(struct bytes word)
{
    static const char *const words[] = {
        "distinct", "all",    "and",     "or",        "not",       "in",
        "is",       "like",   "between", "case",      "when",      "then",
        "else",     "asc",    "desc",    "exists",    "any",       "some",
        "by",       "inner",  "left",    "right",     "full",      "outer",
        "cross",    "xor",    "natural", "div",       "mod",       "regexp",
        "rlike",    "over",   "binary",  "interval",  "separator", "with",
        "rollup",   "escape", "collate", "partition", "rows",      "ignore",
        "for",      "ilike",  "filter",  "recursive", "lateral",   NULL};
    return ascii_among(word, words);
}

static bool is_value_word(struct bytes word)
{
    static const char *const words[] = {
        "null",    "true",  "false",        "end",          "default",
        "unknown", "nulls", "current_date", "current_time", "current_timestamp",
        "rownum",  NULL};
    return ascii_among(word, words);
}

/* "FROM a AS b", "FROM a b". */
static void read_in_from(struct parser *parser, struct bytes word)
{
    struct frame *frame = top(parser);
    struct sql_name name = sql_name_read(&parser->lexer, word);
    if (frame->wants_table) {
        table_named(parser, &name);
    } else if (frame->last_table != NO_TABLE && name.count == 1) {
        parser->out->tables[frame->last_table].alias = name.parts[0];
        frame->last_table = NO_TABLE;
    }
}

/* Whether a name here is a unit of time, a type, a variable or a function. */
static bool is_no_column(struct parser *parser, struct bytes word)
{
    const struct frame *frame = top(parser);
    size_t at = (size_t)(word.data - parser->lexer.text.data);
    uint8_t before = at > 0 ? parser->lexer.text.data[at - 1] : 0;
    uint8_t next = sql_peek(&parser->lexer);
    return frame->takes_unit || before == '@' || before == ':' || next == '(' ||
           next == '\'' || next == '"';
}

static bool is_unit(struct bytes word)
{
    static const char *const units[] = {
        "microsecond", "second", "minute",  "hour", "day",
        "week",        "month",  "quarter", "year", NULL};
    return ascii_among(word, units);
}

/* A name behind a value is an alias in a list of columns. Anywhere else the
 * text is not SQL, or more than SQL: prose, output, fences. */
static void read_behind_value(struct parser *parser, struct bytes word,
                              const struct sql_name *name)
{
    const struct frame *frame = top(parser);
    bool is_list = frame->clause == SQL_SELECT;
    if (is_list && frame->is_root && name->count == 1) {
        alias_add(parser, name->parts[0], frame->scope);
    }
    bool may_follow = is_list || !frame->is_root || is_unit(word) ||
                      sql_peek(&parser->lexer) == '(' ||
                      ascii_equal(parser->previous, "nulls");
    parser->out->is_cut |= !may_follow;
}

static void read_name(struct parser *parser, struct bytes word)
{
    struct frame *frame = top(parser);
    struct sql_name name = sql_name_read(&parser->lexer, word);
    if (frame->clause == SQL_NONE) {
        if (parser->is_with && frame->is_root && name.count == 1) {
            alias_add(parser, name.parts[0], SQL_NO_SCOPE);
        }
        return;
    }
    bool is_word = !is_no_column(parser, word);
    if (frame->has_operand) {
        read_behind_value(parser, word, &name);
    } else if (is_word) {
        mention_add(parser, &name);
    }
    frame->takes_unit = false;
    frame->has_operand = true;
}

static void read_word(struct parser *parser, struct bytes word)
{
    struct frame *frame = top(parser);
    bool is_plain = word.data[0] != '`';
    bool is_last =
        is_plain && bytes_find(word, BYTES_LITERAL("."), 0) == SIZE_MAX;
    if (is_plain && ascii_is_digit(word.data[0])) {
        frame->has_operand = true;
    } else if (is_last && (is_operator_word(word) || is_value_word(word) ||
                           ascii_equal(word, "as"))) {
        frame->has_operand = !is_operator_word(word);
    } else if (is_last && read_clause(parser, word)) {
        return;
    } else if (frame->clause == SQL_FROM) {
        read_in_from(parser, word);
    } else {
        read_name(parser, word);
    }
}

/* ---- marks --------------------------------------------------------------- */

static void read_comma(struct parser *parser)
{
    struct frame *frame = top(parser);
    if (frame->is_root &&
        (frame->clause == SQL_FROM || frame->clause == SQL_ON)) {
        want_table(parser);
        frame->group_from = parser->out->table_count;
        return;
    }
    frame->has_operand = frame->takes_type;
    frame->takes_unit = false;
}

static void start(struct parser *parser)
{
    parser->depth = 0;
    parser->frames[0] =
        (struct frame){.scope = scope_new(parser, SQL_NO_SCOPE, false),
                       .is_root = true,
                       .last_table = NO_TABLE,
                       .group_from = parser->out->table_count};
}

static void read_mark(struct parser *parser, struct bytes mark)
{
    struct frame *frame = top(parser);
    switch (mark.data[0]) {
    case '(':
        open_parenthesis(parser);
        break;
    case ')':
        close_parenthesis(parser);
        break;
    case ',':
        read_comma(parser);
        break;
    case ';':
        start(parser);
        break;
    case '\'':
    case '"':
        frame->has_operand = true;
        frame->last_table = NO_TABLE;
        break;
    case '[':
    case '{':
    case '#':
    case '\\':
        parser->out->is_cut = true;
        break;
    case '*':
        frame->has_operand = !frame->has_operand;
        break;
    default:
        frame->has_operand = false;
        break;
    }
}

/* Statements of which one word is a table: DESCRIBE t, SHOW COLUMNS FROM t,
 * SHOW CREATE TABLE t. True if it was one, which is then read whole. */
static bool read_inspection(struct parser *parser)
{
    static const char *const before[] = {"from",     "in",   "table",
                                         "describe", "desc", NULL};
    static const char *const other[] = {"tables", "databases", "schemas",
                                        "status", "variables", "select",
                                        NULL};
    struct sql_lexer lexer = parser->lexer;
    struct bytes word = sql_next(&lexer);
    bool is_one = ascii_equal(word, "describe") || ascii_equal(word, "desc") ||
                  ascii_equal(word, "show");
    struct bytes previous = word;
    while (is_one && word.len > 0) {
        word = sql_next(&lexer);
        if (word.len == 0 || ascii_among(word, other)) {
            break;
        }
        if (ascii_among(previous, before) &&
            (word.data[0] == '`' || ascii_is_word(word.data[0]))) {
            struct sql_name name = sql_name_read(&lexer, word);
            table_named(parser, &name);
            break;
        }
        previous = word;
    }
    return is_one;
}

void sql_statement_read(struct bytes text, struct sql_statement *out)
{
    struct parser parser = {.lexer = {.text = text}, .out = out};
    out->scope_count = 0;
    out->table_count = 0;
    out->mention_count = 0;
    out->alias_count = 0;
    out->is_cut = false;
    start(&parser);
    if (read_inspection(&parser)) {
        return;
    }
    for (;;) {
        struct bytes word = sql_next(&parser.lexer);
        if (word.len == 0) {
            return;
        }
        parser.is_with |= parser.previous.len == 0 && ascii_equal(word, "with");
        if (word.data[0] == '`' || ascii_is_word(word.data[0])) {
            read_word(&parser, word);
        } else {
            read_mark(&parser, word);
        }
        parser.previous = word;
    }
}
