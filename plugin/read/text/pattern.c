/* SPDX-License-Identifier: MIT */
#include "plugin/read/text/pattern.h"

#include <string.h>

#include "base/text/ascii.h"

/* A pattern is constant text with places:
 *   %t  a table: the identifier after the last dot; what is before it is a
 *       qualifier
 *   %c  a column: keeps one qualifier, a database before it is left out
 *   %i  an identifier as it stands
 *   %k  the statement at the place of an error: its first word
 *   %w  a clause or a position: never part of the mistake
 *   %n  a number
 * A place ends where the next constant text begins, or, at the end of the
 * pattern, with the word. */
struct pattern {
    const char *text;
    bool folds; /* the language does not tell upper from lower case */
};

static const struct pattern patterns[] = {
    {"Table '%t' doesn't exist", true},
    {"Unknown table '%t'", true},
    {"Unknown column '%c' in '%w'", true},
    {"Column '%c' in %w is ambiguous", true},
    {"Unknown database '%i'", true},
    {"Not unique table/alias: '%i'", true},
    {"FUNCTION %t does not exist", true},
    {"Expression #%n of SELECT list is not in GROUP BY clause and contains "
     "nonaggregated column '%c' which is not functionally dependent on columns "
     "in GROUP BY clause; this is incompatible with "
     "sql_mode=only_full_group_by",
     true},
    {"In aggregated query without GROUP BY, expression #%n of SELECT list "
     "contains nonaggregated column '%c'; this is incompatible with "
     "sql_mode=only_full_group_by",
     true},
    {"Reference '%i' not supported", true},
    {"You have an error in your SQL syntax; check the manual that corresponds "
     "to your MySQL server version for the right syntax to use near '%k' at "
     "line %n",
     true},
    {"You have an error in your SQL syntax; check the manual that corresponds "
     "to your MySQL server version for the right syntax to use near '%k",
     true},
    {"relation \"%t\" does not exist", true},
    {"column \"%c\" does not exist", true},
    {"column %c does not exist", true},
    {"syntax error at or near \"%k\"", true},
    {"no such table: %t", true},
    {"no such column: %c", true},
    {"near \"%k\": syntax error", true},
    {"\"%i\" imported and not used", false},
    {"undefined: %i", false},
    {"declared and not used: %i", false},
    {"undeclared name: %i", false},
    {"No module named '%i'", false},
    {"Cannot find module '%i'", false},
    {"name '%i' is not defined", false},
    {"has no attribute '%i'", false},
    {"cannot find symbol: %i", false},
    {"command not found: %i", false},
    {"unknown flag: %i", false},
    {"unknown shorthand flag: %i", false},
    {"unrecognized argument: %i", false},
    {"unrecognized arguments: %i", false},
    {"illegal option -- %i", false},
    {"invalid option -- %i", false},
    {"Unknown command: %i", false},
    {"--- FAIL: %i", false},
    {"Merge conflict in %w", false},
    {"The following paths are ignored by one of your %w files", false},
};

/* Where the constant text at ${pattern} ends: at a place or at its end. */
static struct bytes constant_of(const char *pattern)
{
    return bytes_of(pattern, strcspn(pattern, "%"));
}

/* Offset where the last identifier of a dotted name begins. */
static size_t last_part(struct bytes name)
{
    size_t at = name.len;
    while (at > 0 && name.data[at - 1] != '.') {
        at--;
    }
    return at;
}

static void add(struct mask_result *result, enum mask mask, struct bytes text,
                struct bytes key)
{
    struct tuple_value value = {.mask = mask, .text = text, .key = key};
    value.identifies = mask == MASK_IDENT && text.len > 0;
    mask_add_value(result, value);
}

static void add_name(struct mask_result *result, struct bytes name, size_t from,
                     struct arena *arena)
{
    struct bytes text = bytes_slice(name, from, name.len);
    if (from > 1) {
        struct bytes qualifier = bytes_slice(name, 0, from - 1);
        mask_keep_value(result, (struct tuple_value){.mask = MASK_QUALIFIER,
                                                     .text = qualifier,
                                                     .key = qualifier});
    }
    if (text.len > MASK_LONG_BYTES) {
        add(result, MASK_QSTR, text, text);
        return;
    }
    add(result, MASK_IDENT, text, arena ? ascii_fold_copy(arena, text) : text);
}

