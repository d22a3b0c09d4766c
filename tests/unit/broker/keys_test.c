/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/auth/keys.h"
#include "broker/auth/rights.h"
#include "broker/route/route.h"

enum {
    WHY_MAX = 1024,
    PATH_BYTES = 128,
    TIME_US = 1700000000
};

struct fixture {
    char directory[PATH_BYTES];
    char path[PATH_BYTES + 16];
    struct keys *keys;
    struct buf why;
};

static int set_up(void **state)
{
    struct fixture *fixture = mem_new(sizeof(*fixture));

    (void)snprintf(fixture->directory, sizeof(fixture->directory),
                   "/tmp/reverie-keys-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/keys.jsonl",
                   fixture->directory);
    buf_init(&fixture->why, WHY_MAX);
    assert_int_equal(keys_open(fixture->path, &fixture->why, &fixture->keys),
                     ERR_OK);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[PATH_BYTES + 16];

    keys_close(fixture->keys);
    buf_fini(&fixture->why);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", fixture->directory);
    int removed = system(command);
    free(fixture);
    return removed;
}

static void add(struct keys *keys, const char *principal, uint32_t rights,
                char token[TOKEN_TEXT_BYTES])
{
    assert_int_equal(keys_add(keys, BYTES_LITERAL("default"),
                              bytes_of_text(principal), rights, TIME_US, token),
                     ERR_OK);
}

static void a_token_finds_its_key_and_no_other_does(void **state)
{
    struct fixture *fixture = *state;
    char ada[TOKEN_TEXT_BYTES];
    char bob[TOKEN_TEXT_BYTES];

    add(fixture->keys, "ada", ROUTE_RIGHT_REVIEW, ada);
    add(fixture->keys, "bob", 0, bob);
    assert_string_not_equal(ada, bob);
    const struct key *key = keys_find(fixture->keys, bytes_of_text(ada));
    assert_non_null(key);
    assert_string_equal(key->principal, "ada");
    assert_string_equal(key->swarm, "default");
    assert_int_equal(key->rights, ROUTE_RIGHT_REVIEW);
    ada[10] = ada[10] == '0' ? '1' : '0';
    assert_null(keys_find(fixture->keys, bytes_of_text(ada)));
    assert_null(keys_find(fixture->keys, bytes_of(NULL, 0)));
}

static void keys_are_read_back_and_tokens_are_not_in_the_file(void **state)
{
    struct fixture *fixture = *state;
    struct keys *again = NULL;
    struct stat status;
    char token[TOKEN_TEXT_BYTES];
    char text[4096] = {0};

    add(fixture->keys, "ada", ROUTE_RIGHT_REVIEW | ROUTE_RIGHT_PROPOSE, token);
    assert_int_equal(keys_open(fixture->path, &fixture->why, &again), ERR_OK);
    assert_int_equal(keys_count(again), 1);
    assert_int_equal(keys_at(again, 0)->created_us / 1000, TIME_US / 1000);
    assert_int_equal(keys_at(again, 0)->rights,
                     ROUTE_RIGHT_REVIEW | ROUTE_RIGHT_PROPOSE);
    assert_non_null(keys_find(again, bytes_of_text(token)));
    keys_close(again);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    int fd = open(fixture->path, O_RDONLY);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    close(fd);
    assert_null(strstr(text, token));
    assert_null(strstr(text, token + strlen("rvr_")));
}

static void another_process_is_noticed_and_nothing_of_it_is_lost(void **state)
{
    struct fixture *fixture = *state;
    struct keys *other = NULL;
    char ada[TOKEN_TEXT_BYTES];
    char bob[TOKEN_TEXT_BYTES];

    assert_int_equal(keys_open(fixture->path, &fixture->why, &other), ERR_OK);
    add(other, "ada", 0, ada);
    add(fixture->keys, "bob", 0, bob);
    assert_int_equal(keys_count(fixture->keys), 2);
    assert_int_equal(keys_refresh(other), ERR_OK);
    const struct key *key = keys_find(other, bytes_of_text(bob));
    assert_non_null(key);
    assert_int_equal(keys_revoke(other, bytes_of_text(key->id)), ERR_OK);
    assert_int_equal(keys_revoke(other, BYTES_LITERAL("0000")), ERR_NOT_FOUND);
    assert_int_equal(keys_refresh(fixture->keys), ERR_OK);
    assert_null(keys_find(fixture->keys, bytes_of_text(bob)));
    assert_non_null(keys_find(fixture->keys, bytes_of_text(ada)));
    keys_close(other);
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void a_line_that_is_wrong_is_named_and_the_old_keys_stay(void **state)
{
    static const char *const wrong[] = {
        "{}\n",
        "nonsense\n",
        "\n{\"principal\":\"a\",\"swarm\":\"b\",\"rights\":[\"fly\"],"
        "\"hash\":\"00\",\"created\":\"2026-01-01T00:00:00Z\"}\n",
        "[[[[[[",
    };
    struct fixture *fixture = *state;
    struct keys *none = NULL;
    char token[TOKEN_TEXT_BYTES];

    add(fixture->keys, "ada", 0, token);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        write_file(fixture->path, wrong[i]);
        buf_reset(&fixture->why);
        assert_int_not_equal(keys_open(fixture->path, &fixture->why, &none),
                             ERR_OK);
        assert_non_null(strstr(buf_text(&fixture->why),
                               i == 2 ? "keys.jsonl:2" : "keys.jsonl:1"));
        assert_int_not_equal(keys_refresh(fixture->keys), ERR_OK);
        assert_non_null(keys_find(fixture->keys, bytes_of_text(token)));
    }
}

