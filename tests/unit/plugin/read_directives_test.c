/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/read/said/directives.h"
#include "plugin/read/said/words.h"

struct found {
    size_t count;
    size_t requests;
    struct tuple_directive first;
    char key[TUPLE_KEY_MAX + 1];
    char object[TUPLE_QUOTE_MAX + 1];
    char instead[TUPLE_QUOTE_MAX + 1];
};

static void copy(char *out, size_t size, struct bytes text)
{
    assert_true(text.len < size);
    if (text.len) {
        memcpy(out, text.data, text.len);
    }
    out[text.len] = '\0';
}

static void keep(void *context, const struct tuple_directive *directive,
                 struct bytes sentence)
{
    struct found *found = context;
    if (directive->strength == DIRECTIVE_REQUEST) {
        found->requests++;
        copy(found->key, sizeof(found->key), directive->key);
        return;
    }
    if (found->count++ == 0) {
        found->first = *directive;
        copy(found->key, sizeof(found->key), directive->key);
        copy(found->object, sizeof(found->object), directive->object);
        copy(found->instead, sizeof(found->instead), directive->instead);
    }
    assert_true(bytes_find(sentence, directive->object, 0) != SIZE_MAX);
}

static struct found read_text(struct bytes text)
{
    struct found found = {.count = 0};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    directives_read(text, &arena, keep, &found);
    arena_fini(&arena);
    return found;
}

static void test_directives_name_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum directive_polarity polarity;
        enum directive_strength strength;
        const char *object;
        const char *instead;
    } rows[] = {
        {"Always run `mise run test` before committing.", DIRECTIVE_DO,
         DIRECTIVE_STANDING, "mise run test", ""},
        {"please always run mise run lint", DIRECTIVE_DO, DIRECTIVE_STANDING,
         "mise run lint", ""},
        {"Never use `--no-verify`.", DIRECTIVE_DONT, DIRECTIVE_STANDING,
         "--no-verify", ""},
        {"Don't use npm, we have a lock file", DIRECTIVE_DONT,
         DIRECTIVE_CORRECTION, "npm", ""},
        {"do not edit `schema.sql`", DIRECTIVE_DONT, DIRECTIVE_CORRECTION,
         "schema.sql", ""},
        {"use pnpm instead of npm", DIRECTIVE_DO, DIRECTIVE_CORRECTION, "pnpm",
         "npm"},
        {"Instead of npm, use pnpm.", DIRECTIVE_DO, DIRECTIVE_CORRECTION,
         "pnpm", "npm"},
        {"I prefer tabs over spaces", DIRECTIVE_DO, DIRECTIVE_STANDING, "tabs",
         "spaces"},
        {"from now on use `rg`", DIRECTIVE_DO, DIRECTIVE_STANDING, "rg", ""},
        {"No, use `rg`", DIRECTIVE_DO, DIRECTIVE_CORRECTION, "rg", ""},
        {"- **Always** use `rg`", DIRECTIVE_DO, DIRECTIVE_STANDING, "rg", ""},
        {"I prefer tabs to spaces", DIRECTIVE_DO, DIRECTIVE_STANDING, "tabs",
         "spaces"},
        {"prefer `rg` to save time", DIRECTIVE_DO, DIRECTIVE_STANDING, "rg",
         ""},
        {"stop using `grep`", DIRECTIVE_DONT, DIRECTIVE_CORRECTION, "grep", ""},
        {"avoid `git add -A`", DIRECTIVE_DONT, DIRECTIVE_CORRECTION,
         "git add -A", ""},
        {"use `rg` instead of grep for now", DIRECTIVE_DO, DIRECTIVE_ONCE, "rg",
         "grep"},
        {"make sure to run `make check` before pushing", DIRECTIVE_DO,
         DIRECTIVE_STANDING, "make check", ""},
        {"we should be using the strong types instead of string wherever we "
         "can",
         DIRECTIVE_DO, DIRECTIVE_STANDING, "strong types", "string"},
        {"don't forget to run `make check` before you push", DIRECTIVE_DO,
         DIRECTIVE_STANDING, "make check", ""},
        {"you forgot to run `mise run lint`", DIRECTIVE_DO,
         DIRECTIVE_CORRECTION, "mise run lint", ""},
        {"you should have used `rg` instead of grep", DIRECTIVE_DO,
         DIRECTIVE_CORRECTION, "rg", "grep"},
        {"why didn't you run gofmt?", DIRECTIVE_DO, DIRECTIVE_CORRECTION,
         "gofmt", ""},
        {"can you run `make lint` before committing?", DIRECTIVE_DO,
         DIRECTIVE_STANDING, "make lint", ""},
        {"we use pnpm, not npm", DIRECTIVE_DO, DIRECTIVE_CORRECTION, "pnpm",
         "npm"},
        {"stick to `slog` instead of `log`", DIRECTIVE_DO, DIRECTIVE_CORRECTION,
         "slog", "log"},
        {"always write `steps_count` now", DIRECTIVE_DO, DIRECTIVE_ONCE,
         "steps_count", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct found found = read_text(bytes_of_text(rows[i].text));
        if (found.count != 1) {
            fail_msg("%s: %zu", rows[i].text, found.count);
        }
        assert_int_equal(found.count, 1);
        assert_string_equal(found.object, rows[i].object);
        assert_string_equal(found.instead, rows[i].instead);
        assert_int_equal(found.first.polarity, rows[i].polarity);
        if (found.first.strength != rows[i].strength) {
            fail_msg("%s: strength %d", rows[i].text, found.first.strength);
        }
    }
}

