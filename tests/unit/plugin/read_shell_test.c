/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/read/call/program.h"
#include "plugin/read/call/shell.h"
#include "plugin/read/call/shell_slots.h"

/* Commands as "word|word;word|word", a piped command after '>'. */
static void append(void *context, const struct shell_command *command)
{
    struct buf *out = context;
    if (out->len) {
        buf_add_text(out, command->is_piped_into ? ">" : ";");
    }
    for (size_t i = 0; i < command->word_count; i++) {
        buf_add_text(out, i ? "|" : "");
        buf_add(out, command->words[i]);
    }
}

static bool walk(struct bytes text, struct buf *out)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    bool is_complete = shell_walk(text, &arena, append, out);
    arena_fini(&arena);
    return is_complete;
}

struct row {
    const char *text;
    const char *commands;
};

static void test_commands_are_split_as_a_shell_would(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"git status", "git|status"},
        {"cd /a && go test ./... 2>&1 | tail -20",
         "cd|/a;go|test|./...>tail|-20"},
        {"A=1 B='x y' make", "make"},
        {"echo 'it''s' \"a b\" c\\ d", "echo|its|a b|c d"},
        {"(cd x; ls) || exit 1", "cd|x;ls;exit|1"},
        {"for f in *.c; do wc -l $f; done", "wc|-l|$f"},
        {"if test -f a; then cat a; else ls; fi", "test|-f|a;cat|a;ls"},
        {"cat > f <<'EOF'\nrm -rf /\nEOF\nls", "cat;ls"},
        {"cat <<-E | sort\nx\n\tE\nls", "cat>sort;ls"},
        {"git commit -m \"$(cat <<'EOF'\nit's (a) test\nEOF\n)\"",
         "git|commit|-m|$(cat <<'EOF'\nit's (a) test\nEOF\n)"},
        {"ls # not && this\npwd", "ls;pwd"},
        {"a &>log & b >/dev/null 2>err", "a;b"},
        {"diff <(a) <(b)", "diff;a;b"},
        {"cat <<< word", "cat"},
        {"", ""},
        {"&& ;; ||", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        assert_true(walk(bytes_of_text(rows[i].text), &out));
        assert_string_equal(buf_text(&out), rows[i].commands);
        buf_fini(&out);
    }
}

static void test_unterminated_text_is_reported_and_survived(void **state)
{
    (void)state;
    static const char *const texts[] = {"echo 'open", "echo \"open",
                                        "echo $(open", "cat <<EOF\nopen",
                                        "echo \"$(a 'b\""};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct buf out;
        buf_init(&out, 4096);
        assert_false(walk(bytes_of_text(texts[i]), &out));
        buf_fini(&out);
    }
}

static void test_hostile_text_stays_within_bounds(void **state)
{
    (void)state;
    static const char *const units[] = {"'",  "\"", "$(", "`", "((",   "a;",
                                        "<<", "\\", "a ", "|", "\xff", "#\n"};
    size_t size = 1 << 20;
    uint8_t *text = mem_new(size);
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t len = strlen(units[i]);
        for (size_t at = 0; at < size; at++) {
            text[at] = (uint8_t)units[i][at % len];
        }
        struct buf out;
        buf_init(&out, 1 << 20);
        assert_false(walk(bytes_of(text, size), &out));
        buf_fini(&out);
    }
    free(text);
}

/* ---- slots ------------------------------------------------------------------
 */

static bool has_slot(const struct slot_set *set, const char *name,
                     const char *option)
{
    for (size_t i = 0; i < set->count; i++) {
        if (bytes_equal_text(set->slots[i].name, name) &&
            bytes_equal_text(set->slots[i].option, option)) {
            return true;
        }
    }
    return false;
}

struct slot_row {
    const char *text;
    const char *name;
    const char *option; /* NULL: no slot of this name */
};

