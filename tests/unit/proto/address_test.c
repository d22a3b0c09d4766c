/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/address.h"
#include "proto/limits.h"

static void the_four_forms_read_and_write_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"agent:ada", "role:review er",
                                        "team:bl\xc3\xbc.e", "topic:a.b.c"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct address address;
        struct buf out;
        buf_init(&out, 64);
        assert_int_equal(address_read(bytes_of_text(texts[i]), &address),
                         ERR_OK);
        assert_int_equal(address.type, i);
        address_write(&address, &out);
        assert_string_equal(buf_text(&out), texts[i]);
        buf_fini(&out);
    }
}

static void other_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",          "agent",     "agent:",    ":ada",       "Agent:ada",
        "agent: a",  "agent:a ",  "agent:a:b", "agent:a\tb", "agent:\x7f",
        "user:ada",  "topic:",    "topic:.a",  "topic:a.",   "topic:a..b",
        "topic:a.*", "topic:>",   "topic:a*",  "agent:\xff", "team:\xc2\x85",
        " agent:a",  "agent:a\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct address address;
        assert_int_equal(address_read(bytes_of_text(texts[i]), &address),
                         ERR_INVALID);
    }
}

static void names_have_a_longest(void **state)
{
    (void)state;
    char name[NAME_MAX_BYTES + 1];
    memset(name, 'n', sizeof(name));
    assert_true(name_is_valid(bytes_of(name, NAME_MAX_BYTES)));
    assert_false(name_is_valid(bytes_of(name, NAME_MAX_BYTES + 1)));
    assert_false(name_is_valid(bytes_of(name, 0)));
    assert_false(name_is_valid(bytes_of("a\0b", 3)));
    assert_true(name_is_valid(bytes_of_text("\xe4\xbd\xa0\xe5\xa5\xbd")));
}

static void topics_have_at_most_sixteen_levels(void **state)
{
    (void)state;
    assert_true(
        topic_is_valid(bytes_of_text("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a")));
    assert_false(
        topic_is_valid(bytes_of_text("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a")));
}

static void patterns_hold_wildcards_as_whole_levels(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "*", ">", "a.*", "*.b.>", "a.>"};
    static const char *const bad[] = {"", "a*", ">.a", "a.>.b", "*.", "a.b>"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(topic_pattern_is_valid(bytes_of_text(good[i])));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(topic_pattern_is_valid(bytes_of_text(bad[i])));
    }
}

static void topics_match_their_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *topic;
        bool matches;
    } rows[] = {
        {"a.b", "a.b", true},     {"a.b", "a", false},
        {"a.b", "a.b.c", false},  {"a", "ab", false},
        {"*", "a", true},         {"*", "a.b", false},
        {"a.*.c", "a.b.c", true}, {"a.*.c", "a.b.d", false},
        {"a.*", "a", false},      {"a.>", "a", false},
        {"a.>", "a.b", true},     {"a.>", "a.b.c", true},
        {">", "a.b.c", true},     {"*.>", "a", false},
        {"*.>", "a.b", true},     {"a.b.c", "a.b", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(topic_matches(bytes_of_text(rows[i].pattern),
                                       bytes_of_text(rows[i].topic)),
                         rows[i].matches);
    }
}

static void kinds_are_dotted_words(void **state)
{
    (void)state;
    static const char *const good[] = {"note", "agent.tool_use", "note.v2"};
    static const char *const bad[] = {"",    ".",   "a.",   ".a",  "a..b",
                                      "A.b", "a b", "a.b*", "a-b", "\xc3\xa9"};
    char longest[KIND_MAX_BYTES + 1];
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(kind_is_valid(bytes_of_text(good[i])));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(kind_is_valid(bytes_of_text(bad[i])));
    }
    memset(longest, 'k', sizeof(longest));
    assert_true(kind_is_valid(bytes_of(longest, KIND_MAX_BYTES)));
    assert_false(kind_is_valid(bytes_of(longest, KIND_MAX_BYTES + 1)));
}

static void kinds_match_exactly_or_by_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *kind;
        bool matches;
    } rows[] = {
        {"agent.message", "agent.message", true},
        {"agent.message", "agent.messages", false},
        {"agent.*", "agent.tool_use", true},
        {"agent.*", "agent", false},
        {"*", "anything", true},
        {"", "note", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(kind_matches(bytes_of_text(rows[i].pattern),
                                      bytes_of_text(rows[i].kind)),
                         rows[i].matches);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_forms_read_and_write_back),
        cmocka_unit_test(other_addresses_are_refused),
        cmocka_unit_test(names_have_a_longest),
        cmocka_unit_test(topics_have_at_most_sixteen_levels),
        cmocka_unit_test(patterns_hold_wildcards_as_whole_levels),
        cmocka_unit_test(topics_match_their_patterns),
        cmocka_unit_test(kinds_are_dotted_words),
        cmocka_unit_test(kinds_match_exactly_or_by_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
