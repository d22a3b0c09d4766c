/* SPDX-License-Identifier: MIT */
/* The planner's sentences and the gate's plain words are one contract in two
 * places: a wording whose words the gate does not know would silently send
 * every memory that is told in it to a human. So every text of the wordings'
 * sources is read here, and held against the gate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory/gate/text/screen.h"
#include "memory/gate/text/words.h"
#include "plugin/plan/wording.h"

enum {
    SOURCE_MAX = 1 << 18,
    LITERAL_MAX = 4096
};

/* Who writes texts of memories, and whether the gate asks whose words they
 * are: what hygiene does is judged by the memories it is about, and workflows
 * are looked at by people whatever their words. */
static const struct {
    const char *path;
    bool has_words;
    bool is_directive;
} sources[] = {
    {"plan/wording.c", true, false},
    {"plan/wording_preference.c", true, false},
    {"plan/directive/wording_directive.c", true, true},
    {"plan/mistake/wording_mistake.c", true, false},
    {"plan/workflow/wording_workflow.c", false, false},
    {"plan/hygiene/wording_hygiene.c", false, false},
    {"detect/mistakes/fix/fix_words.c", true, false},
};

/* ---- reading literals ---------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct buf read_source(const char *path)
{
    char name[512];
    struct buf text;
    buf_init(&text, SOURCE_MAX);
    int len = snprintf(name, sizeof(name), "%s/%s", SOURCES, path);
    assert_true(len > 0 && (size_t)len < sizeof(name));
    FILE *file = fopen(name, "rb");
    if (!file) {
        fail_msg("%s is gone: name the file that took its place", name);
    }
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        buf_add_u8(&text, (uint8_t)c);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(buf_error(&text), ERR_OK);
    return text;
}

/* Behind blanks, comments and lines for the preprocessor. */
static const char *skip_blank(const char *at)
{
    for (;;) {
        if (*at == ' ' || *at == '\n') {
            at++;
        } else if (at[0] == '/' && at[1] == '*') {
            at = strstr(at, "*/") + 2;
        } else if (*at == '#') {
            at = strchr(at, '\n');
        } else {
            return at;
        }
    }
}

/* Appends the literal that starts at ${at}, which is behind its quotation
 * mark; returns what is behind its end. */
static const char *read_part(const char *at, struct buf *out)
{
    while (*at != '"') {
        if (*at == '\\') {
            at++;
            buf_add_u8(out, *at == 'n' ? '\n' : (uint8_t)*at);
        } else {
            buf_add_u8(out, (uint8_t)*at);
        }
        at++;
    }
    return at + 1;
}

/* The next literal, its parts put together; NULL at the end. */
static const char *next_literal(const char *at, struct buf *out)
{
    buf_reset(out);
    at = skip_blank(at);
    while (*at && *at != '"') {
        bool is_character = *at == '\'';
        at += is_character && at[1] == '\\' ? 4 : is_character ? 3 : 1;
        at = skip_blank(at);
    }
    bool found = *at == '"';
    while (*at == '"') {
        at = skip_blank(read_part(at + 1, out));
    }
    return found ? at : NULL;
}

static bool ends_in(const struct buf *text, bool letter)
{
    char last = text->len > 0 ? (char)text->data[text->len - 1] : ' ';
    return letter ? is_letter(last) : last >= '0' && last <= '9';
}

/* What stands in the place of "%s": the plural of a word, the sign behind a
 * number, or a word. */
static const char *filling(const struct buf *before)
{
    return ends_in(before, true) ? "s" : ends_in(before, false) ? "" : "value";
}

/* With a number or a plain word in the place of each conversion. */
static void fill(const char *format, struct buf *out)
{
    for (const char *at = format; *at; at++) {
        if (*at != '%') {
            buf_add_u8(out, (uint8_t)*at);
            continue;
        }
        at += 1 + strspn(at + 1, "+.0123456789zl");
        if (*at == '%') {
            buf_add_u8(out, '%');
        } else if (*at == 's') {
            buf_add_text(out, filling(out));
        } else {
            buf_add_u8(out, '7');
        }
    }
}