static bool has_name(const struct slot_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (bytes_equal_text(set->slots[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void test_choices_are_named_by_family_and_command(void **state)
{
    (void)state;
    static const struct slot_row rows[] = {
        {"npm run test", "use.test-runner", "npm run test"},
        {"mise run test:ci", "use.test-runner", "mise run test"},
        {"mise run test:ci", "shell.mise.command", "test:ci"},
        {"yarn test --watch", "use.test-runner", "yarn test"},
        {"go test ./...", "use.test-runner", "go test"},
        {"go run ./cmd/x", "shell.go.command", "run"},
        {"go vet ./...", "use.linter", "go vet"},
        {"sudo env X=1 timeout 5 pytest -q", "use.test-runner", "pytest"},
        {"uv run pytest", "use.python-runner", "uv run"},
        {"python3 -m pytest", "use.test-runner", "python -m pytest"},
        {"npx prettier -w .", "use.formatter", "prettier"},
        {"npx prettier -w .", "use.package-runner", "npx"},
        {"pnpm add left", "use.package-manager", "pnpm add"},
        {"docker compose up -d", "use.compose", "docker compose"},
        {"docker compose up -d", "shell.docker.compose.up.flags", "-d"},
        {"git -C /x commit -am 'feat(a): b'", "shell.git.commit.message",
         "type(scope): text"},
        {"git -C /x status", "use.directory", "git -C"},
        {"git commit -m \"$(cat <<'EOF'\nfix: it\nEOF\n)\"",
         "shell.git.commit.message", "type: text"},
        {"git log --oneline -20", "shell.git.log.flags", "--oneline -N"},
        {"git checkout -b me/x", "use.new-branch", "git checkout -b"},
        {"git switch -c x", "shell.git.branch-name", "name"},
        {"git add -A", "shell.git.add.what", "-A"},
        {"ls -la", "shell.ls.flags", "-al"},
        {"ls -a -l", "shell.ls.flags", "-al"},
        {"rg foo", "use.search", "rg"},
        {"ls | grep foo", "use.search", NULL},
        {"bash -lc 'rg foo'", "use.search", "rg"},
        {"cd /x && ls", "use.directory", "cd"},
        {"ls; cd /x", "use.directory", NULL},
        {"/usr/bin/git status", "shell.git.command", "status"},
        {"gh pr create --base=main", "shell.gh.pr.create.--base", "main"},
        {"echo hello", "shell.program", NULL},
        {"find . -name x", "use.find-files", "find"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct slot_set set;
        arena_init(&arena, 1 << 20);
        slot_set_init(&set, &arena);
        shell_slots_add(&set, bytes_of_text(rows[i].text));
        bool fits = rows[i].option
                        ? has_slot(&set, rows[i].name, rows[i].option)
                        : !has_name(&set, rows[i].name);
        if (!fits) {
            print_error("%s: %s\n", rows[i].text, rows[i].name);
        }
        assert_true(fits);
        arena_fini(&arena);
    }
}

static void test_every_program_is_found(void **state)
{
    (void)state;
    static const char *const names[] = {"[",    "git",  "ack", "yum",
                                        "yarn", "mise", "rg",  "yamllint"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_non_null(program_find(bytes_of_text(names[i])));
    }
    assert_null(program_find(BYTES_LITERAL("gi")));
    assert_null(program_find(BYTES_LITERAL("")));
    assert_null(program_find(BYTES_LITERAL("zzz")));
}

static void test_a_call_has_a_bounded_number_of_slots(void **state)
{
    (void)state;
    struct arena arena;
    struct slot_set set;
    struct buf text;
    arena_init(&arena, 1 << 20);
    slot_set_init(&set, &arena);
    buf_init(&text, 1 << 16);
    for (int i = 0; i < 30; i++) {
        buf_add_format(&text, "git c%c%c --flag-%d=v --other-%d=w;",
                       'a' + i % 26, 'a' + i / 26, i, i);
    }
    shell_slots_add(&set, buf_bytes(&text));
    assert_int_equal(set.count, TUPLE_SLOTS_MAX);
    assert_true(set.is_cut);
    buf_fini(&text);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands_are_split_as_a_shell_would),
        cmocka_unit_test(test_unterminated_text_is_reported_and_survived),
        cmocka_unit_test(test_hostile_text_stays_within_bounds),
        cmocka_unit_test(test_choices_are_named_by_family_and_command),
        cmocka_unit_test(test_every_program_is_found),
        cmocka_unit_test(test_a_call_has_a_bounded_number_of_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