/* The database of "database.table.column" is not the mistake. */
static size_t column_from(struct bytes name)
{
    size_t dots = 0;
    size_t at = name.len;
    while (at > 0 && dots < 2) {
        dots += name.data[at - 1] == '.';
        at--;
    }
    return dots == 2 ? at + 1 : 0;
}

static struct bytes first_word(struct bytes text)
{
    size_t end = 0;
    while (end < text.len && ascii_is_word(text.data[end])) {
        end++;
    }
    return bytes_slice(text, 0, end ? end : 1);
}

static void add_place(struct mask_result *result, char place, struct bytes text,
                      struct arena *arena)
{
    switch (place) {
    case 't':
        add_name(result, text, last_part(text), arena);
        break;
    case 'c':
        add_name(result, text, column_from(text), arena);
        break;
    case 'k':
        add_name(result, first_word(text), 0, arena);
        break;
    case 'i':
        add_name(result, text, 0, arena);
        break;
    case 'n':
        add(result, MASK_NUM, text, text);
        break;
    default:
        add(result, MASK_CLAUSE, text, text);
        break;
    }
}

/* Length of a place that ends with its word. */
static size_t word_len(struct bytes line, size_t at)
{
    size_t end = at;
    while (end < line.len && !ascii_is_space(line.data[end]) &&
           !ascii_in(line.data[end], ";,()\"'")) {
        end++;
    }
    while (end > at && ascii_in(line.data[end - 1], ".:")) {
        end--;
    }
    return end - at;
}

/* Length of the place that begins at ${at} and is followed by ${next};
 * SIZE_MAX if that does not come. */
static size_t place_len(struct bytes line, size_t at, struct bytes next,
                        char place)
{
    if (next.len == 0) {
        return place == 'k' ? line.len - at : word_len(line, at);
    }
    size_t end = bytes_find(line, next, at);
    size_t last = end;
    /* A statement may quote strings itself: the last quote closes it. */
    while (place == 'k' && last != SIZE_MAX) {
        end = last;
        last = bytes_find(line, next, last + 1);
    }
    return end == SIZE_MAX ? SIZE_MAX : end - at;
}

/* Walks ${pattern} over ${line} from ${at}; gives where it ends, SIZE_MAX if
 * it does not fit. Adds to ${result} where that is not NULL. */
static size_t walk(const struct pattern *pattern, struct bytes line, size_t at,
                   struct mask_result *result, struct arena *arena)
{
    const char *rest = pattern->text;
    while (*rest) {
        struct bytes constant = constant_of(rest);
        if (!bytes_starts_with(bytes_slice(line, at, constant.len), constant)) {
            return SIZE_MAX;
        }
        rest += constant.len;
        at += constant.len;
        if (result) {
            mask_add_constant(result, constant);
        }
        if (*rest == '\0') {
            break;
        }
        size_t len = place_len(line, at, constant_of(rest + 2), rest[1]);
        if (len == SIZE_MAX || len == 0) {
            return SIZE_MAX;
        }
        if (result) {
            add_place(result, rest[1], bytes_slice(line, at, len),
                      pattern->folds ? arena : NULL);
        }
        rest += 2;
        at += len;
    }
    return at;
}

/* What stands before the message of a database is the driver's own way of
 * saying "error": one mistake has one template through all of them. */
static void add_before(struct mask_result *result,
                       const struct pattern *pattern, struct bytes text)
{
    if (pattern->folds) {
        return;
    }
    mask_add(result, text);
    if (text.len && ascii_is_space(text.data[text.len - 1])) {
        mask_add_constant(result, BYTES_LITERAL(" "));
    }
}

bool pattern_mask(struct bytes line, struct arena *arena,
                  struct mask_result *result)
{
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        const struct pattern *pattern = &patterns[i];
        size_t at = bytes_find(line, constant_of(pattern->text), 0);
        if (at == SIZE_MAX || walk(pattern, line, at, NULL, NULL) == SIZE_MAX) {
            continue;
        }
        add_before(result, pattern, bytes_slice(line, 0, at));
        size_t end = walk(pattern, line, at, result, arena);
        struct bytes after = bytes_slice(line, end, line.len);
        if (after.len && ascii_is_space(after.data[0])) {
            mask_add_constant(result, BYTES_LITERAL(" "));
        }
        mask_add(result, after);
        return true;
    }
    return false;
}