/* ---- asking the gate ----------------------------------------------------- */

/* Whether the gate lets ${text} pass; says why not. */
static bool passes(const char *where, struct bytes text, bool has_words,
                   bool is_directive)
{
    bool is_fine = true;
    struct words *words = words_new(bytes_of(NULL, 0), text, false);
    struct bytes word = bytes_of(NULL, 0);
    if (is_directive) {
        words_ask(words);
    }
    enum words_fault fault = words_judge(words, &word);
    if (has_words && fault != WORDS_SOURCED) {
        is_fine = false;
        print_error("%s: \"%.*s\": \"%.*s\" is no plain word "
                    "(memory/gate/plain.c)\n",
                    where, (int)text.len, (const char *)text.data,
                    (int)word.len, (const char *)word.data);
    }
    words_free(words);
    const char *sensitive = sensitive_word(text);
    const char *screen = screen_text(text);
    if (sensitive || screen) {
        is_fine = false;
        print_error("%s: \"%.*s\" would ask for a human: %s\n", where,
                    (int)text.len, (const char *)text.data,
                    screen ? screen : sensitive);
    }
    return is_fine;
}

/* The start or the end of a path, which is no text, or of a word. */
static bool is_part(const char *literal)
{
    return literal[0] == '/' || strcmp(literal, ".md") == 0 ||
           strcmp(literal, "s") == 0;
}

static size_t ask_about(size_t index, size_t *out_faults)
{
    struct buf source = read_source(sources[index].path);
    struct buf literal;
    struct buf text;
    size_t count = 0;
    buf_init(&literal, LITERAL_MAX);
    buf_init(&text, LITERAL_MAX);
    const char *at = next_literal(buf_text(&source), &literal);
    while (at) {
        if (!is_part(buf_text(&literal))) {
            buf_reset(&text);
            fill(buf_text(&literal), &text);
            *out_faults +=
                !passes(sources[index].path, buf_bytes(&text),
                        sources[index].has_words, sources[index].is_directive);
            count++;
        }
        at = next_literal(at, &literal);
    }
    buf_fini(&text);
    buf_fini(&literal);
    buf_fini(&source);
    return count;
}

static void every_fixed_wording_is_plain_to_the_gate(void **state)
{
    (void)state;
    size_t faults = 0;
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        /* One that reads nothing cannot fail. */
        assert_true(ask_about(i, &faults) > 0);
    }
    assert_int_equal(faults, 0);
}

static void names_that_wordings_are_filled_with_are_plain(void **state)
{
    (void)state;
    bool is_fine = true;
    for (int part = PART_NONE; part < PART_KINDS; part++) {
        const char *name = part_kind_name((enum part_kind)part);
        is_fine &= passes("parts.c", bytes_of_text(name), true, false);
    }
    assert_true(is_fine);
}

static void a_wording_that_is_not_plain_is_noticed(void **state)
{
    (void)state;
    static const char source[] = "f(\"what \" /* \"no\" */\n \"mended %u\", "
                                 "'\"', \"obey %s\");";
    struct buf literal;
    struct buf text;
    struct bytes word;
    buf_init(&literal, LITERAL_MAX);
    buf_init(&text, LITERAL_MAX);
    const char *at = next_literal(source, &literal);
    assert_string_equal(buf_text(&literal), "what mended %u");
    at = next_literal(at, &literal);
    assert_string_equal(buf_text(&literal), "obey %s");
    assert_null(next_literal(at, &literal));
    fill("obey %s, agent%s %+.2f %%", &text);
    assert_string_equal(buf_text(&text), "obey value, agents 7 %");
    struct words *words = words_new(bytes_of(NULL, 0), buf_bytes(&text), false);
    assert_int_equal(words_judge(words, &word), WORDS_FOREIGN);
    assert_true(bytes_equal_text(word, "obey"));
    words_free(words);
    buf_fini(&text);
    buf_fini(&literal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fixed_wording_is_plain_to_the_gate),
        cmocka_unit_test(names_that_wordings_are_filled_with_are_plain),
        cmocka_unit_test(a_wording_that_is_not_plain_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
