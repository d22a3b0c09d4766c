/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/read/sql/refs.h"

struct row {
    const char *text;
    const char *refs; /* "t" a table, "t.c" a column; + certain, - blamed */
};

static void print_ref(const struct tuple_ref *ref, struct buf *out)
{
    buf_add_text(out, out->len ? " " : "");
    buf_add(out, ref->owner);
    buf_add_text(out, ref->owner.len ? "." : "");
    buf_add(out, ref->name);
    buf_add_text(out, ref->is_certain ? "+" : "");
    buf_add_text(out, ref->is_blamed ? "-" : "");
}

static void check(const struct row *row)
{
    struct slot_set *set = mem_new(sizeof(*set));
    struct arena arena;
    struct buf out;
    arena_init(&arena, 1 << 20);
    buf_init(&out, 1 << 16);
    slot_set_init(set, &arena);
    sql_refs_add(set, bytes_of_text(row->text));
    for (size_t i = 0; i < set->ref_count; i++) {
        print_ref(&set->refs[i], &out);
    }
    assert_string_equal(buf_text(&out), row->refs);
    buf_fini(&out);
    arena_fini(&arena);
    free(set);
}

static void check_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check(&rows[i]);
    }
}

static void names_belong_to_the_only_table(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"SELECT name, Age FROM Singer WHERE country = 'x' ORDER BY age DESC",
         "singer+- singer.name+- singer.age+- singer.country+-"},
        {"select count(*), max(age) as oldest from singer group by oldest",
         "singer+- singer.age+- singer.oldest-"},
        {"SELECT `name` FROM `singer` WHERE `age` > 3.5 LIMIT 5, 3;",
         "singer+- singer.name+- singer.age+-"},
        {"DELETE FROM singer WHERE id = 3", "singer+- singer.id+-"},
        {"UPDATE singer SET age = 3 WHERE id = 4",
         "singer+- singer.age+- singer.id+-"},
        {"DESCRIBE singer", "singer+-"},
        {"SHOW FULL COLUMNS FROM singer LIKE 'a%'", "singer+-"},
        {"show create table singer", "singer+-"},
        {"SHOW TABLES FROM concerts", ""},
        {"SHOW TABLES", ""},
        {"INSERT INTO singer (name, age) VALUES ('a', 3)", "singer+-"},
    };
    check_all(rows, ARRAY_LEN(rows));
}

static void aliases_stand_for_their_tables(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"SELECT s.name, c.year FROM singer AS s JOIN concert c ON s.id = "
         "c.singer_id",
         "singer+- concert+- singer.name+- concert.year+- singer.id+- "
         "concert.singer_id+-"},
        /* An alias hides the name. */
        {"SELECT singer.name FROM singer s", "singer+-"},
        /* Of two tables nobody knows which has it, but neither may. */
        {"SELECT name FROM a, b WHERE a.id = b.id",
         "a+- b+- a.name- b.name- a.id+- b.id+-"},
        {"SELECT t.* , t.x FROM t", "t+- t.x+-"},
        {"SELECT z.x FROM t", "t+-"},
    };
    check_all(rows, ARRAY_LEN(rows));
}

static void subqueries_have_names_of_their_own(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* The inner name may be the outer table's. */
        {"SELECT a FROM t WHERE b IN (SELECT c FROM u)",
         "t+- u+- t.a+- t.b+- u.c-"},
        {"SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.x = t.y)",
         "t+- u+- t.a+- u.x+- t.y+"},
        /* What a sub-query gives is no column of a table. */
        {"SELECT n FROM (SELECT count(*) AS n FROM t WHERE z = 1) AS d",
         "t+- t.z+-"},
        {"SELECT d.n, t.a FROM t JOIN (SELECT id FROM u) d ON d.id = t.id",
         "t+- u+- t.a+- u.id+- t.id+-"},
        {"WITH best AS (SELECT a FROM t) SELECT a, b FROM best", "t+- t.a+-"},
        {"(SELECT a FROM t) UNION (SELECT b FROM u)", "t+- u+- t.a+- u.b+-"},
        {"SELECT a FROM t UNION SELECT b FROM u ORDER BY c",
         "t+- u+- t.a+- u.b- u.c"},
        {"SELECT a FROM (t JOIN u ON t.x = u.y) WHERE t.z = 1",
         "t+- u+- t.a- u.a- t.x+- u.y+- t.z+-"},
    };
    check_all(rows, ARRAY_LEN(rows));
}

