/* SPDX-License-Identifier: MIT */
#include "plugin/read/call/sql.h"

#include "base/text/ascii.h"
#include "plugin/read/sql/lexer.h"
#include "plugin/read/sql/refs.h"

static const char *const statements[] = {
    "select", "show",   "describe", "desc",    "explain",  "insert", "update",
    "delete", "create", "drop",     "alter",   "with",     "use",    "set",
    "begin",  "commit", "pragma",   "replace", "truncate", NULL};

/* Words that may follow a table without being its alias. */
static const char *const clauses[] = {
    "where",   "join",   "inner",     "left",  "right", "full",  "cross",
    "natural", "on",     "using",     "group", "order", "limit", "having",
    "union",   "except", "intersect", "as",    "set",   NULL};

bool sql_is_statement(struct bytes text)
{
    struct sql_lexer lexer = {.text = bytes_clip(text, 256)};
    return ascii_among(sql_next(&lexer), statements);
}

static void add(struct slot_set *set, enum slot_form form, const char *name,
                const char *option)
{
    slot_set_add(set, form, bytes_of_text(name), bytes_of_text(option));
}

/* How the schema is looked at, where the statement does that. */
static void add_inspection(struct slot_set *set, struct bytes first,
                           struct bytes second)
{
    static const struct {
        const char *first;
        const char *second;
        const char *option;
    } ways[] = {
        {"show", "tables", "SHOW TABLES"},
        {"show", "columns", "SHOW COLUMNS"},
        {"show", "fields", "SHOW COLUMNS"},
        {"show", "create", "SHOW CREATE TABLE"},
        {"show", "databases", "SHOW DATABASES"},
        {"desc", NULL, "DESC"},
        {"describe", NULL, "DESCRIBE"},
        {"pragma", NULL, "PRAGMA"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        bool fits = ascii_equal(first, ways[i].first) &&
                    (!ways[i].second || ascii_equal(second, ways[i].second));
        if (fits) {
            add(set, SLOT_FAMILY, "use.inspect-schema", ways[i].option);
            return;
        }
    }
}

static void add_keyword_case(struct slot_set *set, struct bytes first)
{
    bool is_upper = ascii_is_upper(first.data[0]) &&
                    ascii_is_upper(first.data[first.len - 1]);
    bool is_lower = ascii_is_lower(first.data[0]);
    if (is_upper || is_lower) {
        add(set, SLOT_VALUE, "sql.keyword-case", is_upper ? "upper" : "lower");
    }
}

/* What reading the statement from left to right has shown. */
struct habits {
    struct bytes before;   /* the word before this one */
    struct bytes previous; /* and the one before that */
    bool has_from;
    bool is_in_from;
    bool has_join;
};

static void note_join(struct slot_set *set, struct habits *habits,
                      struct bytes word)
{
    if (ascii_equal(word, "join")) {
        static const char *const kinds[] = {"inner", "left",    "right", "full",
                                            "cross", "natural", "outer", NULL};
        bool is_inner = ascii_equal(habits->before, "inner");
        habits->has_join = true;
        if (is_inner || !ascii_among(habits->before, kinds)) {
            add(set, SLOT_VALUE, "sql.inner-join",
                is_inner ? "INNER JOIN" : "JOIN");
        }
    } else if (ascii_equal(word, "using") && habits->has_join) {
        add(set, SLOT_VALUE, "sql.join-condition", "USING");
    } else if (ascii_equal(word, "on") && habits->has_join) {
        add(set, SLOT_VALUE, "sql.join-condition", "ON");
    } else if (bytes_equal_text(word, ",") && habits->is_in_from) {
        add(set, SLOT_VALUE, "sql.join-condition", "comma");
    }
}

/* "FROM a AS b", "FROM a b" or "FROM a": seen at the word behind the table. */
static void note_alias(struct slot_set *set, struct habits *habits,
                       struct bytes word)
{
    bool follows_table = ascii_equal(habits->previous, "from") ||
                         ascii_equal(habits->previous, "join");
    if (!follows_table || !ascii_is_word(habits->before.data[0])) {
        return;
    }
    if (ascii_equal(word, "as")) {
        add(set, SLOT_VALUE, "sql.table-alias", "AS");
    } else if (ascii_is_word(word.data[0]) && !ascii_among(word, clauses)) {
        add(set, SLOT_VALUE, "sql.table-alias", "bare");
    } else if (ascii_equal(word, "on") || ascii_equal(word, "join")) {
        add(set, SLOT_VALUE, "sql.table-alias", "none");
    }
}

static void note_difference(struct slot_set *set, struct habits *habits,
                            struct bytes word)
{
    bool after_not = ascii_equal(habits->before, "not");
    if (after_not && ascii_equal(word, "in")) {
        add(set, SLOT_FAMILY, "use.set-difference", "NOT IN");
    } else if (after_not && ascii_equal(word, "exists")) {
        add(set, SLOT_FAMILY, "use.set-difference", "NOT EXISTS");
    } else if (ascii_equal(word, "except")) {
        add(set, SLOT_FAMILY, "use.set-difference", "EXCEPT");
    }
}

static void note_spelling(struct slot_set *set, struct habits *habits,
                          struct bytes word)
{
    if (bytes_equal_text(word, "<>") || bytes_equal_text(word, "!=")) {
        slot_set_add(set, SLOT_VALUE, BYTES_LITERAL("sql.not-equal"), word);
    } else if (word.data[0] == '\'' || word.data[0] == '"') {
        add(set, SLOT_VALUE, "sql.string-quotes",
            word.data[0] == '"' ? "double" : "single");
    } else if (bytes_equal_text(habits->before, "(") &&
               ascii_equal(habits->previous, "count")) {
        bool is_star = bytes_equal_text(word, "*");
        bool is_distinct = ascii_equal(word, "distinct");
        add(set, SLOT_VALUE, "sql.count",
            is_star       ? "COUNT(*)"
            : is_distinct ? "COUNT(DISTINCT column)"
                          : "COUNT(column)");
    } else if (ascii_starts(word, "information_schema")) {
        add(set, SLOT_FAMILY, "use.inspect-schema", "information_schema");
    }
}

static void note(struct slot_set *set, struct habits *habits, struct bytes word)
{
    note_join(set, habits, word);
    if (habits->before.len && habits->previous.len) {
        note_alias(set, habits, word);
    }
    note_difference(set, habits, word);
    note_spelling(set, habits, word);
    if (ascii_equal(word, "from")) {
        habits->is_in_from = true;
    } else if (ascii_among(word, clauses) || bytes_equal_text(word, "(") ||
               bytes_equal_text(word, ")")) {
        habits->is_in_from = false;
    }
    habits->previous = habits->before;
    habits->before = word;
}

void sql_slots_add(struct slot_set *set, struct bytes text)
{
    text = ascii_trim(bytes_clip(text, SQL_TEXT_MAX));
    struct sql_lexer lexer = {.text = text};
    struct bytes first = sql_next(&lexer);
    if (!ascii_among(first, statements)) {
        return;
    }
    struct sql_lexer ahead = lexer;
    struct bytes folded = ascii_fold_copy(set->arena, first);
    slot_set_add(set, SLOT_COMMAND, BYTES_LITERAL("sql.statement"), folded);
    add_inspection(set, first, sql_next(&ahead));
    add_keyword_case(set, first);
    struct habits habits = {.before = first};
    for (;;) {
        struct bytes word = sql_next(&lexer);
        if (word.len == 0) {
            break;
        }
        note(set, &habits, word);
    }
    add(set, SLOT_VALUE, "sql.semicolon",
        text.data[text.len - 1] == ';' ? "yes" : "no");
    sql_refs_add(set, text);
}