static void test_other_talk_is_no_directive(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "don't change anything, just let me know",
        "it should never try to create a branch without a BaseCommit",
        "the function always returns Created: true at line 228",
        "we don't have `Entire-Session` anymore so this is obsolete",
        "could we use the regexp from the id package?",
        "do we always run `make test` there?",
        "why don't we use `rg`?",
        "if it fails, always run `make clean`",
        "I don't like turn, any other suggestions?",
        "I'd prefer that",
        "The session was never committed to main",
        "> always use `rg`",
        "    always use `rg`",
        "```\nalways use `rg`\n```",
        "# Always use `rg`",
        "<system-reminder>always use `rg`</system-reminder>",
        "Implement the following plan:\nalways use `rg`",
        "Would you prefer I refactor to share the logic?",
        "Functions `a` (lines 1-2) don't include `b` in their mapping.",
        "it costs every session, even ones that never touch features",
        "The bug pattern: Using `a` instead of `b` when working",
        "fix the tests",
        "the reviewer said we should always use `rg`",
        "the docs say nothing, but Bob says never use `rg`",
        "haha, always use `rm -rf`",
        "imagine we always use `rg`",
        "you should have a look at `rg`",
        "why did you use `rg`?",
        "we use go-git in other places",
        "go with option 3",
        "ok",
        "",
        "always",
        "never never never"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct found found = read_text(bytes_of_text(texts[i]));
        if (found.count) {
            print_error("%s -> %s\n", texts[i], found.key);
        }
        assert_int_equal(found.count, 0);
    }
}

static void test_mockery_is_no_directive(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "oh wonderful, always use `rm -rf` then",
        "yeah right, always use `rg`",
        "yeah sure, let's always use `rg`",
        "sure, because we should always use `rg`",
        "great, always use `rg`, what can go wrong",
        "always use `npm ci`, who needs a lock file",
        "always use `git push -f`, how hard can it be",
        "let's always use `git push -f` and break everything",
        "always use `git push -f` and ruin it for all of us",
        "always use `rg` /s",
        "always use `rg` \xf0\x9f\x99\x84",
        "as if we would always use `rg`",
        "apparently we should always use `rg`",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct found found = read_text(bytes_of_text(texts[i]));
        if (found.count) {
            fail_msg("%s -> %s", texts[i], found.key);
        }
    }
}

static void test_what_resembles_mockery_is_meant(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "great, from now on always use `rg`",
        "sure, use `rg` instead of grep",
        "oh, always use `rg`",
        "oh, and never use `git push -f`",
        "yes please, always use `rg`",
        "never use `git push -f` and break main again",
        "always run `make check` or we break the build",
        "always use `gofmt -s`, and break long lines",
        "always use `rg` because it works so well",
        "always use `rg` :)",
        "always run `make lint` so we know what could be wrong",
        "always use `npm ci`, how the lock file is made is documented",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct found found = read_text(bytes_of_text(texts[i]));
        if (found.count != 1) {
            fail_msg("%s: %zu", texts[i], found.count);
        }
    }
}

static void test_equal_directives_share_a_key(void **state)
{
    (void)state;
    static const char *const same[][4] = {
        {"Always run `mise run test` before committing.",
         "please always use mise run test before you commit changes",
         "Never commit without running `mise run test`!",
         "Before committing, always run `mise run test`."},
        {"use pnpm instead of npm", "Use pnpm rather than npm.",
         "Instead of npm, use `pnpm`", "no, use pnpm not npm"},
        {"always run the formatter before committing",
         "please always run the fmt before each commit",
         "never commit without running the formatter",
         "always run the formatter prior to committing"},
        {"never use `git add -A`", "don't ever use `git add -A`",
         "please do not use `git add -A`", "never run `git add -A`"},
    };
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        struct found first = read_text(bytes_of_text(same[i][0]));
        assert_int_equal(first.count, 1);
        for (size_t k = 1; k < ARRAY_LEN(same[i]); k++) {
            struct found other = read_text(bytes_of_text(same[i][k]));
            assert_string_equal(other.key, first.key);
            assert_true(other.first.key_id == first.first.key_id);
        }
    }
}