static void what_only_looks_like_a_column_is_none(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"SELECT EXTRACT(YEAR FROM born), DATE_SUB(d, INTERVAL 1 DAY) FROM t",
         "t+- t.born+- t.d+-"},
        {"SELECT CAST(a AS UNSIGNED INTEGER), CONVERT(b, CHAR) FROM t",
         "t+- t.a+- t.b+-"},
        {"SELECT TIMESTAMPDIFF(YEAR, a, now()) FROM t WHERE d > DATE '2020'",
         "t+- t.a+- t.d+-"},
        {"SELECT @x, a FROM t -- b FROM c\n WHERE /* d */ e = \"f\"",
         "t+- t.a+- t.e+-"},
        {"SELECT a AS total, b cnt, count(*) n FROM t HAVING n > 1",
         "t+- t.a+- t.b+- t.n"},
        {"SELECT CASE WHEN a > 1 THEN b ELSE 'x' END AS k FROM t",
         "t+- t.a+- t.b+-"},
        {"SELECT a FROM t GROUP BY a HAVING b > 3", "t+- t.a+- t.b+"},
        {"SELECT table_name FROM information_schema.tables", ""},
        {"SELECT a FROM other.t", ""},
        {"SELECT a FROM `other.t`", ""},
        {"SELECT a INTO @b FROM t FOR UPDATE", "t+- t.a+-"},
    };
    check_all(rows, ARRAY_LEN(rows));
}

static void text_around_a_statement_is_not_read(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"SELECT a FROM t WHERE b = 3\nOutput: [(1, 2)]", ""},
        {"SELECT a FROM t WHERE b = 1 \n```", ""},
        {"SELECT a FROM t WHERE b = 1 please explain it", ""},
        {"SELECT a FROM t ORDER BY b DESC LIMIT 1\n# a comment", ""},
        {"SELECT a FROM t ORDER BY b NULLS FIRST", "t+- t.a+- t.b+-"},
        {"SELECT a FROM t WHERE b > c - INTERVAL 3 DAY",
         "t+- t.a+- t.b+- t.c+-"},
    };
    check_all(rows, ARRAY_LEN(rows));
}

static void an_on_blames_only_the_tables_before_it(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"SELECT 1 FROM a JOIN b ON b.x = c.y JOIN c ON c.z = a.w",
         "a+- b+- c+- b.x+- c.y+ c.z+- a.w+-"},
        {"SELECT 1 FROM a, b JOIN c ON a.id = c.id",
         "a+- b+- c+- a.id+ c.id+-"},
    };
    check_all(rows, ARRAY_LEN(rows));
}

static void hostile_text_is_bounded(void **state)
{
    (void)state;
    static const char *const parts[] = {"(",           "SELECT a FROM (",
                                        ")",           ",",
                                        "FROM t,",     "a.b.c.d.e.",
                                        "`x",          "'",
                                        "\"",          "/*",
                                        "WITH x AS (", "UNION SELECT x ",
                                        "t.*",         "JOIN u ON a=b ",
                                        "`.`",         "x AS y, ",
                                        "1.",          ";select a from b;"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct slot_set *set = mem_new(sizeof(*set));
        struct arena arena;
        struct buf text;
        arena_init(&arena, 1 << 22);
        buf_init(&text, 8192);
        slot_set_init(set, &arena);
        while (text.len + 64 < text.max) {
            buf_add_text(&text, parts[i]);
        }
        sql_refs_add(set, buf_bytes(&text));
        assert_true(set->ref_count <= TUPLE_REFS_MAX);
        /* Every beginning of it, too. */
        for (size_t len = 0; len < 200; len++) {
            sql_refs_add(set, bytes_slice(buf_bytes(&text), 0, len));
        }
        buf_fini(&text);
        arena_fini(&arena);
        free(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_belong_to_the_only_table),
        cmocka_unit_test(aliases_stand_for_their_tables),
        cmocka_unit_test(subqueries_have_names_of_their_own),
        cmocka_unit_test(what_only_looks_like_a_column_is_none),
        cmocka_unit_test(text_around_a_statement_is_not_read),
        cmocka_unit_test(an_on_blames_only_the_tables_before_it),
        cmocka_unit_test(hostile_text_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
