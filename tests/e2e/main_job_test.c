/* SPDX-License-Identifier: MIT */
/* The main job with real processes: teams with planted preferences and
 * mistakes work on a bus, dreams find them, every agent receives what was
 * found and errs less; then all of it is drained and is there again. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/e2e/process.h"

static struct json *part(struct json *score, const char *group,
                         const char *name)
{
    struct json *value = json_get(json_get(score, group), name);

    assert_non_null(value);
    return value;
}

/* None is false; adds up how many are right, of how many. */
static void expect_no_false(struct json *score, const char *kind,
                            int64_t *right, int64_t *planted)
{
    int64_t found = json_as_int(part(score, kind, "right"), 0);
    int64_t there = json_as_int(part(score, kind, "planted"), 0);

    print_message("%s: %" PRId64 " of %" PRId64 " found\n", kind, found, there);
    assert_true(there > 0);
    assert_true(json_as_real(part(score, kind, "precision"), 0.0) == 1.0);
    assert_int_equal(json_as_int(part(score, kind, "false"), -1), 0);
    *right += found;
    *planted += there;
}

static void expect_truth_found(struct json *score)
{
    int64_t right = 0;
    int64_t planted = 0;

    expect_no_false(score, "preferences", &right, &planted);
    expect_no_false(score, "mistakes", &right, &planted);
    assert_true(2 * right > planted);
}

static void expect_better(struct json *score)
{
    int64_t with =
        json_as_int(part(score, "with_memory", "repeated_errors"), -1);
    int64_t without =
        json_as_int(part(score, "without_memory", "repeated_errors"), -1);

    print_message("repeated errors: %" PRId64 " instead of %" PRId64 "\n", with,
                  without);
    assert_true(with >= 0);
    assert_true(with < without);
}

/* Every reader that is connected or was applied the newest version. */
static void expect_everybody_told(struct site *site, const char *store,
                                  size_t agents)
{
    SITE_RUN(site, "memory", "who", store, "--json");
    site_expect_code(site, 0);
    struct json *who = site_json(site);
    int64_t version = json_as_int(json_get(who, "version"), 0);
    struct json *readers = json_get(who, "readers");

    assert_true(version > 0);
    assert_int_equal(json_len(readers), agents);
    for (size_t i = 0; i < json_len(readers); i++) {
        assert_int_equal(
            json_as_int(json_get(json_at(readers, i), "applied"), 0), version);
    }
    json_free(who);
}

static int64_t last_position(struct site *site)
{
    SITE_RUN(site, "log", "info", "--json");
    site_expect_code(site, 0);
    struct json *info = site_json(site);
    int64_t seq = json_as_int(json_get(info, "durable_seq"), -1);

    json_free(info);
    return seq;
}

static void keep_memory(struct site *site, struct buf *out)
{
    SITE_RUN(site, "memory", "list", "--json");
    site_expect_code(site, 0);
    buf_add(out, buf_bytes(&site->out));
    assert_true(out->len > 0);
}

/* Dreaming again over the log gives every memory again. */
static void expect_verified(struct site *site)
{
    SITE_RUN(site, "memory", "verify", "--json");
    site_expect_code(site, 0);
    struct json *reply = site_json(site);
    struct json *results = json_get(reply, "results");

    assert_true(json_len(results) > 0);
    for (size_t i = 0; i < json_len(results); i++) {
        struct bytes verdict = json_as_string(
            json_get(json_at(results, i), "verdict"), bytes_of(NULL, 0));
        assert_true(bytes_equal_text(verdict, "verified"));
    }
    json_free(reply);
}

static void teams_learn_what_they_share(void **state)
{
    struct site *site = *state;
    const char *const *policy = WORDS("--policy", "approve-all-proposals");
    struct buf before;
    struct buf after;

    buf_init(&before, 16 << 20);
    buf_init(&after, 16 << 20);
    struct process *up = site_up(site, policy);
    SITE_RUN(site, "sim", "--seed", "7", "--teams", "2", "--json");
    site_expect_code(site, 0);
    struct json *score = site_json(site);
    int64_t accepted = json_as_int(json_get(score, "accepted"), 0);
    assert_int_equal(accepted, json_as_int(json_get(score, "sent"), -1));
    expect_truth_found(score);
    expect_better(score);
    json_free(score);
    expect_everybody_told(site, "team/team-a", 24);
    expect_everybody_told(site, "team/team-b", 24);
    expect_verified(site);
    keep_memory(site, &before);
    int64_t last = last_position(site);
    assert_true(last > accepted);
    site_drain(up);
    up = site_up(site, policy);
    assert_true(last_position(site) >= last);
    keep_memory(site, &after);
    assert_string_equal(buf_text(&before), buf_text(&after));
    SITE_RUN(site, "log", "verify", "--memory");
    site_expect_code(site, 0);
    site_drain(up);
    buf_fini(&before);
    buf_fini(&after);
}

static int set_up(void **state)
{
    struct site *site = mem_new(sizeof(*site));

    site_open(site);
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    site_close(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(teams_learn_what_they_share, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