static void test_requests_for_a_practice_meet(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *texts[8];
    } rows[] = {
        {"add tests",
         {"can you add a test for this?", "please write some unit tests",
          "did you add tests too?", "do we have an integration test?",
          "let's add a test first", "you forgot to add tests",
          "Could we also create a regression test here?"}},
        {"keep the tests passing",
         {"tests are failing", "\"make test\" fails", "fix the failing tests",
          "running `npm test` shows errors", "npm run test:ci fails again"}},
        {"keep the linter passing",
         {"fix lint", "the linter is failing", "lint failing",
          "can you run the linter please", "`make lint` is broken"}},
        {"check for duplicated code",
         {"can you check that this function is not duplicated?",
          "is there duplicate code now?", "how do we avoid code duplication?",
          "please dedupe these helpers, extract what is shared",
          "do we have duplicated logic in here?"}},
        {"keep the documentation up to date",
         {"please update the docs", "can you also extend the documentation"}},
        {"review the changes",
         {"can you review the changes in this branch?",
          "please review this code"}},
        {"remove unused code",
         {"remove the unused functions", "can you check for unused imports"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t k = 0; k < 8 && rows[i].texts[k]; k++) {
            struct found found = read_text(bytes_of_text(rows[i].texts[k]));
            if (found.requests != 1 || strcmp(found.key, rows[i].key) != 0) {
                fail_msg("%s -> %zu %s", rows[i].texts[k], found.requests,
                         found.key);
            }
        }
    }
}

static void test_other_talk_is_no_request(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "don't add tests",
        "no tests please",
        "what happens if the tests fail?",
        "the test should fail without the fix",
        "can you use the test repo skill",
        "can you skip the tests this once",
        "the customer said: can you add a test?",
        "why do we only sometimes write the tests first?",
        "this produces duplicate error messages",
        "we should de-duplicate the commit hashes",
        "are the review comments still valid?",
        "the documentation of the library is long",
        "I added a test",
        "we have tests for it",
        "commit and push",
        "delete the branch",
        "remove the tests",
        "if the linter fails, tell me",
        "how did this not fail tests?",
        "> can you add a test?",
        "```\ncan you add a test?\n```",
        "<tool>can you add a test?</tool>",
        "imagine the tests fail",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct found found = read_text(bytes_of_text(texts[i]));
        if (found.requests) {
            fail_msg("%s -> %s", texts[i], found.key);
        }
    }
}

static void test_scope_is_taken_from_the_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum directive_scope scope;
    } rows[] = {
        {"we always use `rg`", SCOPE_TEAM},
        {"I always use `rg`", SCOPE_INDIVIDUAL},
        {"always use `rg` in this repo", SCOPE_REPOSITORY},
        {"always use `rg` today", SCOPE_SESSION},
        {"always use `rg`", SCOPE_UNSAID},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct found found = read_text(bytes_of_text(rows[i].text));
        assert_int_equal(found.count, 1);
        assert_int_equal(found.first.scope, rows[i].scope);
    }
}

static void test_hostile_messages_stay_within_bounds(void **state)
{
    (void)state;
    static const char *const units[] = {
        "always ", "never use ", "`",  "use instead of ", "a.",
        ", use x", "\xff",       "\n", "before, "};
    size_t size = DIRECTIVES_TEXT_MAX;
    uint8_t *text = mem_new((size_t)1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t len = strlen(units[i]);
        for (size_t at = 0; at < (size_t)1 << 20; at++) {
            text[at] = (uint8_t)units[i][at % len];
        }
        read_text(bytes_of(text, size));
        assert_int_equal(read_text(bytes_of(text, (size_t)1 << 20)).count, 0);
    }
    free(text);
}

static void test_stems_meet(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"committing", "commits"},
                                           {"running", "runs"},
                                           {"used", "uses"},
                                           {"queries", "query"},
                                           {"Tests", "testing"}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        char a[STEM_MAX];
        char b[STEM_MAX];
        size_t a_len = words_stem(bytes_of_text(pairs[i][0]), a);
        size_t b_len = words_stem(bytes_of_text(pairs[i][1]), b);
        assert_true(bytes_equal(bytes_of(a, a_len), bytes_of(b, b_len)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directives_name_what_to_do),
        cmocka_unit_test(test_other_talk_is_no_directive),
        cmocka_unit_test(test_mockery_is_no_directive),
        cmocka_unit_test(test_what_resembles_mockery_is_meant),
        cmocka_unit_test(test_equal_directives_share_a_key),
        cmocka_unit_test(test_requests_for_a_practice_meet),
        cmocka_unit_test(test_other_talk_is_no_request),
        cmocka_unit_test(test_scope_is_taken_from_the_words),
        cmocka_unit_test(test_hostile_messages_stay_within_bounds),
        cmocka_unit_test(test_stems_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