/* /dev/full takes no byte. */
static void a_full_disk_leaves_the_keys_and_nothing_half(void **state)
{
    struct fixture *fixture = *state;
    char fresh[sizeof(fixture->path) + 4];
    char token[TOKEN_TEXT_BYTES];
    struct keys *again = NULL;

    add(fixture->keys, "ada", 0, token);
    (void)snprintf(fresh, sizeof(fresh), "%s.new", fixture->path);
    assert_int_equal(symlink("/dev/full", fresh), 0);
    char other[TOKEN_TEXT_BYTES];
    assert_int_equal(keys_add(fixture->keys, BYTES_LITERAL("default"),
                              BYTES_LITERAL("bob"), 0, TIME_US, other),
                     ERR_IO);
    assert_int_not_equal(access(fresh, F_OK), 0);
    assert_int_equal(keys_open(fixture->path, &fixture->why, &again), ERR_OK);
    assert_non_null(keys_find(again, bytes_of_text(token)));
    keys_close(again);
    add(fixture->keys, "bob", 0, other);
}

static void names_and_rights_are_checked_before_a_key_is_made(void **state)
{
    struct fixture *fixture = *state;
    char token[TOKEN_TEXT_BYTES];

    assert_int_equal(keys_add(fixture->keys, BYTES_LITERAL("a:b"),
                              BYTES_LITERAL("ada"), 0, 0, token),
                     ERR_INVALID);
    assert_int_equal(keys_add(fixture->keys, BYTES_LITERAL("default"),
                              BYTES_LITERAL(" "), 0, 0, token),
                     ERR_INVALID);
    assert_int_equal(keys_add(fixture->keys, BYTES_LITERAL("default"),
                              BYTES_LITERAL("ada"), ~UINT32_C(0), 0, token),
                     ERR_INVALID);
    assert_int_equal(keys_count(fixture->keys), 0);
}

static void a_token_file_is_for_its_owner_only(void **state)
{
    struct fixture *fixture = *state;
    char token[TOKEN_TEXT_BYTES];
    char read_back[TOKEN_TEXT_BYTES];
    char path[PATH_BYTES + 16];

    (void)snprintf(path, sizeof(path), "%s/token", fixture->directory);
    assert_int_equal(keys_read_token(path, read_back), ERR_NOT_FOUND);
    add(fixture->keys, "ada", 0, token);
    assert_int_equal(keys_write_token(path, token), ERR_OK);
    assert_int_equal(keys_write_token(path, token), ERR_EXISTS);
    assert_int_equal(keys_read_token(path, read_back), ERR_OK);
    assert_string_equal(read_back, token);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(keys_read_token(path, read_back), ERR_DENIED);
}

static void rights_are_words_both_ways(void **state)
{
    struct buf text;
    uint32_t rights = 0;

    (void)state;
    buf_init(&text, WHY_MAX);
    assert_int_equal(rights_read(BYTES_LITERAL("review, propose"), &rights),
                     ERR_OK);
    assert_int_equal(rights, ROUTE_RIGHT_REVIEW | ROUTE_RIGHT_PROPOSE);
    rights_write(rights, &text);
    assert_string_equal(buf_text(&text), "propose,review");
    assert_int_equal(rights_read(BYTES_LITERAL("all"), &rights), ERR_OK);
    assert_int_equal(rights, ROUTE_RIGHTS_ALL);
    assert_int_equal(rights_read(BYTES_LITERAL(""), &rights), ERR_OK);
    assert_int_equal(rights, 0);
    assert_int_equal(rights_read(BYTES_LITERAL("fly"), &rights), ERR_INVALID);
    buf_fini(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_token_finds_its_key_and_no_other_does),
        TEST(keys_are_read_back_and_tokens_are_not_in_the_file),
        TEST(another_process_is_noticed_and_nothing_of_it_is_lost),
        TEST(a_line_that_is_wrong_is_named_and_the_old_keys_stay),
        TEST(a_full_disk_leaves_the_keys_and_nothing_half),
        TEST(names_and_rights_are_checked_before_a_key_is_made),
        TEST(a_token_file_is_for_its_owner_only),
        cmocka_unit_test(rights_are_words_both_ways),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
