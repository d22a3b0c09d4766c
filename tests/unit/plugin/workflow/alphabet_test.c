/* SPDX-License-Identifier: MIT */
/* Calls as steps, by way of the real reader of calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "plugin/read/call/slots.h"
#include "plugin/workflow/steps/alphabet.h"

static struct alphabet *alphabet;
static struct arena arena;
static struct buf scratch;

static int open_alphabet(void **state)
{
    (void)state;
    alphabet = alphabet_new();
    arena_init(&arena, 1 << 20);
    buf_init(&scratch, 1 << 20);
    return 0;
}

static int close_alphabet(void **state)
{
    (void)state;
    alphabet_free(alphabet);
    arena_fini(&arena);
    buf_fini(&scratch);
    return 0;
}

static size_t read_steps(const char *tool, const char *arguments,
                         uint16_t steps[STEPS_PER_CALL_MAX])
{
    static struct slot_set slots;
    arena_reset(&arena);
    slot_set_init(&slots, &arena);
    slots_add_call(&slots, bytes_of_text(tool), bytes_of_text(arguments),
                   &scratch);
    struct tuple_call call = {.tool = bytes_of_text(tool),
                              .slots = slots.slots,
                              .slot_count = slots.count};
    return alphabet_read(alphabet, &call, bytes_of_text(arguments), steps);
}

/* The steps of a call are "a, b, c"; once more from memory. */
static void assert_steps(const char *tool, const char *arguments,
                         const char *expected)
{
    for (int again = 0; again < 2; again++) {
        uint16_t steps[STEPS_PER_CALL_MAX];
        struct buf text;
        buf_init(&text, 1024);
        size_t count = read_steps(tool, arguments, steps);
        for (size_t i = 0; i < count; i++) {
            buf_add_text(&text, i ? ", " : "");
            buf_add(&text, alphabet_name(alphabet, steps[i]));
        }
        assert_string_equal(buf_text(&text), expected);
        buf_fini(&text);
    }
}

static void names_tool_verb_and_object(void **state)
{
    (void)state;
    assert_steps("Edit", "{\"file_path\":\"/a/b.go\"}", "edit.file:.go");
    assert_steps("Write", "{\"file_path\":\"/a/b.md\",\"content\":\"x\"}",
                 "edit.file:.md");
    assert_steps("Read", "{\"file_path\":\"/a/b.go\"}", "file.view");
    assert_steps("Grep", "{\"pattern\":\"x\"}", "search");
    assert_steps("AskUserQuestion", "{}", "ask.user");
    assert_steps("book_reservation", "{\"user_id\":\"x1\"}",
                 "book_reservation");
    assert_steps("mysql", "\"SHOW TABLES\"", "sql.show-tables");
    assert_steps("mysql", "\"DESCRIBE people\"", "sql.describe");
    assert_steps("mysql", "\"SELECT name FROM people\"", "sql.select");
}

static void a_command_is_a_step(void **state)
{
    (void)state;
    assert_steps("Bash", "{\"command\":\"git commit -m x\"}", "git.commit");
    assert_steps("Bash",
                 "{\"command\":\"cd /a && go test ./... && git add -A "
                 "&& git commit -m x\"}",
                 "test.run, git.add, git.commit");
    assert_steps("Bash", "{\"command\":\"mise run lint\"}", "lint.run");
    assert_steps("Bash", "{\"command\":\"pytest -q\"}", "test.run");
    assert_steps("Bash", "{\"command\":\"grep -rn x . | head\"}",
                 "search, head");
    assert_steps("Bash", "{\"command\":\"cd /a\"}", "");
}

static unsigned traits_of(const char *command)
{
    uint16_t steps[STEPS_PER_CALL_MAX];
    size_t count = read_steps("Bash", command, steps);
    return count > 0 ? alphabet_traits(alphabet, steps[count - 1]) : 0;
}

static void knows_what_protects_and_what_suppresses(void **state)
{
    (void)state;
    assert_int_equal(traits_of("{\"command\":\"go test ./...\"}"),
                     STEP_PROTECTED);
    assert_int_equal(traits_of("{\"command\":\"git commit -m x\"}"), 0);
    assert_int_equal(traits_of("{\"command\":\"git commit --no-verify -m x\"}"),
                     STEP_SUPPRESSOR);
    assert_int_equal(traits_of("{\"command\":\"git push --force\"}"),
                     STEP_SUPPRESSOR);
    assert_int_equal(traits_of("{\"command\":\"go test ./... || true\"}") &
                         STEP_SUPPRESSOR,
                     STEP_SUPPRESSOR);
    assert_int_equal(traits_of("{\"command\":\"git push --force-with-lease\"}"),
                     0);
}

static void is_full_at_its_maximum(void **state)
{
    (void)state;
    uint16_t steps[STEPS_PER_CALL_MAX];
    for (int i = 1; i < ALPHABET_MAX; i++) {
        char tool[32];
        snprintf(tool, sizeof(tool), "tool-%d", i);
        assert_int_equal(read_steps(tool, "{}", steps), 1);
        assert_int_equal(steps[0], i);
    }
    assert_int_equal(alphabet_size(alphabet), ALPHABET_MAX);
    assert_int_equal(read_steps("one-more", "{}", steps), 1);
    assert_int_equal(steps[0], 0);
    assert_int_equal(alphabet_refused(alphabet), 1);
    assert_int_equal(read_steps("tool-7", "{}", steps), 1);
    assert_int_equal(steps[0], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_tool_verb_and_object,
                                        open_alphabet, close_alphabet),
        cmocka_unit_test_setup_teardown(a_command_is_a_step, open_alphabet,
                                        close_alphabet),
        cmocka_unit_test_setup_teardown(knows_what_protects_and_what_suppresses,
                                        open_alphabet, close_alphabet),
        cmocka_unit_test_setup_teardown(is_full_at_its_maximum, open_alphabet,
                                        close_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
